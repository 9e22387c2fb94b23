"""No missed wake-up, no spin; `python -m tests.loops.stress` runs the same with larger numbers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

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
