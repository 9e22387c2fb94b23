"""Where the source comes from: each route, their order, and the error when none works.

All but the test of the distribution's mirrors run on local files; "upstream" is a file:// archive.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .conftest import FAKE_LIBZMQ, NOWHERE, RECIPE, Archive, pack, unpack

if TYPE_CHECKING:
    from .conftest import CMake, Result

COMMIT = "834acae3" + "0" * 32
WRONG = "0" * 64


def _ways_out(words: str, name: str) -> bool:
    return f"{name}_SOURCE=" in words and "ZMQ_PREFIX=system" in words


def test_explicit_folder_is_used_where_it_is(cmake: CMake, tmp_path: Path) -> None:
    folder = unpack(tmp_path / "my libzmq", FAKE_LIBZMQ)
    result = cmake.fetch(LIBZMQ_SOURCE=str(folder))
    assert result.status == 0, result.output
    assert result.value("LIBZMQ_DIR") == str(folder)
    assert result.value("LIBZMQ_ROUTE") == "explicit"
    assert result.value("LIBZMQ_ORIGIN") == "my libzmq"


@pytest.mark.parametrize("scheme", ["", "file://", "file://localhost"])
def test_explicit_archive(cmake: CMake, release: Archive, scheme: str) -> None:
    result = cmake.fetch(LIBZMQ_SOURCE=f"{scheme}{release.path}")
    assert result.status == 0, result.output
    assert (Path(result.value("LIBZMQ_DIR")) / "include" / "zmq.h").is_file()
    assert result.value("LIBZMQ_ROUTE") == "explicit"
    assert result.value("LIBZMQ_ORIGIN") == release.path.name


def test_explicit_by_environment_and_the_definition_wins(
    cmake: CMake, release: Archive, tmp_path: Path
) -> None:
    cmake.environment["LIBZMQ_SOURCE"] = str(release.path)
    assert cmake.fetch().value("LIBZMQ_ORIGIN") == release.path.name
    folder = unpack(tmp_path / "other", FAKE_LIBZMQ)
    assert cmake.fetch(LIBZMQ_SOURCE=str(folder)).value("LIBZMQ_ORIGIN") == "other"


def test_missing_explicit_source_does_not_fall_through(cmake: CMake, release: Archive) -> None:
    result = cmake.fetch(
        LIBZMQ_SOURCE="/no/such/folder",
        ZMQ_LIBZMQ_URLS=release.url,
        ZMQ_LIBZMQ_SHA256=release.sha256,
    )
    assert result.status != 0
    assert "LIBZMQ_SOURCE=/no/such/folder: no such file or folder" in result.words
    assert _ways_out(result.words, "LIBZMQ")
    assert release.url not in result.words


def test_release_then_cache(cmake: CMake, release: Archive, tmp_path: Path) -> None:
    pinned = {"ZMQ_LIBZMQ_URLS": f"{NOWHERE};{release.url}", "ZMQ_LIBZMQ_SHA256": release.sha256}
    first = cmake.fetch(**pinned)
    assert first.status == 0, first.output
    assert first.value("LIBZMQ_ROUTE") == "release"
    assert first.value("LIBZMQ_ORIGIN") == release.path.name
    assert NOWHERE in first.words, "the URL that failed is told"

    release.path.unlink()
    shutil.rmtree(tmp_path / "work")
    second = cmake.fetch(**pinned, ZMQ_OFFLINE="ON")
    assert second.status == 0, second.output
    assert second.value("LIBZMQ_ROUTE") == "cache"
    assert second.value("LIBZMQ_ORIGIN") == release.path.name


def test_the_answer_is_kept_while_the_question_is_the_same(
    cmake: CMake, release: Archive, tmp_path: Path
) -> None:
    pinned = {"ZMQ_LIBZMQ_URLS": release.url, "ZMQ_LIBZMQ_SHA256": release.sha256}
    header = Path(cmake.fetch(**pinned).value("LIBZMQ_DIR")) / "include" / "zmq.h"
    header.write_text("// edited\n")
    shutil.rmtree(cmake.cache)
    release.path.unlink()
    again = cmake.fetch(**pinned)
    assert again.value("LIBZMQ_ROUTE") == "release"
    assert header.read_text() == "// edited\n", "unpacked again"
    other = pack(tmp_path / "other.tar.xz", {"a/include/zmq.h": "// other\n", "a/b": ""})
    changed = cmake.fetch(LIBZMQ_SOURCE=str(other.path))
    assert changed.value("LIBZMQ_ORIGIN") == "other.tar.xz"
    assert not header.exists(), "the old tree is gone"


def test_archive_beside_the_recipe(cmake: CMake, release: Archive, tmp_path: Path) -> None:
    """An sdist with the archive placed in libzmq/archives/ builds offline."""
    copy = tmp_path / "libzmq"
    shutil.copytree(RECIPE, copy, ignore=shutil.ignore_patterns("tests", "archives"))
    (copy / "archives").mkdir()
    shutil.copy(release.path, copy / "archives")
    script = tmp_path / "beside.cmake"
    script.write_text(
        "cmake_minimum_required(VERSION 3.25)\n"
        f'include("{copy}/cmake/Fetch.cmake")\n'
        'zmq_fetch(libzmq "${CMAKE_CURRENT_BINARY_DIR}/work")\n'
        'message(STATUS "LIBZMQ_ROUTE=${LIBZMQ_ROUTE}")\n'
    )
    url = f"https://upstream.invalid/{release.path.name}"
    result = cmake.run(
        f"-DZMQ_LIBZMQ_URLS={url}",
        f"-DZMQ_LIBZMQ_SHA256={release.sha256}",
        "-DZMQ_OFFLINE=ON",
        "-P",
        script,
    )
    assert result.status == 0, result.output
    assert result.value("LIBZMQ_ROUTE") == "cache"


def test_wrong_hash_is_refused_and_told(cmake: CMake, release: Archive) -> None:
    result = cmake.fetch(ZMQ_LIBZMQ_URLS=release.url, ZMQ_LIBZMQ_SHA256=WRONG, ZMQ_NO_APT="ON")
    assert result.status != 0
    assert f"SHA256 is {release.sha256}, expected {WRONG}" in result.words
    assert "not tried, ZMQ_NO_APT is set" in result.words
    assert _ways_out(result.words, "LIBZMQ")
    assert list(cmake.cache.iterdir()) == [], "nothing unverified stays in the cache"


def test_damaged_cache_is_replaced(cmake: CMake, release: Archive) -> None:
    cmake.cache.mkdir()
    kept = cmake.cache / f"{release.sha256[:16]}-{release.path.name}"
    kept.write_bytes(b"damaged")
    result = cmake.fetch(ZMQ_LIBZMQ_URLS=release.url, ZMQ_LIBZMQ_SHA256=release.sha256)
    assert result.value("LIBZMQ_ROUTE") == "release"
    assert kept.read_bytes() == release.path.read_bytes()


@pytest.mark.parametrize("name", ["libzmq", "libsodium"])
def test_without_network_the_error_lists_every_attempt(cmake: CMake, name: str) -> None:
    result = cmake.fetch(name, ZMQ_OFFLINE="ON")
    assert result.status != 0
    assert f"The source of {name} could not be obtained" in result.words
    assert result.words.count("not tried, ZMQ_OFFLINE is set") >= 2
    assert "https://github.com/" in result.words
    assert "apt-get source" in result.words
    assert _ways_out(result.words, name.upper())


def test_commit_instead_of_the_release(cmake: CMake, release: Archive) -> None:
    result = cmake.fetch(
        ZMQ_LIBZMQ_COMMIT=COMMIT,
        ZMQ_LIBZMQ_COMMIT_URLS=release.url,
        ZMQ_LIBZMQ_COMMIT_SHA256=release.sha256,
    )
    assert result.status == 0, result.output
    assert result.value("LIBZMQ_ROUTE") == "commit"
    assert result.value("LIBZMQ_ORIGIN") == f"{release.path.name} (commit {COMMIT})"


def test_an_unreachable_commit_does_not_become_something_else(cmake: CMake) -> None:
    result = cmake.fetch(
        ZMQ_LIBZMQ_COMMIT=COMMIT, ZMQ_LIBZMQ_COMMIT_URLS=NOWHERE, ZMQ_LIBZMQ_COMMIT_SHA256=WRONG
    )
    assert result.status != 0
    assert NOWHERE in result.words
    assert "apt-get" not in result.words


def test_commit_needs_its_hash(cmake: CMake) -> None:
    result = cmake.fetch(ZMQ_LIBZMQ_COMMIT=COMMIT)
    assert result.status != 0
    assert "needs ZMQ_LIBZMQ_COMMIT_SHA256" in result.words
    assert f"/archive/{COMMIT}.tar.gz" in result.words


def test_distribution_source_package(cmake: CMake) -> None:
    """With apt-get: the package, with all patches its series names.  Without: the clear error."""
    result = cmake.fetch("libsodium", ZMQ_LIBSODIUM_URLS=NOWHERE)
    if shutil.which("apt-get"):
        assert result.status == 0, result.output
        assert result.value("LIBSODIUM_ROUTE") == "apt"
        assert result.value("LIBSODIUM_ORIGIN").startswith("libsodium ")
        source = Path(result.value("LIBSODIUM_DIR"))
        assert (source / "src/libsodium/include/sodium.h").is_file()
        series = source / "debian/patches/series"
        named = series.read_text().split() if series.exists() else []
        assert [p for p in result.value("LIBSODIUM_PATCHES").split(";") if p] == named
    else:
        assert result.status != 0
        assert "this system has no apt-get" in result.words
        assert _ways_out(result.words, "LIBSODIUM")


def test_system_without_apt_falls_through_at_once(cmake: CMake) -> None:
    result = cmake.fetch(
        ZMQ_LIBZMQ_URLS=NOWHERE,
        CMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH="OFF",
        CMAKE_FIND_USE_CMAKE_SYSTEM_PATH="OFF",
    )
    assert result.status != 0
    assert "apt-get source zeromq3: this system has no apt-get" in result.words


ORIGINAL = "one\ntwo\nthree\n"
PATCH = """\
--- a/src/text
+++ b/src/text
@@ -1,3 +1,3 @@
 one
