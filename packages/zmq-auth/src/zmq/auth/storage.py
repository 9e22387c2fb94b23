"""Files that hold secrets or decide who comes in: how they are read, written and looked at.

Contract
--------
- `write_file`: the file has its final mode from its first moment, readers see all of it or
  nothing, and a file that is there is never replaced unless `overwrite` is set.
- `read_file`: never blocks on a FIFO or device, never reads without bound.
- `check_permissions`: a secret that others can read is said aloud, or refused.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("KeyFileWarning", "check_permissions", "exists_error", "read_file", "write_file")

_MAX_SIZE = 16 * 1024 * 1024
_OTHERS_ANY_GROUP_WRITES = 0o027  # a group may read, if its administrator wants it so
_NONBLOCK: int = getattr(os, "O_NONBLOCK", 0)  # Windows has none, nor FIFOs among its files
_BINARY: int = getattr(os, "O_BINARY", 0)


class KeyFileWarning(UserWarning):
    """A file with secrets is open to other users.

    .. versionadded:: 1.0
    """


def exists_error(path: Path) -> FileExistsError:
    """Return the error that says that `path` is there, and what to do."""
    cure = "It is there already; choose another name, or ask for it to be overwritten"
    return FileExistsError(errno.EEXIST, cure, str(path))


def write_file(path: Path, text: str, mode: int, *, overwrite: bool = False) -> None:
    """Write `text` to `path` with `mode` (less the umask).

    Raises
    ------
    FileExistsError
        When it is there already and `overwrite` is not set.
    """
    # a neighbour with a name that nobody watches, so that the last step is a rename
    from secrets import token_hex

    temporary = path.with_name(f".{path.name}.{token_hex(8)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            temporary.replace(path)
        else:
            _rename_to_new(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def _rename_to_new(temporary: Path, path: Path) -> None:
    """Rename, but never onto another file, as rename(2) would."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise exists_error(path) from None
    except OSError:  # a file system without hard links
        if path.exists():
            raise exists_error(path) from None
        temporary.replace(path)


def read_file(path: Path) -> tuple[bytes, os.stat_result]:
    """Return the content and the status of a regular file of at most 16 MiB.

    Raises
    ------
    OSError
        When it cannot be read, is no regular file or is too large.
    """
    handle = os.open(path, os.O_RDONLY | _NONBLOCK | _BINARY)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "It is no regular file", str(path))
    except OSError:
        os.close(handle)
        raise
    with os.fdopen(handle, "rb") as file:
        data = file.read(_MAX_SIZE + 1)
    if len(data) > _MAX_SIZE:
        raise OSError(errno.EFBIG, f"It has more than {_MAX_SIZE} bytes", str(path))
    return data, status


def check_permissions(
    path: Path, status: os.stat_result, permissions: str, *, stacklevel: int = 1
) -> None:
    """Warn of (``"warn"``), refuse or ignore a file with secrets that is open to others.

    Windows keeps no such modes: there is nothing to see, and nothing is said.

    Raises
    ------
    PermissionError
        When `permissions` is ``"refuse"`` and others may read or write the file.
    """
    if permissions not in ("warn", "refuse", "ignore"):
        raise ValueError(f"permissions is 'warn', 'refuse' or 'ignore', not {permissions!r}")
    mode = stat.S_IMODE(status.st_mode)
    if os.name != "posix" or permissions == "ignore" or not mode & _OTHERS_ANY_GROUP_WRITES:
        return
    message = f"{path} holds secrets and its mode is {mode:04o}; cure: chmod 600 {path}"
    if permissions == "refuse":
        raise PermissionError(errno.EPERM, message, str(path))
    warnings.warn(message, KeyFileWarning, stacklevel=stacklevel + 1)
