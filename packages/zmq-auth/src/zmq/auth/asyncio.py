"""`AsyncioAuthenticator`: an authenticator that works in a running asyncio loop.

Contract
--------
- It watches a plain socket with ``loop.add_reader`` (see `.service`): it needs neither zmq.asyncio
  nor a context of it, and runs in any asyncio loop, uvloop and tornado's included. Where a loop
  cannot watch descriptors it polls.
- `start` and `stop` are called in the loop's thread; both do their work at once.
"""

from __future__ import annotations

import asyncio
import warnings
from typing import TYPE_CHECKING, Any, ClassVar

from ..constants import SocketType
from .base import Authenticator
from .service import Service

if TYPE_CHECKING:
    from ..sugar.context import Context

__all__ = ("AsyncioAuthenticator",)


class AsyncioAuthenticator(Authenticator):
    """An `Authenticator` in an asyncio loop.

    Parameters
    ----------
    context
        Plain or of zmq.asyncio; `Context.instance()` by default.
    loop
        Deprecated and ignored: it works in the loop in which it is started.
    encoding, log
        As for `zmq.auth.Authenticator`.

    Examples
    --------
    >>> async with AsyncioAuthenticator() as auth:
    ...     auth.configure_curve("*", "clients")

    .. versionadded:: 15.2
    .. versionchanged:: 28.0
        An async context manager. Slow async providers no longer hold up other peers.
    """

    _zap_socket_type: ClassVar[SocketType] = SocketType.ROUTER
    _refreshes_itself: ClassVar[bool] = False

    def __init__(
        self,
        context: Context[Any] | None = None,
        loop: Any = None,
        encoding: str = "utf-8",
        log: Any = None,
    ) -> None:
        super().__init__(context=context, encoding=encoding, log=log)
        if loop is not None:
            warnings.warn(
                f"{type(self).__name__}(loop) is deprecated and ignored",
                DeprecationWarning,
                stacklevel=2,
            )
        self._service: Service | None = None

    def start(self) -> None:
        """Start to answer requests in the running loop; without one, in the loop set to run next.

        Raises
        ------
        RuntimeError
            When it is started already, or there is no loop.
        ZMQError
            ``EADDRINUSE`` when the context has another authenticator.
        """
        loop = self._loop()
        super().start()
        self._service = Service(self, loop, self.stop)
        self._service.start()

    def _loop(self) -> asyncio.AbstractEventLoop:
        try:
            return asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.get_event_loop()

    def stop(self) -> None:
        """Stop at once: requests under way are not answered. Idempotent."""
        service, self._service = self._service, None
        if service is not None:
            service.stop()
        super().stop()

    async def __aenter__(self) -> AsyncioAuthenticator:
        self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.stop()
