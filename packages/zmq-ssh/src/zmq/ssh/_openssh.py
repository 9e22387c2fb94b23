"""A tunnel made by OpenSSH's client: the driver from processes and pipes to open, wait and close.

`Link` is what `Tunnel` asks of any driver. All methods but `hang_up` are called by one thread, in
the order open, wait..., close; after close, open may be called again.
"""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import threading
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Protocol

from ._askpass import Askpass, restore_folder
from ._command import READY, Client, environment, resolve_command, tunnel_command
from ._diagnosis import REMOTE_REFUSAL, diagnose, tidy, too_late
from ._errors import SSHException
from ._keeper import EXIT, PID, Keeper
from ._prompts import Prompts

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._targets import Server

__all__ = ("Link", "OpenSSHLink")

# The keepers use SIGKILL after a second.
_END_S = 2.0
# What ssh says is kept for error messages, not for ever.
_KEPT_CHARACTERS = 16384


class Link(Protocol):
    """One connection to an ssh server that forwards one address."""

    @property
    def pid(self) -> int | None:
        """The process that forwards; None when it is this one, or there is none."""

    def open(self, timeout_s: float) -> None:
        """Return when the forward listens, or raise SSHException."""

    def wait(self, timeout_s: float | None) -> SSHException | None:
        """Return why the link ended, or None when it still stands after `timeout_s`."""

    def hang_up(self) -> None:
        """Make open or wait end soon. From any thread, idempotent, returns at once."""

    def close(self) -> None:
        """Return when nothing of the link is left."""


