"""Every combination of pieces a user can install, from built wheels, in fresh environments."""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from .conftest import Environment, call

from wheels import problems, record  # isort: skip  (tools/)

AREAS = ("auth", "devices", "eventloop", "log", "ssh")
pytestmark = pytest.mark.timeout(300)

ROUND_TRIP = """
import zmq
context = zmq.Context()
a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
a.bind("inproc://x")
b.connect("inproc://x")
a.send(b"hello")
assert b.recv() == b"hello"
a.close(), b.close(), context.term()
"""

MATRIX = {
    "zmq-core": ({"zmq-core"}, ROUND_TRIP + "assert not hasattr(a, 'send_json')"),
    "zmq-core zmq-sugar": ({"zmq-core", "zmq-sugar"}, ROUND_TRIP + "a.send_json; zmq.Poller"),
    **{
        f"zmq-{area}": (
            {"zmq-core", "zmq-sugar", f"zmq-{area}"},
            ROUND_TRIP
            + f"zmq.{area}\n"
            + "".join(f"assert not hasattr(zmq, {other!r})\n" for other in AREAS if other != area),
        )
        for area in AREAS
    },
    "zmq": ({"zmq", "zmq-core", "zmq-sugar"}, ROUND_TRIP + "a.send_json"),
    "zmq[all]": (
        {"zmq", "zmq-core", "zmq-sugar", *(f"zmq-{area}" for area in AREAS)},
        ROUND_TRIP + "".join(f"zmq.{area}\n" for area in AREAS),
    ),
}


@pytest.mark.parametrize("what", MATRIX)
def test_pieces(environment: Environment, what: str) -> None:
    expected, program = MATRIX[what]
    environment.install(*what.split())
    assert environment.installed() == expected
    environment.pip("check")
    environment.run(program)


def test_a_piece_that_is_absent_is_named(environment: Environment) -> None:
    environment.install("zmq-core")
    for name, distribution in (("auth", "zmq-auth"), ("Poller", "zmq-sugar")):
        output = environment.run(f"import zmq; zmq.{name}", status=1)
        assert f"pip install {distribution}" in output


def test_upgrade_and_uninstall_leave_the_others_intact(
    environment: Environment, tmp_path: Path
) -> None:
    environment.install("zmq[all]")
    files = {path for path in (environment.site / "zmq").rglob("*") if path.suffix == ".py"}
    newer = tmp_path / "newer"
    newer.mkdir()
    (log,) = environment.wheels.glob("zmq_log-*.whl")
    repack(log, newer, "1.0.0", "1.0.1")
    environment.pip(
        "install", "--quiet", "--no-index", "--find-links", newer, "--upgrade", "zmq-log"
    )
    assert "zmq-log==1.0.1" in environment.pip("freeze")
    environment.run(ROUND_TRIP + "zmq.log; zmq.auth; zmq.ssh")

    environment.pip("uninstall", "--quiet", "zmq-log")
    left = {path for path in (environment.site / "zmq").rglob("*") if path.suffix == ".py"}
    assert {path.relative_to(environment.site).parts[1] for path in files - left} == {"log"}
    environment.run(ROUND_TRIP + "zmq.auth; zmq.ssh; assert not hasattr(zmq, 'log')")

    environment.pip("uninstall", "--quiet", "zmq-core")
    told = environment.pip("check", status=1)
    for name in ("zmq-sugar", "zmq-auth", "zmq-devices", "zmq-ssh", "zmq-eventloop"):
        assert f"The package `{name}` requires `zmq-core" in told


def repack(wheel: Path, folder: Path, old: str, new: str) -> Path:
    """The same wheel with another version."""
    target = folder / wheel.name.replace(old, new)
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(target, "w") as result:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith(("METADATA", "RECORD", "_version.py")):
                content = content.replace(old.encode(), new.encode())
            if name.endswith("RECORD"):  # drop the hashes, which no longer fit
                lines = content.decode().splitlines()
                content = "".join(line.split(",")[0] + ",,\n" for line in lines).encode()
            result.writestr(name.replace(old, new), content)
    return target


