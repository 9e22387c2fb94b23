"""Through an ssh server, to a service that only it can reach.

::

    here  REQ --->  ssh me@gateway  --->  tcp://10.0.1.2:5555  REP

The address is the one the gateway would connect to. The tunnel ends with its socket, and at the
latest with the program; no ssh process is left behind. What goes wrong is an `SSHException` with
ssh's own words.

It needs ``pip install zmq-ssh``, an ssh client, and a server where you can log in.

``python -m examples.ssh_tunnel me@gateway tcp://10.0.1.2:5555 "hello?"``
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import zmq
from zmq import ssh

GIVE_UP_S = 20


def ask(options: argparse.Namespace) -> str:
    """Ask the service, through a tunnel."""
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.linger = 0
        with ssh.tunnel_connection(
            socket,
            options.address,
            options.server,
            keyfile=options.keyfile,
            config=options.config,
            password=False,  # by key, or not at all: nobody sits here to be asked
            timeout=GIVE_UP_S,
        ):
            socket.send_string(options.question)
            return socket.recv_string(timeout=1000 * GIVE_UP_S)


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, and print the answer; exit status 1 when there is none."""
    parser = argparse.ArgumentParser(description="Ask a REP socket behind an ssh server.")
    parser.add_argument("server", help="as for ssh: me@gateway, me@gateway:2222, an alias")
    parser.add_argument("address", help="of the service, as the server reaches it")
    parser.add_argument("question")
    parser.add_argument("--keyfile", help="default: those of ssh")
    parser.add_argument("--config", help="default: ~/.ssh/config")
    options = parser.parse_args(arguments)
    try:
        print(ask(options))
    except ssh.SSHException as error:
        print(f"no tunnel: {error}", file=sys.stderr)
        return 1
    except zmq.Again:
        print(f"no answer from {options.address} in {GIVE_UP_S} s", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
