"""From errno, or a guard that refuses, to an exception: the one place."""

from __future__ import annotations

import sys
from errno import EAGAIN, EBUSY, EINTR, ENOMEM, ENOTSOCK

from ..._advice import of_message
from ...constants import Errno
from ...error import (
    Again,
    ConcurrentUseError,
    ContextTerminated,
    ForkedError,
    InterruptedSystemCall,
    ZMQError,
)
from ._cffi import ffi, lib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FAILED: int = lib.ZC_FAILED
REFUSED: int = lib.ZC_REFUSED
FREE, BUSY, CLOSED, FORKED = lib.ZC_FREE, lib.ZC_BUSY, lib.ZC_CLOSED, lib.ZC_FORKED


def error_of(number: int, detail: str | None = None) -> Exception:
    """The exception for an error number; `detail` is added to libzmq's text."""
    if number == EAGAIN:
        return Again()
    if number == ENOMEM and detail is None:
        return MemoryError("libzmq could not allocate memory")
    text = strerror(number)
    if detail is None:
        detail = of_message(number)
    if detail:
        text = f"{text} ({detail})"
    if number == Errno.ETERM:
        return ContextTerminated(number, text)
    if number == EINTR:
        return InterruptedSystemCall(number, text)
    return ZMQError(number, text)


def failure(rc: int, detail: str | None = None) -> Exception:
    """The same for what a function of core.c returned."""
    return error_of(FAILED - rc, detail)


def refusal(handle: object, state: int, op: str, core: Any = None) -> ZMQError:
    """Why `op` may not enter `handle` now."""
    if state == CLOSED:
        return ZMQError(ENOTSOCK, f"{describe(handle)} is closed: {op} needs an open one")
    if state == FORKED:
        return ForkedError(
            ENOTSOCK,
            f"{describe(handle)} belongs to the parent process: after a fork, make a new Context "
            f"and new sockets in the child ({op} was refused)",
        )
    inside = ffi.string(lib.zc_socket_op(core)).decode()
    return ConcurrentUseError(
        EBUSY,
        f"{describe(handle)} is in use by thread {thread_name(lib.zc_socket_thread(core))} "
        f"({inside}) while thread {thread_name(lib.zc_thread())} wants to {op}: a socket belongs "
        "to one thread at a time; give each thread its own, or hold a lock around each call",
    )


def no_pickle(what: object) -> TypeError:
    """The error for a pickle of what a handle stands behind."""
    return TypeError(f"cannot pickle {type(what).__name__!r} object: it belongs to its process")


def describe(handle: object) -> str:
    """A name for messages that calls nothing of the user's."""
    return f"<{type(handle).__name__} at {id(handle):#x}>"


def thread_name(ident: int) -> str:
    """What a thread is called."""
    threading = sys.modules.get("threading")
    if threading is not None:
        for thread in threading.enumerate():
            if thread.ident == ident:
                return f"{thread.name!r} ({ident})"
    return str(ident)


def shorten(value: object) -> str:
    """Its repr, for messages."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - whatever it raises, the message is about something else
        return f"<{type(value).__name__}>"
    return text if len(text) <= 60 else text[:57] + "..."


def strerror(errno: int) -> str:
    """The text for an error number, libzmq's own included."""
    text: bytes = ffi.string(lib.zmq_strerror(errno))
    return text.decode("utf-8", "replace")


def zmq_errno() -> int:
    """The error number of libzmq's last failure in this thread."""
    number: int = ffi.errno
    return number


__all__ = ["strerror", "zmq_errno"]
