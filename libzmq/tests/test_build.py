"""What the recipe builds: flags, facts, licences, CURVE; mostly on two tiny sources."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from .conftest import FAKE_LIBZMQ, PATH, CMake, unpack


def _header(build: Path) -> dict[str, str]:
    facts = {}
    for line in (build / "info" / "zmq_build_info.h").read_text().splitlines():
        if line.startswith("#define ZMQ_BUILD_") and line.count(" ") > 1:
            name, _, value = line.partition("ZMQ_BUILD_")[2].partition(" ")
            facts[name] = value.strip('"')
    return facts


def _commands(build: Path) -> dict[str, list[str]]:
    entries = json.loads((build / "compile_commands.json").read_text())
    return {Path(e["file"]).name: shlex.split(e["command"]) for e in entries}


def _options(command: list[str]) -> list[str]:
    return [word for word in command if word.startswith("-O")]


def _configure(cmake: CMake, settings: dict[str, str], **environment: str) -> Path:
    build = cmake.folder / "build"
    shutil.rmtree(build, ignore_errors=True)
    settings = {**settings, "CMAKE_EXPORT_COMPILE_COMMANDS": "ON"}
    result = cmake.configure(build, settings, **environment)
    assert result.status == 0, result.output
    return build


def test_build_facts(cmake: CMake, fakes: dict[str, str]) -> None:
    build = _configure(cmake, fakes, CFLAGS=f"-g -ffile-prefix-map={cmake.folder}=.")
    facts = _header(build)
    assert facts.pop("COMPILER")
    assert facts == {
        "LIBZMQ_VERSION": "4.3.99",
        "LIBZMQ_ROUTE": "explicit",
        "LIBZMQ_ORIGIN": "fake-libzmq",
        "LIBZMQ_PATCHES": "",
        "LIBZMQ_LICENSE": "MPL-2.0",
        "LIBSODIUM_VERSION": "1.0.99",
        "LIBSODIUM_ROUTE": "explicit",
        "LIBSODIUM_ORIGIN": "fake-libsodium",
        "LIBSODIUM_PATCHES": "",
        "LIBSODIUM_LICENSE": "ISC",
        "CURVE": "libsodium",
        "FLAGS": "-g -DNDEBUG -O3",
        "LTO": "0",
        "BATCH_SIZE": "8192",
        "DRAFTS": "0",
    }
    assert str(cmake.folder) not in (build / "info" / "zmq_build_info.h").read_text()


@pytest.mark.parametrize("flags", ["", "-fPIC", "-O0", "-O2 -g"])
def test_optimised_whatever_cflags_says(cmake: CMake, fakes: dict[str, str], flags: str) -> None:
    commands = _commands(_configure(cmake, fakes, CFLAGS=flags, CXXFLAGS=flags))
    assert {"zmq.cpp", "core.c"} <= set(commands)
    for name, command in commands.items():
        assert _options(command)[-1] == "-O2", name
        assert "-fPIC" in command, name
        assert "-fvisibility=hidden" in command, name
        assert set(flags.split()) <= set(command), name


def test_optimised_whatever_the_build_type_but_debug(cmake: CMake, fakes: dict[str, str]) -> None:
    for build_type, expected in (("None", "-O2"), ("MinSizeRel", "-O2"), ("Debug", "-O0")):
        build = _configure(cmake, {**fakes, "CMAKE_BUILD_TYPE": build_type}, CFLAGS="-O0")
        assert _options(_commands(build)["core.c"])[-1] == expected, build_type


def test_lto_is_a_setting(cmake: CMake, fakes: dict[str, str]) -> None:
    build = _configure(cmake, {**fakes, "ZMQ_LTO": "ON"})
    assert any(word.startswith("-flto") for word in _commands(build)["core.c"])
    assert _header(build)["LTO"] == "1"


def test_drafts_by_either_name(cmake: CMake, fakes: dict[str, str]) -> None:
    unpack(Path(fakes["LIBZMQ_SOURCE"]), {"external/sha1/license.txt": "BSD\n"})
    for settings, environment in (({"ZMQ_DRAFTS": "ON"}, {}), ({}, {"ZMQ_DRAFT_API": "1"})):
        build = _configure(cmake, {**fakes, **settings}, **environment)
        assert _header(build)["DRAFTS"] == "1"


def test_ccache_when_present(cmake: CMake, fakes: dict[str, str], tmp_path: Path) -> None:
    ccache, log = tmp_path / "bin" / "ccache", tmp_path / "log"
    ccache.parent.mkdir()
    ccache.write_text(f'#!/bin/sh\necho "$@" >> "{log}"\nexec "$@"\n')
    ccache.chmod(0o755)
    path = f"{ccache.parent}{os.pathsep}{PATH}"
    for setting, uses in (("OFF", False), ("ON", True)):
        build = _configure(cmake, {**fakes, "ZMQ_CCACHE": setting}, PATH=path)
        result = cmake.run("--build", build, "--target", "zmq_sodium")
        assert result.status == 0, result.output
        assert log.exists() is uses
    assert "core.c" in log.read_text()


@pytest.mark.parametrize("compiler", [c for c in ("gcc", "clang") if shutil.which(c)] or ["cc"])
def test_simd_files_compile_with(cmake: CMake, fakes: dict[str, str], compiler: str) -> None:
    """libsodium says `#pragma GCC target`, which clang does not obey."""
    source = Path(fakes["LIBSODIUM_SOURCE"], "src/libsodium/simd-avx2.c")
    source.write_text(
        '#ifdef __x86_64__\n#pragma GCC target("sse2,ssse3")\n#pragma GCC target("avx2")\n'
        "#include <immintrin.h>\n__m256i simd (__m256i a) { return _mm256_abs_epi8 (a); }\n#endif\n"
    )
    build = _configure(cmake, fakes, CC=compiler)
    result = cmake.run("--build", build, "--target", "zmq_sodium")
    assert result.status == 0, result.output


def test_curve_missing_stops_the_configuration(cmake: CMake, fakes: dict[str, str]) -> None:
    lists = FAKE_LIBZMQ["CMakeLists.txt"]
    for feature in ("ZMQ_HAVE_CURVE", "ZMQ_USE_LIBSODIUM", "ZMQ_HAVE_IPC"):
        broken = lists.replace(f"set({feature} 1)", "")
        assert broken != lists
        unpack(Path(fakes["LIBZMQ_SOURCE"]), {"CMakeLists.txt": broken})
        result = cmake.configure("build", fakes)
        assert result.status != 0
        assert f"libzmq would be built without {feature}" in result.words


@pytest.mark.parametrize("library", ["libzmq", "libsodium"])
def test_no_licence_no_build(cmake: CMake, fakes: dict[str, str], library: str) -> None:
    Path(fakes[f"{library.upper()}_SOURCE"], "LICENSE").unlink()
    result = cmake.configure("build", fakes)
    assert result.status != 0
    assert "licence text" in result.words
    assert library in result.words


def test_a_folder_that_is_something_else(cmake: CMake, fakes: dict[str, str]) -> None:
    (cmake.folder / "empty").mkdir()
    for library in ("LIBZMQ", "LIBSODIUM"):
        settings = {**fakes, f"{library}_SOURCE": f"{cmake.folder}/empty"}
        result = cmake.configure(library, settings)
        assert result.status != 0
        assert f"{cmake.folder}/empty" in result.words


def test_prefix_without_libzmq(cmake: CMake) -> None:
    (cmake.folder / "empty").mkdir()
    for prefix in (cmake.folder / "empty", cmake.folder / "absent"):
        result = cmake.configure("build", {}, ZMQ_PREFIX=str(prefix))
        assert result.status != 0
        assert f"ZMQ_PREFIX={prefix}" in result.words
        assert "libzmq" in result.words


def test_a_second_build_forgets_the_environment_of_the_first(
    cmake: CMake, fakes: dict[str, str]
) -> None:
    build = cmake.folder / "build"
    cmake.configure(build, fakes, ZMQ_LTO="ON")
    assert _header(build)["LTO"] == "1"
    cmake.configure(build, fakes)
    assert _header(build)["LTO"] == "0"


def test_the_real_sources_are_optimised_and_have_curve(cmake: CMake) -> None:
    """The libraries this machine's own build gets, configured with a distribution's CFLAGS."""
    del cmake.environment["ZMQ_CACHE_DIR"]
    kept = {n: v for n, v in os.environ.items() if n.startswith(("ZMQ_", "LIBZMQ_", "LIBSODIUM_"))}
    build = _configure(cmake, {}, **kept, CFLAGS="-fPIC -O0 -g", CXXFLAGS="-fPIC -O2 -g")
    facts = _header(build)
    if facts["LIBZMQ_ROUTE"] in {"system", "prefix"}:
        assert facts["LIBZMQ_ORIGIN"].startswith("libzmq.")
        return
    assert facts["LIBZMQ_ROUTE"] in {"explicit", "cache", "release", "commit", "apt"}
    assert facts["CURVE"] == "libsodium"
    commands = _commands(build)
    assert {"crypto_box.c", "socket_base.cpp", "ipc_listener.cpp"} <= set(commands)
    assert "tweetnacl.c" not in commands or "-DZMQ_USE_TWEETNACL" not in commands["tweetnacl.c"]
    for name, command in commands.items():
        if not name.endswith(".S"):
            of_libzmq = name.endswith(".cpp") or name == "sha1.c"
            levels = {"-O2", "-Os"} if of_libzmq else {"-O2", "-O3"}
            assert _options(command)[-1] in levels, name
            assert "-fvisibility=hidden" in command, name
    for name, level in (
        ("salsa20_xmm6int-avx2.c", "-O3"),  # libsodium: these two decide CURVE's speed
        ("poly1305_sse2.c", "-O3"),
        ("scalarmult_curve25519.c", "-O2"),  # handshakes
        ("socket_base.cpp", "-O2"),  # every message
        ("ipc_listener.cpp", "-Os"),  # once
    ):
        assert _options(commands[name])[-1] == level, name
    if sys.platform == "linux":
        # closing libsodium's generator with one context crashes the others
        platform = (build / "libzmq" / "platform.hpp").read_text()
        assert "#define ZMQ_LIBSODIUM_RANDOMBYTES_CLOSE" not in platform
        assert "#define ZMQ_HAVE_IPC" in platform
    if facts["LIBZMQ_VERSION"].startswith(
        "4.3."
    ):  # what Repairs.cmake corrects is there to correct
        assert {
            name for name in facts["LIBZMQ_PATCHES"].split(",") if name.startswith("zmq-core/")
        } == {
            f"zmq-core/{name}"
            for name in (
                "ctx.cpp",
                "ctx.hpp",
                "dbuffer.hpp",
                "ip_resolver.cpp",
                "mailbox.cpp",
                "object.cpp",
                "pipe.cpp",
                "session_base.cpp",
                "socket_base.cpp",
            )
        }


def test_batch_size_is_a_setting(cmake: CMake) -> None:
    del cmake.environment["ZMQ_CACHE_DIR"]
    kept = {n: v for n, v in os.environ.items() if n.startswith(("ZMQ_", "LIBZMQ_", "LIBSODIUM_"))}
    build = _configure(cmake, {"ZMQ_BATCH_SIZE": "65536"}, **kept)
    if _header(build)["LIBZMQ_ROUTE"] not in {"system", "prefix"}:
        assert _header(build)["BATCH_SIZE"] == "65536"
        options = Path(_commands(build)["options.cpp"][-1]).read_text()
        assert "out_batch_size (65536)" in options
        assert "in_batch_size (65536)" in options
