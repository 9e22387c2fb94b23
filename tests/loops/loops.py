"""Every way to wait, behind one face, so that one test runs on all of them.

A test is an ``async def`` that takes a `Loop`. What the library blocks on (sync, gevent) runs to
its end inside of such a function; what is awaited is awaited. A new loop is one more class here.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
import time
import warnings
from typing import Any, Callable

import zmq

GIVE_UP_S = 20  # a join that takes longer is a hang


def drive(coroutine: Any) -> Any:
    """Run a coroutine that never really waits."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise RuntimeError("it waits for something that this loop does not know")


class Loop:
    """What a test may ask of any loop."""

    name: str
    cancels = True  # waiting can be called off
    awaits = True  # calls of sockets are awaited
    futures = True  # and what is awaited is a future of asyncio
    round_s = 0.0  # a sleep after which the loop has looked at its descriptors once

    def context(self) -> Any:
        raise NotImplementedError

    def poller(self) -> Any:
        raise NotImplementedError

    def run(self, main: Callable[[], Any]) -> Any:
        raise NotImplementedError

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError

    def spawn(self, main: Callable[..., Any], *args: Any) -> Any:
        """Run beside; what it returns has ``cancel()`` and ``await join()``."""
        raise NotImplementedError

    async def do(self, call: Any) -> Any:
        """The result of a socket's call."""
        return await call if inspect.isawaitable(call) else call

    async def until(self, true: Callable[[], bool], seconds: float = GIVE_UP_S) -> None:
        """Wait until a fact holds."""
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                raise TimeoutError("it never came true")
            await self.sleep(0.001)

    async def close(self, context: Any) -> None:
        context.destroy(linger=0)


class Sync(Loop):
    name = "sync"
    cancels = awaits = futures = False

    def context(self) -> Any:
        return zmq.Context()

    def poller(self) -> Any:
        return zmq.Poller()

    def run(self, main: Callable[[], Any]) -> Any:
        return drive(main())

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251  # drive() runs it, no loop does

    def spawn(self, main: Callable[..., Any], *args: Any) -> Any:
        return _Thread(main, args)


class _Thread:
    def __init__(self, main: Callable[..., Any], args: Any) -> None:
        self._result: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(main, args), daemon=True)
        self._thread.start()

    def _run(self, main: Callable[..., Any], args: Any) -> None:
        try:
            self._result = drive(main(*args))
        except BaseException as error:  # noqa: BLE001  # join() raises it
            self._error = error

    async def join(self) -> Any:
        self._thread.join(GIVE_UP_S)
        if self._thread.is_alive():
            raise TimeoutError("the thread hangs")
        if self._error is not None:
            raise self._error
        return self._result


class Asyncio(Loop):
    name = "asyncio"

    def new_loop(self) -> Any:
        return asyncio.SelectorEventLoop()

    def context(self) -> Any:
        import zmq.asyncio

        return zmq.asyncio.Context()

    def poller(self) -> Any:
        import zmq.asyncio

        return zmq.asyncio.Poller()

    def run(self, main: Callable[[], Any]) -> Any:
        loop = self.new_loop()
        try:
            asyncio.set_event_loop(loop)
            return loop.run_until_complete(main())
        finally:
            asyncio.set_event_loop(None)
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def spawn(self, main: Callable[..., Any], *args: Any) -> Any:
        return _Task(main(*args))


class _Task:
    def __init__(self, coroutine: Any) -> None:
        self.task = asyncio.get_running_loop().create_task(coroutine)
        self.cancel = self.task.cancel

    async def join(self) -> Any:
        done, _ = await asyncio.wait([self.task], timeout=GIVE_UP_S)
        if not done:
            raise TimeoutError("the task hangs")
        return None if self.task.cancelled() else self.task.result()


class Uvloop(Asyncio):
    name = "uvloop"

    def new_loop(self) -> Any:
        import uvloop

        return uvloop.new_event_loop()


class Eager(Asyncio):
    name = "eager"

    def new_loop(self) -> Any:
        loop = super().new_loop()
        loop.set_task_factory(asyncio.eager_task_factory)
        return loop


