"""Check the layers of pyproject.toml's ``[tool.importlinter]`` over the view (tools/view.py).

The checker finds `zmq` through Python's import system, where zmq-core's editable install answers
first, and knows its own files only. So that finder steps aside, and the view goes to the front.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from importlinter.cli import lint_imports
from view import ROOT, VIEW, update


def check() -> int:
    """Return import-linter's exit status, 0 when every contract is kept."""
    update()
    sys.meta_path[:] = [
        finder for finder in sys.meta_path if not type(finder).__module__.startswith("_editable_")
    ]
    sys.path.insert(0, str(VIEW))
    found = importlib.util.find_spec("zmq")
    if found is None or found.origin is None or VIEW not in Path(found.origin).parents:
        origin = found and found.origin
        print(f"the layers of {VIEW}/zmq are meant, but Python finds {origin}", file=sys.stderr)
        return 1
    status: int = lint_imports(
        config_filename=str(ROOT / "pyproject.toml"),
        cache_dir=str(ROOT / "build" / "importlinter"),
        no_logo=True,
    )
    return status


if __name__ == "__main__":
    sys.exit(check())
