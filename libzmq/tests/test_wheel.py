"""From sources to a wheel: zmq-core's own build files around an extension of a few lines."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from .conftest import RECIPE, CMake, unpack

REPOSITORY = RECIPE.parent

TINY = {
    "README.md": "tiny\n",
    "cmake/hot.txt": "facts\n",
    "LICENSE": "BSD-3-Clause\n",
    "src/zmq/__init__.py": "",
    "src/zmq/__init__.pxd": "",
    "src/zmq/_version.py": '__version__ = "28.0.0"\n',
    "src/zmq/include/zmq_capi.h": "#define TINY_CAPI 1\n",
    "src/zmq/backend/__init__.py": "",
    "src/zmq/backend/__init__.pxd": "",
    "src/zmq/backend/cython/__init__.py": "",
    "src/zmq/backend/cython/__init__.pxd": "",
    "src/zmq/backend/cython/_zmq.pxd": "",
    "src/zmq/backend/cython/private.h": "#define TINY_PRIVATE ZMQ_CAPI_PROVIDER\n",
    "src/zmq/backend/cython/errors.pyx": "ANSWER = 1\n",
    "src/zmq/backend/cython/_zmq.pyx": """\
cdef extern from "zmq.h":
    int zmq_errno()
cdef extern from "zmq_build_info.h":
    const char *ZMQ_BUILD_LIBZMQ_ROUTE
cdef extern from "zmq_capi.h":
    int TINY_CAPI
cdef extern from "private.h":
    int TINY_PRIVATE
include "errors.pyx"
def facts():
    return zmq_errno(), ZMQ_BUILD_LIBZMQ_ROUTE.decode(), TINY_CAPI, TINY_PRIVATE, ANSWER
