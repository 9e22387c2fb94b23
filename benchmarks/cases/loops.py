"""gevent, and ZMQStream on tornado's loop."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any

import zmq

from .beside import beside
from .sockets import bind
from .throughput import source


def gevent(count: int, size: int) -> float:
    """PULL of zmq.green, PUSH in another process."""
    import zmq.green

    context = zmq.green.Context()
    sink = context.socket(zmq.PULL)
    endpoint = bind(sink, "tcp")
    with beside(source, endpoint=endpoint, count=count, size=size, parts=1):
        sink.recv()
        started = perf_counter()
        for _ in range(count):
            sink.recv()
        spent = perf_counter() - started
    sink.close(linger=0)
    context.term()
    return spent


async def _stream(count: int, size: int) -> float:
    from zmq.eventloop.zmqstream import ZMQStream

    context = zmq.Context()
    sink = context.socket(zmq.PULL)
    endpoint = bind(sink, "tcp")
    stream = ZMQStream(sink)
    done = asyncio.get_running_loop().create_future()
    got = 0
    started = 0.0

    def take(message: list[Any]) -> None:
        nonlocal got, started
        if got == 0:
            started = perf_counter()
        elif got == count:
            done.set_result(perf_counter() - started)
        got += 1

    with beside(source, endpoint=endpoint, count=count, size=size, parts=1):
        stream.on_recv(take)
        spent: float = await done
    stream.close(linger=0)
    context.term()
    return spent


def stream(count: int, size: int) -> float:
    """`ZMQStream.on_recv`, PUSH in another process."""
    return asyncio.run(_stream(count, size))
