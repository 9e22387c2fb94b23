"""Ordinary ends of programs that leave a message nobody fetches, or a socket open.

Each must end, or say on stderr what it waits for, within 5 seconds. `count` is how many times each
is tried.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import textwrap
from typing import Any

from tests.reliability.harness import Outcome, program

MODULE = "tests.reliability.exits"
EXPLAINED_S = 5
NOBODY = "tcp://127.0.0.1:1"

PROGRAMS = {
    "term()": """
        context = zmq.Context(); socket = context.socket(zmq.PUSH)
        socket.connect(NOBODY); socket.send(b"unsent"); socket.close(); context.term()""",
    "with Context, with socket": """
        with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
            socket.connect(NOBODY); socket.send(b"unsent")""",
    "collected in a function": """
        def function():
            context = zmq.Context(); socket = context.socket(zmq.PUSH)
            socket.connect(NOBODY); socket.send(b"unsent")
        function()""",
    "asyncio.run() leaves a REQ": """
        import asyncio, zmq.asyncio
        async def main():
            context = zmq.asyncio.Context(); socket = context.socket(zmq.REQ)
            socket.connect(NOBODY); await socket.send(b"unsent")
        asyncio.run(main())""",
    "instance().term(), open socket": """
        socket = zmq.Context.instance().socket(zmq.PUSH)
        zmq.Context.instance().term()""",
    "end of the program": """
        context = zmq.Context(); socket = context.socket(zmq.PUSH)
        socket.connect(NOBODY); socket.send(b"unsent")""",
    "sys.exit() beside a thread": """
        import threading
        context = zmq.Context(); socket = context.socket(zmq.PULL)
        threading.Thread(target=socket.recv, daemon=True).start()
        sys.exit()""",
    "an exception, cycle of objects": """
        class Holder: pass
        holder = Holder(); holder.me = holder
        holder.context = zmq.Context(); holder.socket = holder.context.socket(zmq.PUSH)
        holder.socket.connect(NOBODY); holder.socket.send(b"unsent")
        raise SystemExit(0)""",
}


def trials() -> list[str]:
    return list(PROGRAMS)


def perform(name: str, count: float) -> dict[str, Any]:
    told: dict[str, int] = {}
    for _ in range(int(count)):
        how = one(name)
        told[how] = told.get(how, 0) + 1
    return told


def one(name: str) -> str:
    code = f"import sys, zmq\nNOBODY = {NOBODY!r}\n" + textwrap.dedent(PROGRAMS[name])
    with (
        tempfile.TemporaryFile("w+") as stderr,
        subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], stderr=stderr) as process,
    ):
        try:
            process.wait(EXPLAINED_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            stderr.seek(0)
            said = stderr.read()
            return "waits and says why" if "cannot end yet" in said and "Cure" in said else "hangs"
    if process.returncode < 0:
        return signal.Signals(-process.returncode).name
    return "ends" if process.returncode == 0 else f"status {process.returncode}"


def judge(name: str, outcome: Outcome) -> str:
    if outcome.ended != "ended":
        return outcome.ended
    return "" if set(outcome.measured) <= {"ends", "waits and says why"} else "in silence"


if __name__ == "__main__":
    sys.exit(
        program(
            MODULE, __doc__, trials, perform, judge,
            count=1, unit="times each", seconds=lambda count: 10 + 8 * count,
        )
    )  # fmt: skip
