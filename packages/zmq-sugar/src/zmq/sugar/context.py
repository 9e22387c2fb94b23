"""Context: the core's, with options as attributes and defaults for its sockets."""

from __future__ import annotations

import os
import warnings
from _thread import allocate_lock

from ..backend import Context as ContextBase
from ..constants import SUB, ContextOption, SocketOption
from ..error import ZMQError
from ..utils.interop import cast_int_addr
from ._generic import Generic, SocketT_co
from ._repr import class_name
from .attrsettr import AttributeSetter, find_option
from .socket import Socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Callable, TypeVar, overload

    from typing_extensions import Self, TypeAlias

    from ._options import BytesOption, ContextOptions as _ContextBase, IntOption

    OtherSocketT = TypeVar("OtherSocketT", bound=Socket[Any])
else:
    _ContextBase = ContextBase


class Context(_ContextBase, AttributeSetter, Generic[SocketT_co]):
    """The home of sockets: it owns libzmq's I/O threads.

    A program needs one, and often calls it ``ctx``. Options of contexts are attributes
    (``ctx.io_threads = 2``). Options of sockets are, too, and become the defaults of the sockets
    it makes from then on (``ctx.linger = 0``); a socket that does not have such an option goes
    without.

    Parameters
    ----------
    io_threads : int or Context, default 1
        How many threads do the network's work; or a context to make a shadow of.
    shadow : int or Context, default 0
        A libzmq context that somebody else owns (or its address), to use instead of making one.
    allow_pickle : bool, optional
        Sets the attribute of that name.

        .. versionadded:: 28.0

    Attributes
    ----------
    allow_pickle : bool, default True
        Whether its sockets have `send_pyobj` and `recv_pyobj`. False makes them a RuntimeError:
        whoever sends a pickle can run any program at its receiver. A shadow of a context begins
        with its value; set on a class, ``zmq.Context.allow_pickle = False``, it holds for every
        context that does not set its own.

        .. versionadded:: 28.0
    sockopts : dict of SocketOption to int or bytes
        The defaults for new sockets.

    Raises
    ------
    ValueError
        When `io_threads` is negative.

    Notes
    -----
    Contexts are thread-safe. As a context manager it is destroyed at the end: its sockets are
    closed, those left open with a ResourceWarning, then it is terminated. Source: zmq_ctx_new(3).
    """

    allow_pickle: bool = True
    sockopts: dict[int, Any]
    _instance: Any = None
    _instance_lock = allocate_lock()
    _shadow_obj: Any = None
    _socket_class: Callable[..., SocketT_co] = Socket  # type: ignore[assignment]

    def __init__(
        self,
        io_threads: int | ContextBase = 1,
        shadow: int | ContextBase = 0,
        *,
        allow_pickle: bool | None = None,
    ) -> None:
        if isinstance(io_threads, ContextBase):
            io_threads, shadow = 1, io_threads
        elif not isinstance(io_threads, int):
            raise TypeError(f"io_threads is a number of threads, not {io_threads!r}")
        if isinstance(shadow, ContextBase):
            self._shadow_obj = shadow  # lives at least as long as its shadow
            if allow_pickle is None and not getattr(shadow, "allow_pickle", True):
                allow_pickle = False
            shadow = shadow.underlying
        if allow_pickle is not None:
            self.allow_pickle = allow_pickle
        super().__init__(io_threads, cast_int_addr(shadow))
        self.__dict__["sockopts"] = {}

    # ---- life

    @classmethod
    def instance(cls, io_threads: int = 1) -> Self:
        """The one context that all parts of a program can share.

        Parameters
        ----------
        io_threads : int, default 1
            For the case that it is made by this call.

        Returns
        -------
        Context
            The same one at each call in one process, from any thread. After it was terminated, and
            in a forked child, it is a new one. Each subclass has its own.
        """
        found = cls.__dict__.get("_instance")
        if found is None or found.closed:
            with cls._instance_lock:
                found = cls.__dict__.get("_instance")
                if found is None or found.closed:
                    found = cls._instance = cls(io_threads)
        return found

    @classmethod
    def shadow(cls, address: int | ContextBase) -> Self:
        """A context for a libzmq context that somebody else owns.

        Parameters
        ----------
        address : int, Context, ctypes or cffi pointer
            Where it is, as `underlying` tells it.

        Raises
        ------
        ValueError
            When it is no address.
        """
        if not isinstance(address, ContextBase):
            address = cast_int_addr(address)
            if not address:
                raise ValueError("the address of a context is not 0")
        return cls(shadow=address)

    @classmethod
    def shadow_pyczmq(cls, ctx: Any) -> Self:
        """A context for one of pyczmq's.

        Parameters
        ----------
        ctx : cffi pointer to a zctx_t

        Raises
        ------
        ImportError
            When pyczmq is not installed.
        """
        from pyczmq import zctx  # type: ignore[import-not-found]

        return cls.shadow(zctx.underlying(ctx))

    def __copy__(self, memo: Any = None) -> Self:
        """A shadow: contexts cannot be copied."""
        return type(self)(shadow=self)

    __deepcopy__ = __copy__

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for socket in self._sockets():
            warnings.warn(
                f"the end of the with block closes {socket!r}, which was left open",
                ResourceWarning,
                stacklevel=2,
                source=socket,
            )
        self.destroy()

    def __repr__(self) -> str:
        count = len(self._sockets())
        sockets = f"{count} socket{'s' if count != 1 else ''}" if count else ""
        closed = " closed" if self.closed else ""
        return f"<{class_name(type(self))}({sockets}) at {id(self):#x}{closed}>"

    # ---- sockets

    if TYPE_CHECKING:

        @overload
        def socket(
            self, socket_type: int, socket_class: Callable[..., OtherSocketT], **kwargs: Any
        ) -> OtherSocketT: ...

        @overload
        def socket(
            self, socket_type: int, socket_class: None = None, **kwargs: Any
        ) -> SocketT_co: ...

    def socket(
        self,
        socket_type: int,
        socket_class: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """A new socket of this context.

        Parameters
        ----------
        socket_type : SocketType
            ``zmq.REQ``, ``zmq.PUB``, ...
        socket_class : class, optional
            What to make instead of this context's usual class.
        **kwargs
            Further arguments of the class, such as ``copy_threshold``.

        Returns
        -------
        Socket
            With this context's default options set, as far as it has them.

        Raises
        ------
        ZMQError
            EINVAL for an unknown type, EMFILE when MAX_SOCKETS is reached.
        """
        socket = (socket_class or self._socket_class)(self, socket_type, **kwargs)
        for option, value in self.sockopts.items():
            if option == SocketOption.SUBSCRIBE and socket_type != SUB:
                continue
            try:  # noqa: SIM105  # contextlib would slow `import zmq`
                socket.set(option, value)
            except ZMQError:  # an option that this type does not have
                pass
        return socket

    # ---- options

    def setsockopt(self, opt: int, value: Any) -> None:
        """Set the default of a socket option, for the sockets made from now on.

        Parameters
        ----------
        opt : SocketOption
        value : int or bytes
        """
        self.sockopts[opt] = value

    if TYPE_CHECKING:

        @overload
        def getsockopt(self, opt: IntOption) -> int: ...

        @overload
        def getsockopt(self, opt: BytesOption) -> bytes: ...

        @overload
        def getsockopt(self, opt: int) -> Any: ...

    def getsockopt(self, opt: int) -> Any:
        """The default of a socket option.

        Parameters
        ----------
        opt : SocketOption

        Raises
        ------
        KeyError
            When no default was set.
        """
        return self.sockopts[opt]

    def _set_attr_opt(self, name: str, option: int, value: Any) -> None:
        if isinstance(option, ContextOption):
            self.set(option, value)
        else:
            self.sockopts[option] = value

    def _get_attr_opt(self, name: str, option: int) -> Any:
        if isinstance(option, ContextOption):
            return super()._get_attr_opt(name, option)
        if option not in self.sockopts:
            raise AttributeError(f"this context has no default for the option {name!r}")
        return self.sockopts[option]

    @classmethod
    def _find_option(cls, name: str) -> int:
        option = ContextOption.__members__.get(name.upper())
        return find_option(cls, name) if option is None else option

    def __delattr__(self, key: str) -> None:
        """Forget the default of a socket option: ``del ctx.linger``."""
        if key in self.__dict__:
            super().__delattr__(key)
            return
        option = find_option(type(self), key)
        if option not in self.sockopts:
            raise AttributeError(f"this context has no default for the option {key!r}")
        del self.sockopts[option]

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *ContextOption.__members__})


def _renew_lock() -> None:
    # a fork may come while another thread holds it, and in the child nobody would release it
    Context._instance_lock = allocate_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)

if TYPE_CHECKING:
    SyncContext: TypeAlias = Context[Socket[bytes]]
else:
    SyncContext = Context

__all__ = ["Context", "SyncContext"]
