"""Commands that the documentation shows: are they there, do they take the options that are shown?

Nothing is installed, built or served. What is ours is asked for its ``--help``; of what is the
system's only the name is checked against a short list, so that a typing error does not pass.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

from .pages import ROOT, Block

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SYSTEM = {"cd", "git", "jq", "cmake", "cc", "apt-get", "ssh-keygen", "cat", "ls"}
PYTHONS = {"python", "python3"}
OUTSIDE = {"hatch", "pip", "jupyter_client", "ipykernel", "pyinstaller", "pytest"}  # on PyPI
_ASSIGNED = re.compile(r"^[A-Z_]+=")


def lines(block: Block) -> Iterator[str]:
    """Yield the command lines of a block, continued ones as one."""
    text = block.text.replace("\\\n", " ")
    for line in text.splitlines():
        if block.language == "console":
            if line.startswith("$ "):
                yield line[2:]
        elif line.strip():
            yield line


def commands(line: str) -> Iterator[list[str]]:
    """Split a line into its single commands, without comments, assignments and redirections."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word and set(word) <= set("();<>|&"):
            words = [word for word in words if not _ASSIGNED.match(word)]
            if words:
                yield words
            words = []
        else:
            words.append(word)


def complaints(block: Block) -> list[str]:
    """Tell what is wrong with the commands of a block."""
    found = []
    if block.language == "sh":
        shell = ["bash", "-n", "-c", block.text]
        result = subprocess.run(shell, capture_output=True, text=True, timeout=30, check=False)
        found += result.stderr.splitlines()
    for line in lines(block):
        for words in commands(line):
            found += [f"{shlex.join(words)}: {what}" for what in wrong(words)]
    return found


def wrong(words: list[str]) -> Iterator[str]:
    """Yield what is wrong with one command."""
    program, *rest = words
    program = program.rpartition("/")[2] if program.startswith(".venv/") else program
    if program in PYTHONS and rest[:1] == ["-m"]:
        yield from wrong_module(rest[1], rest[2:])
    elif program in PYTHONS and rest and not (ROOT / rest[0]).is_file():
        yield "no such file"
    elif program == "pip":
        yield from wrong_requirements(rest)
    elif program == "hatch":
        yield from wrong_script(rest)
    elif "/" in program or program.startswith("."):
        if not (ROOT / program).is_file():
            yield "no such file"
    elif program not in SYSTEM | PYTHONS:
        yield f"who is {program}? See SYSTEM in commands.py"


@functools.cache
def help_of(module: str, *arguments: str) -> str:
    """Ask a module of ours for its help."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-m", module, *arguments, "--help"],
        capture_output=True, text=True, timeout=30, check=False, cwd=ROOT,
    )  # fmt: skip
    assert result.returncode == 0, f"{module} {arguments} --help:\n{result.stderr}"
    return result.stdout


def wrong_module(module: str, rest: list[str]) -> Iterator[str]:
    """Check a module of ours with its options; of others, that they are there."""
    if module in {"venv", "pip"} | OUTSIDE:
        return
    if module.split(".", maxsplit=1)[0] not in {"zmq", "benchmarks", "examples", "tests"}:
        yield "no module of ours"
    elif importlib.util.find_spec(module) is None:
        yield "no such module"
    else:
        text = help_of(module)
        if rest and re.search(
            rf"^ +{re.escape(rest[0])}\b|[{{,]{re.escape(rest[0])}[,}}]", text, re.MULTILINE
        ):
            text += help_of(module, rest[0])
        for option in rest:
            plain = option.partition("=")[0]
            if plain.startswith("-") and not re.search(rf"(?<![\w-]){plain}(?![\w-])", text):
                yield f"does not know {plain}"


def wrong_requirements(rest: list[str]) -> Iterator[str]:
    """Check what pip is told to install: our folders, our distributions, few others."""
    if rest[:1] not in (["install"], ["uninstall"]):
        yield "only pip install and uninstall are shown"
    ours = {path.parent.name for path in ROOT.glob("packages/zmq-*/pyproject.toml")} | {"zmq"}
    for word in rest[1:]:
        name = re.split(r"[\[<>=]", word)[0]
        if word.startswith("-") or name in ours | OUTSIDE | {"pyzmq"}:
            continue
        if re.fullmatch(r"[\w.-]+\.(tar\.gz|whl)", word):
            continue
        if not (ROOT / word / "pyproject.toml").is_file():
            yield f"what is {word}?"


def wrong_script(rest: list[str]) -> Iterator[str]:
    """Check a script of hatch against pyproject.toml."""
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]
    if rest[0] == "run":
        env, _, script = rest[1].rpartition(":")
        if script not in hatch["envs"][env or "default"]["scripts"] and script not in PYTHONS:
            yield f"no script {script}"
    elif rest[0] != "test":
        yield "only hatch run and hatch test are shown"
