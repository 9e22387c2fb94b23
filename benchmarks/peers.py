"""The peers' environments, under ``build/bench``: made once, and again when they are out of date.

zmq        this project, as wheels with the settings of a release, nothing editable
zmq-core   the same, and only zmq-core
pyzmq      the release that our goals are set against
pyomq      a ZeroMQ in Rust, with pyzmq's names
c          the C programs, on the libzmq that our wheel was linked from
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build" / "bench"
CORE_BUILD = HOME / "core"
WHEELS = HOME / "wheels"

LOOPS = ("gevent", "tornado", "uvloop; sys_platform != 'win32'")
# of a release; the build's own options are documented in libzmq/README.md
RELEASE = ("cmake.define.ZMQ_LTO=ON",)


@dataclass(frozen=True)
class Peer:
    """One environment.

    Parameters
    ----------
    name : str
    requirements : tuple of str
        From the package index.
    ours : tuple of str
        Distributions of this repository, from its wheels.
    module : str
        What it calls ``zmq``.
    """

    name: str
    requirements: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()
    module: str = "zmq"

    @property
    def folder(self) -> Path:
        """Its virtual environment."""
        return HOME / "peers" / self.name

    @property
    def python(self) -> Path:
        """Its interpreter."""
        windows = self.folder / "Scripts" / "python.exe"
        return windows if sys.platform == "win32" else self.folder / "bin" / "python"

    def command(self) -> list[str]:
        """The worker's command line."""
        worker = [str(self.python), "-m", "benchmarks.worker"]
        return worker if self.module == "zmq" else [*worker, self.module]


def members() -> tuple[str, ...]:
    """Every distribution of this repository."""
    return tuple(sorted(path.parent.name for path in ROOT.glob("packages/zmq-*/pyproject.toml")))


PEERS = {
    peer.name: peer
    for peer in (
        Peer("zmq", LOOPS, members()),
        Peer("zmq-core", (), ("zmq-core",)),
        Peer("pyzmq", ("pyzmq==27.3.0", *LOOPS)),
        Peer("pyomq", ("pyomq", *LOOPS[1:]), module="pyomq"),
    )
}


def run(command: Iterable[object]) -> None:
    """Run a command; its output is shown only when it fails.

    Raises
    ------
    RuntimeError
        It failed.
    """
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed:\n{done.stdout[-4000:]}")


def digest(roots: Iterable[Path], *more: str) -> str:
    """A fingerprint of the files below `roots`, and of some words."""
    found = hashlib.sha256(repr(more).encode())
    for root in roots:
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for file in files:
            parts = file.relative_to(ROOT).parts
            if file.is_file() and not {"build", "tests", "__pycache__", "archives"} & set(parts):
                found.update(f"{'/'.join(parts)}\0".encode())
                found.update(file.read_bytes())
    return found.hexdigest()


def fresh(stamp: Path, state: str) -> bool:
    """Tell whether what `stamp` belongs to was made of `state`."""
    return stamp.exists() and stamp.read_text(encoding="utf-8") == state


def make_wheels() -> str:
    """Build every wheel of ours as a release has it; return the fingerprint of their sources."""
    state = digest([ROOT / "libzmq", *(ROOT / "packages" / name for name in members())], *RELEASE)
    stamp = WHEELS / "made-of"
    if fresh(stamp, state):
        return state
    shutil.rmtree(WHEELS, ignore_errors=True)
    pip = [sys_pip(), "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", WHEELS]
    settings = [f"--config-settings={setting}" for setting in (f"build-dir={CORE_BUILD}", *RELEASE)]
    run([*pip, *settings, ROOT / "packages" / "zmq-core"])
    run([*pip, *(ROOT / "packages" / name for name in members() if name != "zmq-core")])
    stamp.write_text(state, encoding="utf-8")
    return state


def sys_pip() -> Path:
    """An interpreter that has pip; a workspace's environment may have none."""
    tool = Peer("pip")
    if not tool.python.exists():
        venv.create(tool.folder, with_pip=True)
    return tool.python


def make_peer(peer: Peer, wheels: str) -> None:
    """Make a peer's environment. `wheels` is the fingerprint of ours."""
    state = json.dumps([sys.version, peer.requirements, peer.ours, wheels if peer.ours else ""])
    stamp = peer.folder / "made-of"
    if fresh(stamp, state):
        return
    if not peer.python.exists() or not peer.ours:
        venv.create(peer.folder, with_pip=True, clear=True)
    pip = [peer.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if peer.requirements:
        run([*pip, *peer.requirements])
    if peer.ours:
        files = [next(WHEELS.glob(f"{name.replace('-', '_')}-*.whl")) for name in peer.ours]
        run([*pip, "--no-deps", "--force-reinstall", *files])
    stamp.write_text(state, encoding="utf-8")


def reference() -> Path:
    """The C programs' place."""
    return HOME / "reference" / ("reference.exe" if sys.platform == "win32" else "reference")


def make_reference(wheels: str) -> None:
    """Compile the C programs with the libraries of our wheel."""
    source = Path(__file__).parent / "reference"
    state = digest([source], wheels)
    stamp = HOME / "reference" / "made-of"
    if fresh(stamp, state):
        return
    lto = "ON" if "cmake.define.ZMQ_LTO=ON" in RELEASE else "OFF"
    cmake = shutil.which("cmake") or "cmake"
    run(
        [
            *(cmake, "-S", source, "-B", HOME / "reference", "-DCMAKE_BUILD_TYPE=Release"),
            *(f"-DZMQ_CORE_BUILD={CORE_BUILD}", f"-DZMQ_LTO={lto}"),
        ]
    )
    run([cmake, "--build", HOME / "reference"])
    stamp.write_text(state, encoding="utf-8")


def make(names: Iterable[str]) -> dict[str, str]:
    """Make the named peers; return what is wrong with those that could not be made.

    A peer that cannot be made is left out, and shows as such in the table.
    """
    failed = {}
    wheels = make_wheels()
    for name in names:
        print(f"making {name} …", file=sys.stderr, flush=True)
        try:
            if name == "c":
                make_reference(wheels)
            else:
                make_peer(PEERS[name], wheels)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            failed[name] = str(error)
            print(f"{name} cannot be made: {error}", file=sys.stderr)
    return failed


VERSIONS = """
import importlib.metadata as m, json, platform, sys
names = [n for n in sys.argv[2:] if n]
found = {"python": platform.python_version()}
for name in names:
    try:
        found[name] = m.version(name)
    except m.PackageNotFoundError:
        pass
zmq = __import__(sys.argv[1])
found["libzmq"] = zmq.zmq_version()
if hasattr(zmq, "build_info"):
    found["build"] = zmq.build_info()
print(json.dumps(found))
"""


def versions(peer: Peer) -> dict[str, object]:
    """What is in a peer's environment."""
    names = [*peer.ours, peer.name, "gevent", "tornado", "uvloop"]
    command = [str(peer.python), "-c", VERSIONS, peer.module, *names]
    found: dict[str, object] = json.loads(subprocess.check_output(command, cwd=ROOT / "build"))
    return found
