"""``hatch run bump zmq-auth minor``: move one distribution to its next version.

Moves with it: its changelog (a new section; one still unreleased is renamed), and the ranges of
those that require it, where they do not admit the new version. zmq-core, zmq-sugar and zmq move as
one. ``hatch run bump zmq-auth release`` dates the changelog and names the tag that publishes.

Refused, with nothing written: a repository whose versions, ranges and changelogs do not fit
together; a version that is not newer; a range in a form that cannot follow by rule.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from pathlib import Path

from distributions import (
    ROOT,
    TOGETHER,
    UNRELEASED,
    Distribution,
    inconsistencies,
    read,
    set_top_section,
    top_section,
)
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

PARTS = ("major", "minor", "patch")


class Refused(Exception):
    """The move would leave the repository inconsistent."""


def next_version(version: Version, move: str) -> Version:
    """``major``, ``minor`` and ``patch`` of a version, or the version that `move` spells."""
    if move in PARTS:
        kept = PARTS.index(move)
        numbers = [*version.release[:kept], version.release[kept] + 1, 0, 0][:3]
        return Version(".".join(map(str, numbers)))
    try:
        new = Version(move)
    except InvalidVersion:
        raise Refused(f"{move} is neither one of {', '.join(PARTS)} nor a version") from None
    if new <= version:
        raise Refused(f"{new} is not newer than {version}")
    return new


def follow(requirement: Requirement, version: Version) -> str:
    """The same requirement, in the same form, admitting `version`.

    Raises
    ------
    Refused
        It is neither ``>=N,<M`` nor ``==N.M.*``.
    """
    specifiers = {one.operator: one.version for one in requirement.specifier}
    if set(specifiers) == {">=", "<"}:
        fresh = f">={version.major},<{version.major + 1}"
    elif set(specifiers) == {"=="} and specifiers["=="].endswith(".*"):
        fresh = f"=={version.major}.{version.minor}.*"
    else:
        raise Refused(f"no rule for {requirement}: write a range that admits {version} by hand")
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    assert SpecifierSet(fresh).contains(version)
    return f"{requirement.name}{extras}{fresh}"


def _edits(
    distributions: dict[str, Distribution], moving: dict[str, Version]
) -> dict[Path, list[tuple[str, str]]]:
    """Requirements to rewrite, by file: (as it is, as it has to be)."""
    edits: dict[Path, list[tuple[str, str]]] = {}
    for one in distributions.values():
        text = one.project.read_text(encoding="utf-8")
        for requirement in one.requirements():
            version = moving.get(requirement.name)
            if version is None or requirement.specifier.contains(version, prereleases=True):
                continue
            fresh = follow(requirement, version)
            spellings = [
                part
                for part in text.split('"')[1::2]
                if part.startswith(requirement.name) and _same(part, requirement)
            ]
            if not spellings:
                raise Refused(f"{one.project}: {requirement} is not written there as one string")
            edits.setdefault(one.project, []).append((f'"{spellings[0]}"', f'"{fresh}"'))
    return edits


def _same(text: str, requirement: Requirement) -> bool:
    try:
        return Requirement(text) == requirement
    except ValueError:
        return False


def bump(root: Path, name: str, move: str) -> list[str]:
    """Move a distribution; return what was done, a line each."""
    distributions = _consistent(root, name)
    group = TOGETHER if name in TOGETHER else (name,)
    version = next_version(distributions[name].version, move)
    moving = {member: version for member in group if member in distributions}
    edits = _edits(distributions, moving)
    done = []
    for member in moving:
        one = distributions[member]
        done.append(f"{member} {one.version} -> {version}")
        one.set_version(version)
        if one.changelog:
            _, date = top_section(one.changelog)
            set_top_section(one.changelog, version, UNRELEASED, new=date != UNRELEASED)
    for file, pairs in edits.items():
        text = file.read_text(encoding="utf-8")
        for old, new in pairs:
            text = text.replace(old, new)
            done.append(f"{file.parent.name}: {old} -> {new}")
        file.write_text(text, encoding="utf-8")
    waiting = sorted(
        one.name
        for one in distributions.values()
        if one.project in edits and one.name not in moving and _is_released(one)
    )
    if waiting:
        done.append(f"their ranges changed, so release these too: {', '.join(waiting)}")
    _consistent(root, name)
    return done


def release(root: Path, name: str) -> list[str]:
    """Date the changelog of a distribution and of those that move with it."""
    distributions = _consistent(root, name)
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = dt.datetime.now(dt.timezone.utc)
    if epoch:
        now = dt.datetime.fromtimestamp(int(epoch), dt.timezone.utc)
    done = []
    for member in TOGETHER if name in TOGETHER else (name,):
        one = distributions[member]
        if one.changelog:
            if _is_released(one):
                raise Refused(f"{member} {one.version} is released; bump it first")
            set_top_section(one.changelog, one.version, now.date().isoformat(), new=False)
        done.append(f"commit, then: git tag {member}-v{one.version}")
    return done


def _is_released(one: Distribution) -> bool:
    return one.changelog is not None and top_section(one.changelog)[1] != UNRELEASED


def _consistent(root: Path, name: str) -> dict[str, Distribution]:
    distributions = read(root)
    if name not in distributions:
        raise Refused(f"no distribution {name}; there are {', '.join(distributions)}")
    found = inconsistencies(distributions)
    if found:
        raise Refused("first mend this:\n  " + "\n  ".join(found))
    return distributions


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Run the command; exit status 2 when refused."""
    parser = argparse.ArgumentParser(prog="hatch run bump", description=__doc__.split("\n")[0])
    parser.add_argument("distribution")
    parser.add_argument("move", help="major, minor, patch, a version such as 1.2.0, or release")
    options = parser.parse_args(arguments)
    try:
        if options.move == "release":
            done = release(root, options.distribution)
        else:
            done = bump(root, options.distribution, options.move)
    except (Refused, ValueError) as error:
        print(f"bump: refused: {error}", file=sys.stderr)
        return 2
    print("\n".join(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
