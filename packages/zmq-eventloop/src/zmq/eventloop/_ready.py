"""What the sockets and pollers of every loop share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..backend import Engine, Frame, Socket as SocketBase, zmq_poll
from ..constants import POLLIN

if TYPE_CHECKING:
    from collections.abc import Iterable


def engine_of(socket: SocketBase, driver: Any) -> Any:
    """The socket's engine, or a new one: synchronous sockets can be polled, too."""
    engine: Engine | None = socket._engine
    return Engine(socket, driver) if engine is None else engine


def follow(socket: Any, driver: Any) -> None:
    """Give a new socket its engine; closes it where there can be none."""
    try:
        if getattr(socket._shadow_obj, "shared", False):
            raise ValueError(
                f"{socket._shadow_obj!r} is shared by threads: an event loop needs one of its own, "
                "made without shared=True"
            )
        Engine(socket, driver)
    except BaseException:
        socket.close(linger=0)
        raise


def addressed(
    parts: Iterable[Any],
    copy: bool,
    track: bool,
    *,
    routing_id: int | None = None,
    group: str | bytes | None = None,
) -> list[Frame]:
    """A message's parts, as frames to a peer or group of draft sockets."""
    if isinstance(parts, (str, bytes, bytearray, Frame)):
        raise TypeError(f"a multipart message is a sequence of parts, not {parts!r}")
    frames = []
    for part in parts:
        frame = part.fast_copy() if isinstance(part, Frame) else Frame(part, track, copy)
        if routing_id is not None:
            frame.routing_id = routing_id
        if group is not None:
            frame.group = group
        frames.append(frame)
    return frames


def poll_now(sockets: list[tuple[Any, int]]) -> list[tuple[Any, int]]:
    """What is ready now, messages that cancelled receives gave back included."""
    held = {what for what, flags in sockets if flags & POLLIN and _given_back(what)}
    ready = zmq_poll(sockets, 0)
    if not held:
        return ready
    events = dict(ready)
    return [
        (what, events.get(what, 0) | (POLLIN if what in held else 0))
        for what, _ in sockets
        if what in events or what in held
    ]


def _given_back(what: object) -> int:
    engine: Engine | None = what._engine if isinstance(what, SocketBase) else None
    return 0 if engine is None else engine.given_back


__all__ = ["addressed", "engine_of", "follow", "poll_now"]
