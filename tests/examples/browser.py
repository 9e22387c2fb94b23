"""A headless Chromium, driven through its debugging pipe: no port, no driver, no library.

What goes through the pipe is the Chrome DevTools Protocol, JSON messages that end in a zero byte.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

GIVE_UP_S = 40


def need_chromium() -> str:
    """The browser's path; it is installed where apt can do that."""
    names = ("chromium", "chromium-browser", "google-chrome")
    install = ["apt-get", "install", "-qq", "-y", "chromium"]
    # the lists of a fresh container are empty, or too old
    for command in (install, ["apt-get", "update", "-qq"], install):
        if not any(map(shutil.which, names)) and shutil.which("apt-get") and os.geteuid() == 0:
            subprocess.run(command, check=False)
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.fail("this test needs a browser: install chromium")
    return found


def _pipe() -> tuple[int, int]:
    """A pipe whose descriptors are out of the way of those that the browser wants."""
    ends = os.pipe()
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return moved[0], moved[1]


class Browser:
    """One browser with one page. A context manager."""

    def __init__(self, program: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="zmq-browser-")
        to_read, self._to = _pipe()
        self._from, to_write = _pipe()
        command = [
            program,
            "--headless=new",
            "--no-sandbox",  # the tests may run as root
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--remote-debugging-pipe",
            f"--user-data-dir={self._folder.name}",
            "about:blank",
        ]
        # it reads from descriptor 3 and writes to 4
        shell = f'exec "$0" "$@" 3<&{to_read} 4>&{to_write} {to_read}<&- {to_write}>&-'
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # it is closed in __exit__
        self._process = subprocess.Popen(
            ["bash", "-c", shell, *command],
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        os.close(to_read)
        os.close(to_write)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._to)  # which ends it
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._from)
        self._log.close()
        self._folder.cleanup()

    def open(self, url: str, width: int = 1280, height: int = 800) -> None:
        """Open a page."""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._call("Emulation.setDeviceMetricsOverride", **size)
        self._call("Page.navigate", url=url)  # returns when the page has begun
        self.evaluate(
            "new Promise(done => document.readyState === 'complete'"
            " ? done() : window.addEventListener('load', done))"
        )

    def screenshot(self, path: Path) -> None:
        """Write what is seen, as PNG."""
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot")["data"]))

    def evaluate(self, script: str) -> Any:
        """The value of an expression in the page; a promise's, when it is kept."""
        found = self._call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until an expression is true, looking at every change of the page."""
        self.evaluate(
            f"""new Promise(done => {{
                const look = () => {{
                    if ({condition}) {{
                        observer.disconnect(); done();
                    }}
                }};
                const observer = new MutationObserver(look);
                observer.observe(document, {{subtree: true, childList: true, characterData: true}});
                look();
            }})"""
        )

    def _call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + GIVE_UP_S
        while True:
            answer = self._receive(end, method)
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def _receive(self, end: float, what: str) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], max(0, end - time.monotonic()))
            more = os.read(self._from, 65536) if ready else b""
            if not more:
                self._log.seek(0)
                told = self._log.read().decode(errors="replace")
                pytest.fail(f"the browser does not answer ({what}):\n{told[-2000:]}")
            self._buffer += more
        text, _, self._buffer = self._buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(text)
        return found
