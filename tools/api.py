"""``hatch run api``: did the public interface break since each distribution's last release?

Compares the tree with the newest tag ``<distribution>-v<version>``, with griffe. Removing or
changing something public is fine with a new major version, and fails otherwise. A distribution
that was never released has nothing to break.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import griffe
from distributions import META, ROOT, UNPUBLISHED, Distribution, read
from packaging.version import Version


def last_release(root: Path, name: str) -> tuple[str, Version] | None:
    """The newest release tag of a distribution, and its version."""
    command = ["git", "tag", "--list", f"{name}-v*"]
    tags = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    versions = {tag: Version(tag[len(name) + 2 :]) for tag in tags.split()}
    if not versions:
        return None
    return max(versions.items(), key=lambda item: item[1])


def modules(one: Distribution) -> list[str]:
    """Names of the modules and packages that a distribution has directly below ``zmq``."""
    if one.name == "zmq-core":
        return ["zmq"]
    return sorted(
        f"zmq.{path.stem}"
        for path in one.sources.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    )


def breakages(root: Path, one: Distribution, tag: str) -> list[str]:
    """Explain each incompatible change since `tag`."""
    source = one.folder.relative_to(root) / "src"
    found = []
    for module in modules(one):
        new = griffe.load(module, search_paths=[root / source], allow_inspection=False)
        try:
            old = griffe.load_git(
                module, ref=tag, repo=root, search_paths=[str(source)], allow_inspection=False
            )
        except ImportError:
            continue  # a module that the release did not have
        found += [change.explain() for change in griffe.find_breaking_changes(old, new)]
    return found


def main(names: list[str], root: Path = ROOT) -> int:
    """Check these distributions, by default all; exit status 1 when one broke its interface."""
    status = 0
    for one in read(root).values():
        if one.name in (META, *UNPUBLISHED) or (names and one.name not in names):
            continue
        release = last_release(root, one.name)
        if release is None:
            print(f"{one.name}: never released")
            continue
        tag, version = release
        found = breakages(root, one, tag)
        allowed = one.version.major > version.major
        told = (
            "none" if not found else "allowed by a new major version" if allowed else "NOT allowed"
        )
        print(f"{one.name}: {len(found)} incompatible changes since {tag}: {told}")
        print("".join(f"  {line}\n" for line in found), end="")
        if found and not allowed:
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
