"""Formats for messages: objects to parts, and parts to objects, whatever socket carries them.

A codec has two methods::

    parts = codec.encode(obj)      # a list of bytes-like objects: the parts of one message
    obj = codec.decode(parts)      # or CodecError, and nothing else, for what it does not accept

so it fits every socket, synchronous or not::

    socket.send_serialized(obj, codec.encode)
    obj = socket.recv_serialized(codec.decode)            # with asyncio and trio: await ...

and one codec goes around another: ``Signed(Zlib(JSON()), keys)``. Nothing here knows a socket.
`JSON`, `Array`, `Zlib` and `Signed` need the standard library only; `MsgPack` and `Msgspec` import
the package of that name when the first object is made. None of them runs what a message says, as
pickle does.

.. versionadded:: 28.0
"""

from __future__ import annotations

from ._array import Array
from ._base import JSON, Codec, CodecError
from ._packs import MsgPack, Msgspec
from ._replay import ReplayError
from ._signed import SignatureError, Signed, Verified
from ._zlib import Zlib

__all__ = [
    "JSON",
    "Array",
    "Codec",
    "CodecError",
    "MsgPack",
    "Msgspec",
    "ReplayError",
    "SignatureError",
    "Signed",
    "Verified",
    "Zlib",
]