""",
}


class Project:
    """A copy of zmq-core's build files and of the recipe, laid out as in the repository."""

    def __init__(self, cmake: CMake) -> None:
        root = cmake.folder / "repository"
        self.folder = unpack(root / "packages" / "zmq-core", TINY)
        for name in ("CMakeLists.txt", "pyproject.toml"):
            shutil.copy(REPOSITORY / "packages" / "zmq-core" / name, self.folder)
        for script in (REPOSITORY / "packages" / "zmq-core" / "cmake").glob("*.py"):
            shutil.copy(script, self.folder / "cmake")
        ignored = shutil.ignore_patterns("tests", "__pycache__")
        shutil.copytree(RECIPE, root / "libzmq", ignore=ignored)
        self.environment = cmake.environment
        self.dist = cmake.folder / "dist"

    def call(self, hook: str, folder: Path | None = None, **environment: str) -> Path:
        """Call the build back end as pip does; return what it made."""
        self.dist.mkdir(exist_ok=True)
        script = (
            "import scikit_build_core.build as backend, sys\n"
            f"print('made', backend.{hook}({str(self.dist)!r}))"
        )
        process = subprocess.run(
            [sys.executable, "-c", script],
            cwd=folder or self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stdout
        return self.dist / process.stdout.split()[-1]

    def facts(self, wheel: Path) -> str:
        """Install the wheel in a folder and ask its extension."""
        target = self.dist / "installed"
        shutil.rmtree(target, ignore_errors=True)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target)
        return subprocess.run(
            # -S: not the zmq that is installed in this environment
            [
                sys.executable,
                "-S",
                "-c",
                "from zmq.backend.cython import _zmq; print(_zmq.facts())",
            ],
            cwd=target,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout.strip()


@pytest.fixture
def project(cmake: CMake) -> Project:
    return Project(cmake)


def _names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel(project: Project, fakes: dict[str, str]) -> None:
    wheel = project.call("build_wheel", **fakes)
    assert wheel.name.startswith("zmq_core-28.0.0-")
    names = _names(wheel)
    licenses = "zmq_core-28.0.0.dist-info/licenses"
    assert {n for n in names if n.startswith(licenses)} == {
        f"{licenses}/LICENSE",
        f"{licenses}/bundled/libzmq/LICENSE",
        f"{licenses}/bundled/libsodium/LICENSE",
    }
    with zipfile.ZipFile(wheel) as archive:
        bom = json.loads(archive.read("zmq_core-28.0.0.dist-info/sboms/libzmq.cdx.json"))
    assert {(c["name"], c["version"], c["purl"]) for c in bom["components"]} == {
        ("libzmq", "4.3.99", "pkg:github/zeromq/libzmq@v4.3.99"),
        ("libsodium", "1.0.99", "pkg:github/jedisct1/libsodium@1.0.99-RELEASE"),
    }
    assert "zmq/backend/cython/_zmq.pxd" in names
    assert "zmq/include/zmq_capi.h" in names
    assert not {n for n in names if n.endswith((".pyx", ".a", ".c")) or "cmake" in n.lower()}
    assert not {n for n in names if n.startswith(("include/", "lib/", "zmq/include/zmq.h"))}
    assert project.facts(wheel) == "(4399, 'explicit', 1, 1, 1)"
    compiled = (project.dist / "installed/zmq/backend/cython").glob("_zmq.*")
    (extension,) = (path for path in compiled if path.suffix in {".so", ".pyd"})
    exported = (
        "import ctypes, sys; library = ctypes.PyDLL(sys.argv[1]); library.PyInit__zmq;"
        "sys.exit(hasattr(library, 'zmq_errno') or hasattr(library, 'sodium_init'))"
    )
    subprocess.run([sys.executable, "-c", exported, extension], check=True)

    # a changed included file is compiled again, in the same build folder
    (project.folder / "src/zmq/backend/cython/errors.pyx").write_text("ANSWER = 2\n")
    assert project.facts(project.call("build_wheel", **fakes)) == "(4399, 'explicit', 1, 1, 2)"


def test_sdist_builds_elsewhere(project: Project, fakes: dict[str, str], tmp_path: Path) -> None:
    archives = project.folder / "../../libzmq/archives"
    archives.mkdir()
    (archives / "zeromq.tar.gz").write_text("of others")
    sdist = project.call("build_sdist")
    with tarfile.open(sdist) as tar:
        names = tar.getnames()
        tar.extractall(tmp_path / "elsewhere", filter="data")
    top = sdist.name[: -len(".tar.gz")]
    assert f"{top}/libzmq/cmake/Fetch.cmake" in names
    assert f"{top}/src/zmq/backend/cython/_zmq.pyx" in names
    assert not [name for name in names if "archives" in name], "C sources of others"
    shutil.rmtree(project.folder.parent.parent)
    wheel = project.call("build_wheel", tmp_path / "elsewhere" / top, **fakes)
    assert project.facts(wheel) == "(4399, 'explicit', 1, 1, 1)"
    again = project.call("build_sdist", tmp_path / "elsewhere" / top)
    with tarfile.open(again) as tar:
        assert sorted(tar.getnames()) == sorted(names)


def test_installed_libzmq(project: Project, cmake: CMake, fakes: dict[str, str]) -> None:
    """ZMQ_PREFIX: linked and found at run time, nothing bundled."""
    source = Path(fakes["LIBZMQ_SOURCE"])
    prefix = cmake.folder / "prefix"
    unpack(
        source / "shared",
        {
            "CMakeLists.txt": "cmake_minimum_required(VERSION 3.25)\nproject(shared CXX)\n"
            "add_library(zmq SHARED ../zmq.cpp)\n"
            "target_include_directories(zmq PRIVATE ../include)\n"
            "install(TARGETS zmq)\ninstall(FILES ../include/zmq.h TYPE INCLUDE)\n"
        },
    )
    for arguments in (
        ("-S", source / "shared", "-B", "shared", f"-DCMAKE_INSTALL_PREFIX={prefix}"),
        ("--build", "shared", "--target", "install"),
    ):
        result = cmake.run(*arguments)
        assert result.status == 0, result.output
    wheel = project.call("build_wheel", ZMQ_PREFIX=str(prefix))
    assert not [name for name in _names(wheel) if "bundled" in name or "sboms" in name]
    assert project.facts(wheel) == "(4399, 'prefix', 1, 1, 1)"
