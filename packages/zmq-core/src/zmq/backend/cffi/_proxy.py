"""The relay: whole messages from one socket to another, both ways. Every proxy runs on it.

It waits in one place, a poll of everything that may happen; a message whose target has no room
stays here, one for each direction, and nothing more is taken from that end until it is gone.
"""

from __future__ import annotations

import struct
import sys
from _thread import get_ident
from enum import Enum

from ...constants import Errno, SocketType
from ._cffi import ffi, lib
from ._errors import FAILED, REFUSED, failure, refusal
from ._frame import Parts, copy_into
from ._poll import descriptor
from ._socket import AGAIN, INTERRUPTED, POLLIN, POLLOUT, Socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BURST = 1000  # messages one end may send before the other gets its turn
BREATH_MS = 100  # between two looks for signals


class Obstacle(Enum):
    """Why a way takes no messages."""

    CLEAR = 0
    TARGET_FULL = 1
    CAPTURE_FULL = 2
    RETRY = 3  # there seems to be room, but not for this message: try again soon


class Way:
    """One direction."""

    def __init__(self, source: Socket, target: Socket, prefix: bytes | None) -> None:
        if prefix is not None and not isinstance(prefix, bytes):
            raise TypeError(f"a prefix is bytes, not {type(prefix).__name__}: {prefix!r}")
        self.source = source._state.core
        self.target = target._state.core
        self.to_router = lib.zc_socket_kind(self.target) == SocketType.ROUTER
        self.parts = Parts()
        self.message = self.parts.message
        self.prefix = prefix
        self.obstacle = Obstacle.CLEAR
        self.size = 0
        self.seen = False  # the capture socket has the message that is held
        self.received = [0, 0]  # messages, bytes
        self.sent = [0, 0]
        self.dropped = 0

    def take(self, swap: bool) -> bool:
        """A whole message from the source, if there is one."""
        self.seen = False
        rc = lib.zc_take(self.source, self.message)
        if rc == AGAIN:
            return False
        if rc < 0:
            lib.zc_message_clear(self.message)
            raise failure(rc)
        message = self.message
        self.size = sum(lib.zmq_msg_size(message.parts + i) for i in range(message.count))
        if swap:
            lib.zc_swap(message)
        self.received[0] += 1
        self.received[1] += self.size
        return True

    def show(self, capture: Any) -> None:
        """Send the capture socket a copy of what is held."""
        with Parts() as copies:
            if self.prefix is not None:
                copy_into(copies.add(), self.prefix)
            rc = lib.zc_copy(copies.message, self.message) or lib.zc_give(capture, copies.message)
            if rc == AGAIN:
                self.obstacle = Obstacle.CAPTURE_FULL
                return
            if rc <= FAILED:
                raise failure(rc)
        self.seen = True

    def give(self) -> None:
        """Send what is held to the target."""
        rc = lib.zc_give(self.target, self.message)
        if rc == 0:
            self.sent[0] += 1
            self.sent[1] += self.size
            return
        if rc == AGAIN and not self.to_router:
            self.obstacle = Obstacle.TARGET_FULL
            return
        # a ROUTER that is told to report them: one peer that is gone or full stops no other
        if rc <= FAILED and rc not in (AGAIN, FAILED - Errno.EHOSTUNREACH):
            raise failure(rc)
        lib.zc_message_clear(self.message)  # or the peer died in the middle of it
        self.dropped += 1


