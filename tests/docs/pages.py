"""The pages of the documentation, and what stands in their fenced blocks.

A block is ```` ```LANGUAGE ````. What the tests do with it depends on LANGUAGE:

python    runs. The blocks of a page run in order, in one program with an empty folder as its
          working directory (`run_page.py`).
output    is what the block of Python before it prints, exactly; `…` stands for any text.
sh        names commands; `console` the same, where only lines that begin with ``$ `` are commands
          and the rest is what they print (`commands.py`).
toml, json   is read.
others    are shown only: see `SHOWN`.

A block of any language whose first line is a comment with a file's name, such as ``# setup.py``, is
that file. It is written into the working directory, and does not run by itself.

What a page needs and need not show is a comment of HTML, which neither Sphinx nor GitHub shows.

``<!-- python``, lines, ``-->``      lines of Python that run in their place among the blocks
``<!-- needs: sshd -->``             a fixture of conftest.py has to be there
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SHOWN = {"text", "cython", "c", "cmake"}
CHECKED = {"python", "output", "sh", "console", "toml", "json"}

_BLOCK = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,}|:{3,})(?P<language>[^\n]*)\n(?P<text>.*?)^ *(?P=fence) *$"
    r"|^<!-- python\n(?P<hidden>.*?)^-->$",
    re.MULTILINE | re.DOTALL,
)
_FILE = re.compile(r"(?:#|//|/\*|<!--) ([\w./-]+\.\w+)(?: \*/| -->)?\n")
_NEEDS = re.compile(r"^<!-- needs: (\w+) -->$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block; `line` is the number of its first line of text."""

    language: str
    text: str
    line: int
    hidden: bool = False

    @property
    def file(self) -> str | None:
        """The name of the file that it is."""
        found = _FILE.match(self.text)
        return found[1] if found else None

    @property
    def runs(self) -> bool:
        """Whether it is Python, and no file."""
        return self.language == "python" and self.file is None


def pages() -> list[Path]:
    """Every page of the site, and every README and CHANGELOG."""
    found = [ROOT / "README.md", ROOT / "libzmq" / "README.md"]
    found += ROOT.glob("docs/**/*.md")
    found += ROOT.glob("packages/*/*.md")
    found += ROOT.glob("examples/**/README.md")
    return sorted(found)


def name(page: Path) -> str:
    """Name a page by its path in the repository."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    """All blocks of a page, in order; directives of Sphinx are none."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        hidden = match["hidden"]
        language = "python" if hidden is not None else match["language"].strip()
        if language.startswith("{"):
            continue
        body = hidden if hidden is not None else match["text"]
        start = match.start("hidden" if hidden is not None else "text")
        indent = "" if hidden is not None else match["indent"]
        if indent:
            body = re.sub(rf"^{indent}", "", body, flags=re.MULTILINE)
        found.append(Block(language, body, text.count("\n", 0, start) + 1, hidden is not None))
    return found


def needs(page: Path) -> list[str]:
    """Name the fixtures that a page asks for."""
    return _NEEDS.findall(page.read_text(encoding="utf-8"))
