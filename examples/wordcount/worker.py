"""The worker process: take a chunk, count it, push the result, until told to stop."""

from __future__ import annotations

import json
import multiprocessing
import signal
import time

import zmq

from .counting import count

PARENT_CHECK_MS = 500

#: What a worker can be made to do wrong, to see that it is noticed: miscount, or answer no more.
FAULTS = ("miscount", "hang")

#: Stands for a chunk number, and says that there are no more chunks.
STOP = b""


def work(
    name: bytes, ventilator_at: str, sink_at: str, server_key: bytes, fault: str | None
) -> None:
    """Be the worker `name` until STOP, or the end of the parent process."""
    # A terminal's Ctrl-C reaches every process of the run; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with zmq.Context() as context:
        ventilator, sink = context.socket(zmq.DEALER), context.socket(zmq.PUSH)
        with ventilator, sink:
            ventilator.setsockopt(zmq.ROUTING_ID, name)
            for socket, endpoint in ((ventilator, ventilator_at), (sink, sink_at)):
                public, secret = zmq.curve_keypair()
                socket.setsockopt(zmq.CURVE_SERVERKEY, server_key)
                socket.setsockopt(zmq.CURVE_PUBLICKEY, public)
                socket.setsockopt(zmq.CURVE_SECRETKEY, secret)
                # Nobody waits for what is still under way when this process has to end.
                socket.setsockopt(zmq.LINGER, 0)
                socket.connect(endpoint)
            ventilator.send(b"hello")
            while _parent_lives():
                if not ventilator.poll(PARENT_CHECK_MS):
                    continue
                number, text = ventilator.recv_multipart()
                if number == STOP:
                    return
                if fault == "hang":
                    _hang(name)
                    return
                words = count(text)
                if fault == "miscount":
                    words["miscounted"] += 1
                sink.send_multipart([name, number, json.dumps(words).encode()])


def _parent_lives() -> bool:
    parent = multiprocessing.parent_process()
    return parent is not None and parent.is_alive()


def _hang(name: bytes) -> None:
    print(f"{name.decode()} hangs, as it was told", flush=True)
    while _parent_lives():
        time.sleep(PARENT_CHECK_MS / 1000)
