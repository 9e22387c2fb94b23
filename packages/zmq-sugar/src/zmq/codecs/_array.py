"""Arrays as messages of two parts: what they are, and their memory as it is.

The first part is JSON, UTF-8, at most 64 KiB; of an object with these keys (others are ignored)::

    {"dtype": "<f8", "shape": [480, 640]}

``dtype`` is NumPy's text for an item's type: byte order (``<``, ``>``, or ``|`` where there is
none), kind and size in bytes. A structured type is a list of fields, each ``[name, dtype]`` or
``[name, dtype, shape]``, as NumPy's ``dtype.descr`` has them. ``shape`` is a list of lengths. The
second part is the items in C order, exactly as many bytes as the first part says.

The recipe of pyzmq's manual sends the same, with names (``"float64"``) that are understood, too.

Nothing that is received is run, and no memory is taken that was not received: types that hold
Python objects are refused, lengths are checked before an array is made.
"""

from __future__ import annotations

import importlib
import json
import math
import re
import sys
from collections.abc import Sequence
from typing import Any

from ._base import CodecError, flat

HEADER_MAX = 64 * 1024
DIMENSIONS_MAX = 64  # NumPy's and memoryview's
DEPTH_MAX = 8  # of structures in structures

NATIVE = "<" if sys.byteorder == "little" else ">"

#: what NumPy's parser is given: no other text that it would understand
DTYPE = re.compile(r"[<>|=]?(?:b1|[biufcSUV][0-9]{1,9}|[mM]8(?:\[[0-9]{0,9}[A-Za-z]{1,7}\])?)")
NAMED = re.compile(r"(bool|int|uint|float|complex)([0-9]{1,3})?|(datetime64|timedelta64)(\[\w+\])?")
NAME_KINDS = {"bool": "b", "int": "i", "uint": "u", "float": "f", "complex": "c"}

#: struct's letters by kind; sizes differ by machine and are the buffer's to tell
KINDS = {
    **dict.fromkeys("bhilqn", "i"),
    **dict.fromkeys("BHILQN", "u"),
    **dict.fromkeys("efd", "f"),
    "?": "b",
    "c": "S",
}
#: and the letter of memoryview for a type of native byte order
LETTERS = {
    "b1": "?", "S1": "c", "f2": "e", "f4": "f", "f8": "d",
    "i1": "b", "i2": "h", "i4": "i", "i8": "q",
    "u1": "B", "u2": "H", "u4": "I", "u8": "Q",
}  # fmt: skip


class Array:
    """Arrays: NumPy's, and whatever else has a buffer of numbers (array.array, memoryview, ctypes).

    Parameters
    ----------
    writable : bool, default False
        What `decode` gives: False is an array over the memory of the message, which cannot be
        written; True a copy that can.

    Notes
    -----
    Where NumPy is installed, `decode` gives ``numpy.ndarray``; else a memoryview of that format and
    shape. The memory is sent as it is: an array that is not C-contiguous is copied first. The wire
    format is in the module's docstring, ``zmq.codecs._array``, and in the chapter on serialization.

    .. versionadded:: 28.0
    """

    def __init__(self, *, writable: bool = False) -> None:
        self._writable = writable

    def encode(self, obj: Any, /) -> list[Any]:
        """The header, and the array's memory, which is not copied.

        Parameters
        ----------
        obj : numpy.ndarray, or any object with a buffer of numbers

        Raises
        ------
        TypeError
            When it has no buffer, holds Python objects, or is of a type that NumPy has no text for.
        """
        numpy = sys.modules.get("numpy")
        if numpy is not None and isinstance(obj, (numpy.ndarray, numpy.generic)):
            described, shape, data = _of_numpy(numpy, obj)
        else:
            described, shape, data = _of_buffer(obj)
        header = json.dumps({"dtype": described, "shape": shape}, separators=(",", ":")).encode()
        if len(header) > HEADER_MAX:
            raise TypeError(f"its type takes {len(header)} bytes to tell, more than {HEADER_MAX}")
        return [header, data]

    def decode(self, parts: Sequence[Any], /) -> Any:
        """The array.

        Parameters
        ----------
        parts : sequence of bytes, memoryview or Frame
            Two. With frames (``copy=False``) nothing is copied: the array keeps its frame.

        Returns
        -------
        numpy.ndarray or memoryview

        Raises
        ------
        CodecError
            When they are not as the wire format says, or hold Python objects; without NumPy, also
            when memoryview has no such items.
        """
        if len(parts) != 2:
            raise CodecError(
                f"an array is two parts, a header and the data; this message has {len(parts)}"
            )
        described, shape = _read_header(parts[0])
        numpy = _numpy()
        if numpy is None:
            return _memoryview_of(described, shape, flat(parts[1]), self._writable)
        return _ndarray_of(numpy, described, shape, flat(parts[1]), self._writable)