-{old}
+{new}
 three
"""


def _source_package(folder: Path, series: str, patches: dict[str, str]) -> Path:
    folder.mkdir()
    pack(folder / "zeromq3_4.3.99.orig.tar.gz", {"libzmq-4.3.99/src/text": ORIGINAL})
    pack(
        folder / "zeromq3_4.3.99-1.debian.tar.xz",
        {
            "debian/patches/series": series,
            **{f"debian/patches/{name}": text for name, text in patches.items()},
        },
    )
    return folder


def _unpack_package(cmake: CMake, package: Path) -> Result:
    script = cmake.folder / "unpack.cmake"
    script.write_text(
        "cmake_minimum_required(VERSION 3.25)\n"
        f'include("{RECIPE.as_posix()}/cmake/Fetch.cmake")\n'
        f'zmq_unpack_source_package("{package}" "{cmake.folder}/unpacked" root patches error)\n'
        'message(STATUS "root=${root}")\nmessage(STATUS "patches=${patches}")\n'
        'message(STATUS "error=${error}")\n'
    )
    return cmake.run("-P", script)


def test_every_patch_of_the_series_is_applied_in_order(cmake: CMake, tmp_path: Path) -> None:
    package = _source_package(
        tmp_path / "package",
        "# the first\nfirst.patch\n\nsecond.patch -p1 # why\n",
        {
            "first.patch": PATCH.format(old="two", new="2"),
            "second.patch": PATCH.format(old="2", new="II"),
        },
    )
    result = _unpack_package(cmake, package)
    root = tmp_path / "unpacked" / "libzmq-4.3.99"
    assert result.value("error") == ""
    assert result.value("root") == str(root)
    assert result.value("patches") == "first.patch;second.patch"
    assert (root / "src/text").read_text() == "one\nII\nthree\n"


def test_a_patch_that_does_not_apply_is_an_error(cmake: CMake, tmp_path: Path) -> None:
    package = _source_package(
        tmp_path / "package", "wrong.patch\n", {"wrong.patch": PATCH.format(old="zwei", new="2")}
    )
    result = _unpack_package(cmake, package)
    assert result.value("root") == ""
    assert result.value("error").startswith("its patch wrong.patch does not apply")


def test_an_unknown_source_format_is_an_error(cmake: CMake, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    pack(tmp_path / "package" / "zeromq3_4.3.99.tar.gz", {"x/y": ""})
    result = _unpack_package(cmake, tmp_path / "package")
    assert "not a source package of format 3.0 (quilt)" in result.value("error")
