"""Socket: the core's, with options as attributes, formats, endpoints to undo, and monitors.

What is called for every message (``send``, ``recv``, their ``_multipart`` and ``_string`` forms,
``poll``, ``get``, ``set``) is the core's own compiled method, inherited and not wrapped.
"""

from __future__ import annotations

import os
import warnings
from _weakref import ref

from ..backend import Socket as SocketBase
from ..constants import (
    DONTWAIT,
    ENOTSOCK,
    EVENTS,
    FD,
    PAIR,
    POLLOUT,
    RCVHWM,
    SNDHWM,
    SUBSCRIBE,
    TYPE,
    UNSUBSCRIBE,
    SocketType,
)
from ..error import ContextTerminated, ZMQError
from ..utils.interop import cast_int_addr
from ._endpoints import _SocketContext, bind_to_random_port
from ._generic import Generic, ReturnT
from ._repr import class_name
from ._serialize import DEFAULT_PROTOCOL, Serializing  # noqa: F401
from .attrsettr import OptionAttributes, OptionProperty, add_option_properties

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from typing_extensions import Self, TypeAlias

    from ..backend import Context as ContextBase

_SUBSCRIPTIONS = {"subscribe": SUBSCRIBE, "unsubscribe": UNSUBSCRIBE}


class Socket(Serializing, SocketBase, OptionAttributes, Generic[ReturnT]):
    """A ZeroMQ socket. ``context.socket(zmq.REQ)`` is the usual way to make one.

    Every option is an attribute, in lower or upper case: ``socket.linger = 0``.

    Parameters
    ----------
    ctx_or_socket : Context or Socket
        Where it lives; or another socket, to make a shadow of.
    socket_type : SocketType, default PAIR
        Its kind: ``zmq.REQ``, ``zmq.PUB``, ...
    shadow : int or Socket, default 0
        A libzmq socket that somebody else owns (or its address), to use instead of making one.
    copy_threshold : int or None
        Bytes below which messages are copied even with ``copy=False``; None takes
        ``zmq.COPY_THRESHOLD``.
    context : Context, optional
        The same as `ctx_or_socket`.
    shared : bool, default False
        Whether any number of threads may use it at the same time. A call that waits then lets the
        others in, and a message is whole, also when its parts are sent or received one by one: each
        thread sends and receives messages of its own.

        .. versionadded:: 28.0

    Attributes
    ----------
    type : SocketType
        Its kind.
    context : Context
        Where it lives.

    Raises
    ------
    ZMQError
        EINVAL for an unknown type, EMFILE when the context's MAX_SOCKETS is reached.
    TypeError
        When there is no context.

    Notes
    -----
    A socket is used by one thread at a time; a second one gets `ConcurrentUseError`, unless the
    socket is shared. As a context manager it is closed at the end. Source: zmq_socket(3).
    """

    _shadow_obj: Any = None
    _monitor_socket: Any = None  # what receives this socket's events
    _monitored: Callable[[], None] | None = None  # ends the events that this socket receives
    type: SocketType

    def __init__(
        self,
        ctx_or_socket: ContextBase | SocketBase | None = None,
        socket_type: int = 0,
        *,
        shadow: int | SocketBase = 0,
        copy_threshold: int | None = None,
        context: ContextBase | None = None,
        shared: bool = False,
    ) -> None:
        if context is None:
            if isinstance(ctx_or_socket, SocketBase):
                shadow = ctx_or_socket
            else:
                context = ctx_or_socket
        if isinstance(shadow, SocketBase):
            if shadow.closed:
                raise ZMQError(ENOTSOCK, f"{shadow!r} is closed: it has no shadows")
            self._shadow_obj = shadow  # lives at least as long as its shadow
            context = shadow.context
            shadow = shadow.underlying
        if shadow:
            super().__init__(
                context, shadow=cast_int_addr(shadow), copy_threshold=copy_threshold, shared=shared
            )
            socket_type = self.get(TYPE)
        else:
            if not hasattr(socket_type, "__index__"):
                raise TypeError(f"a type of socket is zmq.REQ, zmq.PUB, ..., not {socket_type!r}")
            super().__init__(context, socket_type, 0, copy_threshold, shared=shared)
        try:  # noqa: SIM105  # contextlib would slow `import zmq`
            socket_type = SocketType(socket_type)
        except ValueError:
            pass  # of a libzmq newer than the table
        object.__setattr__(self, "type", socket_type)  # __dict__ would slow every lookup

    @classmethod
    def shadow(cls, address: int | SocketBase) -> Self:
        """A socket for a libzmq socket that somebody else owns.

        Parameters
        ----------
        address : int, Socket, ctypes or cffi pointer
            Where it is, as `underlying` tells it.

        Raises
        ------
        ValueError
            When it is no address.
        """
        if not isinstance(address, SocketBase):
            address = cast_int_addr(address)
            if not address:
                raise ValueError("the address of a socket is not 0")
        return cls(shadow=address)

    def __copy__(self, memo: Any = None) -> Self:
        """A shadow: sockets cannot be copied."""
        return type(self)(self)

    __deepcopy__ = __copy__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        kind = getattr(self, "type", "")
        if isinstance(kind, SocketType):
            kind = f"zmq.{kind.name}"
        closed = " closed" if self.closed else ""
        return f"<{class_name(type(self))}({kind}) at {id(self):#x}{closed}>"

    def _set_attribute(self, key: str, value: Any) -> None:
        declared = getattr(self.__class__, key, None)
        if isinstance(declared, OptionProperty):
            self.set(declared.option, value)
        elif key in _SUBSCRIPTIONS:
            self.set(_SUBSCRIPTIONS[key], value.encode() if isinstance(value, str) else value)
        else:
            super()._set_attribute(key, value)

    if not TYPE_CHECKING:  # as in OptionAttributes
        __setattr__ = _set_attribute

    @property
    def socket_type(self) -> SocketType:
        """SocketType: the old name of `type`.

        .. deprecated:: 14.1
        """
        warnings.warn(
            "Socket.socket_type is deprecated: use Socket.type", DeprecationWarning, stacklevel=2
        )
        return self.type

    def fileno(self) -> int:
        """The descriptor that tells when to look at EVENTS, for event loops.

        Notes
        -----
        It is edge-triggered: see zmq_getsockopt(3), ZMQ_FD, before using it.
        """
        return self.get(FD)

    def close(self, linger: int | None = None) -> None:
        """Close the socket. A second call does nothing.

        Parameters
        ----------
        linger : int or None
            Milliseconds that the context goes on sending what is queued; -1 is for ever, 0 throws
            it away, None keeps the socket's LINGER.

        Raises
        ------
        ConcurrentUseError
            When another thread is in a call on this socket.

        Notes
        -----
        Source: zmq_close(3).
        """
        if self._monitored is not None:
            self._monitored()
        super().close(linger)
        self._monitor_socket = None

    # ---- endpoints

    def bind(self, addr: str | bytes) -> _SocketContext[Self]:  # type: ignore[override]
        """Accept connections on an endpoint.

        Parameters
        ----------
        addr : str or bytes
            Such as ``"tcp://127.0.0.1:5555"``, ``"tcp://*:*"``, ``"ipc:///tmp/sock"``,
            ``"inproc://name"``. With port ``0`` or ``*`` the system chooses one; the attribute
            `last_endpoint` tells it.

        Returns
        -------
        context manager
            It gives the socket, and unbinds at the end of the block.

        Raises
        ------
        ZMQError
            When libzmq refuses; the text names the address.

        Notes
        -----
        Source: zmq_bind(3).
        """
        super().bind(addr)
        return _SocketContext(self, "bind", _bound(self, addr))

    def connect(self, addr: str | bytes) -> _SocketContext[Self]:  # type: ignore[override]
        """Connect to an endpoint, now or as soon as it is there.

        Parameters
        ----------
        addr : str or bytes

        Returns
        -------
        context manager
            It gives the socket, and disconnects at the end of the block.

        Raises
        ------
        ZMQError
            When libzmq refuses; the text names the address.

        Notes
        -----
        Source: zmq_connect(3).
        """
        super().connect(addr)
        return _SocketContext(self, "connect", addr)

    def bind_to_random_port(
        self, addr: str, min_port: int = 49152, max_port: int = 65536, max_tries: int = 100
    ) -> int:
        """Bind to a port that is free.

        Parameters
        ----------
        addr : str
            Without a port: ``"tcp://127.0.0.1"``.
        min_port, max_port : int, default 49152 and 65536
            The first port, and the one after the last. With the defaults the system chooses.
        max_tries : int, default 100
            How many ports to try.

        Returns
        -------
        int
            The port.

        Raises
        ------
        ZMQBindError
            When no port was free.
        ValueError
            When `addr` has no ports, or the range is empty.
        """
        return bind_to_random_port(self, addr, min_port, max_port, max_tries)

    # ---- options

    def get_string(self, option: int, encoding: str = "utf-8") -> str:
        """The value of a socket option, as text.

        Parameters
        ----------
        option : SocketOption
            One whose value is bytes.
        encoding : str, default "utf-8"

        Raises
        ------
        TypeError
            When its value is not bytes.
        """
        value = self.get(option)
        if not isinstance(value, bytes):
            raise TypeError(f"option {option!r} is a number ({value!r}), not text: use get()")
        return value.decode(encoding)

    def set_string(self, option: int, optval: str, encoding: str = "utf-8") -> None:
        """Set a socket option to text.

        Parameters
        ----------
        option : SocketOption
            One whose value is bytes.
        optval : str
        encoding : str, default "utf-8"

        Raises
        ------
        TypeError
            When `optval` is not str, or the option's value is not bytes.
        """
        if not isinstance(optval, str):
            raise TypeError(f"set_string() takes str, not {type(optval).__name__}: {optval!r}")
        self.set(option, optval.encode(encoding))

    def getsockopt_string(self, option: int, encoding: str = "utf-8") -> str:
        """The same as `get_string`."""
        return self.get_string(option, encoding)

    def getsockopt_unicode(self, option: int, encoding: str = "utf-8") -> str:
        """The same as `get_string`."""
        return self.get_string(option, encoding)

    def setsockopt_string(self, option: int, optval: str, encoding: str = "utf-8") -> None:
        """The same as `set_string`."""
        self.set_string(option, optval, encoding)

    def setsockopt_unicode(self, option: int, optval: str, encoding: str = "utf-8") -> None:
        """The same as `set_string`."""
        self.set_string(option, optval, encoding)

    def get_hwm(self) -> int:
        """The high-water mark: how many messages are queued at most for each peer.

        That of sending, where the socket sends; else that of receiving.
        """
        return self.get(SNDHWM)

    def set_hwm(self, value: int) -> None:
        """Set the high-water mark, for sending and for receiving.

        Parameters
        ----------
        value : int
            Messages for each peer; 0 is without limit. It holds for endpoints bound or connected
            from now on.
        """
        self.set(SNDHWM, value)
        self.set(RCVHWM, value)

    @property
    def hwm(self) -> int:
        """int: `get_hwm` and `set_hwm` as an attribute."""
        return self.get_hwm()

    @hwm.setter
    def hwm(self, value: int) -> None:
        self.set_hwm(value)

    def subscribe(self, topic: str | bytes) -> None:
        """Receive messages that begin with a topic (SUB sockets).

        Parameters
        ----------
        topic : str or bytes
            Text is sent as UTF-8; empty is every message.
        """
        self.set(SUBSCRIBE, topic.encode() if isinstance(topic, str) else topic)

    def unsubscribe(self, topic: str | bytes) -> None:
        """Take one subscription back (SUB sockets).

        Parameters
        ----------
        topic : str or bytes
            As it was subscribed to.
        """
        self.set(UNSUBSCRIBE, topic.encode() if isinstance(topic, str) else topic)

    # ---- monitoring

    def monitor(
        self, addr: str | bytes | None, events: int = 0xFFFF, *, flags: int | None = None
    ) -> None:
        """Publish the socket's connection events on an inproc endpoint.

        Parameters
        ----------
        addr : str, bytes or None
            An ``inproc://`` endpoint to bind; None stops monitoring.
        events : Event, default all
            A mask.
        flags : Event, optional
            The same as `events`, as it was called once.

        Raises
        ------
        ZMQError
            EPROTONOSUPPORT when `addr` is not inproc.

        Notes
        -----
        `get_monitor_socket` is the easier way. Source: zmq_socket_monitor(3).
        """
        super().monitor(addr, events if flags is None else flags)

    def get_monitor_socket(self, events: int | None = None, addr: str | None = None) -> Self:
        """A PAIR socket that receives what happens to this socket's connections.

        Parameters
        ----------
        events : Event, optional
            Which; all by default.
        addr : str, optional
            An inproc endpoint to use; by default one that nobody has.

        Returns
        -------
        Socket
            For `zmq.utils.monitor.recv_monitor_message`. The same one until `disable_monitor`;
            close it when you are done, before or after this socket.

        Raises
        ------
        ZMQError
            When libzmq refuses.
        """
        if self._monitor_socket is not None:
            if not self._monitor_socket.closed:
                return self._monitor_socket  # type: ignore[no-any-return]
            self.disable_monitor()
        if self.context is None:
            raise RuntimeError(f"{self!r} knows no context to make the monitor's socket in")
        if addr is None:
            # not the descriptor's number: it is used again while old endpoints still close
            addr = f"inproc://monitor.{os.urandom(12).hex()}"
        self.monitor(addr, 0xFFFF if events is None else events)
        monitor: Any = self.context.socket(PAIR)
        try:
            # libzmq's own threads send the events, and wait where there is no room
            monitor.rcvhwm = 0
            monitor.connect(addr)
        except BaseException:
            monitor.close(0)
            self.monitor(None, 0)
            raise
        monitor._monitored = _stopper(self, monitor)
        self._monitor_socket = monitor
        return monitor  # type: ignore[no-any-return]

    def disable_monitor(self) -> None:
        """Stop monitoring. The monitor's socket gets a last message, EVENT_MONITOR_STOPPED."""
        self._monitor_socket = None
        self.monitor(None, 0)


