"""Instructions of the hottest operations, counted by callgrind: exact where times are not.

    hatch run bench --instructions            exit 1 when one is over its baseline
    hatch run bench --instructions --update   what is counted now is the baseline of this build

One Python process runs under callgrind. Around each operation's loops, one to warm up and one that
counts, it calls ``os.getppid``, at which callgrind writes its counters down and sets them to zero;
so the dump between two calls has one loop and nothing else. All threads are counted, and Python
itself, because what a user's call costs is all of it. An empty loop is counted, too, and taken off.

Counts depend on the interpreter, the compiler and libzmq, so ``instructions.json`` has a baseline
for each such build. With one that it does not know nothing is compared, and the exit status is 2.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Callable

BASELINE = Path(__file__).with_name("instructions.json")
TOLERANCE = 0.03  # a release of libc or a Python patch may move this much; ours shall not
TIMES = 200
WARM_UP = 40  # Python specialises a loop after some turns


def operations() -> dict[str, Callable[[], object]]:
    """Name -> one operation. The first does nothing: it is what the loop costs."""
    import zmq

    context = zmq.Context()
    left, right = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    left.bind("inproc://instructions")
    right.connect("inproc://instructions")
    empty = context.socket(zmq.PULL)
    poller = zmq.Poller()
    poller.register(empty, zmq.POLLIN)
    small, large, text = bytes(32), bytes(64 * 1024), "x" * 32
    frames = [small] * 3

    def nothing() -> None:
        pass

    def send_recv() -> None:
        left.send(small)
        right.recv()

    def multipart() -> None:
        left.send_multipart(frames)
        right.recv_multipart()

    def string() -> None:
        left.send_string(text)
        right.recv_string()

    def zero_copy() -> None:
        left.send(large, copy=False)
        right.recv(copy=False)

    def again() -> None:
        try:  # noqa: SIM105  # contextlib would be counted, too
            empty.recv(zmq.DONTWAIT)
        except zmq.Again:
            pass

    return {
        "loop": nothing,
        "send + recv, 32 B": send_recv,
        "send_multipart + recv_multipart, 3 frames": multipart,
        "send_string + recv_string": string,
        "send + recv, copy=False, 64 KiB": zero_copy,
        "try_recv, empty": empty.try_recv,
        "zmq.Again": again,
        "getsockopt": lambda: left.getsockopt(zmq.LINGER),
        "setsockopt": lambda: left.setsockopt(zmq.LINGER, 0),
        "Frame, copy=False": lambda: zmq.Frame(large, copy=False),
        "Poller.poll, nothing ready": lambda: poller.poll(0),
    }


async def asynchronous() -> str:
    """Count asyncio's operation, inside its loop."""
    import zmq
    import zmq.asyncio

    context = zmq.asyncio.Context()
    left, right = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    left.bind("inproc://asyncio")
    right.connect("inproc://asyncio")
    small = bytes(32)
    for times in (WARM_UP, TIMES):
        os.getppid()
        for _ in range(times):
            await left.send(small)
            await right.recv()
    os.getppid()
    return "asyncio: send + recv, 32 B"


def child() -> None:
    """What runs under callgrind; it prints the operations' names."""
    names = []
    for name, operation in operations().items():
        for times in (WARM_UP, TIMES):
            os.getppid()
            for _ in range(times):
                operation()
        os.getppid()
        names.append(name)
    names.append(asyncio.run(asynchronous()))
    print(json.dumps(names), flush=True)
    os._exit(0)  # the sockets go with the process


def totals(folder: Path, stem: str) -> list[int]:
    """The counts of callgrind's dumps, in their order."""
    dumps = [path for path in folder.glob(f"{stem}.*") if path.suffix[1:].isdigit()]
    dumps.sort(key=lambda path: int(path.suffix[1:]))
    found = []
    for dump in dumps:
        count = re.search(r"^(?:totals|summary): (\d+)", dump.read_text("utf-8"), re.MULTILINE)
        if count is None:
            raise RuntimeError(f"callgrind wrote no total into {dump.name}")
        found.append(int(count[1]))
    return found


def per_operation(names: Sequence[str], counts: Sequence[int]) -> dict[str, int]:
    """Instructions of one operation; its third dump is that of the loop that counts.

    Raises
    ------
    ValueError
        There are not three dumps for each operation.
    """
    if len(counts) != 3 * len(names):
        raise ValueError(f"{len(counts)} dumps do not belong to {len(names)} operations")
    loop, *rest = (count / TIMES for count in counts[2::3])
    return {name: round(count - loop) for name, count in zip(names[1:], rest)}


def count() -> dict[str, int]:
    """Run the operations under callgrind.

    Raises
    ------
    RuntimeError
        There is no valgrind, or it failed.
    """
    if shutil.which("valgrind") is None:
        raise RuntimeError("valgrind is not installed; the guard needs it")
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "valgrind",
            "--tool=callgrind",
            "--dump-before=getppid",
            f"--callgrind-out-file={folder}/count",
            sys.executable,
            "-m",
            "benchmarks.instructions",
            "--child",
        ]
        done = subprocess.run(
            command,
            # The same places in dicts; and glibc's cache of freed memory is never full: else what
            # an operation frees goes a short way or a long one, by what others freed before.
            env={
                **os.environ,
                "PYTHONHASHSEED": "0",
                "GLIBC_TUNABLES": "glibc.malloc.tcache_count=100",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"callgrind failed:\n{done.stderr[-3000:]}")
        return per_operation(json.loads(done.stdout), totals(Path(folder), "count"))


def build() -> str:
    """What counts depend on, as the key of a baseline."""
    import zmq

    info = zmq.build_info()
    lto = "lto" if info["lto"] else "no lto"
    python = "Python {}.{}".format(*sys.version_info)
    libzmq = f"libzmq {zmq.zmq_version()}"
    return ", ".join([python, libzmq, info["compiler"], lto, platform.machine()])


def regressions(counts: Mapping[str, int], baseline: Mapping[str, int]) -> list[str]:
    """What needs more instructions than the baseline and its tolerance allow."""
    return [
        f"{name}: {counts[name]} instructions, the baseline has {allowed}"
        for name, allowed in baseline.items()
        if name in counts and counts[name] > allowed * (1 + TOLERANCE)
    ] + [f"{name}: no longer counted" for name in baseline if name not in counts]


def main(words: Sequence[str]) -> int:
    """The command line; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="write this build's baseline")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.child:
        child()
    known = json.loads(BASELINE.read_text("utf-8")) if BASELINE.exists() else {}
    counts = count()
    baseline = known.get(build(), {})
    print(build())
    for name, found in counts.items():
        before = baseline.get(name)
        change = f"{found / before - 1:+8.1%}" if before else "        "
        print(f"{found:10,}  {change}  {name}")
    if options.update:
        known[build()] = counts
        BASELINE.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return 0
    if not baseline:
        print("there is no baseline for this build; --update makes it one")
        return 2
    failed = regressions(counts, baseline)
    for line in failed:
        print(f"FAILED: {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