class Relay:
    """Messages from one socket to another, both ways, until somebody says otherwise."""

    def __init__(
        self,
        frontend: Socket,
        backend: Socket,
        capture: Socket | None = None,
        control: Socket | None = None,
        *,
        wake: Any = None,
        in_prefix: bytes | None = None,
        out_prefix: bytes | None = None,
        swap: bool = False,
    ) -> None:
        if hasattr(self, "frontend"):
            raise RuntimeError("a Relay is set up once: make another one for other sockets")
        sockets = {"frontend": frontend, "backend": backend, "capture": capture, "control": control}
        for name, socket in sockets.items():
            optional = name in ("capture", "control") and socket is None
            if not isinstance(socket, Socket) and not optional:
                raise TypeError(f"{name} must be a zmq.Socket, not {type(socket).__name__}")
        ways = [Way(frontend, backend, in_prefix)]
        if frontend is not backend:
            ways.append(Way(backend, frontend, out_prefix))
        self._ways = ways
        self._swap = swap
        self._wake = wake
        self._wake_fd = None if wake is None else descriptor(wake)
        self.paused = False
        self.frontend, self.backend = frontend, backend
        self.capture, self.control = capture, control

    def run(self) -> bool:
        """Relay until the control socket says TERMINATE (False) or `wake` is readable (True)."""
        if not hasattr(self, "frontend"):
            raise RuntimeError("this Relay was never set up: its class did not call __init__")
        sockets = [self.frontend, self.backend, self.capture, self.control]
        entered: list[Any] = []
        try:
            for socket in {id(s): s for s in sockets if s is not None}.values():
                core = socket._state.core
                rc = lib.zc_enter(core)
                if rc < 0:
                    raise refusal(socket, REFUSED - rc, "poll", core)
                entered.append(core)
            return self._run(BREATH_MS if in_main_thread() else -1)
        finally:
            for core in entered:
                lib.zc_leave(core)

    def _run(self, breath_ms: int) -> bool:
        while True:
            ready = self._wait(breath_ms)
            if ready.get("wake"):
                return True
            if ready.get("control", 0) & POLLIN and self._command():
                return False
            if self.paused:
                continue
            for side, way in enumerate(self._ways):
                if self._is_ready(way, side, ready):
                    self._burst(way)

    def _wishes(self) -> dict[Any, int]:
        """The events wanted of the two ends (0 and 1), control, descriptor and capture."""
        wishes: dict[Any, int] = {}
        if self.control is not None:
            wishes["control"] = POLLIN
        if self._wake_fd is not None:
            wishes["wake"] = POLLIN
        for side, way in enumerate(() if self.paused else self._ways):
            if way.obstacle is Obstacle.CLEAR:
                wishes[side] = wishes.get(side, 0) | POLLIN
            elif way.obstacle is Obstacle.TARGET_FULL:
                wishes[1 - side] = wishes.get(1 - side, 0) | POLLOUT
            elif way.obstacle is Obstacle.CAPTURE_FULL:
                wishes["capture"] = POLLOUT
        return wishes

    def _wait(self, breath_ms: int) -> dict[Any, int]:
        """Which events are there.

        A signal that comes between Python's last look and the wait does not interrupt the wait: in
        the main thread, where handlers run, it ends by itself.
        """
        wishes = self._wishes()
        retry = not self.paused and any(way.obstacle is Obstacle.RETRY for way in self._ways)
        handles: dict[Any, Any] = {
            0: self.frontend, 1: self.backend, "capture": self.capture, "control": self.control
        }  # fmt: skip
        items = ffi.new("zmq_pollitem_t[]", 5)
        for item, (place, events) in zip(items, wishes.items()):
            item.events = events
            if place == "wake":
                item.fd = self._wake_fd
            else:
                item.socket = lib.zc_socket_handle(handles[place]._state.core)
        rc = lib.zc_poll_entered(items, len(wishes), 1 if retry else breath_ms)
        if rc == INTERRUPTED:
            return {}
        if rc < 0:
            raise failure(rc)
        return {place: item.revents for item, place in zip(items, wishes)}

    @staticmethod
    def _is_ready(way: Way, side: int, ready: dict[Any, int]) -> bool:
        if way.obstacle is Obstacle.CLEAR:
            return bool(ready.get(side, 0) & POLLIN)
        if way.obstacle is Obstacle.TARGET_FULL:
            return bool(ready.get(1 - side, 0) & POLLOUT)
        if way.obstacle is Obstacle.CAPTURE_FULL:
            return bool(ready.get("capture", 0) & POLLOUT)
        return True

    def _burst(self, way: Way) -> None:
        """What waits at one end, as far as there is room for it at the other."""
        before = way.obstacle
        way.obstacle = Obstacle.CLEAR
        message = way.message
        if message.count == 0 and not lib.zc_has_room(way.target):
            way.obstacle = Obstacle.TARGET_FULL
            return
        for n in range(BURST):
            if message.count == 0 and not way.take(self._swap):
                return
            if self.capture is not None and not way.seen:
                way.show(self.capture._state.core)
            if way.obstacle is Obstacle.CLEAR:
                way.give()
            if way.obstacle is not Obstacle.CLEAR:
                if n == 0 and before is not Obstacle.CLEAR:
                    way.obstacle = Obstacle.RETRY
                return

    def _command(self) -> bool:
        """Obey the control socket; whether it is to end."""
        assert self.control is not None
        core = self.control._state.core
        kind = lib.zc_socket_kind(core)
        with Parts() as parts:
            rc = lib.zc_take(core, parts.message)
            if rc == AGAIN:
                return False
            if rc < 0:
                raise failure(rc)
            command = parts.objects(True, False)[0]
        if command in (b"PAUSE", b"RESUME"):
            self.paused = command == b"PAUSE"
        answer: list[bytes] = [b""] if kind == SocketType.REP else []
        if command == b"STATISTICS" and kind in (SocketType.REP, SocketType.PAIR):
            answer = [struct.pack("=Q", number) for number in self.statistics()[:8]]
        if answer:
            with Parts() as parts:
                parts.build(answer, True, False, 0)
                lib.zc_give(core, parts.message)  # whoever asked and does not read gets no answer
        return bool(command == b"TERMINATE")

    @property
    def held(self) -> int:
        """Messages that were taken and had no room yet; 0, 1 or 2."""
        return sum(way.message.count > 0 for way in self._ways)

    def statistics(self) -> tuple[int, ...]:
        """Of each end: messages and bytes received, messages and bytes sent; and dropped ones."""
        nothing = [0, 0]
        there = self._ways[0]
        back = self._ways[1] if len(self._ways) > 1 else None
        return (
            *there.received,
            *(back.sent if back else nothing),
            *(back.received if back else nothing),
            *there.sent,
            sum(way.dropped for way in self._ways),
        )