class OpenSSHLink:
    """The `Link` of an ssh process.

    Parameters
    ----------
    client : Client
        How to call ssh.
    server : Server
        Where to log in.
    forward : str, optional
        The argument of ``-L``; None only logs in.
    password : str, optional
        Answers the server's password question; None forbids every question.
    folder : str
        A private folder for the time of a connection, needed for a password or a local ipc:// end;
        "" for none.
    notice : callable
        Takes a line about one connection that could not be forwarded.
    """

    def __init__(
        self,
        client: Client,
        server: Server,
        forward: str | None,
        *,
        password: str | None = None,
        folder: str = "",
        notice: Callable[[str], None],
    ) -> None:
        self._client = client
        self._server = server
        self._forward = forward
        self._password = password
        self._folder = folder
        self._notice = notice
        self._lock = threading.Lock()
        self._hung_up = False
        self._reset()

    def _reset(self) -> None:
        self._keeper: Keeper | None = None
        self._askpass: Askpass | None = None
        self._selector: selectors.BaseSelector | None = None
        self._partial = {"stdout": b"", "stderr": b""}
        self._said = ""
        self._ready = False
        self._status: int | None = None
        self._pid: int | None = None

    @property
    def pid(self) -> int | None:
        """The ssh process, None when there is none."""
        return self._pid

    def open(self, timeout_s: float) -> None:
        """Start ssh and return once its forward listens.

        Raises
        ------
        SSHException
            ssh ended, or said nothing for `timeout_s` seconds.
        """
        deadline = time.monotonic() + timeout_s
        try:
            self._start(timeout_s)
            while not self._ready:
                remaining_s = deadline - time.monotonic()
                if remaining_s <= 0:
                    raise too_late(self._said, str(self._server), timeout_s)
                failure = self._pump(remaining_s)
                if failure is not None:
                    raise failure
        except BaseException:
            self.close()
            raise
        self._drop_askpass()
        self._said = ""  # warnings of the login do not explain an end hours later

    def wait(self, timeout_s: float | None) -> SSHException | None:
        """Return why ssh ended, or None when it still runs after `timeout_s` seconds."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            remaining_s = None if deadline is None else max(0.0, deadline - time.monotonic())
            failure = self._pump(remaining_s)
            if failure is not None or remaining_s == 0:
                return failure

    def hang_up(self) -> None:
        """End ssh soon."""
        with self._lock:
            self._hung_up = True
            if self._keeper is not None:
                self._keeper.hang_up()

    def close(self) -> None:
        """End ssh and everything it started, and return when it is gone."""
        keeper = self._keeper
        if keeper is not None:
            if self._status is None:
                keeper.hang_up()
            deadline = time.monotonic() + _END_S
            while self._status is None and time.monotonic() < deadline:
                self._pump(max(0.0, deadline - time.monotonic()))
            keeper.reap()
        if self._selector is not None:
            self._selector.close()
        self._drop_askpass()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        with self._lock:
            self._reset()

    def _start(self, timeout_s: float) -> None:
        program = shutil.which(self._client.program)
        if program is None:
            raise SSHException(
                f"no program {self._client.program!r} on PATH: install OpenSSH's client, or use "
                "paramiko=True",
                server=str(self._server),
            )
        self._selector = selectors.DefaultSelector()
        if self._folder:
            restore_folder(self._folder)
        if self._password is not None:
            self._askpass = Askpass(self._folder, self._password, self._prompts(timeout_s))
            self._selector.register(self._askpass.fileno(), selectors.EVENT_READ, "askpass")
        command = tunnel_command(
            self._client, self._server, self._forward, ask=self._askpass is not None
        )
        env = environment(os.environ, self._askpass.program if self._askpass else None)
        with self._lock:
            if self._hung_up:
                raise SSHException("the tunnel was closed while it opened")
            self._keeper = Keeper(command, env, self._folder)
        for name in ("stdout", "stderr"):
            stream: IO[bytes] = getattr(self._keeper, name)
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ, name)

    def _prompts(self, timeout_s: float) -> Prompts:
        """Ask ssh_config which names the server goes by, and whether jump hosts lie before it."""
        try:
            answer = subprocess.run(
                resolve_command(self._client, self._server),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=timeout_s,
                text=True,
                errors="replace",
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise too_late("", str(self._server), timeout_s) from None
        if answer.returncode != 0:
            raise diagnose(answer.stderr, str(self._server), answer.returncode)
        facts = dict(line.partition(" ")[::2] for line in answer.stdout.splitlines())
        hosts = {facts.get("hostname", self._server.host), facts.get("hostkeyalias", "")}
        direct = all(facts.get(key, "none") == "none" for key in ("proxyjump", "proxycommand"))
        return Prompts(hosts, direct=direct)

    def _pump(self, timeout_s: float | None) -> SSHException | None:
        """Take in what comes within `timeout_s`; return why ssh ended, if it did.

        ssh's last words precede its exit status, so the round that shows the one shows the other.
        """
        if self._selector is None or self._status is not None:
            return self._ended()
        for key, _ in self._selector.select(timeout_s):
            if key.data == "askpass":
                if self._askpass is not None:
                    self._askpass.serve()
                continue
            stream: IO[bytes] = getattr(self._keeper, key.data)
            data = stream.read(65536)
            if data:
                self._take(key.data, data)
            elif data == b"":
                self._selector.unregister(stream)
                if key.data == "stdout" and self._status is None:
                    self._status = -1  # the keeper itself was killed
        return self._ended()

    def _ended(self) -> SSHException | None:
        if self._status is None:
            return None
        return diagnose(self._said, str(self._server), self._status)

    def _take(self, name: str, data: bytes) -> None:
        *lines, self._partial[name] = (self._partial[name] + data).split(b"\n")
        for raw in lines:
            line = raw.decode(errors="replace").strip()
            if name == "stderr":
                self._hear(line)
            elif line.endswith(READY):  # a shell's start-up files may print before it
                self._ready = True
            elif line.startswith(PID):
                self._pid = int(line[len(PID) :])
            elif line.startswith(EXIT):
                self._status = int(line[len(EXIT) :])

    def _hear(self, line: str) -> None:
        refusal = REMOTE_REFUSAL.search(line) if self._ready else None
        if refusal:
            self._notice(f"{self._server} could not reach the target: {tidy(refusal[1])}")
        else:
            self._said = (self._said + line + "\n")[-_KEPT_CHARACTERS:]

    def _drop_askpass(self) -> None:
        if self._askpass is not None:
            if self._selector is not None:
                with suppress(KeyError, ValueError, RuntimeError):  # the selector may be closed
                    self._selector.unregister(self._askpass.fileno())
            self._askpass.close()
            self._askpass = None
