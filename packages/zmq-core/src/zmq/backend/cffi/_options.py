"""Socket and context options: from Python values to libzmq's types and back."""

from __future__ import annotations

import operator

from ..._advice import shown
from ...constants import ContextOption, SocketOption, SocketType
from ._cffi import ffi, lib
from ._errors import shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from enum import IntEnum
    from typing import Any

OPTION_BYTES_MAX = 1024  # longer than any option that libzmq can be asked for
CURVE_KEYS = (
    SocketOption.CURVE_PUBLICKEY,
    SocketOption.CURVE_SECRETKEY,
    SocketOption.CURVE_SERVERKEY,
)
# the C types that are not int, with a pointer to them first
_TYPES = {
    lib.ZC_INT64: ("int64_t *", ffi.sizeof("int64_t")),
    lib.ZC_UINT64: ("uint64_t *", ffi.sizeof("uint64_t")),
    lib.ZC_FD: ("zmq_fd_t *", ffi.sizeof("zmq_fd_t")),
}
_INT = ("int *", ffi.sizeof("int"))


def room_for(option: int) -> tuple[Any, Any]:
    """Memory for the value of an option, and its size, as zmq_getsockopt wants them."""
    kind = lib.zc_option_type(option)
    if kind == lib.ZC_BYTES:
        # a CURVE key is given as Z85 text only into exactly the room for it
        size = 41 if option in CURVE_KEYS else OPTION_BYTES_MAX
        return ffi.new("char[]", size), ffi.new("size_t *", size)
    entry = _TYPES.get(kind, _INT)
    return ffi.new(entry[0]), ffi.new("size_t *", entry[1])


def value_in(option: int, value: Any, size: int) -> int | bytes:
    """The value that libzmq left there."""
    if lib.zc_option_type(option) != lib.ZC_BYTES:
        number: int = value[0]
        return number
    # libzmq counts the closing zero of its strings; a routing id may end in one of its own
    if size > 0 and option != SocketOption.ROUTING_ID and value[size - 1] == b"\0":
        size -= 1
    data: bytes = ffi.buffer(value, size)[:]
    return data


def memory_of(option: int, value: Any) -> tuple[Any, int]:
    """A program's value as zmq_setsockopt wants it."""
    kind = lib.zc_option_type(option)
    name = option_name(SocketOption, option)
    if isinstance(value, str):
        told = shown_value(option, value)
        if kind in (lib.ZC_BYTES, lib.ZC_UNKNOWN):
            raise TypeError(f"{name} takes bytes, not str: {told}; use set_string()")
        raise TypeError(f"{name} takes an int, not {told}")
    if isinstance(value, (bytearray, memoryview)):
        value = bytes(value)
    if isinstance(value, bytes) or (kind == lib.ZC_BYTES and value is None):
        if kind not in (lib.ZC_BYTES, lib.ZC_UNKNOWN):
            raise TypeError(f"{name} takes an int, not {shorten(value)}")
        return (ffi.NULL, 0) if value is None else (ffi.from_buffer(value), len(value))
    if kind == lib.ZC_BYTES:
        raise TypeError(f"{name} takes bytes, not {shown_value(option, value)}")
    number = int_of(name, value)
    ctype, size = _TYPES.get(kind, _INT)
    try:
        return ffi.new(ctype, number), size
    except OverflowError:
        raise ValueError(f"{name}: {shorten(value)} does not fit into {8 * size} bits") from None


def int_of(name: str, value: Any) -> int:
    """An int, and nothing that only looks like one."""
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} takes an int, not {shorten(value)}") from None


def shown_value(option: int, value: Any) -> str:
    """A value in a message; secrets are not shown."""
    return shown(option, value, shorten(value))


def option_name(kind: type[IntEnum], option: int) -> str:
    """What an option is called in messages."""
    prefix = "context option" if kind is ContextOption else "option"
    try:
        return f"{prefix} {kind(option).name}"
    except ValueError:
        return f"{prefix} {option}"


def socket_kind_name(kind: int) -> str:
    """What a type of socket is called in messages."""
    try:
        return SocketType(kind).name
    except ValueError:
        return f"socket type {kind}"
