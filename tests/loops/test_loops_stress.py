"""No missed wake-up, no spin; `python -m tests.loops.stress` runs the same with larger numbers."""

from __future__ import annotations

import gc
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

import zmq

from . import stress

if TYPE_CHECKING:
    from .loops import Loop


def test_random_bursts_both_ways(loop: Loop) -> None:
    async def main() -> dict[str, Any]:
        return await stress.burst(loop, 20_000)

    result = loop.run(main)
    assert result["messages"] == 20_000
    assert result["disorder"] == 0
    assert result["stall_ms"] < 100  # without the pauses of the loop itself


def test_no_spin_after_the_peer_died(loop: Loop) -> None:
    async def main() -> dict[str, Any]:
        return await stress.idle(loop, 0.3)

    assert loop.run(main)["cpu_percent"] < 5  # the goal is 1 % over a longer time


def test_no_wake_up_is_missed_when_queues_are_full(loop: Loop, sockets: Any) -> None:
    # room, or a message, that comes between a try and a look at EVENTS is told of only once
    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL, hwm=1)

        async def receive() -> None:
            for number in range(3000):
                assert await loop.do(pull.recv()) == b"%d" % number

        task = loop.spawn(receive)
        for number in range(3000):
            await loop.do(push.send(b"%d" % number, timeout=10_000))
        await task.join()

    loop.run(main)


def test_a_sender_waits_for_one_full_peer_of_a_router(loop: Loop, sockets: Any) -> None:
    # POLLOUT of a router is about any peer: it is no reason to try for ever
    async def main() -> None:
        router, dealer = sockets.pair(loop, zmq.ROUTER, zmq.DEALER, hwm=1)
        router.router_mandatory = True
        await loop.do(dealer.send(b"here"))
        name = (await loop.do(router.recv_multipart(timeout=10_000)))[0]
        big = b"x" * 100_000
        sent = 0

        async def send() -> None:
            nonlocal sent
            for _ in range(200):
                await loop.do(router.send_multipart([name, big], timeout=20_000))
                sent += 1

        async def receive() -> None:
            await loop.do(router.recv_multipart())

        receiving, sending = loop.spawn(receive), loop.spawn(send)
        await loop.until(lambda: router._engine.waiting == (1, 1, 0))
        await loop.sleep(0.05)
        used = time.process_time()
        await loop.sleep(0.3)
        assert time.process_time() - used < 0.15
        assert sent < 200
        for _ in range(200):
            assert await loop.do(dealer.recv(timeout=10_000)) == big
        await sending.join()
        receiving.cancel()
        await receiving.join()

    loop.run(main)


WAITING = {"Operation", "Wait", "Engine", "Task", "TimerHandle", "_Timer", "Greenlet"}


def waiting_things() -> Counter[str]:
    gc.collect()
    return Counter(name for found in gc.get_objects() if (name := type(found).__name__) in WAITING)


def test_nothing_is_left_of_what_waited(loop: Loop, sockets: Any) -> None:
    # tasks, timers and callbacks; the descriptors are `no_leaks`'s
    async def use() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)

        async def receive() -> None:
            await loop.do(pull.recv(timeout=100_000))

        tasks = []
        for number in range(3):
            tasks.append(loop.spawn(receive))
            await loop.until(lambda n=number: pull._engine.waiting[0] == n + 1)
        served, cancelled, closed = tasks
        await loop.do(push.send(b"1"))
        await served.join()
        cancelled.cancel()
        await cancelled.join()
        with pytest.raises(zmq.Again):
            await loop.do(pull.recv_multipart(timeout=1))
        assert await loop.do(pull.poll(1)) == 0
        pull.close()
        push.close()
        with pytest.raises(zmq.ZMQError):
            await closed.join()

    async def main() -> None:
        await use()
        sockets.forget()
        await loop.sleep(0.02)
        before = waiting_things()
        for _ in range(10):
            await use()
            sockets.forget()
        await loop.until(lambda: not waiting_things() - before)

    loop.run(main)
