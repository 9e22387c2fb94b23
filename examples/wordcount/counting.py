"""The work itself: words, and texts cut into chunks. Knows nothing of sockets.

A word is an ASCII identifier. Chunks end where a line ends, and no word spans two lines, so the sum
over the chunks of a file is the count of the file.
"""

from __future__ import annotations

import re
import sysconfig
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


def count(text: bytes) -> Counter[str]:
    """Count the words of `text`, whatever its encoding is (beyond ASCII there are no words)."""
    return Counter(WORD.findall(text.decode("latin-1")))


def count_files(paths: Iterable[Path]) -> Counter[str]:
    """Count the words of whole files, one after the other: the plain way, to check the other by."""
    words: Counter[str] = Counter()
    for path in paths:
        words.update(count(path.read_bytes()))
    return words


def chunks(paths: Iterable[Path], size: int) -> Iterator[bytes]:
    """Yield the files' contents in pieces of `size` bytes, and on to the end of the line."""
    for path in paths:
        with path.open("rb") as file:
            while text := file.read(size):
                yield text + file.readline()


def standard_library() -> list[Path]:
    """Return the sources of this Python's standard library."""
    root = Path(sysconfig.get_path("stdlib"))
    others = {"site-packages", "dist-packages"}
    return sorted(
        path
        for path in root.rglob("*.py")
        if path.is_file() and others.isdisjoint(path.relative_to(root).parts)
    )
