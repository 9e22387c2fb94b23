"""ZMQStream on asyncio's loops and on tornado's; the other names of tornado and gevent."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest

import zmq
from zmq.eventloop.zmqstream import ZMQStream

from .loops import Asyncio, Gevent, Loop, Sync, Tornado, Uvloop

STREAM_LOOPS = [Asyncio, Uvloop, Tornado]


@pytest.fixture(params=STREAM_LOOPS, ids=lambda make: make.name)
def stream_loop(request: pytest.FixtureRequest) -> Loop:
    return request.param()  # type: ignore[no-any-return]


def streams(sockets: Any, hwm: int | None = None) -> tuple[ZMQStream, ZMQStream]:
    push, pull = sockets.pair(Sync(), zmq.PUSH, zmq.PULL, hwm)
    return ZMQStream(push), ZMQStream(pull)


def test_callbacks(stream_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = streams(sockets)
        got: list[Any] = []
        sent: list[Any] = []
        assert not pull.receiving()
        pull.on_recv(got.append)
        assert pull.receiving()
        push.on_send(lambda message, status: sent.append((message, status)))
        push.send(b"1")
        push.send_multipart([b"2", b"3"], track=True)
        assert push.sending()
        await stream_loop.until(lambda: len(got) == 2 and len(sent) == 2)
        assert not push.sending()
        assert got == [[b"1"], [b"2", b"3"]]
        assert sent[0] == ([b"1"], None)
        assert sent[1][0] == [b"2", b"3"]
        assert sent[1][1].done
        push.stop_on_send()
        pull.on_recv_stream(lambda stream, message: got.append((stream, message)), copy=False)
        push.send_string("é", callback=lambda message, status: sent.append(message))
        push.send_json({})
        push.send_pyobj(None)
        await stream_loop.until(lambda: len(got) == 5 and len(sent) == 5)
        assert got[2][0] is pull
        assert got[2][1][0].bytes == "é".encode()
        pull.stop_on_recv()
        assert not pull.receiving()
        push.on_send_stream(lambda stream, message, status: sent.append(stream))
        push.send(b"stays")
        await stream_loop.until(lambda: sent[-1] is push)
        assert pull.socket.recv() == [b"stays"][0]
        assert len(got) == 5

    stream_loop.run(main)


def test_pickles_can_be_forbidden(stream_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, _ = streams(sockets)
        push.socket.context.allow_pickle = False
        with pytest.raises(RuntimeError, match="allow_pickle=False"):
            push.send_pyobj(1)
        assert not push.sending()

    stream_loop.run(main)


def test_coroutines_and_failures_of_callbacks(stream_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = streams(sockets)
        reports: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: reports.append(context["exception"])
        )
        got: list[Any] = []

        async def receive(message: Any) -> None:
            await asyncio.sleep(0)
            got.append(message)
            raise KeyError

        pull.on_recv(receive)
        push.send(b"1")
        await stream_loop.until(lambda: bool(reports))
        assert got == [[b"1"]]

        def fail(message: Any) -> None:
            got.append(message)
            raise ValueError

        pull.on_recv(fail)
        push.send(b"2")
        push.send(b"3")
        await stream_loop.until(lambda: len(reports) == 3)
        assert got[1:] == [[b"2"], [b"3"]]
        assert [type(error) for error in reports] == [KeyError, ValueError, ValueError]

    stream_loop.run(main)


def test_flush(stream_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = streams(sockets)
        push.socket.poll(10_000, zmq.POLLOUT)  # connected
        got: list[Any] = []
        for number in range(10):
            push.send(b"%d" % number)
        await asyncio.sleep(0)
        push.flush(zmq.POLLOUT)
        assert not push.sending()
        pull.socket.poll(10_000)
        assert pull.flush() == 0  # nobody receives
        pull.on_recv(got.append)
        while len(got) < 3:
            pull.flush(zmq.POLLIN, limit=3 - len(got))
        assert len(got) == 3
        while len(got) < 10:
            pull.flush()
        assert got == [[b"%d" % number] for number in range(10)]

    stream_loop.run(main)


def test_close(stream_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = streams(sockets)
        closed: list[Any] = []
        for stream in (push, pull):
            stream.set_close_callback(lambda: closed.append(1))
        statuses: list[Any] = []
        lonely = ZMQStream(sockets.one(Sync(), zmq.PUSH))
        lonely.on_send(lambda message, status: statuses.append(status))
        lonely.send(b"never")
        await asyncio.sleep(0.01)
        lonely.close()
        await stream_loop.until(lambda: bool(statuses))
        assert isinstance(statuses[0], zmq.ZMQError)

        pull.on_recv(lambda message: pull.close())
        push.send(b"1")
        push.send(b"2")
        await stream_loop.until(pull.closed)
        push.close(linger=0)
        push.close()
        assert closed == [1, 1]
        with pytest.raises(zmq.ZMQError, match="closed"):
            push.flush()
        with pytest.raises(zmq.ZMQError, match="closed"):
            push.on_recv(print)

    stream_loop.run(main)


def test_many_messages_and_direct_calls(stream_loop: Loop, sockets: Any) -> None:
    """Sends made on the socket itself take no wake-up of the stream away."""

    async def main() -> None:
        one, two = sockets.pair(Sync(), zmq.DEALER, zmq.DEALER, 0)
        stream = ZMQStream(two)
        got: list[int] = []
        stream.on_recv(lambda message: got.append(int(message[0])))
        for number in range(5000):
            one.send(b"%d" % number)
            two.send(b"back")
            if number % 100 == 0:
                await asyncio.sleep(0)
        await stream_loop.until(lambda: len(got) == 5000)
        assert got == list(range(5000))

    stream_loop.run(main)


def test_a_slow_receiver_does_not_starve_the_loop(stream_loop: Loop, sockets: Any) -> None:
    import time

    async def main() -> None:
        push, pull = streams(sockets, 0)
        for _ in range(60):
            push.send(b"x")
        push.flush()
        got: list[Any] = []

        def slowly(message: Any) -> None:
            time.sleep(0.002)
            got.append(message)

        pull.on_recv(slowly)
        rounds = 0
        while len(got) < 60:
            await asyncio.sleep(0)
            rounds += 1
        assert rounds >= 5  # of about 20: each round takes PATIENCE of messages

    stream_loop.run(main)


def test_an_asynchronous_socket_is_warned_of(sockets: Any) -> None:
    async def main() -> None:
        socket = sockets.one(Asyncio(), zmq.PULL)
        with pytest.warns(RuntimeWarning, match="asynchronous"):
            ZMQStream(socket)

    Asyncio().run(main)


def test_a_stream_of_a_given_tornado_loop(sockets: Any) -> None:
    import warnings

    from tornado.ioloop import IOLoop

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        loop = IOLoop(make_current=False)
    push, pull = sockets.pair(Sync(), zmq.PUSH, zmq.PULL)
    stream = ZMQStream(pull, io_loop=loop)
    got: list[Any] = []
    stream.on_recv(lambda message: (got.append(message), loop.stop()))
    push.send(b"1")
    loop.start()
    assert got == [[b"1"]]
    stream.close()
    loop.close(all_fds=False)


WITHOUT_TORNADO = """
import asyncio, sys
sys.modules["tornado"] = None  # importing it fails
import zmq
from zmq.eventloop.zmqstream import ZMQStream