def _numpy() -> Any:
    try:
        return importlib.import_module("numpy")
    except ImportError:
        return None


# ---- to parts


def _of_numpy(numpy: Any, array: Any) -> tuple[Any, list[int], Any]:
    dtype = array.dtype
    if dtype.hasobject:
        raise TypeError(
            f"an array of dtype {dtype} holds Python objects, which mean nothing elsewhere: send "
            "them with another codec, or convert them (array.astype(...))"
        )
    if isinstance(array, numpy.ma.MaskedArray):
        raise TypeError("a masked array would lose its mask: send array.filled(), or both parts")
    described = dtype.str if dtype.names is None else _fields(dtype)
    try:
        same = dtype.itemsize > 0 and _dtype(numpy, described) == dtype
    except CodecError:
        same = False
    if not same:
        raise TypeError(
            f"dtype {dtype!r} cannot be told in a header: send array.view() of a type that NumPy "
            "knows by itself"
        )
    plain = numpy.asarray(array)
    if not plain.flags.c_contiguous:
        plain = numpy.zeros(array.shape, dtype)  # zeros: padding would tell what was there before
        _copy(array, plain)
    # as bytes: NumPy lends no dates as what they are
    return described, list(array.shape), plain.reshape(-1).view(numpy.uint8)


def _copy(source: Any, target: Any) -> None:
    """Copy field by field: NumPy may copy the padding between them, too."""
    if source.dtype.names is None:
        target[...] = source
        return
    for name in source.dtype.names:
        _copy(source[name], target[name])


def _fields(dtype: Any) -> list[Any]:
    try:
        described = dtype.descr
    except ValueError as error:  # fields that overlap
        raise TypeError(f"dtype {dtype!r} cannot be told in a header: {error}") from error
    return json.loads(json.dumps(described))  # type: ignore[no-any-return]  # lists, not tuples


def _of_buffer(obj: Any) -> tuple[str, list[int], Any]:
    try:
        view = memoryview(obj)
    except TypeError:
        raise TypeError(
            f"an array is sent from its buffer, and {type(obj).__name__} has none: send "
            "numpy.asarray(...) of it"
        ) from None
    order, letter = "", view.format
    if letter[:1] in "@=<>!":
        order, letter = letter[0], letter[1:]
    if letter not in KINDS:
        raise TypeError(f"a buffer of format {view.format!r} is no array of numbers")
    order = {"<": "<", ">": ">", "!": ">"}.get(order, NATIVE) if view.itemsize > 1 else "|"
    data = view if view.c_contiguous else memoryview(view.tobytes())
    return f"{order}{KINDS[letter]}{view.itemsize}", list(view.shape or ()), flat(data)


# ---- from parts


def _read_header(part: Any) -> tuple[Any, tuple[int, ...]]:
    data = flat(part)
    if len(data) > HEADER_MAX:
        raise CodecError(f"an array's header has at most {HEADER_MAX} bytes, this has {len(data)}")
    try:
        header = json.loads(str(data, "utf-8"))
    except (ValueError, RecursionError) as error:
        raise CodecError(f"the header of an array is no JSON: {error}") from error
    if not isinstance(header, dict) or not {"dtype", "shape"} <= header.keys():
        raise CodecError("the header of an array is a JSON object with keys dtype and shape")
    return header["dtype"], _shape(header["shape"])


def _shape(shape: Any) -> tuple[int, ...]:
    if (
        not isinstance(shape, list)
        or len(shape) > DIMENSIONS_MAX
        or any(type(length) is not int or length < 0 for length in shape)
    ):
        raise CodecError(
            f"shape is a list of at most {DIMENSIONS_MAX} lengths, not {_short(shape)}"
        )
    return tuple(shape)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _code(text: str) -> str:
    """NumPy's text for a type; of its names, too."""
    named = NAMED.fullmatch(text)
    if named:
        name, bits, date, unit = named.groups()
        if date:
            text = f"{NATIVE}{date[0].replace('d', 'M').replace('t', 'm')}8{unit or ''}"
        else:
            size = 1 if name == "bool" else int(bits or 0) // 8
            text = f"{NATIVE}{NAME_KINDS[name]}{size}"
    if not DTYPE.fullmatch(text):
        raise CodecError(f"dtype {_short(text)} is no type of numbers, text, bytes or dates")
    return text


