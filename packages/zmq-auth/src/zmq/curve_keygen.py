"""``python -m zmq.curve_keygen``: print a new CURVE key pair, or the public key of a secret one.

.. versionadded:: 27.2
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from .backend import curve_keypair, curve_public

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("main",)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status: 0, or 1 for a broken secret key."""
    parser = argparse.ArgumentParser(
        prog="python -m zmq.curve_keygen",
        description="Print a new CURVE key pair, each key as 40 characters of Z85 (ASCII).",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    parser.add_argument(
        "--secret",
        metavar="SECRET",
        help="no new keys: print the public key that belongs to this secret key"
        " (other users of this machine can see it in the list of processes)",
    )
    options = parser.parse_args(_joined(sys.argv[1:] if arguments is None else arguments))
    if options.secret is None:
        public, secret = curve_keypair()
    else:
        secret = options.secret.encode("ascii", "backslashreplace")
        try:
            public = curve_public(secret)
        except ValueError as error:
            print(f"{parser.prog}: {error}", file=sys.stderr)
            return 1
    keys = {"public": public.decode("ascii"), "secret": secret.decode("ascii")}
    if options.json:
        print(json.dumps(keys, indent=1))
    else:
        print("\n\n".join(f"== CURVE {name.upper()} KEY ==\n{key}" for name, key in keys.items()))
    return 0


def _joined(arguments: Sequence[str]) -> list[str]:
    """Write ``--secret S`` as ``--secret=S``: one key in 85 begins with a hyphen."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] == "--secret":
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


if __name__ == "__main__":
    sys.exit(main())
