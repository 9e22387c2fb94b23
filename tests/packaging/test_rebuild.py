"""tools/rebuild.py and tools/inplace.py: which folder they build in, and what they ask CMake."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .conftest import ROOT

# isort: split
import inplace
import rebuild


def test_the_module_of_this_environment() -> None:
    place = rebuild.module()
    assert place is not None
    assert place.name.startswith("_zmq.")
    assert place.parent.parts[-3:] == ("zmq", "backend", "cython")


@pytest.fixture
def core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(inplace, "CORE", tmp_path)
    return tmp_path


def built(core: Path, tag: str, *settings: str) -> Path:
    folder = core / "build" / tag
    folder.mkdir(parents=True)
    lines = [f"CMAKE_HOME_DIRECTORY:INTERNAL={core}", *settings]
    (folder / "CMakeCache.txt").write_text("\n".join(lines) + "\n")
    return folder


def test_the_folder_of_the_editable_install_is_shared(core: Path) -> None:
    assert inplace.editable() is None
    built(core, "cp30-cp30-linux_x86_64")
    assert inplace.editable() is None, "another Python's"
    version = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    folder = built(core, f"{version}-{version}-linux_x86_64")
    assert inplace.editable() == folder
    (folder / "CMakeCache.txt").write_text("CMAKE_HOME_DIRECTORY:INTERNAL=/elsewhere\n")
    assert inplace.editable() is None, "of a checkout that was moved"


def test_cmake_configures_only_when_a_setting_is_another(
    core: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(inplace.subprocess, "run", lambda command, **_: commands.append(command))
    folder = built(
        core, "here", "CMAKE_BUILD_TYPE:STRING=Release",
        f"Python_EXECUTABLE:PATH={sys.executable}", "ZMQ_QUICK:UNINITIALIZED=ON",
    )  # fmt: skip
    inplace.make(folder, "_zmq", "ZMQ_QUICK=ON")
    assert [command[1] for command in commands] == ["--build"]
    commands.clear()
    inplace.make(folder, "_zmq", "ZMQ_QUICK=OFF")
    assert [command[1] for command in commands] == ["-S", "--build"]
    assert "-DZMQ_QUICK=OFF" in commands[0]


def test_a_module_is_replaced_by_a_new_file(tmp_path: Path) -> None:
    """What a process has loaded must not change under it."""
    old, new = tmp_path / "place.so", tmp_path / "built.so"
    old.write_text("old")
    new.write_text("new")
    loaded = old.open()
    inplace.put(new, old)
    assert old.read_text() == "new"
    assert loaded.read() == "old"
    loaded.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["built.so", "place.so"]


def test_hatch_runs_it() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'rebuild = "python tools/rebuild.py {args}"' in text
