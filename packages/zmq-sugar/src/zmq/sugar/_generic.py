"""``Socket[bytes]`` for type checkers, without importing typing at run time.

A checker sees real generics. A running program gets classes that can be subscripted and subclassed
(``class Mine(zmq.Socket[bytes])``), for less than importing typing would cost.

The parameter of `Socket` is what its ``recv`` gives: ``bytes``, or a future of the asynchronous
sockets. It is there to keep the two apart: a ``Socket[bytes]`` is no ``Socket[Future[bytes]]``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Generic

    from typing_extensions import TypeVar

    from .socket import Socket

    ReturnT = TypeVar("ReturnT", default=bytes)
    SocketT_co = TypeVar("SocketT_co", bound=Socket[Any], default=Socket[bytes], covariant=True)
else:
    from types import GenericAlias

    class Generic:
        """A base whose subclasses can be subscripted."""

        __slots__ = ()
        __class_getitem__ = classmethod(GenericAlias)

    ReturnT = SocketT_co = object

__all__ = ["Generic", "ReturnT", "SocketT_co"]
