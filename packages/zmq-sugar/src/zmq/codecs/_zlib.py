"""Compressed messages, with a limit on what a small message may become."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

from ._base import Codec, CodecError, flat

MAX_BYTES = 64 * 1024 * 1024


class Zlib:
    """Another codec's parts, each compressed (RFC 1950).

    Parameters
    ----------
    codec : Codec
        What makes the parts.
    level : int, default -1
        From 1, fast, to 9, small; -1 is zlib's own choice.
    max_bytes : int, default 64 MiB
        How many bytes the parts of one message may have together when they are decompressed. A
        thousand bytes can become a million: without a limit, any sender can fill the memory.

    Raises
    ------
    ValueError
        When `level` or `max_bytes` is out of range.

    Notes
    -----
    On the wire each part is one zlib stream, whole and with nothing behind it. Compress first and
    sign the result, ``Signed(Zlib(...), keys)``: then only what has a good signature is
    decompressed. Do not compress secrets together with what an attacker chooses: the size tells.

    .. versionadded:: 28.0
    """

    def __init__(self, codec: Codec, *, level: int = -1, max_bytes: int = MAX_BYTES) -> None:
        if not -1 <= level <= 9:
            raise ValueError(f"level={level}: it is 0 to 9, or -1 for zlib's own choice")
        if max_bytes < 1:
            raise ValueError(f"max_bytes={max_bytes}: a message needs at least one byte")
        self._codec = codec
        self._level = level
        self._max_bytes = max_bytes

    def encode(self, obj: Any, /) -> list[bytes]:
        """The compressed parts; raises what the codec inside raises."""
        return [zlib.compress(flat(part), self._level) for part in self._codec.encode(obj)]

    def decode(self, parts: Sequence[Any], /) -> Any:
        """The object; a CodecError for what is no zlib stream, broken off, or over the limit."""
        left = self._max_bytes
        found = []
        for number, part in enumerate(parts):
            data = self._decompress(number, part, left)
            left -= len(data)
            found.append(data)
        return self._codec.decode(found)

    def _decompress(self, number: int, part: Any, left: int) -> bytes:
        stream = zlib.decompressobj()
        try:
            data = stream.decompress(flat(part), left + 1)
        except zlib.error as error:
            raise CodecError(f"part {number} is no zlib stream: {error}") from error
        if len(data) > left:
            raise CodecError(
                f"the message becomes more than {self._max_bytes} bytes when it is decompressed "
                f"(in part {number}); max_bytes= allows more"
            )
        if not stream.eof:
            raise CodecError(f"part {number} is a zlib stream that breaks off")
        if stream.unused_data:
            extra = len(stream.unused_data)
            raise CodecError(f"part {number} has {extra} bytes behind its zlib stream")
        return data


__all__ = ["Zlib"]
