"""Peers that die while a long message is being sent: whole messages or none, and no abort.

It found the assertion in session_base.cpp that libzmq/cmake/Repairs.cmake takes out.
"""

from __future__ import annotations

import contextlib
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
