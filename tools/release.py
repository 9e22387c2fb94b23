"""What a release tag ``<distribution>-v<version>`` means; the release workflow asks here.

``python tools/release.py zmq-auth-v1.1.0`` checks that the tag fits the tree (version, dated
changelog, ranges) and prints what the workflow needs, as lines ``key=value``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from distributions import (
    META,
    ROOT,
    UNPUBLISHED,
    UNRELEASED,
    Distribution,
    inconsistencies,
    read,
    top_section,
)

TAG = re.compile(r"(?P<name>[a-z]+(?:-[a-z]+)*)-v(?P<version>\d+(?:\.\d+)+(?:(?:a|b|rc)\d+)?)")


def problems(tag: str, root: Path = ROOT) -> tuple[list[str], Distribution | None]:
    """Why this tag may not be published (empty: it may), and the distribution it names."""
    distributions = read(root)
    match = TAG.fullmatch(tag)
    one = distributions.get(match["name"]) if match else None
    if match is None or one is None or one.name in UNPUBLISHED:
        published = ", ".join(name for name in distributions if name not in UNPUBLISHED)
        return [f"{tag} is no <distribution>-v<version>, with one of {published}"], None
    found = inconsistencies(distributions)
    if str(one.version) != match["version"]:
        found.append(f"{tag}: the tree has {one.name} {one.version}")
    if one.changelog and top_section(one.changelog)[1] == UNRELEASED:
        found.append(f"{one.changelog} says unreleased; hatch run bump {one.name} release")
    return found, one


def main(arguments: list[str]) -> int:
    """Check one tag."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    found, one = problems(arguments[0])
    if found or one is None:
        print("\n".join(found), file=sys.stderr)
        return 1
    folder = "." if one.name == META else one.folder.relative_to(ROOT).as_posix()
    print(
        f"distribution={one.name}\nfolder={folder}\ncompiled={str(one.name == 'zmq-core').lower()}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
