"""Show the packages' sources as the one tree that an installation makes of them.

Each distribution owns its part of the package ``zmq``, in a folder of its own. Python splices them
at run time; type checkers, editors and import-linter cannot, and read ``build/view/zmq`` instead.

Folders are real, files are symbolic links, so an edit needs no new run. The view is brought up to
date in place, never torn down: several tools may read it, and several runs write it, at one time.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VIEW = ROOT / "build" / "view"

SHOWN = {".py", ".pyi", ".typed"}


def sources(root: Path = ROOT) -> dict[Path, Path]:
    """Map each path below ``src`` to the file that owns it.

    Raises
    ------
    ValueError
        Two packages own one path; installed, the second would overwrite the first.
    """
    owners: dict[Path, Path] = {}
    for source in sorted(root.glob("packages/*/src")):
        for file in sorted(source.rglob("*")):
            if file.suffix not in SHOWN or not file.is_file():
                continue
            path = file.relative_to(source)
            if path in owners:
                raise ValueError(
                    f"{path} has two owners, {owners[path]} and {file}; delete or rename one"
                )
            owners[path] = file
    return owners


def update(root: Path = ROOT, view: Path = VIEW) -> int:
    """Make `view` show the sources as they are now; return the number of files in it."""
    wanted = sources(root)
    for link in view.rglob("*"):
        if link.is_symlink() and link.relative_to(view) not in wanted:
            link.unlink(missing_ok=True)
    for path, file in wanted.items():
        link = view / path
        link.parent.mkdir(parents=True, exist_ok=True)
        target = os.path.relpath(file, link.parent)
        if link.is_symlink() and link.readlink() == Path(target):
            continue
        # Made beside its place and moved there, so a reader never meets a gap.
        fresh = link.with_name(f".{link.name}.{os.getpid()}")
        fresh.symlink_to(target)
        fresh.replace(link)
    return len(wanted)


if __name__ == "__main__":
    try:
        print(f"{update()} files in {VIEW.relative_to(ROOT)}")
    except ValueError as error:
        sys.exit(str(error))
