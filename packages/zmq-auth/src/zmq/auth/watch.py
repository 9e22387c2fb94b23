"""Files that are looked at again and again, and believed only when they have come to rest.

Contract
--------
A `WatchedFile` holds the `value` of the last content that was *good*: complete, at rest and
parsed without an error. Then, whatever happens to the file:

1. content counts only after it stood unchanged for `settle` seconds, so that a file that is being
   written neither opens nor shuts a door;
2. content that does not parse is refused, said once, and the old value stays;
3. a file that vanished counts as gone only after `settle` seconds (editors delete and rename);
   one that cannot be *read* changes nothing;
4. content is compared by digest. Times and sizes only save reading, and are not trusted while the
   file is so young that its clock may not have ticked between two writes.

Time is an argument (the wall clock serves for rule 4 alone); there is no thread, and no descriptor
stays open.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Generic, TypeVar

from .storage import read_file

if TYPE_CHECKING:
    import logging
    import os
    from collections.abc import Callable
    from pathlib import Path

__all__ = ("SETTLE", "WatchedFile")

T = TypeVar("T")

SETTLE: float = 0.5  # seconds
_YOUNG_NS = 2_000_000_000  # the coarsest clock of a common file system (FAT) ticks every 2 s

_GONE = b"gone"
_UNREADABLE = b"unreadable"


class WatchedFile(Generic[T]):
    """One file and the value parsed from its last good content.

    Parameters
    ----------
    path
        The file. It may be missing, and come later.
    parse
        From content and status to the value; ValueError or OSError refuse the content.
    settle
        Seconds that content must stand still before it counts.
    log
        Where refused content is reported.
    """

    def __init__(
        self,
        path: Path,
        parse: Callable[[bytes, os.stat_result], T],
        settle: float,
        log: logging.Logger,
    ) -> None:
        self.path = path
        self.value: T | None = None
        self.refused = False  # whether the present content is one that was refused
        self._parse = parse
        self._settle = settle
        self._log = log
        self._adopted = _GONE
        self._candidate: bytes | None = None
        self._since = 0.0
        self._stamp: tuple[int, int, int, int] | None = None
        self._seen = _GONE
        self._content: tuple[bytes, os.stat_result | None] = (b"", None)

    @property
    def idle(self) -> bool:
        """True when the file is gone, and that has been accepted."""
        return self.value is None and self._adopted == _GONE and self._seen == _GONE

    def poll(self, now: float, *, force: bool = False) -> bool:
        """Look at the file; return whether `value` changed.

        Parameters
        ----------
        now
            Monotonic seconds.
        force
            Believe the present content at once.
        """
        seen = self._look()
        if seen == _UNREADABLE:
            return False
        if seen == self._adopted:
            self._candidate, self.refused = None, False
            return False
        if seen != self._candidate:
            self._candidate, self._since = seen, now
            self.refused = False
        if (now - self._since < self._settle and not force) or self.refused:
            return False
        return self._adopt(seen)

    def _adopt(self, seen: bytes) -> bool:
        data, status = self._content
        value: T | None = None
        if seen != _GONE and status is not None:
            try:
                value = self._parse(data, status)
            except (ValueError, OSError) as error:
                self.refused = True
                self._log.error("%s is refused, what was known of it stays: %s", self.path, error)
                return False
        self.value, self._adopted, self._candidate = value, seen, None
        return True

    def _look(self) -> bytes:
        """Return the digest of the content, reading it only where it may have changed."""
        try:
            status = self.path.stat()
            stamp = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
            if stamp == self._stamp:
                return self._seen
            data, status = read_file(self.path)
        except FileNotFoundError:
            self._stamp, self._seen = None, _GONE
            return _GONE
        except OSError as error:
            if self._seen != _UNREADABLE:
                self._log.error(
                    "%s cannot be read, what was known of it stays: %s", self.path, error
                )
            self._stamp, self._seen = None, _UNREADABLE
            return _UNREADABLE
        self._content = data, status
        self._seen = hashlib.sha256(data).digest()
        self._stamp = stamp if _at_rest(status) else None
        return self._seen


def _at_rest(status: os.stat_result) -> bool:
    """Return whether a later write is bound to show in the file's times."""
    return time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > _YOUNG_NS
