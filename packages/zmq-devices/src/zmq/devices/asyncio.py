"""Devices for asyncio: ``await proxy.run()``.

The same devices by the same names, whose `run` is a coroutine: the relay works in a thread of its
own, without the GIL, and the coroutine ends when it does. Cancelling it stops the device at once.

Examples
--------
>>> proxy = zmq.devices.asyncio.Proxy(zmq.ROUTER, zmq.DEALER)
>>> proxy.bind_in("tcp://127.0.0.1:5555")
>>> proxy.bind_out("tcp://127.0.0.1:5556")
>>> async with proxy:
...     print((await proxy.wait_ready())["in"], await proxy.statistics())
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from types import TracebackType
from typing import TYPE_CHECKING, Callable, TypeVar

from ._assembly import Assembly
from .basedevice import ThreadDevice
from .monitoredqueuedevice import MonitoredQueueBase
from .proxydevice import ProxyBase
from .proxysteerabledevice import ProxySteerableBase

if TYPE_CHECKING:
    from ._statistics import Statistics

__all__ = ["Device", "MonitoredQueue", "Proxy", "ProxySteerable"]

_AsyncT = TypeVar("_AsyncT", bound="_Async")
_T = TypeVar("_T")


class _Worker(ThreadDevice):
    """Runs another device's assembly, and tells when it has ended."""

    def __init__(self, assembly: Assembly, on_end: Callable[[], object]) -> None:
        super().__init__(assembly.device_type, assembly.in_type, assembly.out_type)
        self._ports = assembly._ports
        self._assembly = assembly
        self._on_end = on_end

    def run_device(self) -> None:
        assert self._helm is not None
        self._assembly._serve(self._helm)

    def _thread_main(self) -> None:
        try:
            self.run()
        except BaseException as failure:  # noqa: BLE001 - raised again by the coroutine
            self._failure = failure
        finally:
            self._settle()
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits
                self._on_end()


class _Async(Assembly):
    _worker: _Worker | None = None
    _task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Relay until somebody calls `stop`, the context is terminated, or the task is cancelled.

        Raises
        ------
        ZMQError
            When a socket cannot be made, bound or connected.
        RuntimeError
            When it runs already.
        """
        loop = asyncio.get_running_loop()
        if self._worker is not None and not self._worker.done:
            raise RuntimeError(f"{self} runs already")
        ended = asyncio.Event()
        worker = self._worker = _Worker(
            self, functools.partial(loop.call_soon_threadsafe, ended.set)
        )
        worker.start()
        try:
            await ended.wait()
        finally:
            worker.stop()
            # at once, as the relay never waits; the sockets are closed when this is left
            worker.launcher.join()
        worker.join()

    def stop(self) -> None:
        """Tell the device to end, at once; `run` returns then."""
        if self._worker is not None:
            self._worker.stop()

    async def pause(self, timeout: float | None = 10) -> None:
        """Make it take no more messages; see `zmq.devices.Device.pause`."""
        await self._in_thread(self._running().pause, timeout)

    async def resume(self, timeout: float | None = 10) -> None:
        """Make it take messages again; see `zmq.devices.Device.resume`."""
        await self._in_thread(self._running().resume, timeout)

    async def statistics(self, timeout: float | None = 10) -> Statistics:
        """Count what went through; see `zmq.devices.Device.statistics`."""
        return await self._in_thread(self._running().statistics, timeout)

    async def wait_ready(self, timeout: float | None = 10) -> dict[str, list[str]]:
        """Wait until the sockets are bound; see `zmq.devices.Device.wait_ready`."""
        return await self._in_thread(self._running().wait_ready, timeout)

    async def __aenter__(self: _AsyncT) -> _AsyncT:
        self._task = asyncio.ensure_future(self.run())
        await asyncio.sleep(0)  # the task begins
        try:
            await self.wait_ready()
        except BaseException:
            self.stop()
            await asyncio.wait([self._task])
            if not self._task.cancelled():
                self._task.exception()  # seen: it is on its way already
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._task is not None
        self.stop()
        await self._task

    def _running(self) -> _Worker:
        if self._worker is None:
            raise RuntimeError("the device does not run: await run(), or use `async with`, first")
        return self._worker

    async def _in_thread(self, function: Callable[[float | None], _T], timeout: float | None) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, function, timeout)


class Device(_Async):
    """A device to be awaited; see `zmq.devices.Device`."""


class Proxy(ProxyBase, _Async):
    """A proxy to be awaited; see `zmq.devices.Proxy`."""


class ProxySteerable(ProxySteerableBase, _Async):
    """A steerable proxy to be awaited; see `zmq.devices.ProxySteerable`."""


class MonitoredQueue(MonitoredQueueBase, _Async):
    """A monitored queue to be awaited; see `zmq.devices.MonitoredQueue`."""