@pytest.mark.parametrize("resolution", ["lowest-direct", "highest"])
def test_ends_of_the_version_ranges(
    environment: Environment, tmp_path: Path, resolution: str
) -> None:
    later = {"zmq_core-28.0.0": "28.0.7", "zmq_sugar-28.0.0": "28.0.7", "zmq_auth-1.0.0": "1.9.0"}
    for stem, version in later.items():
        (wheel,) = environment.wheels.glob(f"{stem}-*.whl")
        repack(wheel, tmp_path, stem.partition("-")[2], version)
    environment.pip(
        "install", "--quiet", "--no-index", "--find-links", environment.wheels,
        "--find-links", tmp_path, "--resolution", resolution, "--no-cache",
        "zmq-auth", "zmq-core", "zmq-sugar",
    )  # fmt: skip
    newest = resolution == "highest"
    freeze = environment.pip("freeze")
    assert f"zmq-core=={'28.0.7' if newest else '28.0.0'}" in freeze
    assert f"zmq-auth=={'1.9.0' if newest else '1.0.0'}" in freeze
    environment.pip("check")
    environment.run(ROUND_TRIP + "zmq.auth")


def test_two_prefixes(environment: Environment, tmp_path: Path) -> None:
    """Core and sugar in one place, an area in another, in both orders on the path."""
    environment.install("zmq")
    target = tmp_path / "target"
    environment.install("--target", target, "--no-deps", "zmq-log")
    assert not (target / "zmq" / "__init__.py").exists()
    program = ROUND_TRIP + f"assert zmq.log.__file__.startswith({str(target)!r})"
    environment.run(program, PYTHONPATH=str(target))
    environment.run(f"import sys; sys.path.append({str(target)!r})\n{program}")


def test_everything_in_a_target(environment: Environment, tmp_path: Path) -> None:
    environment.install("--target", tmp_path / "target", "zmq[all]")
    environment.run(ROUND_TRIP + "zmq.auth; zmq.log", PYTHONPATH=str(tmp_path / "target"))


def test_a_zip_archive_is_refused_with_the_reason(wheels: Path) -> None:
    """A compiled module cannot be loaded from a zip archive: the error says that."""
    (core,) = wheels.glob("zmq_core-*.whl")
    program = f"import sys; sys.path.insert(0, {str(core)!r}); import zmq"
    output = call(sys.executable, "-S", "-c", program, status=1)
    assert "ImportError: zmq is imported from a zip archive" in output


def test_a_wheel_of_another_python_is_refused_with_the_reason(environment: Environment) -> None:
    environment.install("zmq-core")
    for module in (environment.site / "zmq" / "backend" / "cython").glob("_zmq.*"):
        if module.suffix in {".so", ".pyd"}:
            module.unlink()
    output = environment.run("import zmq", status=1)
    assert "ImportError: zmq's compiled module _zmq for " in output


def test_the_back_end_that_is_left_out_says_so(environment: Environment) -> None:
    environment.install("zmq-core")
    assert not (environment.site / "zmq" / "backend" / "cffi").exists()
    output = environment.run("import zmq", status=1, PYZMQ_BACKEND="cffi")
    assert "ImportError: this zmq-core has no CFFI back end" in output
    assert "ZMQ_CFFI=1 pip install" in output


def test_no_path_has_two_owners(wheels: Path) -> None:
    owners: dict[str, str] = {}
    for wheel in sorted(wheels.glob("*.whl")):
        for path in record(wheel):
            assert owners.setdefault(path, wheel.name) == wheel.name, path
    assert owners["zmq/__init__.py"].startswith("zmq_core-")
    (shim,) = wheels.glob("pyzmq-*.whl")
    (meta,) = wheels.glob("zmq-*.whl")
    for name in (shim.name, meta.name):
        assert not {p for p, owner in owners.items() if owner == name and ".dist-info/" not in p}


def test_wheel_of_the_core(wheels: Path) -> None:
    (core,) = wheels.glob("zmq_core-*.whl")
    assert problems(core) == []


def test_the_stand_in_for_pyzmq(environment: Environment, tmp_path: Path) -> None:
    environment.install("pyzmq")
    assert {"pyzmq", "zmq", "zmq-core", "zmq-sugar"} < environment.installed()
    environment.run("import zmq")  # with -W error: it does not take the stand-in for the real one
    real = environment.site / "pyzmq-27.3.0.dist-info"
    real.mkdir()
    (real / "RECORD").write_text("zmq/__init__.py,,\n")
    output = environment.run("import zmq", status=1)
    assert "RuntimeWarning" in output
    assert "pip uninstall pyzmq" in output
    shutil.rmtree(real)
