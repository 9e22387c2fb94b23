"""Credentials in files, looked up as they are now: a folder of certificates, a password file.

Contract
--------
- Both are mappings of what they hold at this moment, and change under the reader as the files
  do; each lookup sees one consistent state.
- They change only in `refresh`, which the authenticator's driver calls with its tick, or in
  `reload`. What a broken, half-written or unreadable file does is told in `.watch`.
- A public key named in a ``*.revoked`` file of the folder stays out, whatever else the folder says.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Union

from .certs import parse_certificate
from .decision import Credentials, Reason, Verdict
from .storage import check_permissions
from .watch import SETTLE, WatchedFile

__all__ = ("CertificateFolder", "PasswordFile", "parse_passwords")

_Path = Union[str, "os.PathLike[str]"]

_ALLOWED = ".key"
_REVOKED = ".revoked"


class CertificateFolder(Mapping[bytes, bool]):
    """The public keys of a folder's ``*.key`` files, less those of its ``*.revoked`` files.

    Parameters
    ----------
    location
        The folder. It may be missing, and come later.
    settle
        Seconds that a file must stand still before it counts; see :mod:`zmq.auth.watch`.
    log
        Where refused files are reported; by default the logger ``zmq.auth``.

    .. versionadded:: 1.0
    """

    def __init__(
        self,
        location: _Path,
        *,
        settle: float = SETTLE,
        log: logging.Logger | None = None,
    ) -> None:
        self.location = Path(location)
        self.reloads = 0
        self.rejected = 0
        self._settle = settle
        self._log = log or logging.getLogger("zmq.auth")
        self._files: dict[Path, WatchedFile[bytes]] = {}
        self._lost = False
        self._keys: Mapping[bytes, bool] = MappingProxyType({})
        self._revoked: frozenset[bytes] = frozenset()
        self.reload()

    def refresh(self, now: float, *, force: bool = False) -> bool:
        """Look at the files; return whether anybody's key came, went or was revoked.

        Parameters
        ----------
        now
            Monotonic seconds.
        force
            Do not wait for files to settle.
        """
        if not self._find():
            return False
        changed = False
        for path, file in list(self._files.items()):
            before = file.refused
            if file.poll(now, force=force):
                self.reloads += 1
                changed = True
            self.rejected += file.refused and not before
            if file.idle:
                del self._files[path]
        if changed:
            self._assemble()
        return changed

    def reload(self) -> bool:
        """Take the files as they are now, without waiting for them to settle."""
        return self.refresh(time.monotonic(), force=True)

    def _find(self) -> bool:
        """Watch the files that are there now. False when the folder cannot be listed at all."""
        try:
            with os.scandir(self.location) as entries:
                names = [entry.name for entry in entries]
        except FileNotFoundError:
            names = []  # each known file is gone, and will count as gone once that has settled
        except OSError as error:
            if not self._lost:
                self._log.error("%s cannot be listed, its keys stay: %s", self.location, error)
            self._lost = True
            return False
        self._lost = False
        for name in names:
            path = self.location / name
            if path.suffix in (_ALLOWED, _REVOKED) and path not in self._files:
                self._files[path] = WatchedFile(path, self._public_key, self._settle, self._log)
        return True

    @staticmethod
    def _public_key(data: bytes, status: os.stat_result) -> bytes:
        return parse_certificate(data, "the file").public

    def _assemble(self) -> None:
        known = [(path.suffix, file.value) for path, file in self._files.items()]
        revoked = frozenset(key for suffix, key in known if key and suffix == _REVOKED)
        keys = {key: True for _, key in known if key and key not in revoked}
        # in this order, so that a reader between the two lines sees too few keys, never too many
        self._revoked |= revoked
        self._keys = MappingProxyType(keys)
        self._revoked = revoked

    def verify(self, credentials: Credentials) -> Verdict:
        """Return True for a key in the folder."""
        key = credentials.key or b""
        if key in self._revoked:
            return Reason.REVOKED
        return True if key in self._keys else Reason.KEY

    def __getitem__(self, key: bytes) -> bool:
        return self._keys[key]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.location)!r}, {len(self)} keys)"


def parse_passwords(data: bytes) -> Mapping[str, str]:
    """Parse a password file: a line ``user=password`` each, empty lines, and comments with ``#``.

    Spaces around a user's name are dropped, those of a password count. The last line must end:
    without its line break the file may be cut, and half a password would open the door.

    Raises
    ------
    ValueError
        When the bytes are no such file. The message names the line, never its content.
    """
    if not data.endswith(b"\n"):
        raise ValueError("it is empty, or its last line has no line break; is it cut?")
    passwords: dict[str, str] = {}
    for number, line in enumerate(data.decode("utf-8").split("\n"), 1):
        text = line.rstrip("\r")
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        user, equals, password = text.partition("=")
        user = user.strip()
        if not equals or not user or not password or "\0" in text:
            raise ValueError(f"line {number} is not 'user=password'")
        if user in passwords:
            raise ValueError(f"line {number} gives a user another password")
        passwords[user] = password
    return MappingProxyType(passwords)


class PasswordFile(Mapping[str, str]):
    """The users and passwords of a file, kept up to date.

    Parameters
    ----------
    location
        The file; see `parse_passwords` for its format.
    settle
        Seconds that the file must stand still before it counts; see :mod:`zmq.auth.watch`.
    permissions
        What to do when others can read or write it: ``"warn"``, ``"refuse"`` or ``"ignore"``.
    log
        Where refused content is reported; by default the logger ``zmq.auth``.

    Raises
    ------
    OSError, ValueError
        When the file is not there or not good *now*. Later it may be either: what was known stays
        while it is broken, and nobody gets in once it is gone.

    .. versionadded:: 1.0
    """

    def __init__(
        self,
        location: _Path,
        *,
        settle: float = SETTLE,
        permissions: str = "warn",
        log: logging.Logger | None = None,
    ) -> None:
        self.location = Path(location)
        self.reloads = 0
        self.rejected = 0
        self._permissions = permissions
        self._file = WatchedFile(
            self.location, self._parse, settle, log or logging.getLogger("zmq.auth")
        )
        self.reload()
        if self._file.value is None:
            self._parse(self.location.read_bytes(), self.location.stat())  # raises what is wrong
            raise OSError(f"{self.location} changed while it was read")

    def _parse(self, data: bytes, status: os.stat_result) -> Mapping[str, str]:
        check_permissions(self.location, status, self._permissions)
        return parse_passwords(data)

    def refresh(self, now: float, *, force: bool = False) -> bool:
        """Look at the file; return whether it was taken anew. `now` is in monotonic seconds."""
        before = self._file.refused
        changed = self._file.poll(now, force=force)
        self.reloads += changed
        self.rejected += self._file.refused and not before
        return changed

    def reload(self) -> bool:
        """Take the file as it is now, without waiting for it to settle."""
        return self.refresh(time.monotonic(), force=True)

    @property
    def _passwords(self) -> Mapping[str, str]:
        return self._file.value or {}

    def __getitem__(self, user: str) -> str:
        return self._passwords[user]

    def __iter__(self) -> Iterator[str]:
        return iter(self._passwords)

    def __len__(self) -> int:
        return len(self._passwords)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.location)!r}, {len(self)} users)"
