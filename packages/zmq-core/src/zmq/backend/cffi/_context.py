"""Context, and its end: who waits for it, for how long, and what is said when it takes its time."""

from __future__ import annotations

import atexit
import sys
import warnings
from _thread import allocate_lock, start_new_thread
from errno import ETIMEDOUT
from time import monotonic
from weakref import ref

from ...constants import ContextOption
from ...error import TerminationTimeout
from ._cffi import ffi, lib
from ._errors import BUSY, FAILED, FREE, REFUSED, failure, no_pickle, refusal
from ._options import int_of, option_name, socket_kind_name
from ._wait import NEVER, deadline_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._socket import Socket

    Story = tuple[int, tuple[str, ...], "int | None", str]

EXPLAIN_AFTER_S = 3
LINGERING_MAX = 32  # closed sockets that a context remembers
NAP_MS = 1

lib.zc_init()


class Leaving:
    """Whether the interpreter is on its way out: nothing may be waited for, nothing warned of."""

    now = False

    @classmethod
    def begin(cls) -> None:
        """The interpreter ends."""
        cls.now = True
        lib.zc_leaving()


atexit.register(Leaving.begin)


class Termination:
    """One context that ends, on a thread of its own, since zmq_ctx_term knows no timeout."""

    def __init__(self, core: Any) -> None:
        self.core = core
        self.done = False
        self.running = allocate_lock()
        self.running.acquire()
        if sys.is_finalizing():  # no other thread runs any more
            self._run()
            return
        try:
            start_new_thread(self._run, ())
        except RuntimeError:
            raise MemoryError("no thread could be started to terminate the context") from None

    def _run(self) -> None:
        lib.zc_context_end(self.core)
        self.done = True
        self.running.release()

    def wait(self, until: float) -> bool:
        """Whether it has ended by then."""
        timeout = -1.0 if until >= NEVER else min(max(until - monotonic(), 0.0), 1e6)
        if self.running.acquire(timeout=timeout):
            self.running.release()  # for the next who waits
            return True
        return False


class State:
    """What a Context knows; it outlives the Context's own finalizer."""

    __slots__ = (
        "borrowed", "core", "explained", "lingering", "lock", "made_at", "opened", "sockets",
        "started",
        "termination",
    )  # fmt: skip

    def __init__(self) -> None:
        self.core = ffi.gc(lib.zc_context_new(), lib.zc_context_free)
        self.opened = self.borrowed = self.explained = False
        self.started = False  # its threads run: it had a socket
        self.lock = allocate_lock()
        self.made_at = ""
        self.termination: Termination | None = None
        self.sockets: dict[int, ref[Socket]] = {}
        self.lingering: list[Story] = []

    def __del__(self) -> None:
        # left open by a subclass's own __del__: it ends in the background
        if Leaving.now or self.borrowed or lib.zc_context_state(self.core) != FREE:
            return
        if self.termination is None:
            self.termination = Termination(self.core)
        lib.zc_context_close(self.core)


class Context:
    """The home of sockets: it owns libzmq's I/O threads."""

    __slots__ = ("__weakref__", "_state")
    _state: State

    def __new__(cls, *args: Any, **kwargs: Any) -> Context:
        """Closed until ``__init__`` succeeded."""
        self = super().__new__(cls)
        object.__setattr__(self, "_state", State())
        return self

    def __init__(self, io_threads: int = 1, shadow: int = 0) -> None:
        state = self._state
        if state.opened:
            raise RuntimeError(f"{_describe(self)} is open already: __init__ runs once")
        if not shadow and io_threads < 0:
            raise ValueError(f"io_threads must be 0 or more, not {io_threads}")
        state.borrowed = bool(shadow)
        rc = lib.zc_context_open(state.core, ffi.cast("void *", shadow))
        if rc < 0:
            raise failure(rc, "no context could be made")
        state.opened = True
        state.made_at = made_where()
        if not shadow and io_threads != 1:
            Context.set(self, ContextOption.IO_THREADS, io_threads)

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise no_pickle(self)

    def __del__(self) -> None:
        if Leaving.now or self._state.borrowed or self.closed:
            return
        warnings.warn(
            f"unclosed context {self!r}, made at {self._state.made_at}: call term() or destroy()",
            ResourceWarning,
            stacklevel=2,
            source=self,
        )
        _destroy(self, None, NEVER)

    def __enter__(self) -> Context:
        return self

    def __exit__(self, *exc_info: object) -> None:
        _destroy(self, None, NEVER)

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"{len(self._state.sockets)} open sockets"
        return f"<zmq.{type(self).__name__} at {id(self):#x}, {state}>"

    @property
    def closed(self) -> bool:
        """Whether it was terminated (or inherited through a fork, where it is dead)."""
        state = self._state
        if state.termination is not None and state.termination.done:
            lib.zc_context_close(state.core)
        return bool(lib.zc_context_state(state.core) != FREE)

    @property
    def underlying(self) -> int:
        """The address of libzmq's context."""
        Context.get(self, ContextOption.IO_THREADS)  # open?
        return int(ffi.cast("uintptr_t", lib.zc_context_handle(self._state.core)))

    def _sockets(self) -> list[Socket]:
        """Those of this context that are open, for reports and warnings."""
        found = [reference() for reference in list(self._state.sockets.values())]
        return [socket for socket in found if socket is not None]

    def socket(self, socket_type: int, *, shared: bool = False) -> Socket:
        """A new socket of this context."""
        from ._socket import Socket

        return Socket(self, socket_type, shared=shared)

    def get(self, option: int) -> int:
        """The value of a context option."""
        value: int = lib.zc_context_get(self._state.core, option)
        if value < 0:
            raise context_failure(self, value, "get", option_name(ContextOption, option))
        return value

    def set(self, option: int, optval: int) -> None:
        """Set a context option."""
        name = option_name(ContextOption, option)
        value = int_of(name, optval)
        try:
            rc = lib.zc_context_set(self._state.core, option, value)
        except OverflowError:
            raise ValueError(f"{name}: {optval!r} does not fit into 32 bits") from None
        if rc < 0:
            raise context_failure(self, rc, "set", f"{name}, value {optval!r}")

    def term(self, timeout: float | None = None) -> None:
        """Terminate: wait until all sockets are closed and their messages sent, then free it."""
        _term(self, NEVER if timeout is None else deadline_of(timeout))

    def destroy(self, linger: int | None = None, timeout: float | None = None) -> None:
        """Close all its sockets, then terminate."""
        _destroy(self, linger, NEVER if timeout is None else deadline_of(timeout))


