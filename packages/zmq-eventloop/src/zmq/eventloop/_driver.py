"""What the engine asks of an event loop.

The engine (``zmq.backend.Engine``) knows no loop.  A *driver* finds the loop that runs where a call
is made, and binds it to what the engine calls: a few methods named and meant as asyncio's are. So
asyncio's loops are bound as they are, and other loops by an object of a few lines.
"""

from __future__ import annotations

from typing import Any, Callable, Protocol


class Handle(Protocol):
    """A call that was ordered, and can be called off."""

    def cancel(self) -> object:
        """Call it off."""


class Loop(Protocol):
    """What a driver binds: the part of asyncio's loops that the engine uses."""

    def add_reader(self, fd: int, callback: Callable[[], object]) -> object:
        """Call again and again while the descriptor is readable."""

    def remove_reader(self, fd: int) -> object:
        """Do that no longer."""

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Any = None) -> object:
        """Call in the loop's next round."""

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> object:
        """The same, from any thread."""

    def call_later(self, delay: float, callback: Callable[[], object]) -> Handle:
        """Call after that many seconds."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Report a failure that nobody asked for; keys ``message`` and ``exception``."""

    def is_closed(self) -> bool:
        """Whether it never runs again."""

    def is_running(self) -> bool:
        """Whether it runs now, in whatever thread."""


class Driver(Protocol):
    """What finds loops.

    Attributes
    ----------
    Future : type or None
        What an operation also claims to be an instance of.
    CancelledError, InvalidStateError : type
        What awaiting a cancelled operation raises, and asking a pending one for its result.
    """

    Future: type | None
    CancelledError: type[BaseException]
    InvalidStateError: type[Exception]

    def current(self) -> object:
        """What identifies the loop that runs in this thread, or None."""

    def default(self) -> object:
        """The same when none runs; raises when there is nothing to choose."""

    def bind(self, identity: Any) -> Loop:
        """The loop itself."""


__all__ = ["Driver", "Handle", "Loop"]
