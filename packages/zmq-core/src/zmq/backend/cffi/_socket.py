"""Socket: the handle, its life, and the calls of a program.

Life: closed until ``__init__`` succeeded -> open -> closed, once; the guard in C knows which.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from errno import EAGAIN, EINTR, EINVAL, EMFILE, ENAMETOOLONG, ENOENT, ENOTSOCK, ENOTSUP
from time import monotonic
from weakref import ref

from ..._advice import of_endpoint, of_option
from ...constants import EFSM, ContextOption, Flag, PollEvent, SocketOption
from ...error import Again, DraftFDWarning, ZMQError
from ._cffi import ffi, lib
from ._context import LINGERING_MAX, NAP_MS, Context, Leaving, context_failure, made_where
from ._errors import (
    BUSY,
    FAILED,
    REFUSED,
    describe,
    error_of,
    failure,
    no_pickle,
    refusal,
    shorten,
)
from ._frame import (
    Frame,
    Parts,
    address,
    default_copy_threshold,
    frame_of,
    group_bytes,
    make_message,
    new_message,
    require_drafts,
    taken,
    view_of,
)
from ._options import memory_of, option_name, room_for, shown_value, value_in
from ._shadow import close_kin, owners, shadow_made, shadows
from ._tracker import FINISHED, MessageTracker
from ._wait import BY_OPTION, NEVER, deadline_of, option_deadline, wait_ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ._context import Story

DONTWAIT, SNDMORE = int(Flag.DONTWAIT), int(Flag.SNDMORE)
POLLIN, POLLOUT = int(PollEvent.POLLIN), int(PollEvent.POLLOUT)
REAPING_S = 1  # how long a closed socket may take to give up its place
AGAIN, INTERRUPTED = FAILED - EAGAIN, FAILED - EINTR
BIND, CONNECT, UNBIND, DISCONNECT = lib.ZC_BIND, lib.ZC_CONNECT, lib.ZC_UNBIND, lib.ZC_DISCONNECT
ENDPOINT_CALLS = {BIND: "bind", CONNECT: "connect", UNBIND: "unbind", DISCONNECT: "disconnect"}


class State:
    """What a Socket knows; the handle and its guard are in `core`, in C."""

    __slots__ = (
        "borrowed", "context", "copy_below", "core", "endpoints", "engine", "made_at", "opened",
        "own_recv", "own_send",
    )  # fmt: skip

    def __init__(self) -> None:
        self.core = ffi.gc(lib.zc_socket_new(), lib.zc_socket_free)
        self.opened = self.borrowed = self.own_send = self.own_recv = False
        self.copy_below = 0
        self.endpoints: list[str] = []
        self.made_at = ""
        self.context: Context | None = None
        self.engine: Any = None  # what waits for it in an event loop


def handle_of(state: State) -> int:
    """The address of libzmq's socket, whether it is open or not."""
    return int(ffi.cast("uintptr_t", lib.zc_socket_handle(state.core)))


def forget(state: State) -> None:
    """A socket of ours is closed."""
    assert state.context is not None
    known = state.context._state.sockets.pop(id(state), None)
    if owners.get(handle_of(state)) is known:  # else another one got the address meanwhile
        owners.pop(handle_of(state), None)