def in_main_thread() -> bool:
    """Whether this thread runs the signal handlers."""
    threading = sys.modules.get("threading")
    return threading is None or get_ident() == threading.main_thread().ident


def proxy(frontend: Socket, backend: Socket, capture: Socket | None = None) -> None:
    """Send what arrives at one socket out of the other, until the context is terminated."""
    Relay(frontend, backend, capture).run()


def device(device_type: int, frontend: Socket, backend: Socket) -> None:
    """The old name of `proxy`."""
    Relay(frontend, backend).run()


def proxy_steerable(
    frontend: Socket,
    backend: Socket,
    capture: Socket | None = None,
    control: Socket | None = None,
) -> None:
    """A proxy that obeys a control socket."""
    Relay(frontend, backend, capture, control).run()


def monitored_queue(
    in_socket: Socket,
    out_socket: Socket,
    mon_socket: Socket,
    in_prefix: bytes = b"in",
    out_prefix: bytes = b"out",
) -> None:
    """A proxy that tells its monitor which way each message goes."""
    for name, prefix in (("in_prefix", in_prefix), ("out_prefix", out_prefix)):
        if not isinstance(prefix, bytes):
            raise TypeError(f"{name} must be bytes, not {type(prefix).__name__}")
    if not isinstance(mon_socket, Socket):
        raise TypeError(f"mon_socket must be a zmq.Socket, not {type(mon_socket).__name__}")
    relay = Relay(in_socket, out_socket, mon_socket, in_prefix=in_prefix, out_prefix=out_prefix)
    router = SocketType.ROUTER
    relay._swap = all(
        lib.zc_socket_kind(socket._state.core) == router for socket in (in_socket, out_socket)
    )
    relay.run()


__all__ = ["device", "monitored_queue", "proxy", "proxy_steerable"]