async def main():
    got = asyncio.get_running_loop().create_future()
    with zmq.Context() as context:
        push, pull = ZMQStream(context.socket(zmq.PUSH)), ZMQStream(context.socket(zmq.PULL))
        push.bind("inproc://stream")
        pull.connect("inproc://stream")
        pull.on_recv(got.set_result)
        push.send(b"1")
        assert await asyncio.wait_for(got, 10) == [b"1"]
        push.close()
        pull.close()

asyncio.run(main())
"""


def test_a_stream_without_tornado() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_TORNADO],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_names_of_tornado() -> None:
    import tornado.ioloop

    from zmq.eventloop import IOLoop, ioloop
    from zmq.green.eventloop import IOLoop as GreenIOLoop, zmqstream

    assert IOLoop is GreenIOLoop is ioloop.IOLoop is ioloop.ZMQIOLoop is tornado.ioloop.IOLoop
    assert ioloop.PeriodicCallback is tornado.ioloop.PeriodicCallback
    assert ioloop.ZMQPoller is zmq.Poller
    assert issubclass(zmqstream.ZMQStream, ZMQStream)
    with pytest.warns(DeprecationWarning, match="not needed"):
        ioloop.install()


def test_delayed_callback() -> None:
    async def main() -> None:
        from zmq.eventloop.ioloop import DelayedCallback

        called: list[int] = []
        with pytest.warns(DeprecationWarning, match="call_later"):
            delayed = DelayedCallback(lambda: called.append(1), 5)
        delayed.start()
        await Tornado().until(lambda: bool(called))
        await asyncio.sleep(0.03)
        assert called == [1]

    Tornado().run(main)


def test_green_device(sockets: Any) -> None:
    import gevent

    import zmq.green

    async def main() -> None:
        loop = Gevent()
        inner_in, outer_in = sockets.pair(loop, zmq.DEALER, zmq.DEALER)
        inner_out, outer_out = sockets.pair(loop, zmq.DEALER, zmq.DEALER)
        device = gevent.spawn(zmq.green.device, zmq.QUEUE, inner_in, inner_out)
        outer_in.send_multipart([b"1", b"2"])
        assert outer_out.recv_multipart() == [b"1", b"2"]
        outer_out.send(b"back")
        assert outer_in.recv() == b"back"
        device.kill()

    Gevent().run(main)


def test_green_names() -> None:
    import zmq.green

    assert zmq.green.REQ is zmq.REQ
    assert zmq.green.Context is not zmq.Context
    assert issubclass(zmq.green.Socket, zmq.Socket)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_anyio(backend: str) -> None:
    """Under anyio one takes the module of the back end that runs."""
    import anyio.lowlevel

    import zmq.asyncio
    import zmq.trio

    module = {"asyncio": zmq.asyncio, "trio": zmq.trio}[backend]

    async def main() -> None:
        async with module.Context() as context:
            push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
            push.bind("inproc://anyio")
            pull.connect("inproc://anyio")
            got, sent = [], []
            for number in range(50):
                with anyio.move_on_after(0.0005 * (number % 3)):
                    async with anyio.create_task_group() as group:

                        async def receive() -> None:
                            got.append(int(await pull.recv()))

                        group.start_soon(receive)
                        await anyio.lowlevel.checkpoint()
                        await push.send(b"%d" % number)
                        sent.append(number)
                        await anyio.lowlevel.checkpoint()
                        group.cancel_scope.cancel()
            assert len(sent) > 10
            while len(got) < len(sent):
                got.append(int(await pull.recv(timeout=10_000)))
            assert got == sent

    anyio.run(main, backend=backend)
