# The compiled module, for type checkers; stubtest holds it against the real one.

from asyncio import Future
from collections.abc import Awaitable, Callable, Generator, Iterable
from threading import Event
from types import TracebackType
from typing import Any, Literal, Protocol, TypedDict, TypeVar, final, overload, type_check_only

from typing_extensions import Buffer, Self, disjoint_base

from ... import error as _error

_T = TypeVar("_T")

Again = _error.Again
ConcurrentUseError = _error.ConcurrentUseError
ContextTerminated = _error.ContextTerminated
ForkedError = _error.ForkedError
InterruptedSystemCall = _error.InterruptedSystemCall
NotDone = _error.NotDone
TerminationTimeout = _error.TerminationTimeout
ZMQError = _error.ZMQError

IPC_PATH_MAX_LEN: int
PYZMQ_DRAFT_API: bool
_FINISHED_TRACKER: MessageTracker
_C_API: object
_OPTIMISED: bool

@type_check_only
class _SupportsFileno(Protocol):
    def fileno(self) -> int: ...

@type_check_only
class _Library(TypedDict):
    version: str
    route: str
    origin: str
    patches: list[str]

@type_check_only
class _BuildInfo(TypedDict):
    libzmq: _Library
    libsodium: _Library
    curve: str
    drafts: bool
    lto: bool
    flags: str
    compiler: str

@disjoint_base
class Context:
    def __init__(self, io_threads: int = 1, shadow: int = 0) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...
    def __del__(self) -> None: ...
    @property
    def closed(self) -> bool: ...
    @property
    def underlying(self) -> int: ...
    def _sockets(self) -> list[Socket]: ...
    def socket(self, socket_type: int, *, shared: bool = False) -> Socket: ...
    def get(self, option: int) -> int: ...
    def set(self, option: int, optval: int) -> None: ...
    def term(self, timeout: float | None = None) -> None: ...
    def destroy(self, linger: int | None = None, timeout: float | None = None) -> None: ...

