"""Every block of code in the documentation and in every README does what it says.

How a block is written, and what a page may ask for, stands in ``pages.py``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .commands import complaints
from .pages import CHECKED, ROOT, SHOWN, Block, blocks, name, needs, pages

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGE_LIMIT_S = 55
HERE = Path(__file__).parent
PYTHON = [page for page in pages() if any(one.runs for one in blocks(page))]
OTHERS = [
    pytest.param(one, id=f"{name(page)}:{one.line}")
    for page in pages()
    for one in blocks(page)
    if one.language in {"sh", "console", "toml", "json"}
]


@pytest.mark.parametrize("page", PYTHON, ids=name)
def test_python_runs(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    for fixture in needs(page):
        request.getfixturevalue(fixture)
    result = subprocess.run(
        [sys.executable, "-W", "error", HERE / "run_page.py", page],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PAGE_LIMIT_S,
        check=False,
    )
    told = result.stdout + result.stderr
    assert result.returncode == 0, told
    assert "Exception ignored" not in told, told
    assert "Traceback" not in result.stderr, told
    runnable = sum(one.runs for one in blocks(page))
    assert result.stdout.count(": ok\n") >= runnable, told


@pytest.mark.parametrize("one", OTHERS)
def test_other_blocks_are_valid(one) -> None:
    if one.language == "json":
        json.loads(one.text)
    elif one.language == "toml":
        tomllib.loads(one.text)
    else:
        assert complaints(one) == []


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_block_has_a_language_that_is_known(page: Path) -> None:
    unknown = {(one.line, one.language) for one in blocks(page)} - {
        (one.line, one.language) for one in blocks(page) if one.language in CHECKED | SHOWN
    }
    assert unknown == set()
    assert "{code-block}" not in page.read_text(encoding="utf-8"), "write ```LANGUAGE"


@pytest.mark.parametrize("package", sorted(path.name for path in ROOT.glob("packages/zmq-*")))
def test_a_readme_shows_how_to_use_its_package(package: str) -> None:
    assert ROOT / "packages" / package / "README.md" in PYTHON


def test_the_page_of_examples_has_all_of_them() -> None:
    folder = ROOT / "examples"
    there = {one.stem for one in folder.glob("*.py")} | {
        one.name for one in folder.iterdir() if one.is_dir() and not one.name.startswith("_")
    }
    text = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^### (\w+)$", text, re.MULTILINE)) == there


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import zmq\ncontext = zmq.Context()\nsocket = context.socket(zmq.PAIR)", "left open"),
        ("raise SystemExit", "this block failed"),
        ("import threading\nthreading.Event().wait()", "Timeout"),
        ("print('b')\n```\n```output\na", "printed was"),
    ],
)
def test_a_wrong_page_fails(tmp_path: Path, text: str, told: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\n```python\n{text}\n```\n", encoding="utf-8")
    program = "import run_page; run_page.LIMIT_S = 1; run_page.main(run_page.Path(sys.argv[1]))"
    result = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[0] = sys.argv[2]; {program}", page, HERE],
        capture_output=True,
        text=True,
        timeout=PAGE_LIMIT_S,
        check=False,
    )
    assert result.returncode != 0
    assert told in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("python -m zmq.log tcp://127.0.0.1:9999 --no-such", "does not know --no-such"),
        ("python -m zmq.auth new alice --no-such", "does not know --no-such"),
        ("python -m zmq.no_such", "no such module"),
        ("python tools/no_such.py", "no such file"),
        ("hatch run no-such", "no script no-such"),
        ("pip install zmq-cor", "what is zmq-cor?"),
        ("cd docs && frobnicate --now", "who is frobnicate?"),
        ("for x in", "syntax error"),
    ],
)
def test_a_wrong_command_is_told(text: str, told: str) -> None:
    assert any(told in one for one in complaints(Block("sh", text, 1)))
