"""Copy zmq into another project, to be imported under that project's name.

``python -m zmq.vendor theirapp/_vendor --with auth,devices`` makes ``theirapp/_vendor/zmq`` out of
the zmq that runs: the core, zmq-sugar and the areas asked for, with their licences. The program
then says ``from theirapp._vendor import zmq``, and meets no zmq or pyzmq that is installed beside
it. The copy has a compiled module, so it serves one platform and one Python, as a wheel does;
projects that ship it ship platform wheels.

The same command again upgrades: it keeps the choice of areas, replaces the files it wrote before,
removes those that are no more, and refuses when one of them was edited. ``--check`` tells which
files differ from what was copied.

Invariants: only files named in the manifest (``zmq/VENDORED.json``) are ever replaced or removed;
the same zmq gives the same bytes (no dates, no paths of the machine).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.metadata
import json
import shutil
import sys
import sysconfig
from pathlib import Path, PurePosixPath
from typing import Any, Callable

from .backend import build_info

MANIFEST = "VENDORED.json"
LICENSES = "_licenses"
CORE, SUGAR = "zmq-core", "zmq-sugar"
UNWANTED = {".pyx", ".pyc", ".c", ".o"}  # an editable installation has sources beside its modules


class VendorError(Exception):
    """The copy cannot be made, or may not be replaced."""


def _owners() -> dict[str, str]:
    """Map what lies directly below ``zmq`` to its distribution; what is not named is the core's."""
    owners: dict[str, str] = importlib.import_module(__package__)._SUBMODULES
    return owners


def areas() -> list[str]:
    """Names that ``--with`` takes: the distributions other than zmq-core, without ``zmq-``."""
    return sorted({name[len("zmq-") :] for name in _owners().values()} - {"core"})


def _chosen(names: list[str]) -> list[str]:
    """Distributions for these areas; every area stands on the core and on sugar."""
    unknown = sorted(set(names) - set(areas()))
    if unknown:
        raise VendorError(f"no such area: {', '.join(unknown)}; there are {', '.join(areas())}")
    return sorted({CORE, SUGAR, *(f"zmq-{name}" for name in names)})


def _installed_files() -> dict[str, dict[str, Path]]:
    """Map each distribution to its files here: path below the package to where it lies."""
    package = importlib.import_module(__package__)
    owners = _owners()
    found: dict[str, dict[str, Path]] = {}
    for folder in map(Path, package.__path__):
        for file in sorted(folder.rglob("*")):
            path = file.relative_to(folder)
            hidden = "__pycache__" in path.parts or path.parts[0] in {LICENSES, MANIFEST}
            compiled = file.suffix in {".so", ".pyd"}  # of whichever Pythons; ours comes below
            if hidden or compiled or file.suffix in UNWANTED or not file.is_file():
                continue
            owner = owners.get(path.parts[0].partition(".")[0], CORE)
            found.setdefault(owner, {}).setdefault(path.as_posix(), file)
    for name, module in list(sys.modules.items()):
        file = Path(getattr(module, "__file__", None) or "")
        if name.startswith(f"{__package__}.backend.") and file.suffix in {".so", ".pyd"}:
            path = Path(*name.split(".")[len(__package__.split(".")) :]).with_name(file.name)
            found[CORE][path.as_posix()] = file
    return found


def _license_files(distribution: str) -> dict[str, Path]:
    """Map ``_licenses/<distribution>/…`` to the licence texts of one distribution."""
    top = f"{LICENSES}/{distribution}"
    own = Path(__file__).parent / LICENSES / distribution  # this zmq is itself a copy
    if own.is_dir():
        return {
            f"{top}/{file.relative_to(own).as_posix()}": file
            for file in sorted(own.rglob("*"))
            if file.is_file()
        }
    found = {}
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        parts = PurePosixPath(file).parts
        if len(parts) > 2 and parts[0].endswith(".dist-info") and parts[1] == "licenses":
            found["/".join([top, *parts[2:]])] = Path(str(file.locate()))
    if not found:
        raise VendorError(
            f"the licence of {distribution} is not installed, and a copy must carry it; "
            f"pip install --force-reinstall --no-deps {distribution}"
        )
    return found


def _version(distribution: str) -> str:
    area = "" if distribution == CORE else f".{distribution[len('zmq-') :]}"
    version = importlib.import_module(f"{__package__}{area}._version").__version__
    return str(version)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def plan(names: list[str]) -> tuple[dict[str, Path], dict[str, Any]]:
    """What a copy consists of: sources by path below ``zmq``, and the manifest.

    Raises
    ------
    VendorError
        An area is unknown, not installed, or without its licence.
    """
    here = _installed_files()
    sources: dict[str, Path] = {}
    versions = {}
    for distribution in _chosen(names):
        if not here.get(distribution):
            raise VendorError(
                f"{distribution} is not installed here; pip install {distribution} first"
            )
        sources.update(here[distribution])
        sources.update(_license_files(distribution))
        versions[distribution] = _version(distribution)
    info = build_info()
    manifest = {
        "note": "written by `python -m zmq.vendor`; --check compares, without it upgrades",
        "with": sorted(names),
        "python": f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}",
        "distributions": versions,
        "libraries": {
            "libzmq": info["libzmq"]["version"],
            "libsodium": info["libsodium"]["version"],
        },
        "files": {path: _sha256(sources[path]) for path in sorted(sources)},
    }
    return sources, manifest