class Socket:
    """A ZeroMQ socket."""

    __slots__ = ("__weakref__", "_state")
    _state: State

    def __new__(cls, *args: Any, **kwargs: Any) -> Socket:
        """Closed until ``__init__`` succeeded."""
        self = super().__new__(cls)
        object.__setattr__(self, "_state", State())
        return self

    def __init__(
        self,
        context: Context | None = None,
        socket_type: int = -1,
        shadow: int = 0,
        copy_threshold: int | None = None,
        *,
        shared: bool = False,
    ) -> None:
        state = self._state
        if shared:
            raise ZMQError(
                ENOTSUP, "shared sockets are not in the CFFI back end: give each thread its own"
            )
        if state.opened:
            raise RuntimeError(f"{describe(self)} is open already: __init__ runs once")
        if context is not None and not isinstance(context, Context):
            raise TypeError(f"context must be a zmq.Context, not {shorten(context)}")
        state.copy_below = default_copy_threshold() if copy_threshold is None else copy_threshold
        state.context = context
        if shadow:
            state.borrowed = True
            lib.zc_socket_borrow(state.core, ffi.cast("void *", shadow))
            shadow_made(self, shadow)
        elif context is None:
            raise TypeError("a socket needs a context: zmq.Context().socket(type)")
        else:
            open_socket(state.core, context, socket_type)
            context._state.sockets[id(state)] = owners[handle_of(state)] = ref(self)
            state.made_at = made_where()
        state.opened = True
        state.own_send = type(self).send is not Socket.send
        state.own_recv = type(self).recv is not Socket.recv

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise no_pickle(self)

    def __del__(self) -> None:
        state = self._state
        if Leaving.now or state.borrowed or self.closed:
            if not state.borrowed and state.context is not None:
                forget(state)
            return
        warnings.warn(
            f"unclosed socket {self!r}, made at {state.made_at}: call close()",
            ResourceWarning,
            stacklevel=2,
            source=self,
        )
        Socket.close(self)

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = ", closed" if self.closed else ""
        return f"<zmq.{type(self).__name__} at {id(self):#x}{state}>"

    # ---- life

    def _story(self) -> Story:
        """What is told of it when its context does not end."""
        state = self._state
        linger = ffi.new("int *")
        known = lib.zc_linger(state.core, linger) == 0
        kind = lib.zc_socket_kind(state.core)
        return kind, tuple(state.endpoints), linger[0] if known else None, state.made_at

    @property
    def context(self) -> Context | None:
        """Where it lives."""
        return self._state.context

    @property
    def _engine(self) -> Any:
        """What waits for it in an event loop, or None."""
        return self._state.engine

    @property
    def closed(self) -> bool:
        """Whether it was closed (or inherited through a fork, where it is dead)."""
        return bool(lib.zc_socket_state(self._state.core) > BUSY)

    @property
    def underlying(self) -> int:
        """The address of libzmq's socket; 0 when it is closed."""
        if self.closed:
            return 0
        return handle_of(self._state)

    @property
    def shared(self) -> bool:
        """Whether several threads may use it: not in this back end."""
        return False

    @property
    def copy_threshold(self) -> int:
        """Bytes below which messages are copied even with ``copy=False``."""
        return self._state.copy_below

    @copy_threshold.setter
    def copy_threshold(self, value: int) -> None:
        self._state.copy_below = value

    def close(self, linger: int | None = None) -> None:
        """Close the socket. A second call does nothing."""
        state = self._state
        if state.engine is not None and lib.zc_socket_state(state.core) == 0:
            state.engine._closing(self)
        kin = close_kin(self, handle_of(state)) if shadows and not self.closed else []
        if not state.borrowed:
            self._remember(linger)
        rc = lib.zc_socket_close(state.core, linger is not None, linger or 0)
        if FAILED < rc <= REFUSED:
            if REFUSED - rc == BUSY:
                raise refusal(self, BUSY, "close", state.core)
            return
        for closed in (self, *kin):
            if not closed._state.borrowed and closed._state.context is not None:
                forget(closed._state)
        if rc < 0 and rc != FAILED - ENOTSOCK:
            raise failure(rc)

    def _remember(self, linger: int | None) -> None:
        """Keep what may be asked for when the context does not end: it may linger."""
        if not self._state.endpoints or self.closed or self._state.context is None:
            return
        kind, endpoints, kept, made_at = self._story()
        linger = kept if linger is None else linger
        if linger != 0:
            lingering = self._state.context._state.lingering
            del lingering[: len(lingering) - LINGERING_MAX + 1]
            lingering.append((kind, endpoints, linger, made_at))

    def _result(self, rc: int, op: str, detail: str | None = None) -> int:
        """What a call returned, or the exception that it stands for."""
        engine = self._state.engine
        if rc >= 0:
            if engine is not None:
                engine._touched(self)
            return rc
        if engine is not None:
            engine._touched(self)
        if rc <= FAILED:
            raise failure(rc, detail)
        raise refusal(self, REFUSED - rc, op, self._state.core)

    # ---- endpoints

    def bind(self, addr: str | bytes) -> None:
        """Accept connections on an endpoint."""
        self._endpoint_call(BIND, addr)

    def connect(self, addr: str | bytes) -> None:
        """Connect to an endpoint, now or as soon as it is there."""
        self._endpoint_call(CONNECT, addr)

    def unbind(self, addr: str | bytes) -> None:
        """Stop accepting connections on an endpoint."""
        self._endpoint_call(UNBIND, addr)

    def disconnect(self, addr: str | bytes) -> None:
        """Disconnect from an endpoint."""
        self._endpoint_call(DISCONNECT, addr)

    def _endpoint_call(self, what: int, addr: Any) -> None:
        name = endpoint_bytes(addr)
        if what in (BIND, CONNECT):
            check_ports(name)
            if not name.startswith(b"inproc:") and not lib.zc_descriptors_left(2):
                raise error_of(EMFILE, f"addr={addr!r}: this process has no descriptors left")
        rc = lib.zc_endpoint(self._state.core, what, name)
        shown = name.decode("utf-8", "replace")
        if rc >= 0:
            self._result(rc, "open an endpoint")
            if what in (BIND, CONNECT):
                self._state.endpoints.append(shown)
            elif shown in self._state.endpoints:
                self._state.endpoints.remove(shown)
            return
        detail = f"addr={shown!r}"
        if rc <= FAILED and name.startswith(b"ipc://") and what in (BIND, CONNECT):
            size, limit, number = len(name) - 6, lib.ZMQ_IPC_PATH_MAX_LEN, FAILED - rc
            if number == ENAMETOOLONG or size > limit > 0:
                raise error_of(
                    ENAMETOOLONG,
                    f"{detail}: this ipc path has {size} bytes, the system allows {limit} "
                    "(zmq.IPC_PATH_MAX_LEN)",
                )
            if number == ENOENT:
                detail += ": the directory of this ipc path does not exist"
        if rc == FAILED - EFSM:
            detail += ": receive the rest of the message first; a disconnect drops it"
        if rc in (AGAIN, FAILED):
            rc = FAILED - EINVAL  # some bad addresses leave an errno from elsewhere
        if rc <= FAILED and detail == f"addr={shown!r}":
            told = of_endpoint(ENDPOINT_CALLS[what], FAILED - rc, shown)
            detail += f": {told}" if told else ""
        self._result(rc, "open an endpoint", detail)

    def monitor(self, addr: str | bytes | None, events: int = 0xFFFF) -> None:
        """Publish the socket's connection events on an inproc endpoint."""
        name = ffi.NULL if addr is None else endpoint_bytes(addr)
        self._result(lib.zc_monitor(self._state.core, name, events), "monitor", f"addr={addr!r}")

    def join(self, group: str | bytes) -> None:
        """Join a group (DISH sockets, draft)."""
        self._group_call(lib.ZC_JOIN, "join", group)

    def leave(self, group: str | bytes) -> None:
        """Leave a group (DISH sockets, draft)."""
        self._group_call(lib.ZC_LEAVE, "leave", group)

    def _group_call(self, what: int, op: str, group: str | bytes) -> None:
        require_drafts(op)
        rc = lib.zc_endpoint(self._state.core, what, group_bytes(group))
        self._result(rc, op, f"group {group!r}")

    # ---- options

    def get(self, option: int) -> int | bytes:
        """The value of a socket option."""
        value, size = room_for(option)
        rc = lib.zc_get(self._state.core, option, value, size)
        if rc < 0:
            self._result(rc, "get", self._about_option(rc, option))
        self._result(rc, "get")
        found = value_in(option, value, size[0])
        if option == SocketOption.FD and lib.zc_has_draft_fd(self._state.core):
            warnings.warn(DraftFDWarning(), stacklevel=2)
        engine = self._state.engine
        return found if engine is None else engine._option(option, found)

    def getsockopt(self, option: int) -> int | bytes:
        """The same as `get`."""
        return Socket.get(self, option)

    def set(self, option: int, optval: int | bytes | None) -> None:
        """Set a socket option."""
        memory, size = memory_of(option, optval)
        rc = lib.zc_set(self._state.core, option, memory, size)
        detail = None
        if rc < 0:
            detail = self._about_option(rc, option, f", value {shown_value(option, optval)}")
        self._result(rc, "set", detail)

    def setsockopt(self, option: int, optval: int | bytes | None) -> None:
        """The same as `set`."""
        Socket.set(self, option, optval)

    def _about_option(self, rc: int, option: int, value: str = "") -> str:
        """What could not be read, or set to a value, and why."""
        told = option_name(SocketOption, option) + value
        if rc == FAILED - EINVAL:
            kind = lib.zc_socket_kind(self._state.core)
            told += f": {of_option(option, kind, reading=not value)}"
        return told

    def _int_option(self, option: int, op: str = "poll") -> int:
        """An int option, read without telling the engine; -1 where it has none."""
        value = ffi.new("int *", -1)
        rc = lib.zc_get_int(self._state.core, option, value)
        if FAILED < rc <= REFUSED:
            raise refusal(self, REFUSED - rc, op, self._state.core)
        number: int = value[0]
        return number

    def poll(self, timeout: float | None = None, flags: int = 1) -> int:
        """Wait until the socket is ready; the events that are there, 0 when the time is over."""
        deadline = NEVER if timeout is None else deadline_of(timeout)
        value = ffi.new("int *")
        self._result(lib.zc_get_int(self._state.core, SocketOption.EVENTS, value), "poll")
        events: int = value[0] & flags
        if events or deadline <= monotonic():
            return events
        events = wait_ready(self, flags, deadline, "poll")
        self._result(0, "poll")
        return events

    # ---- sending

    def send(
        self,
        data: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
        *,
        timeout: float | None = None,
    ) -> MessageTracker | None:
        """Send one part of a message."""
        state = self._state
        if (
            type(data) is bytes
            and (copy or len(data) < state.copy_below)
            and routing_id is None
            and group is None
            and timeout is None
        ):
            rc = lib.zc_send(state.core, data, len(data), flags)
            if rc >= 0:
                self._result(rc, "send")
                return FINISHED if track else None
            if rc not in (lib.ZC_AGAIN, AGAIN, INTERRUPTED):
                self._result(rc, "send")
        with Parts() as parts:
            tracker = make_message(parts.add(), data, copy, track, state.copy_below)
            address(parts.message.parts, routing_id, group)
            self._send(parts, flags, deadline_of(timeout))
        if not track:
            return None
        return FINISHED if tracker is None else tracker

    def send_multipart(
        self,
        msg_parts: Iterable[Any],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> MessageTracker | None:
        """Send a whole message: all of its parts, or none."""
        sequence = list_of_parts(msg_parts)
        if self._state.own_send or kwargs:
            return self._send_by_method(sequence, flags, copy, track, kwargs)
        deadline = deadline_of(timeout)
        with Parts() as parts:
            while True:
                tracker = parts.build(sequence, copy, track, self._state.copy_below)
                if self._send(parts, flags, deadline):
                    return tracker

    def _send(self, parts: Parts, flags: int, deadline: float) -> bool:
        """Send what was built; False when the peer died in the middle and nothing arrived."""
        core, message = self._state.core, parts.message
        started = monotonic()
        while True:
            by_option = deadline == BY_OPTION
            first = flags if by_option else flags | DONTWAIT
            rc = lib.zc_send_message(core, message, flags, first)
            if rc >= 0:
                self._result(0, "send")
                return True
            if rc == lib.ZC_AGAIN:
                return False
            if rc == INTERRUPTED:
                if by_option:
                    deadline = option_deadline(self, SocketOption.SNDTIMEO, started)
            elif (
                rc != AGAIN
                or by_option
                or flags & DONTWAIT
                or not wait_ready(self, POLLOUT, deadline, "send")
            ):
                self._result(rc, "send")

    def _send_by_method(
        self, sequence: list[Any], flags: int, copy: bool, track: bool, kwargs: dict[str, Any]
    ) -> MessageTracker | None:
        """A whole message through the class's own `send`, part by part."""
        for part in sequence:
            if not isinstance(part, (bytes, Frame)):
                view_of(part)
        for part in sequence[:-1]:
            self.send(part, flags | SNDMORE, copy=copy, track=track, **kwargs)
        return self.send(sequence[-1], flags, copy=copy, track=track, **kwargs)

    def send_string(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
    ) -> MessageTracker | None:
        """Send text as one part."""
        if not isinstance(u, str):
            raise TypeError(f"send_string() sends str, not {type(u).__name__}: {shorten(u)}")
        return self.send(u.encode(encoding), flags, copy=copy, **kwargs)

    def send_many(
        self,
        messages: Iterable[Any],
        flags: int = 0,
        copy: bool = True,
        *,
        multipart: bool = False,
        timeout: float | None = None,
    ) -> int:
        """Send many messages; how many were sent."""
        wanted = list_of_messages(messages)
        if flags & SNDMORE:
            raise ValueError("send_many() sends whole messages: SNDMORE has no meaning for it")
        sent, started, deadline = 0, monotonic(), deadline_of(timeout)
        send: Any = self.send_multipart if multipart else self.send
        try:
            while True:
                with suppress(Again):
                    while sent < len(wanted):
                        send(wanted[sent], DONTWAIT, copy)
                        sent += 1
                if sent == len(wanted) or flags & DONTWAIT:
                    return sent
                if deadline == BY_OPTION:
                    deadline = option_deadline(self, SocketOption.SNDTIMEO, started)
                if not wait_ready(self, POLLOUT, deadline, "send"):
                    return sent
        except (TypeError, BufferError) as error:
            raised: Any = type(error)(f"message {sent}: {error}")
            raised.sent = sent
            raise raised from None
        except BaseException as error:
            error.sent = sent  # type: ignore[attr-defined]
            raise

    # ---- receiving

    def recv(
        self,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> bytes | Frame:
        """Receive one part of a message."""
        message = self._recv(flags, deadline_of(timeout))
        return taken(message) if copy else frame_of(message, track)

    def try_recv(self, copy: bool = True) -> bytes | Frame | None:
        """Receive one part if it is there; never waits, and raises nothing when it is not."""
        message = new_message()
        rc = lib.zc_recv(self._state.core, message, DONTWAIT)
        if rc == AGAIN:
            return None
        self._result(rc, "recv")
        return taken(message) if copy else frame_of(message, False)

    def recv_into(
        self, buffer: Any, /, *, nbytes: int = 0, flags: int = 0, timeout: float | None = None
    ) -> int:
        """Receive one part into memory of yours; what does not fit is lost."""
        deadline = deadline_of(timeout)
        room = writable(buffer, nbytes)
        message = self._recv(flags, deadline)
        size: int = min(nbytes or len(room), lib.zmq_msg_size(message))
        ffi.memmove(room, lib.zmq_msg_data(message), size)
        ffi.release(message)
        return size

    def recv_multipart(
        self,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> list[Any]:
        """Receive a whole message."""
        deadline = deadline_of(timeout)
        if self._state.own_recv:
            found = [self.recv(flags, copy=copy, track=track)]
            while Socket.get(self, SocketOption.RCVMORE):
                found.append(self.recv(flags, copy=copy, track=track))
            return found
        with Parts() as parts:
            self._receive(lib.zc_recv_message, parts.message, flags, deadline)
            return parts.objects(copy, track)

    def recv_many(
        self,
        limit: int = 1000,
        flags: int = 0,
        copy: bool = True,
        *,
        multipart: bool = False,
        timeout: float | None = None,
    ) -> list[Any]:
        """Wait for a message, then receive what else is there."""
        if limit < 1:
            raise ValueError(f"limit={limit}: at least one message")
        receive: Any = self.recv_multipart if multipart else self.recv
        arguments = {} if timeout is None else {"timeout": timeout}
        found = [receive(flags, copy, **arguments)]
        with suppress(ZMQError):  # what was received comes first
            while len(found) < limit or (not multipart and Socket.get(self, SocketOption.RCVMORE)):
                found.append(receive(DONTWAIT, copy))
        return found

    def recv_string(
        self, flags: int = 0, encoding: str = "utf-8", *, timeout: float | None = None
    ) -> str:
        """Receive one part as text."""
        if self._state.own_recv:
            return self.recv(flags).decode(encoding)
        return taken(self._recv(flags, deadline_of(timeout))).decode(encoding)

    def _recv(self, flags: int, deadline: float) -> Any:
        message = new_message()
        self._receive(lib.zc_recv, message, flags, deadline)
        return message

    def _receive(self, call: Any, message: Any, flags: int, deadline: float) -> None:
        """``call(core, message, flags)``, until it succeeds or the time is over."""
        core = self._state.core
        started = monotonic()
        while True:
            by_option = deadline == BY_OPTION
            rc = call(core, message, flags if by_option else flags | DONTWAIT)
            if rc == INTERRUPTED:
                if by_option:
                    deadline = option_deadline(self, SocketOption.RCVTIMEO, started)
            elif (
                rc != AGAIN
                or by_option
                or flags & DONTWAIT
                or not wait_ready(self, POLLIN, deadline, "recv")
            ):
                self._result(rc, "recv")
                return


def open_socket(core: Any, context: Context, kind: int) -> None:
    """A socket of libzmq's, or the reason why there is none."""
    state = context._state
    deadline = monotonic() + REAPING_S
    if not state.started and not state.borrowed:
        threads = Context.get(context, ContextOption.IO_THREADS) + 1
        if not lib.zc_descriptors_left(threads * lib.zc_descriptors_per_thread() + 1):
            raise error_of(
                EMFILE, "the first socket of a context needs descriptors for its threads"
            )
    limit = Context.get(context, ContextOption.MAX_SOCKETS)
    while True:
        rc = lib.zc_socket_open(core, state.core, kind)
        if rc >= 0:
            state.started = True
            return
        if rc != FAILED - EMFILE:
            raise context_failure(context, rc, "socket", f"socket type {kind}")
        if not lib.zc_descriptors_left(1):
            raise error_of(
                EMFILE,
                "this process has no descriptors left: close some, or raise its limit (ulimit -n)",
            )
        if len(state.sockets) >= limit or monotonic() > deadline:
            raise error_of(
                EMFILE,
                f"the context has its {limit} sockets already: close some, or set MAX_SOCKETS "
                "before the first one",
            )
        # closed sockets keep their places until libzmq gets to them
        lib.zmq_poll(ffi.NULL, 0, NAP_MS)


def check_ports(name: bytes) -> None:
    """Refuse what libzmq takes modulo 65536, or only the first digits of."""
    transport, _, rest = name.partition(b"://")
    if transport not in (b"tcp", b"udp", b"ws", b"wss"):
        return
    for host_port in rest.partition(b"/")[0].split(b";"):
        _, _, port = host_port.rpartition(b":")
        meant = b":" in host_port and port.lstrip(b" +-")[:1].isdigit()
        if meant and not (port.isdigit() and int(port[:6]) <= 65535):
            shown = name.decode("utf-8", "replace")
            raise error_of(
                EINVAL,
                f"addr={shown!r}: a port is a number up to 65535, not "
                f"{port.decode('utf-8', 'replace')!r}",
            )


def endpoint_bytes(addr: Any) -> bytes:
    """An endpoint as libzmq wants it."""
    if isinstance(addr, str):
        try:
            addr = addr.encode()
        except UnicodeEncodeError:
            raise ValueError(f"the endpoint {addr!r} is not valid text") from None
    elif not isinstance(addr, bytes):
        raise TypeError(f"an endpoint is str or bytes, not {type(addr).__name__}: {shorten(addr)}")
    if b"\0" in addr:
        raise ValueError(f"the endpoint {addr!r} contains a zero byte")
    name: bytes = addr
    return name


def list_of_parts(parts: Any) -> list[Any]:
    """From any iterable that is meant to be a whole message."""
    if isinstance(parts, (str, bytes, bytearray, Frame)):
        raise TypeError(
            f"a multipart message is a sequence of parts, not {type(parts).__name__}: "
            f"{shorten(parts)}; send() sends a single one"
        )
    found = list(parts)
    if not found:
        raise ValueError("a message has at least one part, this one has none")
    return found


def list_of_messages(messages: Any) -> list[Any]:
    """From any iterable of messages."""
    if isinstance(messages, (str, bytes, bytearray, Frame)):
        raise TypeError(
            f"send_many() takes a sequence of messages, not {type(messages).__name__}: "
            f"{shorten(messages)}; send() sends a single one"
        )
    return list(messages)


def writable(buffer: Any, nbytes: int) -> Any:
    """The memory of a buffer that has room for `nbytes`."""
    if memoryview(buffer).readonly:
        raise BufferError(f"this {type(buffer).__name__} cannot be written to")
    room = ffi.from_buffer(buffer, require_writable=True)
    if nbytes < 0 or nbytes > len(room):
        raise ValueError(f"nbytes={nbytes}: the buffer has {len(room)} bytes")
    return room


__all__ = ["Socket"]
