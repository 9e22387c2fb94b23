"""``python -m zmq.vendor``: the copy works under its own name, beside any other zmq, and alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from .conftest import Environment, call

pytestmark = pytest.mark.timeout(300)

APPLICATION = """
import multiprocessing, pickle, sys
from theirapp._vendor import zmq
from theirapp._vendor.zmq import auth, devices

def work(endpoint):
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.connect(endpoint)
        socket.send_json([zmq.__name__, zmq.ZMQError.__module__])

def main():
    with zmq.Context() as context, context.socket(zmq.PULL) as socket:
        socket.bind("tcp://127.0.0.1:*")
        child = multiprocessing.get_context("spawn").Process(
            target=work, args=(socket.last_endpoint.decode(),))
        child.start()
        assert socket.poll(30_000)
        assert socket.recv_json() == ["theirapp._vendor.zmq", "theirapp._vendor.zmq.error"]
        child.join()
        try:
            socket.recv(zmq.NOBLOCK)
        except zmq.Again as error:
            assert type(pickle.loads(pickle.dumps(error))) is zmq.Again
    assert pickle.loads(pickle.dumps(zmq.REP)) is zmq.REP
    assert zmq.curve_keypair()
    for class_ in (zmq.Socket, zmq.backend.Socket):
        assert class_.__module__.startswith("theirapp._vendor.zmq."), class_.__module__
    auth.create_certificates, devices.ThreadDevice
    assert not hasattr(zmq, "log")
    print(sorted(name for name in sys.modules if name.split(".")[0] == "zmq"))

if __name__ == "__main__":
    main()
"""
BESIDE = "import zmq as installed\n" + APPLICATION.replace(
    "    print(sorted",
    """\
    assert installed.__name__ == "zmq" and installed.Context is not zmq.Context
    assert installed.Again is not zmq.Again and installed.REP == zmq.REP
    with installed.Context() as context, context.socket(installed.PULL) as socket:
        try:
            socket.recv(installed.NOBLOCK)
        except zmq.Again:
            raise AssertionError("the copy's exception from the installed one")
        except installed.Again:
            pass
    print(sorted""",
)


@pytest.fixture
def vendored(environment: Environment, tmp_path: Path) -> Path:
    """A project with a copy, made by an environment with everything installed."""
    environment.install("zmq[all]")
    package = tmp_path / "project" / "theirapp"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "app.py").write_text(APPLICATION)
    (package / "beside.py").write_text(BESIDE)
    told = vendor(environment, package / "_vendor", "--with", "auth,devices")
    for word in ("zmq-core", "zmq-sugar", "zmq-auth", "zmq-devices", "28.0.0", "libsodium"):
        assert word in told
    return package


def vendor(environment: Environment, *arguments: str | Path, status: int = 0) -> str:
    return call(environment.python, "-m", "zmq.vendor", *arguments, status=status)


def test_a_copy_alone_and_beside_an_installed_zmq(environment: Environment, vendored: Path) -> None:
    project = vendored.parent
    alone = call(sys.executable, "-S", "-m", "theirapp.app", cwd=project)
    assert alone.strip() == "[]", "it imported an installed zmq"
    assert "'zmq'" in call(environment.python, "-m", "theirapp.beside", cwd=project)


def test_what_is_copied(vendored: Path) -> None:
    top = vendored / "_vendor" / "zmq"
    manifest = json.loads((top / "VENDORED.json").read_text())
    assert set(manifest["distributions"]) == {"zmq-core", "zmq-sugar", "zmq-auth", "zmq-devices"}
    there = {path.name for path in top.iterdir()}
    assert {"auth", "curve_keygen.py", "devices", "sugar", "utils", "decorators.py"} <= there
    assert not there & {"log", "ssh", "green", "asyncio.py", "eventloop"}
    for name in ("zmq-core/LICENSE", "zmq-auth/LICENSE", "zmq-core/bundled/libsodium/LICENSE"):
        assert (top / "_licenses" / name).read_text()
    assert not [path for path in top.rglob("*") if path.suffix in {".pyx", ".pyc"}]


def test_check_and_upgrade(environment: Environment, vendored: Path) -> None:
    copy = vendored / "_vendor"
    assert vendor(environment, copy, "--check") == "as it was copied\n"
    before = (copy / "zmq" / "VENDORED.json").read_bytes()
    (copy / "zmq" / "error.py").write_text("edited")
    (copy / "zmq" / "constants.py").unlink()
    (copy / "zmq" / "theirs.py").touch()
    told = vendor(environment, copy, "--check", status=1)
    assert told.splitlines() == ["missing: constants.py", "edited: error.py", "added: theirs.py"]
    assert "edited: error.py" in vendor(environment, copy, status=2)
    vendor(environment, copy, "--overwrite")  # the same areas as before
    assert vendor(environment, copy, "--check", status=1) == "added: theirs.py\n"
    (copy / "zmq" / "theirs.py").unlink()
    assert (copy / "zmq" / "VENDORED.json").read_bytes() == before
    vendor(environment, copy, "--with", "auth")  # what is no longer wanted goes
    assert not (copy / "zmq" / "devices").exists()
    assert vendor(environment, copy, "--check") == "as it was copied\n"


def test_refusals(environment: Environment, tmp_path: Path) -> None:
    environment.install("zmq")
    assert "no such area: aut" in vendor(environment, tmp_path / "a", "--with", "aut", status=2)
    told = vendor(environment, tmp_path / "a", "--with", "auth", status=2)
    assert "zmq-auth is not installed here" in told
    assert "no copy of zmq" in vendor(environment, tmp_path / "a", "--check", status=2)
    (tmp_path / "b" / "zmq").mkdir(parents=True)
    (tmp_path / "b" / "zmq" / "x.py").touch()
    assert "was not made by zmq.vendor" in vendor(environment, tmp_path / "b", status=2)


def test_a_copy_of_a_copy(vendored: Path, tmp_path: Path) -> None:
    """The copied command works from the copy, without metadata of an installation."""
    program = "from theirapp._vendor.zmq import vendor, auth, devices; vendor.main()"
    again = tmp_path / "again"
    call(sys.executable, "-S", "-c", program, again, "--with", "auth,devices", cwd=vendored.parent)
    first, second = (
        json.loads((folder / "zmq" / "VENDORED.json").read_text())
        for folder in (vendored / "_vendor", again)
    )
    assert first == second
