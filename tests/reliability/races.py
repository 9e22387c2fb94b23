"""Run races/races.c, threads on libzmq as zmq-core has it, under Thread- or AddressSanitizer.

    python -m tests.reliability.races [--sanitizer address,undefined] [--rounds N] [--folder FOLDER]

The build takes some minutes and goes into the folder (default build/races); LIBZMQ_SOURCE and the
other settings of libzmq/README.md count. The exit status is 1 when a trial hangs, ends otherwise
than it should, or is reported.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
TRIALS = ("closed", "disconnected", "conflate", "ended", "connecting", "watermarks", "everything")
# Races that harm nobody. Who binds sets the watermark of a pipe while the other end looks at it:
# either value will do. The other one is a flag that is only ever false.
HARMLESS = "race:zmq::pipe_t::check_hwm\nrace:zmq::ypipe_conflate_t*::check_read\n"


def build(folder: Path, sanitizer: str) -> Path:
    """The program, built with a sanitizer."""
    settings = [f"-DSANITIZER={sanitizer}", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-GNinja"]
    configure = ["cmake", "-S", str(HERE / "races"), "-B", str(folder), *settings]
    for command in (configure, ["cmake", "--build", str(folder), "--target", "races"]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / "races"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sanitizer", default="thread", help="thread, or address,undefined")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--folder", type=Path, default=Path("build", "races"))
    options = parser.parse_args()
    folder = (options.folder / options.sanitizer.replace(",", "-")).resolve()
    program = build(folder, options.sanitizer)
    (folder / "harmless").write_text(HARMLESS)
    wrong = 0
    for trial in TRIALS:
        with tempfile.TemporaryDirectory() as current:  # for the addresses of ipc
            done = subprocess.run(
                ["setarch", "-R", str(program), trial, str(options.rounds)],
                env={**os.environ, "TSAN_OPTIONS": f"suppressions={folder / 'harmless'}"},
                cwd=current,
                capture_output=True,
                text=True,
                check=False,
            )
        print(f"{trial:14} {done.stdout.strip() or 'does not end'}; status {done.returncode}")
        if done.returncode or "runtime error: " in done.stderr:  # UBSan's, which goes on
            print(done.stderr, file=sys.stderr)
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