def context_failure(context: Context, rc: int, op: str, detail: str | None = None) -> Exception:
    """The exception for a call on a context that returned `rc`."""
    return failure(rc, detail) if rc <= FAILED else refusal(context, REFUSED - rc, op)


def _describe(context: Context) -> str:
    return f"<{type(context).__name__} at {id(context):#x}>"


# ---- the end


def _term(context: Context, deadline: float) -> None:
    """Wait until the context has ended, or raise TerminationTimeout at the deadline."""
    state = context._state
    explain_at = monotonic() + EXPLAIN_AFTER_S
    if lib.zc_context_state(state.core) != FREE:
        return
    if state.borrowed:
        lib.zc_context_close(state.core)
        return
    if sys.is_finalizing() and Context._sockets(context):
        return  # nobody is left to close them: it ends with the process
    with state.lock:
        if state.termination is None:
            state.termination = Termination(state.core)
    while not state.termination.wait(deadline if state.explained else min(deadline, explain_at)):
        if monotonic() >= deadline:
            raise TerminationTimeout(ETIMEDOUT, waits_for(context))
        if not state.explained and monotonic() >= explain_at:
            state.explained = True
            explain(waits_for(context))
    lib.zc_context_close(state.core)


def _destroy(context: Context, linger: int | None, deadline: float) -> None:
    state = context._state
    if lib.zc_context_state(state.core) != FREE:
        return
    # as the core has them: a subclass may hide its own
    sockets = Context._sockets(context)
    if linger is not None:
        for socket in sockets:
            lib.zc_set_linger(socket._state.core, linger)
    busy = any(lib.zc_socket_state(socket._state.core) == BUSY for socket in sockets)
    if busy and not state.borrowed and state.termination is None:
        lib.zc_context_shutdown(state.core)  # wakes whoever waits on a socket of ours
    for socket in sockets:
        while lib.zc_socket_state(socket._state.core) == BUSY:
            lib.zmq_poll(ffi.NULL, 0, NAP_MS)
            if monotonic() >= deadline:
                raise TerminationTimeout(ETIMEDOUT, waits_for(context))
        socket.close()
    _term(context, deadline)


def waits_for(context: Context) -> str:
    """Who keeps the context from ending, and what to do about it."""
    lines = [f"{context!r} cannot end yet."]
    still_open = Context._sockets(context)
    if still_open:
        lines.append("Open sockets, to be closed first:")
        lines += [f"  {_told(socket._story())}" for socket in still_open]
    elif context._state.lingering:
        lines.append("Closed sockets that may still have messages to send (the last ones):")
        lines += [f"  {_told(story)}" for story in context._state.lingering]
    lines.append(
        "Cure: close the sockets; give unsent messages a limit with socket.linger or "
        "context.linger (milliseconds), or context.destroy(linger=0) to throw them away."
    )
    return "\n".join(lines)


def _told(story: Story) -> str:
    kind, endpoints, linger, made_at = story
    text = socket_kind_name(kind)
    if endpoints:
        text += f" {', '.join(endpoints)}"
    if linger is not None:
        text += ", LINGER for ever" if linger < 0 else f", LINGER {linger} ms"
    if made_at:
        text += f", made at {made_at}"
    return text


def explain(text: str) -> None:
    """Say it on stderr, also while the interpreter ends."""
    if sys.stderr is not None:
        sys.stderr.write(f"zmq: {text}\n")
        sys.stderr.flush()


def made_where() -> str:
    """file:line of the first caller outside this package."""
    frame = sys._getframe(1)
    ours = __name__.rpartition(".backend.")[0] + "."
    while frame is not None:
        name = frame.f_globals.get("__name__") or ""
        if not f"{name}.".startswith(ours):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]
    return ""


__all__ = ["Context"]
