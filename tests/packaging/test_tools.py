"""The tools that move, check and release distributions, on a small repository of the same shape."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

# isort: split
import api
import bump
import release
from distributions import inconsistencies, read
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """This repository's own files that have versions, ranges and changelogs, and one module."""
    root = tmp_path / "repository"
    for one in read().values():
        folder = root / one.folder.relative_to(ROOT)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(one.project, folder)
        if one.changelog:
            shutil.copy(one.changelog, folder)
        for file in one.sources.rglob("_version.py"):
            target = folder / file.relative_to(one.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    return root


def text(root: Path, name: str, file: str = "pyproject.toml") -> str:
    return (root / "packages" / name / file).read_text(encoding="utf-8")


def test_this_repository_is_consistent() -> None:
    assert inconsistencies(read()) == []


def test_a_minor_version_moves_one_distribution(repository: Path) -> None:
    before = {name: one.version for name, one in read(repository).items()}
    assert bump.main(["zmq-auth", "release"], repository) == 0
    assert "(unreleased)" not in text(repository, "zmq-auth", "CHANGELOG.md")
    assert bump.main(["zmq-auth", "minor"], repository) == 0
    after = {name: one.version for name, one in read(repository).items()}
    assert {name for name in after if after[name] != before[name]} == {"zmq-auth"}
    assert after["zmq-auth"] == Version("1.1.0")
    changelog = text(repository, "zmq-auth", "CHANGELOG.md")
    assert changelog.index("## 1.1.0 (unreleased)") < changelog.index("## 1.0.0 (20")
    for name in before:
        if name.startswith("zmq-"):
            assert text(repository, name) == text(ROOT, name), "no range had to follow"


def test_an_unreleased_section_is_renamed(repository: Path) -> None:
    assert bump.main(["zmq-log", "patch"], repository) == 0
    changelog = text(repository, "zmq-log", "CHANGELOG.md")
    assert "## 1.0.1 (unreleased)" in changelog
    assert "## 1.0.0" not in changelog


def test_a_major_version_takes_the_ranges_along(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bump.main(["zmq-ssh", "release"], repository) == 0
    assert bump.main(["zmq-core", "major"], repository) == 0
    moved = read(repository)
    assert {moved[n].version for n in ("zmq-core", "zmq-sugar", "zmq")} == {Version("29.0.0")}
    for name in ("zmq-auth", "zmq-devices", "zmq-ssh"):
        assert "zmq-core>=29,<30" in text(repository, name)
    assert "zmq-core==29.0.*" in text(repository, "zmq-sugar")
    assert inconsistencies(moved) == []
    assert "release these too: zmq-ssh" in capsys.readouterr().out


def test_what_is_refused_changes_nothing(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def state() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}

    def refused(name: str, move: str, reason: str) -> None:
        before = state()
        assert bump.main([name, move], repository) == 2
        assert reason in capsys.readouterr().err
        assert state() == before

    refused("zmq-auth", "1.0.0", "1.0.0 is not newer than 1.0.0")
    refused("zmq-auth", "bigger", "nor a version")
    refused("zmq-aut", "minor", "no distribution zmq-aut")
    project = repository / "packages" / "zmq-auth" / "pyproject.toml"
    whole = project.read_text()
    project.write_text(whole.replace("zmq-core>=28,<29", "zmq-core~=28.0"))
    refused("zmq-core", "major", "no rule for zmq-core~=28.0")
    project.write_text(whole.replace("zmq-core>=28,<29", "zmq-core>=27,<28"))
    refused("zmq-log", "minor", "zmq-auth requires zmq-core<28,>=27; here is 28.0.0")


def test_a_release_tag_has_to_fit(repository: Path) -> None:
    found, one = release.problems("zmq-auth-v1.0.0", repository)
    assert one is not None
    assert one.name == "zmq-auth"
    assert [line for line in found if "says unreleased" in line] == found != []
    bump.release(repository, "zmq-auth")
    assert release.problems("zmq-auth-v1.0.0", repository)[0] == []
    (told,) = release.problems("zmq-auth-v1.0.1", repository)[0]
    assert "the tree has zmq-auth 1.0.0" in told
    for tag in ("zmq-auth", "pyzmq-v28.0.0", "v1.0.0", "zmq-none-v1.0.0"):
        assert release.problems(tag, repository)[1] is None, tag


def test_the_gate_on_public_interfaces(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = repository / "packages/zmq-log/src/zmq/log/__init__.py"
    module.write_text("def watch(topic: str, *, limit: int = 1) -> None: ...\n")

    def git(*words: str) -> None:
        identity = ["-c", "user.name=tester", "-c", "user.email=tester@localhost"]
        subprocess.run(["git", *identity, *words], cwd=repository, check=True, capture_output=True)

    git("init", "--quiet")
    assert api.main(["zmq-log"], repository) == 0
    assert "never released" in capsys.readouterr().out
    git("add", ".")
    git("commit", "--quiet", "-m", "release")
    git("tag", "zmq-log-v1.0.0")
    module.write_text("def watch(topic: str, more: int = 2, *, limit: int = 1) -> None: ...\n")
    assert api.main(["zmq-log"], repository) == 0
    module.write_text("def watch(topic: str) -> None: ...\n")
    assert api.main(["zmq-log"], repository) == 1
    told = capsys.readouterr().out
    assert "watch" in told
    assert "NOT allowed" in told
    bump.bump(repository, "zmq-log", "major")
    assert api.main(["zmq-log"], repository) == 0
    assert "allowed by a new major version" in capsys.readouterr().out


def test_hatch_run_packaging_runs_what_is_slow() -> None:
    """pytest drops a file that is named beside its folder, and says nothing."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    words = settings["tool"]["hatch"]["envs"]["default"]["scripts"]["packaging"].split()
    assert (words[0], words[-1]) == ("pytest", "{args}")
    command = [sys.executable, "-m", "pytest", *words[1:-1], "--collect-only", "-q"]
    collected = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    files = {line.partition("::")[0] for line in collected.stdout.splitlines() if "::" in line}
    there = {
        path.name
        for name in ("slow_*.py", "test_*.py")
        for path in Path(__file__).parent.glob(name)
    }
    assert {Path(file).name for file in files} == there
