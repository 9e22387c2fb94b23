"""Heartbeats: notice a worker that is silent, although its connection looks fine.

::

    queue  ROUTER  <--- "beat" "beat" ---  DEALER  worker
                   ---- "beat" "beat" -->

Both sides say something at least every INTERVAL. Who has said nothing for PATIENCE is gone: the
queue gives it no more work, and a worker makes a new socket and greets again. A frozen process, a
cut cable and a machine without power all look like this; the operating system may take hours to
notice.

ØMQ can beat by itself (``socket.heartbeat_ivl = 1000``, see zmq_setsockopt(3)): that tells that the
machine at the other end lives. Beats of the program's own, as here, tell that its loop does.

In this run one of two workers freezes. The queue has to notice, and the other has to stay.

``python -m examples.heartbeats``
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import zmq

INTERVAL_MS = 50
PATIENCE_MS = 1000  # many intervals: a busy machine is not a dead one
GIVE_UP_S = 20


class Alive:
    """Who was heard of, and when. Knows no socket, and no clock but the one it is told."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._heard: dict[bytes, float] = {}

    def heard(self, peer: bytes, now: float) -> None:
        """Note that a peer lives."""
        self._heard[peer] = now

    def expire(self, now: float) -> list[bytes]:
        """Forget who was silent for too long, and return them."""
        silent = [peer for peer, then in self._heard.items() if now - then > self._patience_s]
        for peer in silent:
            del self._heard[peer]
        return silent

    def peers(self) -> set[bytes]:
        """Who lives."""
        return set(self._heard)


def queue(router: zmq.Socket[bytes]) -> tuple[set[bytes], set[bytes]]:
    """Beat until a worker was lost that had been there; return the lost and the living."""
    alive, lost = Alive(PATIENCE_MS / 1000), set[bytes]()
    end = time.monotonic() + GIVE_UP_S
    beat_at = 0.0
    while not (lost and len(alive.peers()) == 1):
        now = time.monotonic()
        if now > end:
            raise TimeoutError("no worker was lost, although one is frozen")
        if router.poll(INTERVAL_MS):
            worker, _ = router.recv_multipart()
            alive.heard(worker, now)
            lost.discard(worker)  # it was only late
        if now >= beat_at:
            lost.update(alive.expire(now))
            for worker in alive.peers():
                router.send_multipart([worker, b"beat"])
            beat_at = now + INTERVAL_MS / 1000
    return lost, alive.peers()


def work(context: zmq.Context, endpoint: str, name: bytes, stop: Event, freezes: bool) -> int:
    """Beat until stopped; return how many beats of the queue were heard."""
    beats = 0
    with context.socket(zmq.DEALER) as socket:
        socket.routing_id = name
        socket.linger = 0
        socket.connect(endpoint)
        while not stop.is_set():
            socket.send(b"beat")
            if socket.poll(INTERVAL_MS):
                socket.recv()
                beats += 1
            if freezes and beats >= 3:
                print(f"{name.decode()} freezes")
                stop.wait()
    return beats


def main() -> None:
    """Freeze one of two workers, and have it noticed."""
    stop = Event()
    context = zmq.Context()
    with context, ThreadPoolExecutor() as pool, context.socket(zmq.ROUTER) as router:
        router.bind("tcp://127.0.0.1:*")
        endpoint = router.last_endpoint.decode()
        try:
            workers = [
                pool.submit(work, context, endpoint, name, stop, freezes)
                for name, freezes in [(b"healthy", False), (b"frozen", True)]
            ]
            lost, living = queue(router)
        finally:
            stop.set()
        beats = [each.result() for each in workers]
    print("lost:", *(name.decode() for name in lost))
    print("living:", *(name.decode() for name in living))
    assert lost == {b"frozen"}
    assert living == {b"healthy"}
    assert min(beats) >= 3


if __name__ == "__main__":
    main()
