"""The rules that hold the packages of this repository together, read from the files themselves."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tools.view import sources, update
from zmq.__main__ import report

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {path.parent.name: path.parent for path in ROOT.glob("packages/zmq-*/pyproject.toml")}
TOGETHER = ("zmq-core", "zmq-sugar")
AREAS = ("zmq-devices", "zmq-auth", "zmq-log", "zmq-ssh", "zmq-eventloop")

each_package = pytest.mark.parametrize("name", sorted(PACKAGES))


def settings(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def area(name: str) -> Path:
    """Return the folder that holds a package's _version.py and py.typed."""
    top = PACKAGES[name] / "src" / "zmq"
    return top if name == "zmq-core" else top / name[len("zmq-") :]


def static_version(name: str) -> str:
    """Read a package's version without importing anything."""
    for node in ast.parse((area(name) / "_version.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assert node.targets[0].id == "__version__"
            value = ast.literal_eval(node.value)
            assert isinstance(value, str)
            return value
    raise AssertionError(f"no __version__ in {area(name)}/_version.py")


def requirements(folder: Path) -> Iterator[Requirement]:
    """Yield what a distribution requires of the others here."""
    project = settings(folder)["project"]
    texts = list(project.get("dependencies", []))
    for extra in project.get("optional-dependencies", {}).values():
        texts.extend(extra)
    for requirement in map(Requirement, texts):
        if requirement.name in PACKAGES:
            yield requirement


def test_the_packages_are_those_of_the_design() -> None:
    assert sorted(PACKAGES) == sorted([*TOGETHER, *AREAS])


def test_core_sugar_and_meta_move_together() -> None:
    versions = {static_version(name) for name in TOGETHER}
    assert versions == {settings(ROOT)["project"]["version"]}


@each_package
def test_installed_metadata_has_the_static_version(name: str) -> None:
    assert version(name) == static_version(name)


@each_package
def test_files_of_a_package(name: str) -> None:
    folder = PACKAGES[name]
    assert (folder / "README.md").read_text(encoding="utf-8").startswith(f"# {name}\n")
    assert f"\n## {static_version(name)}" in (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert (area(name) / "py.typed").is_file()
    assert list((folder / "tests").glob("test_*.py"))


@each_package
def test_metadata_of_a_package(name: str) -> None:
    project = settings(PACKAGES[name])["project"]
    assert project["name"] == name
    assert project["requires-python"] == ">=3.9"
    assert project["readme"] == "README.md"
    assert "LICENSE" in project["license-files"]
    assert "BSD-3-Clause" in project["license"]


@pytest.mark.parametrize("name", AREAS)
def test_an_area_needs_core_and_sugar(name: str) -> None:
    assert {requirement.name for requirement in requirements(PACKAGES[name])} >= set(TOGETHER)


@pytest.mark.parametrize("folder", [ROOT, *PACKAGES.values()], ids=lambda path: path.name)
def test_ranges_admit_the_versions_here_and_no_other_major(folder: Path) -> None:
    for requirement in requirements(folder):
        here = static_version(requirement.name)
        assert here in requirement.specifier, requirement
        assert f"{int(here.split('.')[0]) + 1}.0.0" not in requirement.specifier, requirement


def test_meta_package_offers_every_area() -> None:
    extras = settings(ROOT)["project"]["optional-dependencies"]
    everything = extras.pop("all")
    assert {f"zmq-{extra}" for extra in extras} == set(AREAS)
    assert all(Requirement(*extras[extra]).name == f"zmq-{extra}" for extra in extras)
    assert Requirement(*everything).extras == set(extras)


def test_uv_finds_every_package_here() -> None:
    assert settings(ROOT)["tool"]["uv"]["sources"] == {
        name: {"workspace": True} for name in PACKAGES
    }


def test_no_path_has_two_owners(tmp_path: Path) -> None:
    owners: dict[Path, str] = {}
    for name, folder in PACKAGES.items():
        for file in (folder / "src").rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                path = file.relative_to(folder / "src")
                assert owners.setdefault(path, name) == name, path
    assert owners[Path("zmq/__init__.py")] == "zmq-core"
    for name in ("zmq-a", "zmq-b"):
        file = tmp_path / "packages" / name / "src" / "zmq" / "shared.py"
        file.parent.mkdir(parents=True)
        file.touch()
    with pytest.raises(ValueError, match=r"shared\.py has two owners, .*zmq-a.* and .*zmq-b"):
        sources(tmp_path)


def test_view_follows_the_sources(tmp_path: Path) -> None:
    view = tmp_path / "view"
    files = [tmp_path / "packages" / name / "src/zmq" / name / "x.py" for name in ("a", "b")]
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_text(file.parent.name)
    assert update(tmp_path, view) == 2
    files[0].write_text("edited")
    assert [(view / "zmq" / name / "x.py").read_text() for name in ("a", "b")] == ["edited", "b"]
    files[1].rename(files[1].with_name("y.py"))
    assert update(tmp_path, view) == 2
    shown = {path.relative_to(view).as_posix() for path in view.rglob("*") if path.is_symlink()}
    assert shown == {"zmq/a/x.py", "zmq/b/y.py"}


@each_package
def test_imports_between_packages_are_relative(name: str) -> None:
    """So that a copy of ``zmq`` below another package imports itself, and not an installed one."""
    absolute = re.compile(r"^\s*(?:import|cimport|from)\s+zmq\b")
    for file in (PACKAGES[name] / "src").rglob("*"):
        if file.suffix in {".pyx", ".pxd", ".pxi"}:
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                assert not absolute.match(line), f"{file}:{number}: {line}"
        elif file.suffix in {".py", ".pyi"}:
            for imported, number in absolute_imports(file):
                assert imported != "zmq", f"{file}:{number}"


@pytest.mark.parametrize("name", TOGETHER)
def test_core_and_sugar_need_the_standard_library_only(name: str) -> None:
    optional = {"cffi", "pyczmq"}  # the back end of that name; Context.shadow_pyczmq
    for file in (PACKAGES[name] / "src").rglob("*.py"):
        unrun = type_checking_lines(file)
        for imported, number in absolute_imports(file):
            if number in unrun:
                continue
            assert imported in optional or in_standard_library(imported), f"{file}:{number}"


def absolute_imports(file: Path) -> Iterator[tuple[str, int]]:
    """Yield the top-level name and the line of each absolute import."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0], node.lineno


def type_checking_lines(file: Path) -> set[int]:
    """Return the lines that only a type checker reads."""
    return {
        number
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file)))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for number in range(node.lineno, node.body[-1].lineno + 1)
    }


def in_standard_library(name: str) -> bool:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return False
    if spec.origin in {"built-in", "frozen"}:
        return True
    path = Path(spec.origin)
    roots = [Path(sysconfig.get_path(key)).resolve() for key in ("stdlib", "platstdlib")]
    return any(root in path.resolve().parents for root in roots) and not (
        {"site-packages", "dist-packages"} & set(path.parts)
    )


def code_blocks(file: Path) -> list[tuple[str, str]]:
    """Return (language, text) of each fenced block."""
    return re.findall(
        r"^```(\w+)\n(.*?)^```$", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


def test_the_report_names_every_command() -> None:
    """What ``python -m zmq`` lists is what can be run, and each tells how to use it."""
    runnable = set()
    for path, file in sources().items():
        name = ".".join(path.with_suffix("").parts).removesuffix(".__main__")
        private = any(part.startswith("_") for part in name.split("."))
        main = '\nif __name__ == "__main__":' in file.read_text(encoding="utf-8")
        if main and not private and not name.startswith("zmq.backend."):
            runnable.add(name)
    listed = {each["command"]: each["purpose"] for each in report()["commands"]}
    assert set(listed) == {f"python -m {name}" for name in runnable}
    for command in listed:
        arguments = [sys.executable, *command.split()[1:], "--help"]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"usage: {command} ")


def test_ci_runs_the_second_command_of_the_readme() -> None:
    first, second = (
        next(line for line in text.splitlines() if f"hatch run {script}" in line)
        for script in ("demo", "test")
        for text in [next(t for _, t in code_blocks(ROOT / "README.md") if script in t)]
    )
    assert first.replace("run demo", "run test") == second
    assert second in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
