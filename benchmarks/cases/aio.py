"""asyncio, on its own loop and on uvloop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from time import perf_counter
from typing import Any

import zmq
import zmq.asyncio

from .beside import beside
from .sockets import bind, inproc
from .throughput import source

BATCH = 500  # fits between the watermarks: nothing waits


def run(main: Coroutine[Any, Any, float], loop: str = "asyncio") -> float:
    """Run a case in a loop of its own."""
    if loop == "uvloop":
        import uvloop

        return uvloop.run(main)
    return asyncio.run(main)


async def batches(count: int, timed: str) -> float:
    """Send a batch, receive it; one of the two is timed."""
    spent = {"send": 0.0, "recv": 0.0}
    message = bytes(32)
    with inproc(zmq.PULL, zmq.PUSH, zmq.asyncio.Context()) as (pull, push):
        for batch in [BATCH] * (count // BATCH) + [count % BATCH]:
            started = perf_counter()
            for _ in range(batch):
                await push.send(message)
            sent = perf_counter()
            for _ in range(batch):
                await pull.recv()
            spent["send"] += sent - started
            spent["recv"] += perf_counter() - sent
    return spent[timed]


def send(count: int) -> float:
    """Sends that have room."""
    return run(batches(count, "send"))


def recv(count: int) -> float:
    """Receives of messages that wait."""
    return run(batches(count, "recv"))


async def pulling(count: int, size: int) -> float:
    """Receive what the other process sends."""
    context = zmq.asyncio.Context()
    sink = context.socket(zmq.PULL)
    endpoint = bind(sink, "tcp")
    with beside(source, endpoint=endpoint, count=count, size=size, parts=1):
        await sink.recv()
        started = perf_counter()
        for _ in range(count):
            await sink.recv()
        spent = perf_counter() - started
    sink.close(linger=0)
    context.term()
    return spent


def throughput(count: int, size: int, loop: str) -> float:
    """PULL in a loop, PUSH in another process."""
    return run(pulling(count, size), loop)


async def answering(socket: Any, count: int) -> None:
    """Give `count` messages back."""
    for _ in range(count):
        await socket.send(await socket.recv())


async def asking(socket: Any, count: int, size: int) -> float:
    """Ask and wait, `count` times after the first."""
    message = bytes(size)
    await socket.send(message)
    await socket.recv()
    started = perf_counter()
    for _ in range(count):
        await socket.send(message)
        await socket.recv()
    return perf_counter() - started


async def _one_loop(count: int, size: int) -> float:
    with inproc(zmq.REP, zmq.REQ, zmq.asyncio.Context()) as (rep, req):
        answers = asyncio.ensure_future(answering(rep, count + 1))
        spent = await asking(req, count, size)
        await answers
    return spent


def round_trip(count: int, size: int) -> float:
    """Two tasks of one loop ask and answer."""
    return run(_one_loop(count, size))


async def _echo(endpoint: str, count: int) -> float:
    context = zmq.asyncio.Context()
    socket = context.socket(zmq.REP)
    socket.connect(endpoint)
    await answering(socket, count)
    socket.close()
    context.term()
    return 0.0


def echo(endpoint: str, count: int) -> float:
    """The other process, a loop as well."""
    return run(_echo(endpoint, count))


async def _two_loops(count: int, size: int) -> float:
    context = zmq.asyncio.Context()
    socket = context.socket(zmq.REQ)
    endpoint = bind(socket, "tcp")
    with beside(echo, endpoint=endpoint, count=count + 1):
        spent = await asking(socket, count, size)
    socket.close(linger=0)
    context.term()
    return spent


def processes(count: int, size: int) -> float:
    """A loop in each of two processes ask and answer."""
    return run(_two_loops(count, size))