@disjoint_base
class Socket:
    copy_threshold: int
    @property
    def context(self) -> Context: ...
    @property
    def closed(self) -> bool: ...
    @property
    def shared(self) -> bool: ...
    @property
    def underlying(self) -> int: ...
    @property
    def _engine(self) -> Engine: ...  # None until one was made
    def __init__(
        self,
        context: Context | None = None,
        socket_type: int = -1,
        shadow: int = 0,
        copy_threshold: int | None = None,
        *,
        shared: bool = False,
    ) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...
    def __del__(self) -> None: ...
    def close(self, linger: int | None = None) -> None: ...
    def bind(self, addr: str | bytes) -> None: ...
    def connect(self, addr: str | bytes) -> None: ...
    def unbind(self, addr: str | bytes) -> None: ...
    def disconnect(self, addr: str | bytes) -> None: ...
    def monitor(self, addr: str | bytes | None, events: int = 0xFFFF) -> None: ...
    def join(self, group: str | bytes) -> None: ...
    def leave(self, group: str | bytes) -> None: ...
    def get(self, option: int) -> Any: ...
    def getsockopt(self, option: int) -> Any: ...
    def set(self, option: int, optval: int | Buffer | None) -> None: ...
    def setsockopt(self, option: int, optval: int | Buffer | None) -> None: ...
    def poll(self, timeout: float | None = None, flags: int = 1) -> int: ...
    @overload
    def send(
        self,
        data: Buffer,
        flags: int = 0,
        copy: bool = True,
        track: Literal[False] = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
        *,
        timeout: float | None = None,
    ) -> None: ...
    @overload
    def send(
        self,
        data: Buffer,
        flags: int = 0,
        copy: bool = True,
        *,
        track: Literal[True],
        routing_id: int | None = None,
        group: str | bytes | None = None,
        timeout: float | None = None,
    ) -> MessageTracker: ...
    @overload
    def send(
        self,
        data: Buffer,
        flags: int,
        copy: bool,
        track: Literal[True],
        routing_id: int | None = None,
        group: str | bytes | None = None,
        *,
        timeout: float | None = None,
    ) -> MessageTracker: ...
    @overload
    def send(
        self,
        data: Buffer,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
        *,
        timeout: float | None = None,
    ) -> MessageTracker | None: ...
    @overload
    def recv(
        self,
        flags: int = 0,
        copy: Literal[True] = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> bytes: ...
    @overload
    def recv(
        self,
        flags: int = 0,
        *,
        copy: Literal[False],
        track: bool = False,
        timeout: float | None = None,
    ) -> Frame: ...
    @overload
    def recv(
        self,
        flags: int,
        copy: Literal[False],
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> Frame: ...
    @overload
    def recv(
        self,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> bytes | Frame: ...
    @overload
    def try_recv(self, copy: Literal[True] = True) -> bytes | None: ...
    @overload
    def try_recv(self, copy: Literal[False]) -> Frame | None: ...
    @overload
    def try_recv(self, copy: bool = True) -> bytes | Frame | None: ...
    def recv_into(
        self, buffer: Buffer, /, *, nbytes: int = 0, flags: int = 0, timeout: float | None = None
    ) -> int: ...
    @overload
    def send_multipart(
        self,
        msg_parts: Iterable[Buffer],
        flags: int = 0,
        copy: bool = True,
        track: Literal[False] = False,
        *,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None: ...
    @overload
    def send_multipart(
        self,
        msg_parts: Iterable[Buffer],
        flags: int = 0,
        copy: bool = True,
        *,
        track: Literal[True],
        timeout: float | None = None,
        **kwargs: Any,
    ) -> MessageTracker: ...
    @overload
    def send_multipart(
        self,
        msg_parts: Iterable[Buffer],
        flags: int,
        copy: bool,
        track: Literal[True],
        *,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> MessageTracker: ...
    @overload
    def send_multipart(
        self,
        msg_parts: Iterable[Buffer],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> MessageTracker | None: ...
    @overload
    def recv_multipart(
        self,
        flags: int = 0,
        copy: Literal[True] = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> list[bytes]: ...
    @overload
    def recv_multipart(
        self,
        flags: int = 0,
        *,
        copy: Literal[False],
        track: bool = False,
        timeout: float | None = None,
    ) -> list[Frame]: ...
    @overload
    def recv_multipart(
        self,
        flags: int,
        copy: Literal[False],
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> list[Frame]: ...
    @overload
    def recv_multipart(
        self,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> list[bytes] | list[Frame]: ...
    def send_many(
        self,
        messages: Iterable[Buffer] | Iterable[Iterable[Buffer]],
        flags: int = 0,
        copy: bool = True,
        *,
        multipart: bool = False,
        timeout: float | None = None,
    ) -> int: ...
    @overload
    def recv_many(
        self,
        limit: int = 1000,
        flags: int = 0,
        copy: Literal[True] = True,
        *,
        multipart: Literal[False] = False,
        timeout: float | None = None,
    ) -> list[bytes]: ...
    @overload
    def recv_many(
        self,
        limit: int = 1000,
        flags: int = 0,
        copy: Literal[True] = True,
        *,
        multipart: Literal[True],
        timeout: float | None = None,
    ) -> list[list[bytes]]: ...
    @overload
    def recv_many(
        self,
        limit: int = 1000,
        flags: int = 0,
        copy: bool = True,
        *,
        multipart: bool = False,
        timeout: float | None = None,
    ) -> list[Any]: ...
    def send_string(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
    ) -> MessageTracker | None: ...
    def recv_string(
        self, flags: int = 0, encoding: str = "utf-8", *, timeout: float | None = None
    ) -> str: ...

@disjoint_base
class Frame:
    def __init__(
        self,
        data: Buffer | None = None,
        track: bool = False,
        copy: bool | None = None,
        copy_threshold: int | None = None,
    ) -> None: ...
    def __copy__(self) -> Self: ...
    def fast_copy(self) -> Self: ...
    def __len__(self) -> int: ...
    def __bytes__(self) -> bytes: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    @property
    def bytes(self) -> bytes: ...
    @property
    def buffer(self) -> memoryview: ...
    @property
    def more(self) -> bool: ...
    @property
    def tracker(self) -> MessageTracker | None: ...
    @property
    def tracker_event(self) -> MessageTracker | None: ...
    def get(self, option: int | str) -> int | str: ...
    def set(self, option: int | str, value: int | str | Buffer) -> None: ...
    @property
    def routing_id(self) -> int: ...
    @routing_id.setter
    def routing_id(self, value: int) -> None: ...
    @property
    def group(self) -> str: ...
    @group.setter
    def group(self, value: str | Buffer) -> None: ...
    def __getitem__(self, key: int | str, /) -> Any: ...
    def __getattr__(self, key: str, /) -> Any: ...
    def __reduce__(self) -> tuple[type[Self], tuple[Any]]: ...

@disjoint_base
class MessageTracker:
    def __init__(self, *towatch: MessageTracker | Frame | Event) -> None: ...
    @property
    def done(self) -> bool: ...
    @property
    def events(self) -> set[Event] | None: ...
    @property
    def peers(self) -> set[MessageTracker] | None: ...
    def wait(self, timeout: float | None = -1) -> None: ...

@disjoint_base
class PollSet:
    def set(self, what: Any, events: int) -> None: ...
    def remove(self, what: Any) -> None: ...
    def close(self) -> None: ...
    def poll(self, timeout: float | None = None) -> list[tuple[Any, int]]: ...

@disjoint_base
class Relay:
    paused: bool
    def __init__(
        self,
        frontend: Socket,
        backend: Socket,
        capture: Socket | None = None,
        control: Socket | None = None,
        *,
        wake: int | _SupportsFileno | None = None,
        in_prefix: bytes | None = None,
        out_prefix: bytes | None = None,
        swap: bool = False,
    ) -> None: ...
    @property
    def frontend(self) -> Socket: ...
    @property
    def backend(self) -> Socket: ...
    @property
    def capture(self) -> Socket | None: ...
    @property
    def control(self) -> Socket | None: ...
    def run(self) -> bool: ...
    @property
    def held(self) -> int: ...
    def statistics(self) -> tuple[int, ...]: ...

# What the event loops stand on. Its operations are awaited, and typed where they are offered.

@final
class Engine:
    def __init__(self, socket: Socket, driver: Any) -> None: ...
    @property
    def given_back(self) -> int: ...
    @property
    def waiting(self) -> tuple[int, int, int]: ...
    # operations claim to be futures, and are as good as one
    def recv(
        self,
        socket: Socket,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        timeout: float | None = None,
        decode: Callable[[Any], Any] | None = None,
    ) -> Future[Any]: ...
    def recv_multipart(
        self,
        socket: Socket,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        timeout: float | None = None,
        decode: Callable[[list[Any]], Any] | None = None,
    ) -> Future[Any]: ...
    def recv_into(
        self,
        socket: Socket,
        buffer: Buffer,
        nbytes: int = 0,
        flags: int = 0,
        timeout: float | None = None,
    ) -> Future[int]: ...
    def send(
        self,
        socket: Socket,
        data: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
        timeout: float | None = None,
    ) -> Future[MessageTracker | None]: ...
    def send_multipart(
        self,
        socket: Socket,
        msg_parts: Iterable[Any],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        timeout: float | None = None,
    ) -> Future[MessageTracker | None]: ...
    def send_later(
        self,
        socket: Socket,
        msg_parts: Iterable[Any],
        flags: int,
        copy: bool,
        track: bool,
        resume: Callable[[Any], object],
    ) -> None: ...
    def poll(self, socket: Socket, timeout: float | None = None, flags: int = 1) -> Future[int]: ...
    def flush(self, socket: Socket, timeout: float | None = None) -> Future[None]: ...
    def listen(
        self, socket: Socket, callback: Callable[[list[Any]], Any] | None, copy: bool = True
    ) -> None: ...
    def pump(self, socket: Socket, events: int, limit: int) -> int: ...
    def recv_blocking(
        self,
        socket: Socket,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        timeout: float | None = None,
    ) -> Any: ...
    def recv_multipart_blocking(
        self,
        socket: Socket,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        timeout: float | None = None,
    ) -> list[Any]: ...
    def finish(self, op: Future[_T]) -> _T: ...
    def _ready(self) -> None: ...
    def _run(self) -> None: ...
    def _gone(self, reference: object) -> None: ...

@final
class Operation(Awaitable[Any]):
    def __await__(self) -> Generator[Any, None, Any]: ...
    def __getattr__(self, name: str, /) -> Any: ...

def zmq_poll(
    sockets: Iterable[tuple[Any, int]], timeout: float | None = -1
) -> list[tuple[Any, int]]: ...
def proxy(frontend: Socket, backend: Socket, capture: Socket | None = None) -> None: ...
def proxy_steerable(
    frontend: Socket,
    backend: Socket,
    capture: Socket | None = None,
    control: Socket | None = None,
) -> None: ...
def monitored_queue(
    in_socket: Socket,
    out_socket: Socket,
    mon_socket: Socket,
    in_prefix: bytes = b"in",
    out_prefix: bytes = b"out",
) -> None: ...
def device(device_type: int, frontend: Socket, backend: Socket) -> None: ...
def zmq_version_info() -> tuple[int, int, int]: ...
def build_info() -> _BuildInfo: ...
def has(capability: str | bytes) -> bool: ...
def curve_keypair() -> tuple[bytes, bytes]: ...
def curve_public(secret_key: bytes | str) -> bytes: ...
def strerror(errno: int) -> str: ...
def zmq_errno() -> int: ...
def let_go(loop: Any, fd: int) -> None: ...
def _counts() -> dict[str, int]: ...
