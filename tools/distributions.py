"""The distributions of this repository: where each lies, its version, and what it requires.

A fact stands in one file: versions in ``_version.py`` (the meta-package's in the root's
pyproject.toml, pyzmq-shim's in its own), ranges in ``pyproject.toml``, history in ``CHANGELOG.md``.
What is written here changes single lines and leaves the rest of a file as it was.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
META = "zmq"
TOGETHER = ("zmq-core", "zmq-sugar", META)  # one version for the three
UNPUBLISHED = ("pyzmq",)

_DUNDER = re.compile(r'^(__version__ = ")([^"]+)(")', re.MULTILINE)
_STATIC = re.compile(r'^(version = ")([^"]+)(")', re.MULTILINE)


@dataclass(frozen=True)
class Distribution:
    """One of them; `folder` has its pyproject.toml."""

    name: str
    folder: Path

    @property
    def project(self) -> Path:
        return self.folder / "pyproject.toml"

    @property
    def settings(self) -> dict[str, Any]:
        """The table ``project`` of pyproject.toml."""
        table: dict[str, Any] = tomllib.loads(self.project.read_text(encoding="utf-8"))["project"]
        return table

    @property
    def changelog(self) -> Path | None:
        """Its CHANGELOG.md; the meta-package and the shim have none."""
        file = self.folder / "CHANGELOG.md"
        return file if file.is_file() else None

    @property
    def sources(self) -> Path:
        """The folder ``zmq`` of its sources."""
        return self.folder / "src" / "zmq"

    @property
    def _version_line(self) -> tuple[Path, re.Pattern[str]]:
        if "version" in self.settings:
            return self.project, _STATIC
        area = "" if self.name == "zmq-core" else self.name[len("zmq-") :]
        return self.sources / area / "_version.py", _DUNDER

    @property
    def version(self) -> Version:
        file, line = self._version_line
        found = line.search(file.read_text(encoding="utf-8"))
        if not found:
            raise ValueError(f"no version in {file}")
        return Version(found[2])

    def set_version(self, version: Version) -> Path:
        """Write the version; return the file that has it."""
        file, line = self._version_line
        text = file.read_text(encoding="utf-8")
        file.write_text(line.sub(rf"\g<1>{version}\g<3>", text, count=1), encoding="utf-8")
        return file

    def requirements(self) -> Iterator[Requirement]:
        """What it requires, extras included."""
        texts = list(self.settings.get("dependencies", []))
        for extra in self.settings.get("optional-dependencies", {}).values():
            texts.extend(extra)
        yield from map(Requirement, texts)


def read(root: Path = ROOT) -> dict[str, Distribution]:
    """Every distribution by name, the meta-package ``zmq`` (the root itself) last."""
    found = {}
    for project in [*sorted(root.glob("packages/*/pyproject.toml")), root / "pyproject.toml"]:
        name = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["name"]
        found[name] = Distribution(name, project.parent)
    return found


def inconsistencies(distributions: dict[str, Distribution]) -> list[str]:
    """What does not fit together; empty when all does."""
    found = []
    versions = {name: distributions[name].version for name in TOGETHER if name in distributions}
    if len(set(versions.values())) > 1:
        told = ", ".join(f"{name} {version}" for name, version in versions.items())
        found.append(f"these have one version: {told}")
    for one in distributions.values():
        for requirement in one.requirements():
            other = distributions.get(requirement.name)
            if other is None or other is one:
                continue
            if not requirement.specifier.contains(other.version, prereleases=True):
                found.append(f"{one.name} requires {requirement}; here is {other.version}")
        if one.changelog:
            version, _ = top_section(one.changelog)
            if version != one.version:
                found.append(f"{one.changelog}: its top is {version}, {one.name} is {one.version}")
    return found


_SECTION = re.compile(r"^## (\S+) \(([^)]+)\)$", re.MULTILINE)
UNRELEASED = "unreleased"


def top_section(changelog: Path) -> tuple[Version, str]:
    """The newest section of a changelog: version, and its date or ``"unreleased"``."""
    found = _SECTION.search(changelog.read_text(encoding="utf-8"))
    if not found:
        raise ValueError(f"{changelog}: no section such as `## 1.0.0 ({UNRELEASED})`")
    return Version(found[1]), found[2]


def set_top_section(changelog: Path, version: Version, date: str, *, new: bool) -> None:
    """Rename the newest section, or with `new` put one above it."""
    text = changelog.read_text(encoding="utf-8")
    heading = f"## {version} ({date})"
    if new:
        heading += "\n\n- \n\n"
    found = _SECTION.search(text)
    assert found  # top_section was asked before
    text = text[: found.start()] + heading + text[found.start() if new else found.end() :]
    changelog.write_text(text, encoding="utf-8")
