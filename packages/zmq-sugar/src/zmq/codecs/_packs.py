"""MessagePack, by the package msgpack or by msgspec, which are imported when a codec is made."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from ._base import CodecError, single


def _need(package: str, name: str) -> Any:
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package.partition(".")[0]:
            raise
        raise ModuleNotFoundError(
            f"zmq.codecs.{name} needs the package {error.name}, which is not installed: "
            f"pip install {error.name}",
            name=error.name,
        ) from None


class MsgPack:
    """MessagePack in one part, by the package ``msgpack``.

    Raises
    ------
    ModuleNotFoundError
        When msgpack is not installed.

    Notes
    -----
    Text and bytes stay apart. Keys of maps are text or bytes, as msgpack demands by default.

    .. versionadded:: 28.0
    """

    def __init__(self) -> None:
        self._msgpack = _need("msgpack", "MsgPack")

    def encode(self, obj: Any, /) -> list[bytes]:
        """One part; a TypeError or ValueError for what MessagePack cannot tell."""
        return [self._msgpack.packb(obj)]

    def decode(self, parts: Sequence[Any], /) -> Any:
        """The object, or a CodecError."""
        data = single(parts, "a MessagePack message")
        try:
            return self._msgpack.unpackb(data)
        # its exceptions have no base of their own
        except (ValueError, TypeError, RecursionError, self._msgpack.UnpackException) as error:
            raise CodecError(f"this is no MessagePack: {type(error).__name__}: {error}") from error


class Msgspec:
    """Objects of a type that is checked, in one part, by the package ``msgspec``.

    Parameters
    ----------
    type : type, default object
        What is received: a ``msgspec.Struct``, dataclass, ``list[int]``, ...; a message of another
        form is a CodecError that names the field. With the default, whatever was sent.
    format : {"msgpack", "json"}, default "msgpack"
        The form on the wire.

    Raises
    ------
    ModuleNotFoundError
        When msgspec is not installed.
    ValueError
        When `format` is another.

    Notes
    -----
    .. versionadded:: 28.0
    """

    def __init__(self, type: Any = object, *, format: str = "msgpack") -> None:
        if format not in ("msgpack", "json"):
            raise ValueError(f"format is 'msgpack' or 'json', not {format!r}")
        msgspec = _need("msgspec", "Msgspec")
        form = importlib.import_module(f"msgspec.{format}")
        self._encoder = form.Encoder()
        self._decoder = form.Decoder(Any if type is object else type)
        self._error = msgspec.DecodeError
        self._name = f"{format} of {getattr(type, '__name__', type)}"

    def encode(self, obj: Any, /) -> list[bytes]:
        """One part; a TypeError or ValueError for what the format cannot tell."""
        return [self._encoder.encode(obj)]

    def decode(self, parts: Sequence[Any], /) -> Any:
        """The object, which is of the type; or a CodecError."""
        data = single(parts, "a msgspec message")
        try:
            return self._decoder.decode(data)
        except (self._error, ValueError, RecursionError) as error:
            raise CodecError(f"this is no {self._name}: {error}") from error


__all__ = ["MsgPack", "Msgspec"]
