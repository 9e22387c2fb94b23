"""Stress of waiting: what is lost, what stalls, what spins.

::

    python -m tests.loops.stress lost  [--loop asyncio] [--count 100000] [--how recv]
    python -m tests.loops.stress burst [--loop asyncio] [--count 1000000]
    python -m tests.loops.stress idle  [--loop asyncio]

It uses what any binding with pyzmq's names has, so that it can be run on another one, too.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from contextlib import suppress
from typing import Any, Callable

import zmq
from tests.loops.loops import Loop, loops

HOWS = ("recv", "recv_multipart", "recv_string", "recv_json")


def pair(
    context: Any, first: int, second: int, address: str = "tcp://127.0.0.1:*"
) -> tuple[Any, Any]:
    """Two connected sockets that queue without limit."""
    one, two = context.socket(first), context.socket(second)
    for socket in (one, two):
        socket.linger = 0
        socket.set_hwm(0)
    one.bind(address)
    two.connect(one.get(zmq.LAST_ENDPOINT).rstrip(b"\0").decode())
    return one, two


async def lost(loop: Loop, count: int, how: str = "recv") -> dict[str, Any]:
    """Cancel `count` receives, each within 0 to 4 rounds of its message's arrival."""
    context = loop.context()
    # inproc: the message is there when send() returns
    push, pull = pair(context, zmq.PUSH, zmq.PULL, "inproc://race")
    got: list[int] = []
    cancelled = 0

    async def receive() -> None:
        value = await loop.do(getattr(pull, how)())
        got.append(int(value[0] if how == "recv_multipart" else value))

    for number in range(count):
        before = len(got)
        task = loop.spawn(receive)
        await loop.sleep(0)
        await loop.do(push.send(b"%d" % number))
        for _ in range(number % 5):
            await loop.sleep(loop.round_s)
        task.cancel()
        await task.join()
        if len(got) == before:
            cancelled += 1
            with suppress(zmq.Again):  # the next one has to wait again
                got.append(int(await loop.do(pull.recv(zmq.DONTWAIT))))
    await loop.close(context)
    return {
        "cancelled": cancelled,
        "lost": count - len(set(got)),
        "twice": len(got) - len(set(got)),
        "ordered": got == sorted(got),
    }


async def lost_timeout(loop: Loop, count: int, how: str = "recv") -> dict[str, Any]:
    """Receive with `asyncio.wait_for`, whose random timeout races the arrival."""
    context = loop.context()
    push, pull = pair(context, zmq.PUSH, zmq.PULL)
    chance = random.Random(1)
    got: list[int] = []
    timeouts = 0

    async def send() -> None:
        for number in range(count):
            await push.send(b"%d" % number)
            await asyncio.sleep(chance.random() * 0.0006)

    sender = loop.spawn(send)
    quiet = 0
    while len(got) < count and quiet < 200:
        try:
            limit = chance.random() * 0.0006 if sender and not sender.task.done() else 0.01
            value = await asyncio.wait_for(getattr(pull, how)(), limit)
            got.append(int(value[0] if how == "recv_multipart" else value))
            quiet = 0
        except asyncio.TimeoutError:  # noqa: PERF203
            timeouts += 1
            quiet += sender.task.done()
    await sender.join()
    await loop.close(context)
    return {
        "timeouts": timeouts,
        "lost": count - len(set(got)),
        "twice": len(got) - len(set(got)),
        "ordered": got == sorted(got),
    }


class Pauses:
    """How late a ticker without sockets is: a control of the loop, and of the machine it is on.

    Attributes
    ----------
    longest : float
        Seconds, of a single pause.
    """

    STEP_S = 0.001

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._over = False
        self._sum = 0.0
        self._last = time.perf_counter()
        self.longest = 0.0

    async def run(self) -> None:
        """Tick until `stop`."""
        while not self._over:
            await self._loop.sleep(self.STEP_S)
            late = self._late()
            self._sum += late
            self.longest = max(self.longest, late)
            self._last = time.perf_counter()

    def stop(self) -> None:
        """Tick no more."""
        self._over = True

    def until_now(self) -> float:
        """Seconds that the ticker was late so far, all in all."""
        return self._sum + self._late()

    def _late(self) -> float:
        return max(0.0, time.perf_counter() - self._last - self.STEP_S)


