"""JSON as bytes, for messages.

Attributes
----------
jsonmod : module
    The module that does the work: the standard library's json.
"""

from __future__ import annotations

import json as jsonmod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def dumps(o: Any, **kwargs: Any) -> bytes:
    """A Python object as JSON text in UTF-8.

    Parameters
    ----------
    o : object
        Anything that json can write.
    **kwargs
        Go to ``json.dumps``.

    Returns
    -------
    bytes

    Raises
    ------
    TypeError, ValueError
        When json cannot write it.
    """
    return jsonmod.dumps(o, **kwargs).encode("utf8")


def loads(s: bytes | str, **kwargs: Any) -> Any:
    """A Python object from JSON text.

    Parameters
    ----------
    s : bytes or str
        Bytes are UTF-8.
    **kwargs
        Go to ``json.loads``.

    Raises
    ------
    UnicodeDecodeError
        When the bytes are not UTF-8.
    ValueError
        When it is not JSON (json.JSONDecodeError).
    """
    if not isinstance(s, str):
        s = bytes(s).decode("utf8")
    return jsonmod.loads(s, **kwargs)


__all__ = ["dumps", "loads"]
