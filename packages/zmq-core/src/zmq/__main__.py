"""``python -m zmq``: what is installed here, to read, and to paste into a bug report.

Contract: standard library and zmq-core only. An area that is not installed is named with the
command that installs it; one that is installed and cannot be imported is reported with the reason,
and makes the exit status 1. Nothing personal is printed: the home folder is shown as ``~``, and no
host or user name is read. ``--json`` prints what `report` returns.

.. versionadded:: 28.0
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import platform
import struct
import sys
import textwrap
from pathlib import Path
from typing import Any

from .about import pyzmq_version, zmq_version
from .backend import Context, build_info, has

SCHEMA = 1  # of the JSON report: a key that changes its meaning, or goes, makes it 2

#: what zmq_has(3) knows of
CAPABILITIES = ("curve", "draft", "gssapi", "ipc", "norm", "pgm", "tipc", "vmci", "ws", "wss")

#: modules that are run with ``python -m``, and what for
COMMANDS = {
    "": "print this report; --json for programs",
    "auth": "make, show, allow and revoke CURVE keys",
    "curve_keygen": "print a new CURVE key pair",
    "devices": "run a queue, forwarder, streamer or monitored queue",
    "log": "watch what programs log",
    "vendor": "copy zmq into another project",
}

#: other projects' distributions that ours work with, or that explain a strange installation
COMPANIONS = ("anyio", "cffi", "gevent", "numpy", "paramiko", "pyzmq", "tornado", "trio", "uvloop")

CORE = "zmq-core"
WIDTH = 96


def report() -> dict[str, Any]:
    """What is installed, and where it runs, as JSON's own types.

    Returns
    -------
    dict
        ``schema`` (1); ``versions`` of zmq, libzmq and libsodium (None without it); ``backend``;
        ``capabilities`` (name to bool, see `zmq.has`); ``build`` (see `zmq.build_info`);
        ``distributions`` (name to ``version`` and ``problem``, each text or None);
        ``commands`` (each ``command``, ``distribution``, ``purpose``); ``companions`` (name to
        version); ``python``; ``platform``; ``paths``, the folders of the package.
    """
    build = build_info()
    distributions = _distributions()
    return {
        "schema": SCHEMA,
        "versions": {
            "zmq": pyzmq_version(),
            "libzmq": zmq_version(),
            "libsodium": build["libsodium"]["version"] or None,
        },
        "backend": "cffi" if ".cffi." in Context.__module__ else "cython",
        "capabilities": {name: has(name) for name in CAPABILITIES},
        "build": _without_home(build),
        "distributions": distributions,
        "commands": _commands(distributions),
        "companions": _companions(),
        "python": {
            "implementation": platform.python_implementation(),
            "version": platform.python_version(),
            "bits": struct.calcsize("P") * 8,
            "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        },
        "platform": {
            "system": platform.system(),
            "release": platform.release(),
            "machine": platform.machine(),
            "libc": " ".join(platform.libc_ver()).strip() or None,
        },
        "paths": _without_home([str(folder) for folder in _package().__path__]),
    }


def _package() -> Any:
    return importlib.import_module(__package__)


def _distributions() -> dict[str, dict[str, str | None]]:
    found = {CORE: {"version": pyzmq_version(), "problem": None}}
    for name in sorted({*_package()._SUBMODULES.values()} - {CORE}):
        module = f"{__package__}.{name[len('zmq-') :]}"
        version = problem = None
        try:
            importlib.import_module(module)
            version = importlib.import_module(f"{module}._version").__version__
        except ModuleNotFoundError as error:
            if error.name != module:
                problem = f"{type(error).__name__}: {error}"
        except Exception as error:  # noqa: BLE001  # whatever it is, it is to be reported
            problem = f"{type(error).__name__}: {error}"
        found[name] = {"version": version, "problem": _without_home(problem)}
    return found


def _commands(distributions: dict[str, dict[str, str | None]]) -> list[dict[str, str]]:
    owners = _package()._SUBMODULES
    found = []
    for module, purpose in COMMANDS.items():
        owner = owners.get(module, CORE)
        if distributions[owner]["version"] is not None:
            command = f"python -m {'.'.join(filter(None, (__package__, module)))}"
            found.append({"command": command, "distribution": owner, "purpose": purpose})
    return found


def _companions() -> dict[str, str]:
    found = {name: _installed_version(name) for name in COMPANIONS}
    return {name: version for name, version in found.items() if version is not None}


def _installed_version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _without_home(value: Any) -> Any:
    """The same with ``~`` for the home folder, in every text of a structure."""
    if isinstance(value, dict):
        return {key: _without_home(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_home(each) for each in value]
    if isinstance(value, str):
        try:
            home = str(Path.home())
        except RuntimeError:  # there is none
            return value
        return value if home == Path(home).anchor else value.replace(home, "~")
    return value


# ---- as text


def text(found: dict[str, Any]) -> str:
    """The report, to be read by people."""
    versions, python, build = found["versions"], found["python"], found["build"]
    sodium = f", libsodium {versions['libsodium']}" if versions["libsodium"] else ""
    blocks = [f"zmq {versions['zmq']}, libzmq {versions['libzmq']}{sodium}"]
    blocks.append(_block("distributions", _distribution_lines(found["distributions"])))
    able = [name for name, there in found["capabilities"].items() if there]
    unable = [name for name in found["capabilities"] if name not in able]
    blocks.append(
        _block(
            "capabilities",
            [("yes", ", ".join(able) or "none"), ("no", ", ".join(unable) or "none")],
        )
    )
    switches = [f"{'with' if build[key] else 'no'} {key}" for key in ("lto", "drafts")]
    switches.append(f"batches of {build['batch_size']} bytes")
    blocks.append(
        _block(
            "build",
            [
                ("back end", found["backend"]),
                *((name, _origin(build[name])) for name in ("libzmq", "libsodium")),
                ("curve", build["curve"]),
                ("compiler", ", ".join(filter(None, [build["compiler"], build["flags"]]))),
                ("switches", ", ".join(switches)),
            ],
        )
    )
    others = [f"{name} {version}" for name, version in found["companions"].items()]
    gil = "with the GIL" if python["gil"] else "without the GIL"
    blocks.append(
        _block(
            "machine",
            [
                (
                    "python",
                    f"{python['implementation']} {python['version']}, {python['bits']} bit, {gil}",
                ),
                ("system", ", ".join(filter(None, found["platform"].values()))),
                ("beside", ", ".join(others) or "nothing that zmq works with"),
                *(("folder", folder) for folder in found["paths"]),
            ],
        )
    )
    commands = [(each["command"], each["purpose"]) for each in found["commands"]]
    blocks.append(_block("commands", commands))
    return "\n\n".join(blocks) + "\n"


def _distribution_lines(distributions: dict[str, dict[str, str | None]]) -> list[tuple[str, str]]:
    lines = []
    for name, each in distributions.items():
        if each["problem"]:
            told = f"CANNOT BE IMPORTED: {each['problem']}"
        elif each["version"]:
            told = each["version"]
        elif __package__ == "zmq":
            told = f"not installed; pip install {name}"
        else:  # a vendored copy is completed by its owner
            told = "not in this copy"
        lines.append((name, told))
    return lines


def _origin(library: dict[str, Any]) -> str:
    if not library["version"]:
        return "not linked in"
    told = f"{library['version']}, {library['origin']} ({library['route']})"
    count = len(library["patches"])
    return f"{told}, {count} patch{'' if count == 1 else 'es'}" if count else told


def _block(title: str, lines: list[tuple[str, str]]) -> str:
    column = max(len(name) for name, _ in lines) + 2
    wrapped = [
        textwrap.fill(
            value,
            WIDTH,
            initial_indent=f"  {name:{column}}",
            subsequent_indent=" " * (column + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for name, value in lines
    ]
    return "\n".join([title, *wrapped])


def main(arguments: list[str] | None = None) -> int:
    """Run the command; exit status 0, or 1 when an installed area cannot be imported."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}",
        description="Print versions, capabilities, build and commands of what is installed here, "
        "for people or (--json) for programs. Paste it into bug reports.",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    options = parser.parse_args(arguments)
    found = report()
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        print(text(found), end="")
    return int(any(each["problem"] for each in found["distributions"].values()))


if __name__ == "__main__":
    sys.exit(main())
