"""Cancelling: what arrived is never lost, what is sent is sent wholly or not at all."""

from __future__ import annotations

import asyncio
import gc
import sys
from typing import TYPE_CHECKING, Any

import pytest

import zmq

from . import stress

if TYPE_CHECKING:
    from .loops import Loop


@pytest.mark.parametrize("how", stress.HOWS)
def test_no_message_is_lost(loop: Loop, how: str) -> None:
    async def main() -> dict[str, Any]:
        return await stress.lost(loop, 300, how)

    result = loop.run(main)
    assert result["cancelled"] > 0  # else it is no test
    assert (result["lost"], result["twice"], result["ordered"]) == (0, 0, True)


@pytest.mark.parametrize("how", stress.HOWS)
def test_no_message_is_lost_to_wait_for(future_loop: Loop, how: str) -> None:
    async def main() -> dict[str, Any]:
        return await stress.lost_timeout(future_loop, 300, how)

    result = future_loop.run(main)
    assert result["timeouts"] > 0
    assert (result["lost"], result["twice"], result["ordered"]) == (0, 0, True)


def test_no_message_is_lost_to_scopes(future_loop: Loop, sockets: Any) -> None:
    """asyncio.timeout and TaskGroup cancel in their own ways."""
    if sys.version_info < (3, 11):
        scope = None
    else:
        scope = asyncio.timeout

    async def main() -> None:
        push, pull = sockets.pair(future_loop, zmq.PUSH, zmq.PULL)
        got = []

        async def receive() -> None:
            got.append(int(await pull.recv()))

        for number in range(200):
            await push.send(b"%d" % number)
            if scope is None:
                task = asyncio.ensure_future(receive())
                await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
            elif number % 2:
                try:
                    async with scope(0.0001 * (number % 7)):
                        await receive()
                except TimeoutError:
                    pass
            else:
                try:
                    async with asyncio.TaskGroup() as group:
                        group.create_task(receive())
                        for _ in range(number % 5):
                            await asyncio.sleep(0)
                        raise KeyError
                except Exception as group:  # noqa: BLE001  # except* is not for 3.9
                    assert type(group).__name__ == "ExceptionGroup"  # noqa: PT017
        while len(got) < 200:
            got.append(int(await pull.recv(timeout=10_000)))
        assert got == list(range(200))

    future_loop.run(main)


def test_a_dropped_result_goes_to_the_next(future_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(future_loop, zmq.PUSH, zmq.PULL)
        waiting = [pull.recv(), pull.recv_multipart(copy=False)]
        await push.send(b"1")
        await push.send_multipart([b"2", b"3"])
        done, _ = await asyncio.wait(waiting)
        assert len(done) == 2
        del waiting, done
        gc.collect()
        assert pull._engine.given_back == 2
        assert pull.get(zmq.EVENTS) & zmq.POLLIN
        assert await pull.poll(0) == zmq.POLLIN
        poller = future_loop.poller()
        poller.register(pull, zmq.POLLIN)
        assert await poller.poll(0) == [(pull, zmq.POLLIN)]
        await push.send(b"4")
        assert await pull.recv() == b"1"
        assert await pull.recv() == b"2"  # of a message that was given back whole
        assert pull.get(zmq.RCVMORE) == 1
        assert await pull.recv() == b"3"
        assert pull.get(zmq.RCVMORE) == 0
        assert await pull.recv() == b"4"

    future_loop.run(main)


def test_a_part_given_back_stays_with_its_message(future_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(future_loop, zmq.PUSH, zmq.PULL)
        await push.send_multipart([b"1", b"2", b"3"])
        await pull.poll()
        first, second = pull.recv(), pull.recv()
        assert first.done()
        assert second.done()
        del first
        del second
        gc.collect()
        assert await pull.recv_multipart() == [b"1", b"2", b"3"]

    future_loop.run(main)


def test_metadata_survives_being_given_back(future_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(future_loop, zmq.PUSH, zmq.PULL)
        await push.send(b"1")
        await pull.poll()
        pull.recv()
        assert pull._engine.given_back == 1
        frame = await pull.recv(copy=False)
        assert frame.get("Socket-Type") == "PUSH"

    future_loop.run(main)


def test_a_given_back_message_wakes_the_next(loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)

        async def receive() -> Any:
            return await loop.do(pull.recv())

        first = loop.spawn(receive)
        await loop.until(lambda: pull._engine.waiting[0] == 1)
        second = loop.spawn(receive)
        await loop.until(lambda: pull._engine.waiting[0] == 2)
        await loop.do(push.send(b"1"))
        await loop.until(lambda: bool(zmq.Socket.get(push, zmq.EVENTS)))
        first.cancel()
        results = [await first.join(), None]
        if results[0] is None:
            results[1] = await second.join()
        else:
            second.cancel()
            await second.join()
        assert b"1" in results

    loop.run(main)


def test_a_cancelled_send_is_not_sent(loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push = sockets.one(loop, zmq.PUSH)

        async def send(data: Any) -> None:
            await loop.do(push.send_multipart([data, b"end"]))

        tasks = [loop.spawn(send, b"%d" % number) for number in range(6)]
        await loop.until(lambda: push._engine.waiting[1] == 6)
        for task in tasks[::2]:
            task.cancel()
            await task.join()
        assert push._engine.waiting[1] == 3
        pull = push.context.socket(zmq.PULL)
        pull.bind("tcp://127.0.0.1:*")
        push.connect(pull.last_endpoint.decode())
        for task in tasks[1::2]:
            await task.join()
        got = [await loop.do(pull.recv_multipart()) for _ in range(3)]
        assert sorted(got) == [[b"1", b"end"], [b"3", b"end"], [b"5", b"end"]]
        with pytest.raises(zmq.Again):
            await loop.do(pull.recv(timeout=50))
        pull.close()

    loop.run(main)


def test_a_send_says_whether_it_was_accepted(future_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(future_loop, zmq.PUSH, zmq.PULL)
        sent = push.send(b"1", timeout=10_000)
        await asyncio.wait([sent])
        assert not sent.cancel()
        assert not sent.cancelled()
        assert await pull.recv() == b"1"
        lonely = sockets.one(future_loop, zmq.PUSH)
        waiting = lonely.send(b"2")
        assert waiting.cancel()
        assert waiting.cancelled()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    future_loop.run(main)


def test_a_buffer_may_change_after_send(future_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push = sockets.one(future_loop, zmq.PUSH)
        memory = bytearray(b"before")
        waiting = push.send(memory)
        memory[:] = b"after!"
        pull = push.context.socket(zmq.PULL)
        pull.bind("tcp://127.0.0.1:*")
        push.connect(pull.last_endpoint.decode())
        await waiting
        assert await pull.recv() == b"before"
        pull.close()

    future_loop.run(main)
