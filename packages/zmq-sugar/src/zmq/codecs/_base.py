"""What a codec is, what it raises, and the plainest one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ..utils import jsonapi


class CodecError(ValueError):
    """A received message is not what the codec accepts; the text says why.

    The message is gone from the socket, and nothing of it was delivered.
    """


class SignatureError(CodecError):
    """A message is not signed, not with a key that is known here, or was changed on its way."""


class ReplayError(SignatureError):
    """A message that was signed with a good key comes again, too late, or back to its sender."""


class Codec(Protocol):
    """What `Signed` and `Zlib` go around: any object with these two methods."""

    def encode(self, obj: Any, /) -> Sequence[Any]:
        """The parts of a message, as bytes-like objects.

        Parameters
        ----------
        obj : object

        Raises
        ------
        TypeError, ValueError
            When the format cannot tell it.
        """

    def decode(self, parts: Sequence[Any], /) -> Any:
        """The object that a message tells.

        Parameters
        ----------
        parts : sequence of bytes, memoryview or Frame

        Raises
        ------
        CodecError
            When the parts are not in the format.
        """


def flat(part: Any) -> memoryview:
    """A part's bytes, without copying: one dimension, whatever it has."""
    view = memoryview(part)
    return view.cast("B") if view.nbytes else memoryview(b"")  # empty ones cannot always be cast


def single(parts: Sequence[Any], name: str) -> memoryview:
    """The only part of a message, as bytes; a CodecError when there are more or none."""
    if len(parts) != 1:
        raise CodecError(f"{name} is one part, this message has {len(parts)}")
    return flat(parts[0])


class JSON:
    """Objects of JSON, in one part: what `send_json` and `recv_json` do, as a codec."""

    def encode(self, obj: Any, /) -> list[bytes]:
        """One part, UTF-8; a TypeError or ValueError for what JSON cannot tell."""
        return [jsonapi.dumps(obj)]

    def decode(self, parts: Sequence[Any], /) -> Any:
        """The object, or a CodecError."""
        data = single(parts, "a JSON message")
        try:
            return jsonapi.loads(bytes(data))
        except (ValueError, RecursionError) as error:
            raise CodecError(f"this is no JSON: {error}") from error


__all__ = ["JSON", "Codec", "CodecError", "ReplayError", "SignatureError", "flat", "single"]
