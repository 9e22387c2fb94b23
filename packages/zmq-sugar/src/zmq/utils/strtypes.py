"""Text and bytes under the names of Python 2. Kept for old programs.

.. deprecated:: 23
    Use ``str``, ``bytes``, ``encode`` and ``decode``.
"""

from __future__ import annotations

import warnings

bytes = bytes  # noqa: A001, PLW0127
unicode = str
basestring = (str,)


def cast_bytes(s: str | bytes, encoding: str = "utf8", errors: str = "strict") -> bytes:
    """Bytes from text or bytes.

    Raises
    ------
    TypeError
        When it is neither.
    """
    _warn("str.encode()")
    if isinstance(s, bytes):
        return s
    if isinstance(s, str):
        return s.encode(encoding, errors)
    raise TypeError(f"str or bytes, not {type(s).__name__}: {s!r}")


def cast_unicode(s: str | bytes, encoding: str = "utf8", errors: str = "strict") -> str:
    """Text from text or bytes.

    Raises
    ------
    TypeError
        When it is neither.
    """
    _warn("bytes.decode()")
    if isinstance(s, bytes):
        return s.decode(encoding, errors)
    if isinstance(s, str):
        return s
    raise TypeError(f"str or bytes, not {type(s).__name__}: {s!r}")


def _warn(successor: str) -> None:
    warnings.warn(
        f"zmq.utils.strtypes is deprecated: use {successor}", DeprecationWarning, stacklevel=3
    )


b = asbytes = cast_bytes
u = cast_unicode

__all__ = ["asbytes", "b", "basestring", "bytes", "cast_bytes", "cast_unicode", "u", "unicode"]
