"""A process of one peer: it runs cases on command until its standard input ends.

``python -m benchmarks.worker [module]``, from the repository's root, by the peer's interpreter.
`module` is what the cases shall get as ``zmq``, for a peer with another name.

A command is a line of JSON, ``{"function": "benchmarks.cases.single:again", "arguments": {…}}``,
and so is the answer: ``{"seconds": …}``, or ``{"error": "…"}``.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from typing import Any


def alias(module: str) -> None:
    """Let ``import zmq`` mean `module`, with as many of its parts as there are."""
    for part in ("", ".asyncio", ".eventloop", ".zmqstream"):
        with contextlib.suppress(ModuleNotFoundError):
            sys.modules[f"zmq{part}"] = importlib.import_module(f"{module}{part}")
    if "zmq.zmqstream" in sys.modules:  # pyomq has it one floor up
        sys.modules["zmq.eventloop"] = sys.modules["zmq"]
        sys.modules["zmq.eventloop.zmqstream"] = sys.modules["zmq.zmqstream"]


def run(command: dict[str, Any]) -> dict[str, object]:
    """Do one command; every failure is an answer."""
    try:
        module, _, name = command["function"].partition(":")
        function = getattr(importlib.import_module(module), name)
        return {"seconds": function(**command["arguments"])}
    except Exception as error:  # noqa: BLE001  # a peer may raise anything
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    """Serve."""
    # what a case prints must not get between the answers
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for module in sys.argv[1:]:
        alias(module)
    for line in sys.stdin:
        if line == "\n":  # the end of a block that nobody waited for; see cases/beside.py
            continue
        answers.write(json.dumps(run(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
