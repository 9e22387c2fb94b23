"""CURVE certificates: files that hold a public key, or a public and a secret key.

Contract
--------
- A key is 40 characters of Z85 that stand for 32 bytes; anything else is a ValueError here, not a
  socket that silently never connects later.
- Files are read and written as `.storage` promises: secrets with mode 0600, nothing overwritten
  without being asked to, a warning for secrets that others can read.

The format is CZMQ's: ZPL (https://rfc.zeromq.org/spec/4/) with the sections ``metadata`` and
``curve``.
"""

from __future__ import annotations

import contextlib
import errno
import struct
from typing import TYPE_CHECKING, ClassVar, Union

from ..backend import curve_keypair
from ..sugar._record import Record
from ..utils import z85
from .storage import check_permissions, exists_error, read_file, write_file

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = (
    "Certificate",
    "create_certificates",
    "fingerprint",
    "format_certificate",
    "load_certificate",
    "load_certificates",
    "parse_certificate",
    "parse_key",
)

_Path = Union[str, "os.PathLike[str]"]

_KEY_BYTES = 32
_KEY_CHARS = 40
_PUBLIC_MODE = 0o644
_SECRET_MODE = 0o600

_PUBLIC_HEADER = """\
# ZeroMQ CURVE certificate: PUBLIC key. Made {now} by zmq.auth.
# Give it to the peers that shall know you, by a way on which nobody can exchange it,
# or compare fingerprints afterwards: python -m zmq.auth fingerprint FILE
"""
_SECRET_HEADER = """\
# ZeroMQ CURVE certificate: SECRET key. Made {now} by zmq.auth.
# Whoever reads this file can pose as you. Give it to nobody, and leave its mode at 0600.
"""


class Certificate(Record):
    """What a certificate file holds.

    Parameters
    ----------
    public
        The public key, 40 bytes of Z85.
    secret
        The secret key likewise, or None in a public file.
    metadata
        Whatever the maker of the file wrote down: ``{"email": "…"}``.
    """

    public: bytes
    secret: bytes | None
    metadata: Mapping[str, str]

    _secret: ClassVar[tuple[str, ...]] = ("secret",)

    def __init__(
        self,
        public: bytes,
        secret: bytes | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            public=public, secret=secret, metadata={} if metadata is None else metadata
        )


def parse_key(key: str | bytes) -> bytes:
    """Return a key as 40 bytes of Z85.

    Parameters
    ----------
    key
        40 characters of Z85, text or bytes, or the 32 bytes themselves.

    Raises
    ------
    ValueError
        When it is no key.
    """
    # what is not ASCII becomes a character that Z85 does not have
    raw = key.encode("ascii", "backslashreplace") if isinstance(key, str) else bytes(key)
    if len(raw) == _KEY_BYTES and not isinstance(key, str):
        return z85.encode(raw)
    if len(raw) == _KEY_CHARS:
        # encode(decode(x)) differs for groups beyond 2**32, which decode() may let through
        with contextlib.suppress(ValueError, KeyError, struct.error, OverflowError):
            if z85.encode(z85.decode(raw)) == raw:
                return raw
    raise ValueError(
        f"a CURVE key is {_KEY_CHARS} characters of Z85 or {_KEY_BYTES} bytes,"
        f" not these {len(raw)} bytes"  # its value might be a mangled secret: not shown
    )


def fingerprint(key: str | bytes) -> str:
    """Return a short name of a public key to compare by eye: ``SHA256:…``, as ssh shows them.

    Parameters
    ----------
    key : str or bytes
        40 characters of Z85, or the 32 bytes themselves.

    Raises
    ------
    ValueError
        When `key` is no key.

    .. versionadded:: 1.0
    """
    import base64
    import hashlib

    digest = hashlib.sha256(z85.decode(parse_key(key))).digest()
    return "SHA256:" + base64.b64encode(digest).rstrip(b"=").decode("ascii")