def _check_size(shape: tuple[int, ...], itemsize: int, told: str, data: memoryview) -> None:
    expected = math.prod(shape) * itemsize
    if expected != len(data):
        raise CodecError(
            f"the header tells of {_short(list(shape))} items of {told}, {expected} bytes; the "
            f"data has {len(data)} bytes"
        )


def _dtype(numpy: Any, described: Any) -> Any:
    try:
        found = numpy.lib.format.descr_to_dtype(_checked(described))
    except CodecError:
        raise
    except Exception as error:  # whatever NumPy has against it
        raise CodecError(f"dtype {_short(described)} means nothing to NumPy: {error}") from error
    if found.hasobject:
        raise CodecError(f"dtype {found} holds Python objects, which are never received")
    if found.itemsize == 0:
        raise CodecError(f"dtype {_short(described)} has items without bytes")
    return found


def _checked(described: Any, depth: int = 0) -> Any:
    """A description that NumPy's parser may see, with the tuples it wants."""
    if isinstance(described, str):
        return _code(described)
    if not isinstance(described, list) or not described or depth == DEPTH_MAX:
        raise CodecError(f"dtype is a text or a list of fields, not {_short(described)}")
    fields = []
    for field in described:
        if not isinstance(field, list) or len(field) not in (2, 3) or type(field[0]) is not str:
            raise CodecError(
                f"a field of a dtype is [name, dtype] or [name, dtype, shape], not {_short(field)}"
            )
        fields.append((field[0], _checked(field[1], depth + 1), *map(_shape, field[2:])))
    return fields


def _ndarray_of(
    numpy: Any, described: Any, shape: tuple[int, ...], data: memoryview, writable: bool
) -> Any:
    dtype = _dtype(numpy, described)
    _check_size(shape, dtype.itemsize, str(dtype), data)
    try:
        if not data:
            array = numpy.ndarray(shape, dtype)
        else:
            # not ndarray(buffer=…): it gives the buffer back at once, and keeps its owner only,
            # which for a class with __buffer__ (Python 3.12, CFFI's Frame) owns nothing then
            array = numpy.frombuffer(_lender(data), dtype).reshape(shape)
    except (ValueError, OverflowError) as error:  # more dimensions, or longer ones, than it has
        raise CodecError(f"NumPy has no array of shape {_short(list(shape))}: {error}") from error
    if writable:
        return array.copy()
    if not array.flags.aligned:  # libzmq puts small messages where there is room
        array = array.copy()
    array.flags.writeable = False
    return array


def _lender(data: memoryview) -> Any:
    """What NumPy takes the memory from: on PyPy what the view is of, for it frees no such view."""
    if sys.implementation.name != "pypy":
        return data
    owner = data.obj
    return owner if memoryview(owner).nbytes == data.nbytes else bytes(data)


def _memoryview_of(
    described: Any, shape: tuple[int, ...], data: memoryview, writable: bool
) -> memoryview:
    if not isinstance(described, str):
        raise CodecError("an array of structures needs NumPy, which is not installed")
    code = _code(described)
    order, plain = (code[0], code[1:]) if code[0] in "<>|=" else (NATIVE, code)
    letter: Any = LETTERS.get(plain)
    if letter is None or (order not in (NATIVE, "|", "=") and plain[1:] != "1"):
        raise CodecError(f"an array of dtype {described!r} needs NumPy, which is not installed")
    _check_size(shape, int(plain[1:]), described, data)
    if not len(data) and len(shape) > 1:
        raise CodecError(f"an empty array of shape {list(shape)} needs NumPy, not installed here")
    if writable:
        data = memoryview(bytearray(data))
    elif not data.readonly:
        data = data.toreadonly()
    # a shape with a zero cannot be given, and need not be
    typed: memoryview = data.cast(letter) if len(shape) == 1 else data.cast(letter, shape)
    return typed


__all__ = ["Array"]
