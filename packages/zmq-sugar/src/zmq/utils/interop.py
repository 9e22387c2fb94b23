"""Addresses of libzmq's contexts and sockets, as other bindings hand them over."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def cast_int_addr(n: Any) -> int:
    """The address in an int, a ctypes pointer or a cffi pointer.

    Parameters
    ----------
    n : int, ctypes pointer or cffi ``void *``

    Returns
    -------
    int

    Raises
    ------
    ValueError
        When `n` is no address.
    """
    if isinstance(n, int):
        return n
    # whoever has a pointer of ctypes or cffi has imported the module
    ctypes, cffi = sys.modules.get("ctypes"), sys.modules.get("_cffi_backend")
    # text and bytes are addresses to ctypes.cast, too: those of their characters
    if ctypes is not None and not isinstance(n, (str, bytes)):
        try:
            address = ctypes.cast(n, ctypes.c_void_p).value
        except ctypes.ArgumentError:
            pass
        else:
            if address is not None:
                return int(address)
    if cffi is not None and isinstance(n, cffi.FFI.CData):
        ffi = cffi.FFI()
        return int(ffi.cast("size_t", n))
    raise ValueError(f"an address is an int or a pointer of ctypes or cffi, not {n!r}")


__all__ = ["cast_int_addr"]