async def burst(loop: Loop, count: int) -> dict[str, Any]:
    """Random bursts in both directions of one pair of sockets, whose tasks send and receive."""
    pauses = Pauses(loop)
    context = loop.context()
    left, right = pair(context, zmq.DEALER, zmq.DEALER)
    chance = random.Random(2)
    longest = stall = 0.0  # seconds; stall is without the time in which the loop did not turn
    received = {left: 0, right: 0}
    disorder = 0

    async def send(socket: Any) -> None:
        number = 0
        while number < count // 2:
            for _ in range(min(chance.choice((1, 1, 2, 5, 50, 500)), count // 2 - number)):
                await loop.do(socket.send(b"%d" % number))
                number += 1
            # never far ahead, or a stall would hide in the queue
            while number - received[right if socket is left else left] > 1000:
                await loop.sleep(0)
            if chance.random() < 0.3:
                await loop.sleep(0.0005)

    async def receive(socket: Any) -> None:
        nonlocal longest, stall, disorder
        while received[socket] < count // 2:
            paused, began = pauses.until_now(), time.perf_counter()
            value = await loop.do(socket.recv())
            took = time.perf_counter() - began
            longest = max(longest, took)
            stall = max(stall, took - (pauses.until_now() - paused))
            disorder += int(value) != received[socket]
            received[socket] += 1

    began = time.perf_counter()
    ticker = loop.spawn(pauses.run)
    tasks = [loop.spawn(task, socket) for task in (send, receive) for socket in (left, right)]
    for task in tasks:
        while True:
            try:
                await task.join()
                break
            except TimeoutError:
                if max(received.values()) == 0:
                    raise
    seconds = time.perf_counter() - began
    pauses.stop()
    await ticker.join()
    await loop.close(context)
    return {
        "messages": sum(received.values()),
        "longest_wait_ms": round(longest * 1000, 1),
        "control_ms": round(pauses.longest * 1000, 1),
        "stall_ms": round(stall * 1000, 1),
        "disorder": disorder,
        "seconds": round(seconds, 1),
    }


async def idle(loop: Loop, seconds: float = 2.0) -> dict[str, Any]:
    """The CPU that a waiting receiver takes after its peer died."""
    context, peers = loop.context(), loop.context()
    router, dealer = context.socket(zmq.ROUTER), peers.socket(zmq.DEALER)
    for socket in (router, dealer):
        socket.linger = 0
    router.bind("tcp://127.0.0.1:*")
    dealer.connect(router.get(zmq.LAST_ENDPOINT).decode())
    await loop.do(dealer.send(b"1"))
    await loop.do(router.recv_multipart())

    async def receive() -> None:
        await loop.do(router.recv_multipart())

    task = loop.spawn(receive)
    await loop.sleep(0.05)
    peers.destroy(linger=0)
    await loop.sleep(0.2)
    before = time.process_time()
    await loop.sleep(seconds)
    used = time.process_time() - before
    task.cancel()
    await task.join()
    await loop.close(context)
    return {"cpu_percent": round(100 * used / seconds, 2)}


def main() -> None:
    """Run one kind of stress on one loop, or on all."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("what", choices=("lost", "timeout", "burst", "idle"))
    parser.add_argument("--loop", choices=(*loops(), "all"), default="all")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--how", choices=(*HOWS, "all"), default="recv")
    options = parser.parse_args()
    for name, make in loops().items():
        loop = make()
        if options.loop not in ("all", name) or not loop.cancels:
            continue
        if options.what == "timeout" and not loop.futures:
            continue
        for how in HOWS if options.how == "all" else (options.how,):
            call: Callable[[], Any] = {
                "lost": lambda loop=loop, how=how: lost(loop, options.count, how),
                "timeout": lambda loop=loop, how=how: lost_timeout(loop, options.count, how),
                "burst": lambda loop=loop: burst(loop, options.count),
                "idle": lambda loop=loop: idle(loop),
            }[options.what]
            print(options.what, name, how, loop.run(call), flush=True)


if __name__ == "__main__":
    main()
