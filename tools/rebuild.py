"""After editing a .pyx or a header: ``hatch run rebuild``.

Compiles what changed, in the folder of the editable install, and puts the module in its place. The
extension is compiled without optimisation, which takes a quarter of the time; ``--optimised`` takes
the flags that users get. Without an editable install, or after a new file of Python was added to
zmq-core, it is installed again: ``--install``.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import inplace


def module() -> Path | None:
    """The compiled module that ``import zmq`` finds."""
    try:
        found = importlib.util.find_spec("zmq.backend.cython._zmq")
    except ImportError:
        return None
    return Path(found.origin) if found and found.origin else None


def main(words: list[str]) -> None:
    """Build and put in place, or install."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--optimised", action="store_true", help="with the flags of a release")
    parser.add_argument("--install", action="store_true", help="install zmq-core again, editable")
    options = parser.parse_args(words)
    folder, place = inplace.editable(), module()
    if options.install or folder is None or place is None:
        uv = os.environ.get("HATCH_UV", "uv")
        command = [uv, "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "-e"]
        subprocess.run([*command, str(inplace.CORE)], check=True)
        return
    quick = "OFF" if options.optimised else "ON"
    inplace.make(folder, "_zmq", f"ZMQ_QUICK={quick}")
    inplace.put(folder / place.name, place)


if __name__ == "__main__":
    main(sys.argv[1:])
