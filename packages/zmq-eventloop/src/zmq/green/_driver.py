"""gevent's loop for the engine: identified by the thread's hub."""

from __future__ import annotations

from typing import Any, Callable

import gevent  # type: ignore[import-untyped]
from gevent.hub import Hub, Waiter  # type: ignore[import-untyped]

READ = 1


class _Timer:
    """A call that was ordered, and can be called off."""

    def __init__(self, watcher: Any) -> None:
        self._watcher = watcher

    def cancel(self) -> None:
        """Call it off."""
        self._watcher.stop()
        self._watcher.close()


class GeventLoop:
    """A hub's loop, under asyncio's names.

    Parameters
    ----------
    hub : gevent.hub.Hub
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._readers: dict[int, Any] = {}

    def add_reader(self, fd: int, callback: Callable[[], object]) -> None:
        """Call again and again while the descriptor is readable."""
        watcher = self._readers[fd] = self._hub.loop.io(fd, READ)
        watcher.start(callback)

    def remove_reader(self, fd: int) -> None:
        """Do that no longer."""
        watcher = self._readers.pop(fd, None)
        if watcher is not None:
            watcher.stop()
            watcher.close()

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Any = None) -> None:
        """Call in the loop's next round."""
        self._hub.loop.run_callback(callback, *args)

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> None:
        """The same, from any thread."""
        self._hub.loop.run_callback_threadsafe(callback, *args)

    def call_later(self, delay: float, callback: Callable[[], object]) -> _Timer:
        """Call after that many seconds."""
        watcher = self._hub.loop.timer(delay)
        watcher.start(callback)
        return _Timer(watcher)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Report a failure that nobody asked for."""
        error = context["exception"]
        self._hub.handle_error(context["message"], type(error), error, error.__traceback__)

    def is_closed(self) -> bool:
        """Whether it never runs again."""
        return self._hub.loop is None or self._hub.dead

    def is_running(self) -> bool:
        """A hub always runs when somebody waits."""
        return not self.is_closed()


class GeventDriver:
    """Finds hubs for the engine, and lets greenlets wait."""

    Future = None
    CancelledError = gevent.GreenletExit
    InvalidStateError = RuntimeError
    current = staticmethod(gevent.get_hub)
    default = staticmethod(gevent.get_hub)
    bind = GeventLoop

    @staticmethod
    def block(operation: Any) -> None:
        """Let other greenlets run until it is over."""
        hub = gevent.get_hub()
        waiter = Waiter(hub)
        run = hub.loop.run_callback_threadsafe
        operation._resume_with(lambda _: run(waiter.switch, None))
        try:
            waiter.get()
        finally:
            operation._resume_with(None)
            waiter.clear()


__all__ = ["GeventDriver"]
