"""CURVE with stored keys: who may come in is a folder of public keys.

::

    server  secret key, and a folder of the public keys of those who may connect
    alice   her secret key, and the server's public key       -> is let in
    mallory a secret key of her own                           -> is refused, and hears why

Everything between them is encrypted. The keys are made once, ``python -m zmq.auth new alice``; the
secret file stays with its owner, the public one goes to the others. The folder is watched: a key
that is put there counts from then on, and one that is taken away does no more.

It needs ``pip install zmq-auth``.

``python -m examples.curve_keys``
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import zmq
from zmq.auth import connect, create_certificates, load_certificate
from zmq.auth.thread import ThreadAuthenticator

GIVE_UP_S = 10


def prepare(folder: Path) -> None:
    """Make the keys of three parties, and let alice in."""
    (folder / "allowed").mkdir()
    for name in ("server", "alice", "mallory"):
        create_certificates(folder, name)
    (folder / "alice.key").rename(folder / "allowed" / "alice.key")


def client(context: zmq.Context, folder: Path, name: str) -> zmq.Socket[bytes]:
    """A socket with the keys of its owner, that knows whom it wants to reach."""
    socket = context.socket(zmq.REQ)
    socket.curve_publickey, socket.curve_secretkey = load_certificate(folder / f"{name}.key_secret")
    socket.curve_serverkey, _ = load_certificate(folder / "server.key")
    socket.linger = 0
    return socket


def main() -> None:
    """Let alice in, and keep mallory out."""
    # every decision is logged; this program prints what it needs of that
    logging.getLogger("zmq.auth").addHandler(logging.NullHandler())
    with tempfile.TemporaryDirectory() as name, zmq.Context() as context:
        folder = Path(name)
        prepare(folder)
        context.rcvtimeo = 1000 * GIVE_UP_S
        with ThreadAuthenticator(context) as auth, context.socket(zmq.REP) as server:
            auth.configure_curve("*", folder / "allowed")
            _, server.curve_secretkey = load_certificate(folder / "server.key_secret")
            server.curve_server = True
            server.bind("tcp://127.0.0.1:*")
            endpoint = server.last_endpoint.decode()
            with client(context, folder, "alice") as alice:
                connect(alice, endpoint, timeout=GIVE_UP_S)
                alice.send_string("who am I?")
                question = server.recv(copy=False)
                server.send_string(f"your key is {question['User-Id']}")
                answer = alice.recv_string()
            with client(context, folder, "mallory") as mallory:
                try:
                    connect(mallory, endpoint, timeout=GIVE_UP_S)
                    refusal = ""
                except zmq.HandshakeError as error:
                    refusal = str(error)
            alices_key, _ = load_certificate(folder / "allowed" / "alice.key")
    print("alice was told:", answer)
    print("mallory was told:", refusal)
    assert answer == f"your key is {alices_key.decode()}"
    assert "refused this client" in refusal


if __name__ == "__main__":
    main()
