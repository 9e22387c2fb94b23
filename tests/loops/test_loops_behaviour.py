"""What every loop does alike: kinds of messages, timeouts, polling, closing."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

import zmq

from .loops import Loop, Sync


def test_every_kind_of_message_arrives(any_loop: Loop, sockets: Any) -> None:
    loop = any_loop

    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        await loop.do(push.send(b"bytes"))
        assert await loop.do(pull.recv()) == b"bytes"
        await loop.do(push.send_multipart([b"a", bytearray(b"b"), b""]))
        assert await loop.do(pull.recv_multipart()) == [b"a", b"b", b""]
        await loop.do(push.send_string("hé"))
        assert await loop.do(pull.recv_string()) == "hé"
        await loop.do(push.send_json({"a": [1]}))
        assert await loop.do(pull.recv_json()) == {"a": [1]}
        await loop.do(push.send_pyobj({1: "x"}))
        assert await loop.do(pull.recv_pyobj()) == {1: "x"}
        await loop.do(push.send_serialized("ab", lambda text: [text.encode()]))
        assert await loop.do(pull.recv_serialized(lambda parts: parts[0].decode())) == "ab"
        await loop.do(push.send(b"0123456789"))
        memory = bytearray(4)
        assert await loop.do(pull.recv_into(memory)) == 4
        assert memory == b"0123"
        await loop.do(push.send(b"f" * 100_000, copy=False))
        frame = await loop.do(pull.recv(copy=False))
        assert frame.bytes == b"f" * 100_000
        assert (await loop.do(push.send(b"t", track=True))).done
        await loop.do(push.send(b"u", copy=False, track=True))
        assert [await loop.do(pull.recv()) for _ in range(2)] == [b"t", b"u"]

    loop.run(main)


def test_parts_of_one_message(any_loop: Loop, sockets: Any) -> None:
    loop = any_loop

    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        await loop.do(push.send(b"1", zmq.SNDMORE))
        await loop.do(push.send(b"2", zmq.SNDMORE))
        await loop.do(push.send(b"3"))
        assert await loop.do(pull.recv()) == b"1"
        assert pull.get(zmq.RCVMORE)
        assert await loop.do(pull.recv_multipart()) == [b"2", b"3"]
        assert not pull.get(zmq.RCVMORE)

    loop.run(main)


@pytest.mark.parametrize("how", ["timeout", "option"])
def test_receiving_gives_up_in_time(any_loop: Loop, sockets: Any, how: str) -> None:
    loop = any_loop

    async def main() -> None:
        _, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        if how == "option":
            pull.rcvtimeo = 60
        began = time.monotonic()
        with pytest.raises(zmq.Again):
            await loop.do(pull.recv(**({"timeout": 60} if how == "timeout" else {})))
        assert 0.05 <= time.monotonic() - began < 5
        with pytest.raises(zmq.Again):
            await loop.do(pull.recv_multipart(zmq.DONTWAIT))
        with pytest.raises(zmq.Again):
            await loop.do(pull.recv(timeout=0))

    loop.run(main)


@pytest.mark.parametrize("how", ["timeout", "option"])
def test_sending_gives_up_in_time_and_sends_nothing(any_loop: Loop, sockets: Any, how: str) -> None:
    loop = any_loop

    async def main() -> None:
        push = sockets.one(loop, zmq.PUSH)
        if how == "option":
            push.sndtimeo = 60
        keywords = {"timeout": 60} if how == "timeout" else {}
        began = time.monotonic()
        with pytest.raises(zmq.Again):
            await loop.do(push.send_multipart([b"never", b"sent"], **keywords))
        assert 0.05 <= time.monotonic() - began < 5
        with pytest.raises(zmq.Again):
            await loop.do(push.send(b"nor this", zmq.DONTWAIT))
        pull = push.context.socket(zmq.PULL)
        pull.bind("tcp://127.0.0.1:*")
        push.connect(pull.last_endpoint.decode())
        await loop.do(push.send(b"but this", timeout=10_000))
        assert await loop.do(pull.recv_multipart(timeout=10_000)) == [b"but this"]
        pull.close()

    loop.run(main)


def test_misuse_is_told_at_once(any_loop: Loop, sockets: Any) -> None:
    loop = any_loop

    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        with pytest.raises(TypeError, match="str"):
            await loop.do(push.send("text"))
        with pytest.raises(TypeError, match="part 1"):
            await loop.do(push.send_multipart([b"ok", "text"]))
        with pytest.raises(ValueError, match="at least one part"):
            await loop.do(push.send_multipart([]))
        with pytest.raises(TypeError, match="sequence of parts"):
            await loop.do(push.send_multipart(b"bytes"))
        with pytest.raises(zmq.ZMQError) as caught:
            await loop.do(push.recv())
        assert caught.value.errno == zmq.ENOTSUP
        await loop.do(push.send(b"works"))
        assert await loop.do(pull.recv()) == b"works"

    loop.run(main)


def test_socket_poll(any_loop: Loop, sockets: Any) -> None:
    loop = any_loop

    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        assert await loop.do(pull.poll(10)) == 0
        assert await loop.do(pull.poll(0)) == 0
        await loop.do(push.send(b"1"))
        assert await loop.do(pull.poll(10_000)) == zmq.POLLIN
        assert await loop.do(pull.poll()) == zmq.POLLIN
        assert await loop.do(push.poll(10_000, zmq.POLLOUT)) == zmq.POLLOUT
        assert await loop.do(pull.recv()) == b"1"

    loop.run(main)


def test_poller_of_sockets_and_descriptors(any_loop: Loop, sockets: Any) -> None:
    loop = any_loop
    reader, writer = os.pipe()

    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        poller = loop.poller()
        poller.register(pull, zmq.POLLIN)
        poller.register(reader, zmq.POLLIN)
        assert await loop.do(poller.poll(10)) == []
        os.write(writer, b"x")
        assert await loop.do(poller.poll(10_000)) == [(reader, zmq.POLLIN)]
        os.read(reader, 1)
        await loop.do(push.send(b"1"))
        assert await loop.do(poller.poll(10_000)) == [(pull, zmq.POLLIN)]
        assert await loop.do(pull.recv()) == b"1"

        async def later() -> None:
            await loop.sleep(0.02)
            os.write(writer, b"y")

        task = loop.spawn(later)
        assert await loop.do(poller.poll(10_000)) == [(reader, zmq.POLLIN)]
        await task.join()

    try:
        loop.run(main)
    finally:
        os.close(reader)
        os.close(writer)


def test_poller_wakes_for_a_message(loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        poller = loop.poller()
        poller.register(pull, zmq.POLLIN)

        async def later() -> None:
            await loop.sleep(0.02)
            await loop.do(push.send(b"1"))

        task = loop.spawn(later)
        assert await loop.do(poller.poll(10_000)) == [(pull, zmq.POLLIN)]
        await task.join()

    loop.run(main)


def test_receivers_are_served_in_their_order(loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        got: list[Any] = []

        async def receive(number: int) -> None:
            got.append((number, await loop.do(pull.recv())))

        tasks = []
        for number in range(5):
            tasks.append(loop.spawn(receive, number))
            await loop.until(lambda n=number: pull._engine.waiting[0] == n + 1)
        for number in range(5):
            await loop.do(push.send(b"%d" % number))
        for task in tasks:
            await task.join()
        assert sorted(got) == [(number, b"%d" % number) for number in range(5)]

    loop.run(main)


@pytest.mark.parametrize("call", ["recv", "send", "poll"])
def test_close_wakes_who_waits(loop: Loop, sockets: Any, call: str) -> None:
    async def main() -> None:
        push, pull = sockets.one(loop, zmq.PUSH), sockets.one(loop, zmq.PULL)
        socket = push if call == "send" else pull

        async def wait() -> None:
            await loop.do(getattr(socket, call)(*([b"x"] if call == "send" else [])))

        tasks = [loop.spawn(wait), loop.spawn(wait)]
        await loop.until(lambda: sum(socket._engine.waiting) == 2)
        socket.close()
        for task in tasks:
            with pytest.raises(zmq.ZMQError, match="was closed while it was waited for") as caught:
                await task.join()
            assert caught.value.errno == zmq.ENOTSOCK
            assert hex(id(socket)) in str(caught.value)

    loop.run(main)


def test_end_of_the_context_wakes_who_waits(loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        pull = sockets.one(loop, zmq.PULL)

        async def wait() -> None:
            await loop.do(pull.recv())

        task = loop.spawn(wait)
        await loop.until(lambda: pull._engine.waiting[0] == 1)
        thread = Terminate(pull.context)
        with pytest.raises(zmq.ContextTerminated):
            await task.join()
        pull.close()
        thread.join()

    loop.run(main)


def Terminate(context: Any) -> Any:  # noqa: N802
    import threading

    thread = threading.Thread(target=zmq.Context.term, args=(context,))
    thread.start()
    return thread


def test_undecodable_messages_are_not_lost(loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        await loop.do(push.send(b"{not json"))
        await loop.do(push.send_multipart([b"a", b"b"]))
        if loop.awaits:
            with pytest.raises(ValueError, match="Expecting") as caught:
                await loop.do(pull.recv_json())
            assert caught.value.received == b"{not json"
            with pytest.raises(ZeroDivisionError) as divided:
                await loop.do(pull.recv_serialized(lambda parts: 1 / 0))
            assert divided.value.received == [b"a", b"b"]

    loop.run(main)


def test_async_for_ends_when_the_socket_is_closed(loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        got = []

        async def receive() -> None:
            async for message in pull:
                got.append(message)  # noqa: PERF401  # it is looked at meanwhile

        task = loop.spawn(receive)
        await push.send_multipart([b"1", b"2"])
        await push.send(b"3")
        await loop.until(lambda: len(got) == 2)
        pull.close()
        await task.join()
        assert got == [[b"1", b"2"], [b"3"]]

    if loop.awaits:
        loop.run(main)
    else:
        assert not hasattr(sockets.one(loop, zmq.PULL), "__aiter__")


def test_aclose_drains(loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push = sockets.one(loop, zmq.PUSH)
        tasks = [loop.spawn(send, push, n) for n in range(3)]
        await loop.until(lambda: push._engine.waiting[1] == 3)
        other = sockets.one(loop, zmq.PUSH)
        blocked = loop.spawn(send, other, 0)
        await loop.until(lambda: other._engine.waiting[1] == 1)
        with pytest.raises(zmq.Again):
            await other.aclose(timeout=20)
        assert other.closed
        with pytest.raises(zmq.ZMQError):
            await blocked.join()
        pull = push.context.socket(zmq.PULL)
        pull.bind("tcp://127.0.0.1:*")
        push.connect(pull.last_endpoint.decode())
        await push.aclose(linger=10_000)
        assert push.closed
        assert sorted([await pull.recv(timeout=10_000) for _ in range(3)]) == [b"0", b"1", b"2"]
        for task in tasks:
            await task.join()
        pull.close()

    async def send(socket: Any, number: int) -> None:
        await loop.do(socket.send(b"%d" % number))

    if loop.awaits:
        loop.run(main)
    else:
        assert not hasattr(sockets.one(loop, zmq.PULL), "aclose")


def test_contexts_end_with_their_block(loop: Loop) -> None:
    async def main() -> None:
        async with loop.context() as context:
            one, two = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
            async with two:
                one.bind("inproc://block")
                two.connect("inproc://block")
                await one.send(b"1")
                assert await two.recv() == b"1"
            assert two.closed
        assert one.closed
        assert context.closed

    if loop.awaits:
        loop.run(main)
    else:
        with loop.context() as context:
            assert not hasattr(context, "__aenter__")


@pytest.mark.parametrize("direct", ["the same object", "a shadow", "the original"])
def test_a_direct_call_takes_no_wakeup_away(loop: Loop, sockets: Any, direct: str) -> None:
    """Reading EVENTS, and sync calls on the same socket, work off the commands of the wake-up."""

    async def main() -> None:
        if direct == "the original":
            one, plain = sockets.pair(Sync(), zmq.DEALER, zmq.DEALER, hwm=0)
            two = type(sockets.one(loop, zmq.DEALER)).shadow(plain)
        else:
            one, two = sockets.pair(loop, zmq.DEALER, zmq.DEALER, hwm=0)
            plain = two if direct == "the same object" else zmq.Socket.shadow(two.underlying)
        await loop.do(one.send(b"first"))
        assert await loop.do(two.recv(timeout=10_000)) == b"first"

        async def receive() -> bytes:
            return await loop.do(two.recv(timeout=10_000))

        for _ in range(20):
            task = loop.spawn(receive)
            await loop.until(lambda: two._engine.waiting[0] == 1)
            await loop.do(one.send(b"x"))
            end = time.monotonic() + 10
            while two._engine.waiting[0] and time.monotonic() < end:
                if zmq.Socket.get(plain, zmq.EVENTS) & zmq.POLLIN:
                    break
                zmq.Socket.send(plain, b"y", zmq.DONTWAIT)
            assert await task.join() == b"x"

    loop.run(main)
