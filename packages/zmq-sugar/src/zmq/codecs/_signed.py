"""Signed messages: who has the key made them, nobody changed them, none is received twice.

The first part of a message is the signature; `Signed` has its format. It is of the purpose, the
associated data, that part itself and each of the others, every one of these with its length in
front. So no two messages have the same input, and a byte that moves over the border of two parts
is noticed.

It does not encrypt; that is what CURVE is for.
"""

from __future__ import annotations

import hmac
import os
import struct
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ._base import Codec, ReplayError, SignatureError, flat
from ._replay import NS, ReplayGuard

MAGIC = b"ZSM\x01"
HEAD = struct.Struct(">4sQ16sB")
LENGTH = struct.Struct(">Q")
TAG_BYTES = 32
KEY_BYTES = 32  # RFC 2104: a shorter key is weaker than the hash


class Verified(NamedTuple):
    """A message whose signature is good and that comes for the first time."""

    parts: list[Any]
    """The parts that the codec inside made."""
    key_id: str
    """The name of the key: who sent it, where each peer has a key of its own."""
    sent_at_ns: int
    """When it was signed, by the sender's clock; nanoseconds since 1970."""


class Signed:
    """Another codec's parts, signed with a key that both sides know.

    Parameters
    ----------
    codec : Codec
        What makes the parts.
    keys : mapping of str to bytes
        Names and keys, each of 32 bytes or more: ``secrets.token_bytes(32)``. What is signed with
        any of them is accepted. The names are sent, the keys are not.
    key_id : str, optional
        The key to sign with; not needed when there is only one.
    purpose : str, default ""
        What the messages are for. Both sides give the same one; what was signed for another
        purpose is refused. Give requests another one than replies, and nobody can pass the one off
        as the other.
    max_age_s : float or None, default 300
        How many seconds ago a message may have been signed, waiting in queues included, and how far
        the sender's clock may be ahead. With None the receiver's restart makes old messages
        acceptable again.
    window : int, default 256
        How many messages of each sender are remembered: so far may they overtake each other.
    max_senders : int, default 1000
        How many senders are remembered.

    Raises
    ------
    TypeError, ValueError
        When a key is too short, `key_id` is none of them, or a number is out of range.

    Notes
    -----
    One object signs and verifies, for any number of sockets and threads. Keep it as long as the
    program runs: it remembers what was received. Whoever has a key can sign; where every peer is
    to be known by itself, give each a key of its own.

    On the wire, version 1: one part in front of those of the codec inside. All numbers are unsigned
    and big-endian.

    ==============  =====  =======================================================================
    bytes           from   meaning
    ==============  =====  =======================================================================
    4               0      ``ZSM`` and the version, 1
    8               4      number: nanoseconds since 1970, greater than the sender's one before
    16              12     sender: random, new for each `Signed` object (and forked process)
    1               28     length of the key's name, 1 to 255
    that many       29     the key's name, UTF-8
    32              ...    HMAC-SHA256
    ==============  =====  =======================================================================

    The HMAC is of the purpose, the associated data, the bytes above up to the HMAC, and each part,
    every one of these with its length (8 bytes) in front.

    A message is refused as a whole (SignatureError, or ReplayError, which is one): nothing of it is
    decoded before its signature was found good, compared in constant time.

    .. versionadded:: 28.0
    """

    def __init__(
        self,
        codec: Codec,
        keys: Mapping[str, bytes],
        key_id: str | None = None,
        *,
        purpose: str = "",
        max_age_s: float | None = 300.0,
        window: int = 256,
        max_senders: int = 1000,
    ) -> None:
        for name, value in (("window", window), ("max_senders", max_senders)):
            if value < 1:
                raise ValueError(f"{name}={value}: it is at least 1")
        if max_age_s is not None and max_age_s <= 0:
            raise ValueError(f"max_age_s={max_age_s}: it is more than 0, or None for no limit")
        self._codec = codec
        self._purpose = purpose.encode()
        self._keys: dict[str, bytes] = {}
        for name, key in keys.items():
            self.add_key(name, key)
        if not self._keys:
            raise ValueError("keys is empty: give one key at least, as {name: 32 random bytes}")
        if key_id is None:
            if len(self._keys) != 1:
                raise ValueError(f"key_id= says which of {len(self._keys)} keys to sign with")
            (key_id,) = self._keys
        self.key_id = key_id
        self._guard = ReplayGuard(
            window, max_senders, None if max_age_s is None else int(max_age_s * NS)
        )
        self._lock = threading.Lock()
        self._number = 0
        self._sender, self._pid = os.urandom(16), os.getpid()

    # ---- keys

    @property
    def key_id(self) -> str:
        """str: the name of the key to sign with."""
        return self._key_id

    @key_id.setter
    def key_id(self, name: str) -> None:
        if name not in self._keys:
            raise ValueError(f"key_id={name!r} is none of the keys: {', '.join(self._keys)}")
        self._key_id = name

    def add_key(self, key_id: str, key: bytes) -> None:
        """Accept what is signed with one more key; set `key_id` to sign with it.

        Parameters
        ----------
        key_id : str
            Its name, of 1 to 255 bytes in UTF-8.
        key : bytes
            32 bytes or more.

        Raises
        ------
        TypeError, ValueError
            When it is no bytes, or too short; or the name is too long, or another key's.
        """
        if not isinstance(key, bytes):
            raise TypeError(f"the key {key_id!r} is bytes, not {type(key).__name__}")
        if len(key) < KEY_BYTES:
            raise ValueError(
                f"the key {key_id!r} has {len(key)} bytes, at least {KEY_BYTES} are needed: "
                f"secrets.token_bytes({KEY_BYTES}) makes a good one"
            )
        if not 1 <= len(key_id.encode()) <= 255:
            raise ValueError(f"the name of a key has 1 to 255 bytes, {key_id!r} does not")
        if self._keys.setdefault(key_id, key) != key:
            raise ValueError(f"there is another key called {key_id!r}: name a new key anew")

    def remove_key(self, key_id: str) -> None:
        """Refuse what is signed with a key from now on.

        Raises
        ------
        ValueError
            When it is the one to sign with: set `key_id` to another first.
        KeyError
            When there is none of that name.
        """
        if key_id == self._key_id:
            raise ValueError(f"{key_id!r} is the key to sign with: set key_id to another first")
        del self._keys[key_id]

    # ---- messages

    def encode(self, obj: Any, /, *, associated: bytes = b"") -> list[Any]:
        """The signed parts.

        Parameters
        ----------
        obj : object
            For the codec inside, which raises what it raises.
        associated : bytes
            What is signed, but not sent with these parts: the topic or address that goes in front
            of them. `decode` needs the same.
        """
        parts = [flat(part) for part in self._codec.encode(obj)]
        key_id = self._key_id
        name = key_id.encode()
        sender, number = self._next()
        head = HEAD.pack(MAGIC, number, sender, len(name)) + name
        return [head + self._tag(self._keys[key_id], associated, head, parts), *parts]

    def decode(self, parts: Sequence[Any], /, *, associated: bytes = b"") -> Any:
        """The object; SignatureError or ReplayError, or the codec's CodecError."""
        return self._codec.decode(self.verify(parts, associated=associated).parts)

    def verify(self, parts: Sequence[Any], /, *, associated: bytes = b"") -> Verified:
        """Check a message, and tell who signed it, without decoding it.

        Parameters
        ----------
        parts : sequence of bytes, memoryview or Frame
            Those that `encode` made.
        associated : bytes
            What `encode` was given.

        Returns
        -------
        Verified

        Raises
        ------
        SignatureError
            When it is not signed, not with a known key, or not as it was sent.
        ReplayError
            When it comes again, too late, or back to its sender.
        """
        if not parts:
            raise SignatureError("a signed message has a part with the signature, this has none")
        first = bytes(flat(parts[0]))
        head, tag = first[:-TAG_BYTES], first[-TAG_BYTES:]
        if len(head) < HEAD.size or head[:4] != MAGIC:
            raise SignatureError("the message is not signed: its first part is no signature")
        _, number, sender, length = HEAD.unpack_from(head)
        name = head[HEAD.size :]
        if len(name) != length:
            raise SignatureError(
                f"the signature has {len(first)} bytes, not the "
                f"{HEAD.size + length + TAG_BYTES} that it tells"
            )
        key_id = name.decode("utf-8", "backslashreplace")
        key = self._keys.get(key_id)
        if key is None:
            raise SignatureError(
                f"the message is signed with the key {key_id!r}, which is not known here; "
                "add_key() adds one"
            )
        rest = list(parts[1:])
        expected = self._tag(key, associated, head, [flat(part) for part in rest])
        if not hmac.compare_digest(tag, expected):
            raise SignatureError(
                f"the signature is wrong for the key {key_id!r}: the message was changed, or the "
                "key, the purpose or the associated data is not the sender's"
            )
        with self._lock:
            if sender == self._sender:
                raise ReplayError("the message comes back to its sender")
            self._guard.admit(sender, number, time.time_ns())
        return Verified(rest, key_id, number)

    def _next(self) -> tuple[bytes, int]:
        with self._lock:
            if os.getpid() != self._pid:  # a forked child is another sender
                self._sender, self._pid = os.urandom(16), os.getpid()
            self._number = max(self._number + 1, time.time_ns())
            return self._sender, self._number

    def _tag(self, key: bytes, associated: bytes, head: bytes, parts: list[memoryview]) -> bytes:
        state = hmac.new(key, digestmod="sha256")
        pieces: list[bytes | memoryview] = [self._purpose, associated, head, *parts]
        for piece in pieces:
            state.update(LENGTH.pack(len(piece)))
            state.update(piece)
        return state.digest()


__all__ = ["SignatureError", "Signed", "Verified"]
