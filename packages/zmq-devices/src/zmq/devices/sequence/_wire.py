"""The wire format of the package's docstring, to and from parts. Knows no sockets."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

DATA, HEARTBEAT, FETCH, WINDOW = 1, 2, 3, 4
MAX_NUMBER = 2**64 - 1

_HEADER = struct.Struct(">2sBBQQ")
_LAST = struct.Struct(">Q")
_RANGE = struct.Struct(">QQ")
_MAGIC, _VERSION = b"ZS", 1


class Packet(NamedTuple):
    """A message that was understood.

    `parts` are those of DATA; `numbers` is ``(last,)`` of FETCH and ``(floor, latest)`` of WINDOW.
    """

    kind: int
    topic: bytes
    epoch: int
    sequence: int
    parts: tuple[bytes, ...] = ()
    numbers: tuple[int, ...] = ()


def header(kind: int, epoch: int, sequence: int) -> bytes:
    """Make the second part of every message."""
    return _HEADER.pack(_MAGIC, _VERSION, kind, epoch, sequence)


def data(topic: bytes, epoch: int, sequence: int, parts: Sequence[bytes]) -> list[bytes]:
    """Make a DATA message."""
    return [topic, header(DATA, epoch, sequence), *parts]


def heartbeat(topic: bytes, epoch: int, latest: int) -> list[bytes]:
    """Make a HEARTBEAT."""
    return [topic, header(HEARTBEAT, epoch, latest)]


def fetch(topic: bytes, epoch: int, first: int, last: int) -> list[bytes]:
    """Make a FETCH."""
    return [topic, header(FETCH, epoch, first), _LAST.pack(last)]


def window(topic: bytes, epoch: int, answered: int, floor: int, latest: int) -> list[bytes]:
    """Make a WINDOW."""
    return [topic, header(WINDOW, epoch, answered), _RANGE.pack(floor, latest)]


def parse(message: Sequence[bytes]) -> Packet | None:
    """Understand a message; None when it is not one of ours."""
    if len(message) < 2 or len(message[1]) != _HEADER.size:
        return None
    magic, version, kind, epoch, sequence = _HEADER.unpack(message[1])
    if magic != _MAGIC or version != _VERSION or epoch == 0:
        return None
    topic = message[0]
    if kind == DATA:
        return Packet(kind, topic, epoch, sequence, tuple(message[2:])) if sequence else None
    if kind == HEARTBEAT and len(message) == 2:
        return Packet(kind, topic, epoch, sequence)
    for expected, shape in ((FETCH, _LAST), (WINDOW, _RANGE)):
        if kind == expected and len(message) == 3 and len(message[2]) == shape.size:
            return Packet(kind, topic, epoch, sequence, (), shape.unpack(message[2]))
    return None
