"""What programs do with the futures that sockets return."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import weakref
from typing import Any

import pytest

import zmq
import zmq.asyncio

from .loops import Asyncio, Loop, Uvloop


def test_they_are_futures(future_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(future_loop, zmq.PUSH, zmq.PULL)
        loop = asyncio.get_running_loop()
        waiting = pull.recv()
        assert asyncio.isfuture(waiting)
        assert isinstance(waiting, asyncio.Future)
        assert asyncio.ensure_future(waiting) is waiting
        assert waiting.get_loop() is loop
        assert weakref.ref(waiting)() is waiting
        assert not waiting.done()
        assert "pending" in repr(waiting)
        with pytest.raises(asyncio.InvalidStateError):
            waiting.result()
        with pytest.raises(asyncio.InvalidStateError):
            waiting.exception()
        called: list[Any] = []
        variable = contextvars.ContextVar("variable", default=0)
        context = contextvars.copy_context()
        context.run(variable.set, 5)
        waiting.add_done_callback(lambda f: called.append((f, variable.get())), context=context)
        waiting.add_done_callback(called.append)
        assert waiting.remove_done_callback(called.append) == 1
        sent = push.send(b"1")
        assert sent.get_loop() is loop
        await sent
        assert await waiting == b"1"
        assert await waiting == b"1"
        assert waiting.result() == b"1"
        assert waiting.exception() is None
        assert not waiting.cancel()
        await asyncio.sleep(0)
        assert called == [(waiting, 5)]
        late = []
        waiting.add_done_callback(late.append)
        await asyncio.sleep(0)
        assert late == [waiting]

    future_loop.run(main)


def test_asyncio_takes_them(future_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(future_loop, zmq.PUSH, zmq.PULL)
        values = await asyncio.gather(pull.recv(), push.send(b"1"), pull.recv(), push.send(b"2"))
        assert values == [b"1", None, b"2", None]
        done, pending = await asyncio.wait([pull.recv()], timeout=0.01)
        assert not done
        (waiting,) = pending
        await push.send(b"3")
        assert await asyncio.wait_for(waiting, 10) == b"3"
        shielded = asyncio.shield(pull.recv())
        await push.send(b"4")
        assert await shielded == b"4"
        for each in asyncio.as_completed([pull.recv(), pull.recv()]):
            await push.send(b"5")
            assert await each == b"5"
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(pull.recv(), 0.01)
        gathered = asyncio.gather(pull.recv(), pull.recv())
        await asyncio.sleep(0)
        gathered.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gathered
        assert pull._engine.waiting == (0, 0, 0)
        failing = pull.recv(zmq.DONTWAIT)
        assert failing.done()
        assert isinstance(failing.exception(), zmq.Again)

    future_loop.run(main)


def test_two_tasks_may_await_one(future_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        push, pull = sockets.pair(future_loop, zmq.PUSH, zmq.PULL)
        waiting = pull.recv()

        async def wait() -> bytes:
            return await waiting

        one, two = asyncio.ensure_future(wait()), asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        await push.send(b"1")
        await asyncio.wait([waiting])
        one.cancel()
        assert await two == b"1"

    future_loop.run(main)


def test_a_failure_nobody_asked_for_is_reported(future_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        _, pull = sockets.pair(future_loop, zmq.PUSH, zmq.PULL)
        reports: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
        pull.recv(timeout=1)
        await future_loop.until(lambda: bool(reports))
        assert isinstance(reports[0]["exception"], zmq.Again)
        assert "never retrieved" in reports[0]["message"]

    future_loop.run(main)


def test_others_run_while_messages_are_there(future_loop: Loop, sockets: Any) -> None:
    """A task that always finds a message does not starve the rest."""

    async def main() -> None:
        push, pull = sockets.pair(future_loop, zmq.PUSH, zmq.PULL, hwm=0)
        for _ in range(3000):
            await push.send(b"x")
        await pull.poll()
        await asyncio.sleep(0.1)
        rounds = 0

        async def count() -> None:
            nonlocal rounds
            while True:
                rounds += 1
                await asyncio.sleep(0)

        counter = asyncio.ensure_future(count())
        for _ in range(3000):
            await pull.recv()
        assert rounds >= 5
        counter.cancel()

    future_loop.run(main)


def test_another_loop_takes_over(sockets: Any) -> None:
    """In turn: each time the loop before is closed, even with somebody waiting in it."""
    made: list[Any] = []

    async def begin() -> None:
        made.extend(sockets.pair(Asyncio(), zmq.PUSH, zmq.PULL))
        made.append(made[1].recv())
        await asyncio.sleep(0)

    async def go_on() -> None:
        await made[0].send(b"1")
        assert await made[1].recv(timeout=10_000) == b"1"

    Asyncio().run(begin)
    Uvloop().run(go_on)
    Asyncio().run(go_on)


def test_two_loops_at_once_are_named(sockets: Any) -> None:
    loops = asyncio.new_event_loop(), asyncio.new_event_loop()
    push, pull = sockets.pair(Asyncio(), zmq.PUSH, zmq.PULL)

    async def receive() -> Any:
        return await pull.recv()

    task = loops[0].create_task(receive())
    loops[0].run_until_complete(asyncio.sleep(0.01))
    with pytest.raises(RuntimeError, match="is waited for in the event loop") as caught:
        loops[1].run_until_complete(receive())
    assert all(repr(loop).split(" ")[0] in str(caught.value) for loop in loops)

    async def send() -> None:
        await push.send(b"1")

    loops[1].run_until_complete(send())
    assert loops[0].run_until_complete(task) == b"1"
    for loop in loops:
        loop.close()


def test_a_loop_per_thread(future_loop: Loop) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        async def main() -> None:
            async with future_loop.context() as context:
                one, two = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
                one.bind("inproc://thread")
                two.connect("inproc://thread")
                for number in range(200):
                    waiting = two.recv()
                    await one.send(b"%d" % number)
                    assert await waiting == b"%d" % number

        try:
            type(future_loop)().run(main)
        except BaseException as error:  # noqa: BLE001  # the test raises it
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def test_closing_from_another_thread_wakes_who_waits(future_loop: Loop, sockets: Any) -> None:
    async def main() -> None:
        pull = sockets.one(future_loop, zmq.PULL)
        waiting = pull.recv()
        thread = threading.Thread(target=pull.close)
        thread.start()
        with pytest.raises(zmq.ZMQError, match="closed"):
            await asyncio.wait_for(waiting, 10)
        thread.join()

    future_loop.run(main)


def test_a_socket_nobody_can_reach_is_collected() -> None:
    async def main() -> None:
        async with zmq.asyncio.Context() as context:
            socket = context.socket(zmq.PULL)
            with pytest.raises(zmq.Again):
                await socket.recv(timeout=1)
            gone = weakref.ref(socket)
            with pytest.warns(ResourceWarning, match="unclosed"):
                del socket
            assert gone() is None

    Asyncio().run(main)


def test_old_names() -> None:
    with pytest.warns(DeprecationWarning, match="not needed"):
        zmq.asyncio.install()
    with pytest.warns(DeprecationWarning, match="not needed"):
        loop = zmq.asyncio.ZMQEventLoop()
    loop.close()
    assert issubclass(zmq.asyncio.ProactorSelectorThreadWarning, RuntimeWarning)


def test_from_socket(sockets: Any) -> None:
    from .loops import Sync

    push, pull = sockets.pair(Sync(), zmq.PUSH, zmq.PULL)
    asynchronous = zmq.asyncio.Socket.from_socket(pull)

    async def main() -> None:
        push.send(b"1")
        assert await asynchronous.recv(timeout=10_000) == b"1"

    Asyncio().run(main)
    asynchronous.close()


def test_outside_of_a_loop() -> None:
    """The error says where a socket can wait."""
    told: list[str] = []

    def use() -> None:
        with zmq.asyncio.Context() as context, context.socket(zmq.PULL) as socket:
            try:
                socket.recv()
            except RuntimeError as error:
                told.append(str(error))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join(10)
    assert len(told) == 1
    assert "use it in an async function, which asyncio.run() runs" in told[0]