def parse_certificate(data: bytes, source: object = "certificate") -> Certificate:
    """Parse the content of a certificate file.

    Raises
    ------
    ValueError
        When there is no public key, a key is broken or given twice, or the bytes are no UTF-8.
        A file that is only half written is one of these.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"No public key found in {source}: it is no UTF-8 text") from error
    section = "curve"  # keys outside of any section count, as they do in CZMQ's oldest files
    curve: dict[str, str] = {}
    metadata: dict[str, str] = {}
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        name, equals, value = (part.strip() for part in stripped.partition("="))
        if not equals:
            section = stripped
        elif section == "curve":
            if name in curve:
                raise ValueError(f"{source} gives its {name} twice")
            curve[name] = _unquote(value, source)
        elif section == "metadata":
            metadata[name] = value
    if "public-key" not in curve:
        raise ValueError(f"No public key found in {source}")
    public = _key(curve, "public-key", source)
    secret = _key(curve, "secret-key", source) if "secret-key" in curve else None
    return Certificate(public, secret, metadata)


def _unquote(value: str, source: object) -> str:
    for quote in ('"', "'"):
        if value.startswith(quote):
            if len(value) < 2 or not value.endswith(quote):
                raise ValueError(f"{source} has a value without its closing quote")
            return value[1:-1]
    return value


def _key(curve: Mapping[str, str], name: str, source: object) -> bytes:
    try:
        return parse_key(curve[name])
    except ValueError as error:
        raise ValueError(f"the {name} in {source} is broken: {error}") from None


def load_certificate(filename: _Path, *, permissions: str = "warn") -> tuple[bytes, bytes | None]:
    """Load a public and, where it is there, a secret key from a certificate file.

    Parameters
    ----------
    filename
        The file, either ``x.key`` or ``x.key_secret``.
    permissions
        What to do when the file holds a secret and others than its owner (and, to read, its group)
        may read or write it: ``"warn"``, ``"refuse"`` or ``"ignore"``.

    Returns
    -------
    (public key, secret key or None), each 40 bytes of Z85.

    Raises
    ------
    OSError
        When the file cannot be read; a PermissionError when `permissions` refuses it.
    ValueError
        When it has no public key or a broken one.

    .. versionchanged:: 1.0
        Broken keys are refused; `permissions`.
    """
    from pathlib import Path

    path = Path(filename)
    data, status = read_file(path)
    certificate = parse_certificate(data, path)
    if certificate.secret is not None:
        check_permissions(path, status, permissions, stacklevel=2)
    return certificate.public, certificate.secret


def load_certificates(directory: _Path = ".") -> dict[bytes, bool]:
    """Load the public keys of all ``*.key`` files of a directory.

    Returns
    -------
    ``{public key: True}``, the keys as 40 bytes of Z85.

    Raises
    ------
    OSError
        When the directory is none or cannot be read.
    ValueError
        When a file in it is no certificate.

    See Also
    --------
    zmq.auth.CertificateFolder : the same, kept up to date, and patient with broken files
    """
    from pathlib import Path

    folder = Path(directory)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "Invalid certificate directory", str(folder))
    return {load_certificate(path)[0]: True for path in sorted(folder.glob("*.key"))}


def create_certificates(
    key_dir: _Path,
    name: str,
    metadata: Mapping[str, str] | None = None,
    *,
    overwrite: bool = False,
) -> tuple[str, str]:
    """Make a CURVE key pair and write it to two files, public and secret.

    Parameters
    ----------
    key_dir
        The directory, which is there already.
    name
        The files become ``name.key`` and ``name.key_secret``.
    metadata
        Written to the secret file; one line each.
    overwrite
        Replace files of that name. A secret key that is lost cannot be had again.

    Returns
    -------
    (path of the public file, path of the secret file)

    Raises
    ------
    FileExistsError
        When one of the files is there and `overwrite` is not set.
    ValueError
        When a metadata line would not be read back as it was given.

    .. versionchanged:: 1.0
        The secret file has mode 0600, and files that are there are not overwritten.
    """
    from pathlib import Path

    public, secret = curve_keypair()
    now = _now()
    base = Path(key_dir)
    public_file, secret_file = base / f"{name}.key", base / f"{name}.key_secret"
    if not overwrite:
        for path in (public_file, secret_file):
            if path.exists():
                raise exists_error(path)
    secret_text = _SECRET_HEADER.format(now=now) + _body(metadata or {}, public, secret)
    write_file(secret_file, secret_text, _SECRET_MODE, overwrite=overwrite)
    try:
        public_text = _PUBLIC_HEADER.format(now=now) + _body({}, public)
        write_file(public_file, public_text, _PUBLIC_MODE, overwrite=overwrite)
    except OSError:
        if not overwrite:
            secret_file.unlink()  # half a certificate would stand in the way of the next try
        raise
    return str(public_file), str(secret_file)


def format_certificate(public: bytes) -> str:
    """Return the content of a public certificate file for a key that came without one."""
    return _PUBLIC_HEADER.format(now=_now()) + _body({}, parse_key(public))


def _now() -> str:
    from datetime import datetime, timezone

    return datetime.now(timezone.utc).isoformat(" ", "seconds")


def _body(metadata: Mapping[str, str], public: bytes, secret: bytes | None = None) -> str:
    lines = ["", "metadata"]
    for name, value in metadata.items():
        line = f"{name} = {value}"
        # a line break would let metadata add keys of its own
        if not line.isprintable() or not str(name).strip() or {"=", "#"} & set(str(name)):
            raise ValueError(f"metadata needs one plain line per name, not {name!r}: {value!r}")
        lines.append(f"    {line}")
    lines += ["curve", f'    public-key = "{public.decode("ascii")}"']
    if secret is not None:
        lines.append(f'    secret-key = "{secret.decode("ascii")}"')
    return "\n".join([*lines, ""])
