"""What the recipe's tests stand on: cmake, tiny sources, and a `cmake -P` that only fetches."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import NamedTuple

import pytest

RECIPE = Path(__file__).resolve().parent.parent
NOWHERE = "file:///nowhere/zeromq-0.tar.gz"


PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


class Result(NamedTuple):
    """One run of cmake: its exit status and everything it printed."""

    status: int
    output: str

    @property
    def words(self) -> str:
        """The output with CMake's line breaks and indentation flattened."""
        return " ".join(self.output.split())

    def value(self, name: str) -> str:
        """What the fetch script printed for one of the result variables."""
        for line in self.output.splitlines():
            if line.startswith(f"-- {name}="):
                return line.partition("=")[2]
        raise AssertionError(f"{name} is not in:\n{self.output}")


class CMake:
    """Runs cmake in a folder, with an environment free of the recipe's own variables."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = shutil.which("cmake", path=PATH) or "cmake"
        self.cache = folder / "cache"
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(
                ("ZMQ_", "LIBZMQ_", "LIBSODIUM_", "CMAKE_", "CFLAGS", "CXXFLAGS")
            )
        }
        self.environment["ZMQ_CACHE_DIR"] = str(self.cache)
        self.environment["PATH"] = PATH
        if shutil.which("ninja", path=PATH):  # optional, and much faster
            self.environment["CMAKE_GENERATOR"] = "Ninja"

    def run(self, *arguments: str | Path, **environment: str) -> Result:
        """Run cmake; `environment` adds variables."""
        process = subprocess.run(
            [self.program, *map(str, arguments)],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Result(process.returncode, process.stdout)

    def configure(self, build: str | Path, settings: dict[str, str], **environment: str) -> Result:
        """Configure the recipe; `settings` are -D definitions."""
        definitions = [f"-D{key}={value}" for key, value in settings.items()]
        return self.run("-S", RECIPE, "-B", build, *definitions, **environment)

    def fetch(self, name: str = "libzmq", **settings: str) -> Result:
        """Run only the ordered search for a source; `settings` are -D definitions."""
        script = self.folder / "fetch.cmake"
        upper = name.upper()
        script.write_text(
            "cmake_minimum_required(VERSION 3.25...4.1)\n"
            f'include("{RECIPE.as_posix()}/cmake/Fetch.cmake")\n'
            f'zmq_fetch({name} "${{CMAKE_CURRENT_BINARY_DIR}}/work")\n'
            "foreach(part IN ITEMS DIR ROUTE ORIGIN PATCHES)\n"
            f'  message(STATUS "{upper}_${{part}}=${{{upper}_${{part}}}}")\n'
            "endforeach()\n"
        )
        return self.run(*(f"-D{key}={value}" for key, value in settings.items()), "-P", script)


class Archive(NamedTuple):
    """A source archive and what pins it."""

    path: Path
    url: str
    sha256: str


def pack(path: Path, files: dict[str, str]) -> Archive:
    """Write a compressed tar archive of text files."""
    with tarfile.open(path, f"w:{path.suffix[1:]}") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            content = text.encode()
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return Archive(path, path.as_uri(), hashlib.sha256(path.read_bytes()).hexdigest())


FAKE_LIBZMQ = {
    "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.0)
project(fake-libzmq C CXX)
option(ENABLE_CURVE "" ON)
find_package(sodium)
if(ENABLE_CURVE AND SODIUM_FOUND)
  set(ZMQ_HAVE_CURVE 1)
  set(ZMQ_USE_LIBSODIUM 1)
endif()
set(ZMQ_HAVE_IPC 1)
foreach(name IN ITEMS ZMQ_HAVE_CURVE ZMQ_USE_LIBSODIUM ZMQ_HAVE_IPC)
  string(APPEND platform "#cmakedefine ${name}\\n")
endforeach()
file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/in" "${platform}")
configure_file("${CMAKE_CURRENT_BINARY_DIR}/in" "${CMAKE_CURRENT_BINARY_DIR}/platform.hpp")
add_library(libzmq-static STATIC zmq.cpp)
target_include_directories(libzmq-static PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/include")
""",
    "zmq.cpp": '#include <zmq.h>\nextern "C" int zmq_errno (void) { return 4399; }\n',
    "include/zmq.h": """\
#define ZMQ_VERSION_MAJOR 4
#define ZMQ_VERSION_MINOR 3
#define ZMQ_VERSION_PATCH 99
#ifdef __cplusplus
extern "C"
#endif
__attribute__ ((visibility ("default"))) int zmq_errno (void);
""",
    "LICENSE": "Mozilla Public License Version 2.0\n",
}

FAKE_LIBSODIUM = {
    "src/libsodium/include/sodium.h": "int sodium_init (void);\n",
    "src/libsodium/sodium/core.c": '#include "sodium.h"\nint sodium_init (void) { return 0; }\n',
    "src/libsodium/simd-avx2.c": '#pragma GCC target("avx2")\nint simd (void) { return 0; }\n',
    "builds/msvc/version.h": '#define SODIUM_VERSION_STRING "1.0.99"\n',
    "LICENSE": "ISC License\n",
}


def unpack(folder: Path, files: dict[str, str]) -> Path:
    """Write text files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def cmake(tmp_path: Path) -> CMake:
    """Run cmake in a folder of this test's own."""
    return CMake(tmp_path)


@pytest.fixture
def release(tmp_path: Path) -> Archive:
    """An "upstream" release: one top folder, as released archives have."""
    return pack(
        tmp_path / "zeromq-4.3.99.tar.gz",
        {f"zeromq-4.3.99/{name}": text for name, text in FAKE_LIBZMQ.items()},
    )


@pytest.fixture(scope="session")
def platform_checks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the recipe finds out about the platform: asked once, then given to every build."""
    folder = tmp_path_factory.mktemp("platform")
    settings = {
        "LIBZMQ_SOURCE": str(unpack(folder / "libzmq", FAKE_LIBZMQ)),
        "LIBSODIUM_SOURCE": str(unpack(folder / "libsodium", FAKE_LIBSODIUM)),
    }
    result = CMake(folder).configure("build", settings)
    assert result.status == 0, result.output
    cache = (folder / "build" / "CMakeCache.txt").read_text()
    found = re.findall(r"^((?:HAVE|ZMQ_TARGET)_\w+):INTERNAL=(.*)$", cache, re.MULTILINE)
    assert ("HAVE_GETPID", "1") in found
    return dict(found)


@pytest.fixture
def fakes(tmp_path: Path, platform_checks: dict[str, str]) -> dict[str, str]:
    """Settings that build from two tiny sources: the whole recipe, in a second."""
    return {
        **platform_checks,
        "LIBZMQ_SOURCE": str(unpack(tmp_path / "fake-libzmq", FAKE_LIBZMQ)),
        "LIBSODIUM_SOURCE": str(unpack(tmp_path / "fake-libsodium", FAKE_LIBSODIUM)),
    }
