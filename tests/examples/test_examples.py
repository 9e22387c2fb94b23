"""Every example runs, headless, and tells what it should. (The demo has tests of its own.)

Each program asserts its result, so exit status 0 says that it is right; what it prints is compared
as well. Warnings are errors in them: an example that leaves a socket open fails.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import zmq

from .browser import Browser, need_chromium

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
GIVE_UP_S = 50

# an own sshd, as the tests of zmq-ssh have it
_ssh = import_module("packages.zmq-ssh.tests.conftest")
account, base, key, locked_key = _ssh.account, _ssh.base, _ssh.key, _ssh.locked_key
make_sshd, shared_sshd, sshd = _ssh.make_sshd, _ssh.shared_sshd, _ssh.sshd

#: what an example prints, as a regular expression
PLAIN = {
    "arrays": r"40 frames, 37 MB, from 3 buffers; waited \d+ times\n",
    "asyncio_service": r"results: 0 1 4 9 .* 361\nrefused: .*'b'\nup to \d+ requests at a time\n",
    "broker": r"4 clients got 100 answers; the workers gave \d+ \d+ \d+\n",
    "clone": r"the late client joined at update \d+ of 102\n12 keys, and .* equal: True\n",
    "curve_keys": r"alice was told: your key is .{40}\nmallory was told: .*refused this client.*\n",
    "heartbeats": r"frozen freezes\nlost: frozen\nliving: healthy\n",
    "lazy_pirate": r"answers: ONE, TWO, after \d retries\nno answer from tcp:.* in 3 attempts\n",
    "logging_processes": r"63 records of 3 processes: \{'INFO': 60, 'ERROR': 3\}\n",
    "majordomo": r"answers: FERRY 0 2 4 6 8\nrefused: nobody offers sing\n",
    "pipeline": r"(worker-\d is there\n){3}the sum is 8955050; worker-0 did 100, .*\n",
    "publish_subscribe": r"weather\. received .*\nweather\.zurich received .*=21 .*=22\n",
    "request_reply": r"answers: 42 9 0\n",
    "trio_service": r"one: ONE\nsleep: timed out\ntwo: TWO\n",
    "vendoring": r"(?s)zmq-core .*check: as it was copied\ntheirapp\._vendor\.zmq .*the copy\n",
}
OWN_TEST = {"cython_extension", "ssh_tunnel", "web"}
DEMO = {"wordcount"}  # tests/test_demo.py


def run(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", *map(str, arguments)]
    return subprocess.run(
        command,
        **{"cwd": ROOT, **options},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=GIVE_UP_S,
        check=False,
    )


def names() -> set[str]:
    return {
        path.stem
        for path in EXAMPLES.iterdir()
        if path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")
    }


def test_every_example_is_tested_and_in_the_index() -> None:
    assert names() == set(PLAIN) | OWN_TEST | DEMO
    index = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"^\| \[`(\w+)`\]\((\w+)(?:\.py|/)\) \|", index, re.MULTILINE)
    assert all(text == link for text, link in linked)
    assert sorted(text for text, _ in linked) == sorted(names())


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_example(name: str) -> None:
    done = run("-m", f"examples.{name}")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(PLAIN[name], done.stdout), done.stdout


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_an_example_asserts_its_result(name: str) -> None:
    path = EXAMPLES / f"{name}.py"
    text = (path if path.exists() else EXAMPLES / name / "__main__.py").read_text(encoding="utf-8")
    assert re.search(r"^    assert ", text, re.MULTILINE)


# ---- a tunnel


@contextmanager
def echo(context: zmq.Context) -> Iterator[str]:
    """A service that answers one question."""
    with context.socket(zmq.REP) as socket:
        socket.rcvtimeo = 1000 * GIVE_UP_S
        socket.bind("tcp://127.0.0.1:*")

        def answer() -> None:
            socket.send_string(socket.recv_string()[::-1])

        address = socket.last_endpoint.decode()
        thread = threading.Thread(target=answer)
        thread.start()
        yield address
        thread.join()


def test_ssh_tunnel(sshd: Any, context: Any) -> None:
    arguments = ["-m", "examples.ssh_tunnel", "--keyfile", sshd.key, "--config", sshd.config]
    with echo(context) as address:
        done = run(*arguments, sshd.server, address, "hello?")
    assert (done.returncode, done.stdout, done.stderr) == (0, "?olleh\n", "")


def test_ssh_tunnel_says_why_there_is_none(sshd: Any, tmp_path: Path) -> None:
    stranger = _ssh._keygen(tmp_path / "stranger")
    arguments = ["-m", "examples.ssh_tunnel", "--keyfile", stranger, "--config", sshd.config]
    done = run(*arguments, sshd.server, "tcp://127.0.0.1:9", "hello?")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.match(r"no tunnel: .*Permission denied", done.stderr, re.DOTALL)


# ---- an extension


def test_cython_extension(tmp_path: Path) -> None:
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.defpath]))
    assert uv
    project = shutil.copytree(EXAMPLES / "cython_extension", tmp_path / "project")
    built = tmp_path / "built"
    install = ["pip", "install", "--no-build-isolation", "--no-deps", "--offline", "--quiet"]
    done = subprocess.run(
        [uv, *install, "--python", sys.executable, "--target", built, project],
        capture_output=True,
        text=True,
        timeout=GIVE_UP_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    done = run(project / "demo.py", cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(built)})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "50000 messages, 2475000 bytes\n"


# ---- a web page


@contextmanager
def web() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The server, and its address."""
    command = [sys.executable, "-W", "error", "-m", "examples.web", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.timeout(400)  # the first time, the browser is installed
@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
def test_web_page_shows_what_is_published(width: int) -> None:
    with web() as (process, url):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url)
        with Browser(need_chromium()) as browser:
            browser.open(url, width=width)
            browser.until("Number(document.getElementById('count').textContent) >= 5")
            shown = browser.evaluate("document.body.innerText")
            points = browser.evaluate("document.getElementById('line').points.length")
            wide = browser.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            # the page is still open: its stream must not keep the server from ending
            process.send_signal(signal.SIGTERM)
            browser.until("document.getElementById('state').textContent == 'connecting again'")
        output, errors = process.communicate(timeout=GIVE_UP_S)
    found = re.search(r"(\d+\.\d\d)\s+(\d+) messages, connected", shown)
    assert found, shown
    assert 15 <= float(found[1]) <= 25
    assert int(found[2]) >= 5
    assert points >= 5
    assert wide <= 0  # nothing to scroll sideways
    assert (process.returncode, output, errors) == (0, "stopped\n", "")