class _NoReaders(asyncio.SelectorEventLoop):
    """Like Windows' Proactor loop: it cannot watch descriptors."""

    add_reader = asyncio.AbstractEventLoop.add_reader
    remove_reader = asyncio.AbstractEventLoop.remove_reader


class Proactor(Asyncio):
    name = "proactor"
    round_s = 5e-5  # the thread's round

    def new_loop(self) -> Any:
        return _NoReaders()


class Tornado(Asyncio):
    name = "tornado"

    def context(self) -> Any:
        from zmq.eventloop.future import Context

        return Context()

    def poller(self) -> Any:
        from zmq.eventloop.future import Poller

        return Poller()

    def run(self, main: Callable[[], Any]) -> Any:
        from tornado.ioloop import IOLoop

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            loop = IOLoop(make_current=False)
        try:
            return loop.run_sync(main)
        finally:
            loop.close(all_fds=False)
            asyncio.set_event_loop(None)


class Gevent(Loop):
    name = "gevent"
    round_s = 1e-6
    awaits = futures = False

    def context(self) -> Any:
        import zmq.green

        return zmq.green.Context()

    def poller(self) -> Any:
        import zmq.green

        return zmq.green.Poller()

    def run(self, main: Callable[[], Any]) -> Any:
        import gevent

        return gevent.spawn(drive, main()).get()

    async def sleep(self, seconds: float) -> None:
        import gevent

        gevent.sleep(seconds)

    def spawn(self, main: Callable[..., Any], *args: Any) -> Any:
        return _Greenlet(main, args)


class _Greenlet:
    def __init__(self, main: Callable[..., Any], args: Any) -> None:
        import gevent

        self._error: BaseException | None = None
        self._result: Any = None
        self.greenlet = gevent.spawn(self._run, main, args)

    def _run(self, main: Callable[..., Any], args: Any) -> None:
        try:
            self._result = drive(main(*args))
        except Exception as error:  # noqa: BLE001  # join() raises it
            self._error = error

    def cancel(self) -> None:
        self.greenlet.kill(block=False)

    async def join(self) -> Any:
        self.greenlet.join(GIVE_UP_S)
        if not self.greenlet.dead:
            raise TimeoutError("the greenlet hangs")
        if self._error is not None:
            raise self._error
        return self._result


class Trio(Loop):
    name = "trio"
    futures = False

    def context(self) -> Any:
        import zmq.trio

        return zmq.trio.Context()

    def poller(self) -> Any:
        import zmq.trio

        return zmq.trio.Poller()

    def run(self, main: Callable[[], Any]) -> Any:
        import trio

        async def with_nursery() -> Any:
            async with trio.open_nursery() as self._nursery:
                result = await main()
                self._nursery.cancel_scope.cancel()
            return result

        return trio.run(with_nursery)

    async def sleep(self, seconds: float) -> None:
        import trio

        await trio.sleep(seconds)

    def spawn(self, main: Callable[..., Any], *args: Any) -> Any:
        return _TrioTask(self._nursery, main, args)


class _TrioTask:
    def __init__(self, nursery: Any, main: Callable[..., Any], args: Any) -> None:
        import trio

        self._scope = trio.CancelScope()
        self._over = trio.Event()
        self._error: BaseException | None = None
        self._result: Any = None
        self.cancel = self._scope.cancel
        nursery.start_soon(self._run, main, args)

    async def _run(self, main: Callable[..., Any], args: Any) -> None:
        try:
            with self._scope:
                self._result = await main(*args)
        except Exception as error:  # noqa: BLE001  # join() raises it
            self._error = error
        finally:
            self._over.set()

    async def join(self) -> Any:
        import trio

        with trio.move_on_after(GIVE_UP_S):
            await self._over.wait()
        if not self._over.is_set():
            raise TimeoutError("the task hangs")
        if self._error is not None:
            raise self._error
        return self._result


def loops() -> dict[str, type[Loop]]:
    """Those of this Python."""
    known = [Sync, Asyncio, Uvloop, Proactor, Tornado, Gevent, Trio]
    if sys.version_info >= (3, 12):
        known.append(Eager)
    return {loop.name: loop for loop in known}
