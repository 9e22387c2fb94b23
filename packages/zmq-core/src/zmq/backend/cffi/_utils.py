"""What libzmq tells about itself, and its keys."""

from __future__ import annotations

from ._cffi import ffi, lib
from ._errors import failure, shorten
from ._tracker import drain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def zmq_version_info() -> tuple[int, int, int]:
    """libzmq's version: major, minor, patch."""
    numbers = ffi.new("int[3]")
    lib.zmq_version(numbers, numbers + 1, numbers + 2)
    return numbers[0], numbers[1], numbers[2]


def build_info() -> dict[str, Any]:
    """How this zmq-core was built: what is linked in, where it came from, and how."""

    def text(name: str) -> str:
        value: bytes = ffi.string(getattr(lib, f"ZMQ_BUILD_{name}"))
        return value.decode()

    info: dict[str, Any] = {
        library: {
            "version": text(f"{library.upper()}_VERSION"),
            "route": text(f"{library.upper()}_ROUTE"),
            "origin": text(f"{library.upper()}_ORIGIN"),
            "patches": [name for name in text(f"{library.upper()}_PATCHES").split(",") if name],
        }
        for library in ("libzmq", "libsodium")
    }
    return {
        **info,
        "curve": text("CURVE"),
        "drafts": bool(lib.ZMQ_BUILD_DRAFTS),
        "lto": bool(lib.ZMQ_BUILD_LTO),
        "batch_size": lib.ZMQ_BUILD_BATCH_SIZE,
        "flags": text("FLAGS"),
        "compiler": text("COMPILER"),
    }


def has(capability: str | bytes) -> bool:
    """Whether libzmq can do something."""
    name = capability.encode() if isinstance(capability, str) else capability
    if not isinstance(name, bytes):
        raise TypeError(f"a capability is str or bytes, not {shorten(capability)}")
    return bool(lib.zmq_has(name))


def curve_keypair() -> tuple[bytes, bytes]:
    """A new key pair for CURVE: public and secret, each 40 bytes of Z85 text."""
    public_key, secret_key = ffi.new("char[41]"), ffi.new("char[41]")
    rc = lib.zc_keypair(public_key, secret_key)
    if rc < 0:
        raise failure(rc, "curve_keypair")
    return ffi.string(public_key), ffi.string(secret_key)


def curve_public(secret_key: bytes | str) -> bytes:
    """The public key that belongs to a secret one."""
    public_key = ffi.new("char[41]")
    key = secret_key.encode("ascii") if isinstance(secret_key, str) else secret_key
    if not isinstance(key, bytes):
        raise TypeError(f"a secret key is bytes or str, not {type(secret_key).__name__}")
    if len(key) != 40:
        raise ValueError(f"a secret key has 40 characters of Z85 text, this one has {len(key)}")
    rc = lib.zc_public(public_key, key)
    if rc < 0:
        raise failure(rc, "curve_public: the secret key is not Z85 text")
    public: bytes = ffi.string(public_key)
    return public


def _counts() -> dict[str, int]:
    """What is alive in this process: for leak checks."""
    drain()
    kinds = ("contexts", "sockets", "frames", "loans")
    return {kind: lib.zc_count(what) for what, kind in enumerate(kinds)}


IPC_PATH_MAX_LEN: int = lib.ZMQ_IPC_PATH_MAX_LEN
PYZMQ_DRAFT_API: bool = bool(lib.ZMQ_COMPILED_WITH_DRAFTS) and has("draft")

__all__ = [
    "IPC_PATH_MAX_LEN",
    "PYZMQ_DRAFT_API",
    "build_info",
    "curve_keypair",
    "curve_public",
    "has",
    "zmq_version_info",
]
