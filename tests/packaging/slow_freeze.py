"""PyInstaller's one-file programs: the demo on installed zmq, and one with a vendored copy.

Takes PyInstaller from the package index.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .conftest import ROOT, Environment, call
from .test_vendor import APPLICATION, vendor

pytestmark = pytest.mark.timeout(900)


def freeze(environment: Environment, script: Path, *options: str) -> Path:
    """Make a one-file program; its modules lie in the script's folder."""
    environment.install("pyinstaller", index=True)
    folder = script.parent
    call(
        environment.python, "-m", "PyInstaller", "--onefile", "--log-level", "WARN", "--noconfirm",
        "--name", "program", "--distpath", folder / "dist", "--workpath", folder / "work",
        "--specpath", folder, "--paths", folder, *options, script, cwd=folder,
    )  # fmt: skip
    return next((folder / "dist").glob("program*"))


def test_the_demo(environment: Environment, tmp_path: Path) -> None:
    environment.install("zmq[all]")
    shutil.copytree(ROOT / "examples", tmp_path / "project" / "examples")
    script = tmp_path / "project" / "demo.py"
    script.write_text(
        "import multiprocessing\nmultiprocessing.freeze_support()\n"
        "from examples.wordcount.__main__ import main\n"
        "if __name__ == '__main__':\n    raise SystemExit(main())\n"
    )
    program = freeze(environment, script)
    shutil.rmtree(environment.folder)  # nothing of it is needed any more
    text = tmp_path / "text.txt"
    text.write_text("one two two three three three\n" * 2000)
    output = call(program, text)
    print(output[-2000:])
    assert "12,000 words, 3 different" in output
    assert "a plain count of the same files agrees" in output


def test_a_program_with_a_vendored_copy(environment: Environment, tmp_path: Path) -> None:
    environment.install("zmq[all]")
    package = tmp_path / "project" / "theirapp"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "app.py").write_text(APPLICATION)
    vendor(environment, package / "_vendor", "--with", "auth,devices")
    environment.pip("uninstall", "--quiet", *sorted(environment.installed()))
    script = package.parent / "start.py"
    script.write_text(
        "import multiprocessing\nmultiprocessing.freeze_support()\n"
        "from theirapp.app import main\nif __name__ == '__main__':\n    main()\n"
    )
    program = freeze(environment, script, "--collect-submodules", "theirapp._vendor.zmq")
    assert call(program).strip() == "[]"
