"""Peers that die in the middle of a message: whole messages or none, and no abort.

What libzmq asserts there, libzmq/cmake/Repairs.cmake takes out.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time

import pytest

import zmq

PARTS = 10_000  # so many that a peer's death is noticed in between
MESSAGES = 15


@pytest.mark.parametrize(
    ("kind", "peer_kind"),
    [(zmq.PUSH, zmq.PULL), (zmq.DEALER, zmq.DEALER), (zmq.PAIR, zmq.PAIR)],
    ids=["push", "dealer", "pair"],
)
def test_no_message_is_torn(context, sockets, kind, peer_kind):
    sender = sockets(kind)
    sender.bind("tcp://127.0.0.1:*")
    endpoint = sender.get(zmq.LAST_ENDPOINT)
    lengths = []
    over = threading.Event()

    def live_and_die(lifetime_s):
        with context.socket(peer_kind) as peer:
            peer.set(zmq.LINGER, 0)
            peer.connect(endpoint)
            end = time.monotonic() + lifetime_s
            while time.monotonic() < end and not over.is_set():
                if peer.poll(1):
                    lengths.append(len(peer.recv_multipart()))

    def generations():
        n = 0
        while not over.is_set():
            n += 1
            live_and_die(0.004 * (1 + n % 7))

    peers = threading.Thread(target=generations)
    peers.start()
    sent = 0
    try:
        for _ in range(MESSAGES):
            with contextlib.suppress(zmq.Again):
                sender.send_multipart([b"part"] * PARTS, timeout=2000)
                sent += 1
    finally:
        over.set()
        peers.join()
    assert sent
    assert set(lengths) <= {PARTS}


# A connection breaks between two frames that its user receives, and is not to be had again.
HALF_READ = """
import sys
import zmq

context = zmq.Context()
kind, peer, option, value = map(int, sys.argv[1:])
server, client = context.socket(peer), context.socket(kind)
monitor = client.get_monitor_socket(zmq.EVENT_DISCONNECTED)
server.bind("tcp://127.0.0.1:*")
client.set(option, value)
client.connect(server.last_endpoint)
for n in range(3):
    server.send_multipart([b"%d" % n, b"second", b"third"])
assert client.poll(10_000)
frames = [client.recv()]
server.close()
assert monitor.poll(10_000)
for n in range(8):
    client.poll(0)  # takes note of what happened
    if client.get(zmq.EVENTS) & zmq.POLLIN:
        frames.append(client.recv(zmq.DONTWAIT))
print(b" ".join(frames).decode())
context.destroy(linger=0)
"""


@pytest.mark.parametrize(
    "option",
    [(zmq.IMMEDIATE, 1), (zmq.RECONNECT_IVL, -1), (zmq.RECONNECT_IVL, 10)],
    ids=["immediate", "no reconnection", "reconnection"],
)
@pytest.mark.parametrize(
    "kinds", [(zmq.DEALER, zmq.DEALER), (zmq.PULL, zmq.PUSH)], ids=["dealer", "pull"]
)
def test_a_connection_breaks_inside_a_message_that_is_being_read(kinds, option):
    """All that had come is received: libzmq dropped it, or aborted."""
    done = subprocess.run(
        [sys.executable, "-c", HALF_READ, *(str(int(each)) for each in (*kinds, *option))],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    whole = [word for n in "012" for word in (n, "second", "third")]
    assert done.stdout.split() == whole


def test_no_disconnect_inside_a_message_that_is_being_read(sockets):
    """libzmq would drop the rest, and abort at the next recv."""
    server, client = sockets(zmq.DEALER), sockets(zmq.DEALER)
    server.bind("tcp://127.0.0.1:*")
    client.connect(server.get(zmq.LAST_ENDPOINT))
    server.send_multipart([b"first", b"second"])
    assert client.recv() == b"first"
    with pytest.raises(zmq.ZMQError, match=r"rest of the message.*first") as caught:
        client.disconnect(server.get(zmq.LAST_ENDPOINT))
    assert caught.value.errno == zmq.EFSM
    assert client.recv() == b"second"
    client.disconnect(server.get(zmq.LAST_ENDPOINT))
