"""`zmq.Poller` with many sockets, of which one is ready."""

from __future__ import annotations

import resource
from time import perf_counter

import zmq


def poll(count: int, sockets: int) -> float:
    """`Poller.poll`; the ready socket stays ready."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a descriptor per socket
    context = zmq.Context()
    poller = zmq.Poller()
    made = [context.socket(zmq.PULL) for _ in range(sockets)]
    for number, socket in enumerate(made):
        socket.bind(f"inproc://{number}")
        poller.register(socket, zmq.POLLIN)
    source = context.socket(zmq.PUSH)
    source.connect(f"inproc://{sockets // 2}")
    source.send(b"ready")
    found = poller.poll(10_000)
    if [socket for socket, _ in found] != [made[sockets // 2]]:
        raise RuntimeError(f"one socket is ready, poll found {found}")
    started = perf_counter()
    for _ in range(count):
        poller.poll(1000)
    spent = perf_counter() - started
    for socket in [*made, source]:
        socket.close(linger=0)
    context.term()
    return spent
