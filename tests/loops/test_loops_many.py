"""Many messages in one call, and the one call that never waits, on every loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import zmq

if TYPE_CHECKING:
    from .loops import Loop


def test_many_arrive_in_order(any_loop: Loop, sockets: Any) -> None:
    loop = any_loop

    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        assert await loop.do(push.send_many([b"%d" % number for number in range(500)])) == 500
        got: list[bytes] = []
        while len(got) < 500:
            some = await loop.do(pull.recv_many(100, timeout=10_000))
            assert 1 <= len(some) <= 100
            got += some
        assert got == [b"%d" % number for number in range(500)]
        assert await loop.do(push.send_many([[b"a", b"b"], [b"c"]], multipart=True)) == 2
        whole: list[list[bytes]] = []
        while len(whole) < 2:
            whole += await loop.do(pull.recv_many(multipart=True, timeout=10_000))
        assert whole == [[b"a", b"b"], [b"c"]]
        await loop.do(push.send_multipart([b"1", b"2", b"3"]))
        assert await loop.do(pull.recv_many(1, timeout=10_000)) == [b"1", b"2", b"3"]
        await loop.do(push.send(b"f"))
        (frame,) = await loop.do(pull.recv_many(copy=False, timeout=10_000))
        assert frame.bytes == b"f"

    loop.run(main)


def test_many_in_no_time(any_loop: Loop, sockets: Any) -> None:
    loop = any_loop

    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL, hwm=2)
        for keywords in ({"timeout": 20}, {"flags": zmq.DONTWAIT}, {"timeout": 0}):
            with pytest.raises(zmq.Again):
                await loop.do(pull.recv_many(**keywords))
        sent = await loop.do(push.send_many([b"x" * 100_000] * 1000, timeout=50))
        assert 0 < sent < 1000
        assert await loop.do(push.send_many([b"x"] * 1000, zmq.DONTWAIT)) < 1000

    loop.run(main)


def test_misuse_of_many(any_loop: Loop, sockets: Any) -> None:
    loop = any_loop

    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        with pytest.raises(ValueError, match="limit"):
            await loop.do(pull.recv_many(0))
        with pytest.raises(TypeError, match="sequence of messages"):
            await loop.do(push.send_many(b"one"))
        with pytest.raises(ValueError, match="SNDMORE"):
            await loop.do(push.send_many([b"one"], zmq.SNDMORE))
        with pytest.raises(TypeError) as caught:
            await loop.do(push.send_many([b"one", "text"]))
        # a chunk is checked as a whole, where there are chunks
        if caught.value.sent:  # type: ignore[attr-defined]
            assert await loop.do(pull.recv(timeout=10_000)) == b"one"
        with pytest.raises(zmq.Again):
            await loop.do(pull.recv(timeout=20))

    loop.run(main)


def test_others_run_while_many_are_waited_for(loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL, hwm=1)
        count = 2000
        got: list[bytes] = []

        async def receive() -> None:
            while len(got) < count:
                got.extend(await loop.do(pull.recv_many()))

        task = loop.spawn(receive)
        assert await loop.do(push.send_many([b"%d" % number for number in range(count)])) == count
        await task.join()
        assert got == [b"%d" % number for number in range(count)]

    loop.run(main)


def test_a_cancelled_recv_many_takes_nothing(loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        got: list[bytes] = []

        async def receive() -> None:
            got.extend(await loop.do(pull.recv_many()))

        for number in range(200):
            task = loop.spawn(receive)
            await loop.sleep(0)
            await loop.do(push.send(b"%d" % number))
            for _ in range(number % 5):
                await loop.sleep(loop.round_s)
            task.cancel()
            await task.join()
        while len(got) < 200:
            got.extend(await loop.do(pull.recv_many(timeout=10_000)))
        assert got == [b"%d" % number for number in range(200)]

    loop.run(main)


def test_a_cancelled_send_many_sent_the_first(loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push = sockets.one(loop, zmq.PUSH)
        push.set_hwm(1)
        told: list[int] = []

        async def send() -> None:
            try:
                await loop.do(push.send_many([b"%d" % number for number in range(100)]))
            except BaseException as error:
                told.append(error.sent)  # type: ignore[attr-defined]
                raise

        task = loop.spawn(send)
        await loop.until(lambda: push._engine.waiting[1] == 1)
        task.cancel()
        await task.join()
        assert told == [0]

    loop.run(main)


def test_try_recv_never_waits(any_loop: Loop, sockets: Any) -> None:
    loop = any_loop

    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        assert pull.try_recv() is None
        await loop.do(push.send(b"1"))
        assert await loop.do(pull.poll(10_000)) == zmq.POLLIN
        assert pull.try_recv() == b"1"
        await loop.do(push.send(b"2"))
        assert await loop.do(pull.poll(10_000)) == zmq.POLLIN
        assert pull.try_recv(copy=False).bytes == b"2"
        pull.close()
        with pytest.raises(zmq.ZMQError, match="closed"):
            pull.try_recv()

    loop.run(main)


def test_try_recv_gives_what_was_given_back(future_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(future_loop, zmq.PUSH, zmq.PULL)
        waiting = pull.recv()
        await push.send(b"1")
        await push.send(b"2")
        await future_loop.until(waiting.done)
        del waiting
        assert pull._engine.given_back == 1
        assert pull.try_recv() == b"1"
        assert await pull.recv(timeout=10_000) == b"2"

    future_loop.run(main)