def read_manifest(destination: Path) -> dict[str, Any] | None:
    """The manifest of the copy below `destination`; None where there is no copy."""
    file = destination / "zmq" / MANIFEST
    if file.is_file():
        manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return manifest
    if file.parent.is_dir() and any(file.parent.iterdir()):
        raise VendorError(f"{file.parent} is there and was not made by zmq.vendor; remove it first")
    return None


def differences(destination: Path) -> list[str]:
    """How the copy below `destination` differs from its manifest; empty when it does not.

    Raises
    ------
    VendorError
        There is no copy.
    """
    manifest = read_manifest(destination)
    if manifest is None:
        raise VendorError(f"no copy of zmq in {destination}; make one with python -m zmq.vendor")
    top = destination / "zmq"
    found = []
    for path, digest in manifest["files"].items():
        if not (top / path).is_file():
            found.append(f"missing: {path}")
        elif _sha256(top / path) != digest:
            found.append(f"edited: {path}")
    for file in sorted(top.rglob("*")):
        path = file.relative_to(top).as_posix()
        ours = path == MANIFEST or path in manifest["files"] or "__pycache__" in file.parts
        if file.is_file() and not ours:
            found.append(f"added: {path}")
    return found


def copy(
    destination: Path, names: list[str] | None = None, *, overwrite: bool = False
) -> dict[str, Any]:
    """Make or upgrade the copy ``destination/zmq``; return its manifest.

    Parameters
    ----------
    destination : Path
        The package that is to hold ``zmq``, such as ``theirapp/_vendor``.
    names : list of str, optional
        Areas, see `areas`. Default: those of the copy that is there, else none but core and sugar.
    overwrite : bool
        Replace files that were edited, too.

    Raises
    ------
    VendorError
        Something is missing here, or the copy there was edited or is not ours.
    """
    old = read_manifest(destination)
    edited = differences(destination) if old else []
    if edited and not overwrite:
        raise VendorError(
            "the copy was changed by hand; --overwrite replaces edited and missing files and "
            "keeps added ones:\n  " + "\n  ".join(edited)
        )
    if names is None:
        names = old["with"] if old else []
    sources, manifest = plan(names)
    top = destination / "zmq"
    for path in set(old["files"]) - set(sources) if old else ():
        (top / path).unlink(missing_ok=True)
    for path, source in sources.items():
        target = top / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)  # a new file: a running program keeps the old module mapped
        # never a hard link: the loader takes one inode for one module, whatever its name
        shutil.copyfile(source, target)
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (top / MANIFEST).write_text(text, encoding="utf-8")
    for folder in sorted(top.rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return manifest


def _summary(destination: Path, manifest: dict[str, Any], say: Callable[[str], object]) -> None:
    owners = _owners()
    groups: dict[str, list[str]] = {}
    for path in manifest["files"]:
        parts = path.split("/")
        default = parts[1] if parts[0] == LICENSES else CORE
        groups.setdefault(owners.get(parts[0].partition(".")[0], default), []).append(path)
    for distribution, version in manifest["distributions"].items():
        paths = groups[distribution]
        lines = "".join(f"{path} {manifest['files'][path]}\n" for path in paths)
        size = sum((destination / "zmq" / path).stat().st_size for path in paths)
        digest = hashlib.sha256(lines.encode()).hexdigest()
        say(f"{distribution:14} {version:10} {len(paths):3} files {size // 1024:5} KB  {digest}")
    libraries = ", ".join(f"{name} {version}" for name, version in manifest["libraries"].items())
    say(f"{destination / 'zmq'}: {manifest['python']}, {libraries}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; exit status 0 done or unchanged, 1 the copy differs, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m zmq.vendor", description=__doc__.split("\n")[0]
    )
    parser.add_argument("destination", type=Path, help="package to hold it, as theirapp/_vendor")
    parser.add_argument(
        "--with",
        dest="names",
        metavar="AREAS",
        type=lambda text: [name for name in text.split(",") if name],
        help=f"areas to copy with core and sugar, with commas between: {', '.join(areas())}",
    )
    parser.add_argument("--check", action="store_true", help="only tell whether it was edited")
    parser.add_argument("--overwrite", action="store_true", help="replace edited files, too")
    options = parser.parse_args(arguments)
    try:
        if options.check:
            found = differences(options.destination)
            print("\n".join(found) or "as it was copied")
            return 1 if found else 0
        manifest = copy(options.destination, options.names, overwrite=options.overwrite)
    except VendorError as error:
        print(f"zmq.vendor: {error}", file=sys.stderr)
        return 2
    _summary(options.destination, manifest, print)
    return 0


if __name__ == "__main__":
    sys.exit(main())
