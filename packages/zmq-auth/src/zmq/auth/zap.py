"""ZAP, the ZeroMQ Authentication Protocol (RFC 27), without sockets: frames in, frames out.

Contract
--------
- `parse` takes the frames of a request *without* a routing envelope and either returns a
  `Request` that is valid in every part or raises `BadRequest` with the reason. It raises nothing
  else, whatever the frames are: it is the door that hostile bytes knock at.
- `reply` makes the six frames of an answer. There is an answer to every request, also to one that
  is not understood, because a REP socket that does not answer never hears another question.

Source: https://rfc.zeromq.org/spec/27/
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from ..sugar._record import Record
from ..utils import z85
from .decision import Credentials, Decision, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ("VERSION", "BadRequest", "Request", "encode_metadata", "parse", "reply", "request_id")

VERSION: bytes = b"1.0"

_HEADER = 6  # version, request id, domain, address, identity, mechanism
_SHORT = 255  # request id, domain, address and identity are short strings
_KEY_BYTES = 32
_MAX_CREDENTIAL = 64 * 1024

# mechanism: (credential frames, the longest one)
_CREDENTIALS = {
    b"NULL": (0, 0),
    b"PLAIN": (2, _SHORT),
    b"CURVE": (1, _KEY_BYTES),
    b"GSSAPI": (1, _MAX_CREDENTIAL),
}


class BadRequest(ValueError):
    """A request that is no valid ZAP 1.0 request; `reason` says what is wrong with it."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason


class Request(Record):
    """A valid request: its id, to be sent back, and the peer's credentials."""

    id: bytes
    credentials: Credentials

    def __init__(self, id: bytes, credentials: Credentials) -> None:
        super().__init__(id=id, credentials=credentials)


def request_id(frames: Sequence[bytes]) -> bytes:
    """Return the id to answer with, also for a request that is not valid otherwise.

    Empty where there is none, or none that a caller could have sent in good faith.
    """
    if len(frames) > 1 and len(frames[1]) <= _SHORT:
        return frames[1]
    return b""


def parse(frames: Sequence[bytes], encoding: str = "utf-8") -> Request:
    """Parse a request.

    Parameters
    ----------
    frames
        version, request id, domain, address, identity, mechanism, then the credentials.
    encoding
        Of the domain and of PLAIN and GSSAPI names. Bytes that do not decode make a request
        invalid; they are never replaced, or two peers could bear one name.

    Raises
    ------
    BadRequest
        For anything that RFC 27 does not describe.
    """
    if len(frames) < _HEADER:
        raise BadRequest(Reason.SHORT, f"{len(frames)} of at least {_HEADER} frames")
    version, request, domain, address, identity, mechanism = frames[:_HEADER]
    credentials = frames[_HEADER:]
    if version != VERSION:
        raise BadRequest(Reason.VERSION, f"version {version[:16]!r}, expected {VERSION!r}")
    for name, frame in zip(("request id", "domain", "address", "identity"), frames[1:5]):
        if len(frame) > _SHORT:
            raise BadRequest(Reason.MALFORMED, f"a {name} of {len(frame)} bytes")
    if mechanism not in _CREDENTIALS:
        raise BadRequest(Reason.MECHANISM, f"mechanism {mechanism[:16]!r}")
    _check_credentials(mechanism, credentials)
    common = Credentials(
        mechanism.decode("ascii"),
        _text(domain, encoding, Reason.MALFORMED),
        _text(address, "utf-8", Reason.MALFORMED),
        identity,
    )
    return Request(request, _with_credentials(common, credentials, encoding))


def _check_credentials(mechanism: bytes, frames: Sequence[bytes]) -> None:
    count, longest = _CREDENTIALS[mechanism]
    name = mechanism.decode("ascii")
    if len(frames) != count:
        raise BadRequest(Reason.CREDENTIALS, f"{len(frames)} credential frames, {name} has {count}")
    if any(len(frame) > longest for frame in frames):
        raise BadRequest(Reason.CREDENTIALS, f"a {name} credential of more than {longest} bytes")
    if mechanism == b"CURVE" and len(frames[0]) != _KEY_BYTES:
        raise BadRequest(
            Reason.CREDENTIALS, f"a key of {len(frames[0])} bytes, expected {_KEY_BYTES}"
        )


def _with_credentials(common: Credentials, frames: Sequence[bytes], encoding: str) -> Credentials:
    if common.mechanism == "PLAIN":
        username, password = (_text(frame, encoding, Reason.CREDENTIALS) for frame in frames)
        return common.__replace__(username=username, password=password)
    if common.mechanism == "CURVE":
        return common.__replace__(key=z85.encode(frames[0]))
    if common.mechanism == "GSSAPI":
        return common.__replace__(principal=_text(frames[0], encoding, Reason.CREDENTIALS))
    return common


def _text(frame: bytes, encoding: str, reason: Reason) -> str:
    """Decode strictly. A NUL is refused too: libzmq reads names as C strings."""
    try:
        text = frame.decode(encoding)
    except UnicodeError as error:
        raise BadRequest(reason, f"bytes that are no {encoding}: {frame[:32]!r}") from error
    if "\0" in text:
        raise BadRequest(reason, f"a NUL in {frame[:32]!r}")
    return text


def reply(request_id: bytes, decision: Decision, encoding: str = "utf-8") -> list[bytes]:
    """Return the frames that answer request `request_id`.

    User id and metadata are sent for an allowed peer only.
    """
    user_id, metadata = b"", b""
    if decision.allowed:
        user_id = decision.user_id.encode(encoding)
        metadata = encode_metadata(decision.metadata)
    reason = decision.reason
    return [
        VERSION,
        request_id,
        b"%d" % reason.status,
        reason.value.encode("ascii"),
        user_id,
        metadata,
    ]


def encode_metadata(metadata: Mapping[str, str | bytes]) -> bytes:
    """Serialise properties as ZMTP does (RFC 23): name length, name, value length, value."""
    parts: list[bytes] = []
    for name, value in metadata.items():
        raw_name = name.encode("ascii")
        raw = value.encode() if isinstance(value, str) else value
        parts.append(struct.pack(f"!B{len(raw_name)}sI", len(raw_name), raw_name, len(raw)) + raw)
    return b"".join(parts)