def _stopper(watched: Socket[Any], monitor: Socket[Any]) -> Callable[[], None]:
    """What a monitor's socket calls before it closes: libzmq would wait for another one."""
    watched_ref, monitor_ref = ref(watched), ref(monitor)

    def stop() -> None:
        watched, monitor = watched_ref(), monitor_ref()
        if monitor is None or monitor.closed:
            return
        if watched is None or watched.closed:
            _drain(monitor)
        elif watched._monitor_socket is monitor:
            watched.disable_monitor()

    return stop


def _drain(monitor: Socket[Any]) -> None:
    """Take the last events of a socket that was closed, as long as libzmq's reaper sends them.

    It would wait for ever for who takes them, and every closed socket after this one with it.
    """
    try:
        for _ in range(1000):  # milliseconds; a socket that lingers ends later
            if not SocketBase.get(monitor, EVENTS) & POLLOUT:
                return  # the sending end is gone
            if SocketBase.poll(monitor, 1):
                SocketBase.recv(monitor, DONTWAIT)
    except ContextTerminated:
        pass  # nobody waits any more


def _bound(socket: Socket[Any], addr: str | bytes) -> str | bytes:
    """What to unbind again: the endpoint with the port that the system chose."""
    text = addr.decode("utf-8", "replace") if isinstance(addr, bytes) else addr
    if "*" in text or text.endswith(":0"):
        return socket.last_endpoint
    return addr


add_option_properties(Socket)

if TYPE_CHECKING:
    SyncSocket: TypeAlias = Socket[bytes]
else:
    SyncSocket = Socket

__all__ = ["Socket", "SyncSocket"]
