"""A real sshd of the tests' own: own port, own keys, an own account for its password.

Nothing of the system changes but a temporary account, which goes at the end, and /run/sshd, needed
by every sshd. What is missing makes the tests fail, not skip: an untested tunnel is a broken one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

import zmq


def _need_sshd() -> str:
    if os.geteuid() != 0:
        pytest.fail("these tests run their own sshd with an account of its own: run them as root")
    path = "/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")
    if shutil.which("sshd", path=path) is None and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-qq", "-y", "openssh-server"], check=False)
    found = shutil.which("sshd", path=path)
    if found is None or shutil.which("ssh") is None:
        pytest.fail("these tests need OpenSSH: install openssh-server and openssh-client")
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    return found


def _keygen(path: Path, passphrase: str = "") -> Path:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


@dataclass
class Account:
    name: str
    password: str


@pytest.fixture(scope="session")
def base() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="zmq-ssh-tests-"))
    folder.chmod(0o755)  # sshd reads authorized_keys as the account
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def account() -> Iterator[Account]:
    program = _need_sshd()
    assert program
    made = Account(f"zmqssh{secrets.token_hex(4)}", "it's $(a) pass word " + secrets.token_hex(8))
    subprocess.run(
        ["useradd", "--no-create-home", "--home-dir", "/nonexistent", "-s", "/bin/sh", made.name],
        check=True,
    )
    try:
        line = f"{made.name}:{made.password}\n"
        subprocess.run(["chpasswd"], input=line, text=True, check=True)
        yield made
    finally:
        subprocess.run(["userdel", "--force", made.name], check=True, capture_output=True)


@pytest.fixture
def make_key() -> Callable[[Path], Path]:
    return _keygen


@pytest.fixture(scope="session")
def key(base: Path) -> Path:
    return _keygen(base / "key")


@pytest.fixture(scope="session")
def locked_key(base: Path) -> Path:
    return _keygen(base / "locked", "open sesame")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Sshd:
    """One sshd; clients reach it with the configuration file `config`."""

    folder: Path
    account: Account
    key: Path
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.host_key = _keygen(self.folder / "host_key")
        self.authorized = self.folder / "authorized_keys"
        self.known_hosts = self.folder / "known_hosts"
        self.log = self.folder / "log"
        self.config = self.write_config("client", self.trust(self.host_key))
        (self.folder / "sshd_config").write_text(f"""
            Port {self.port}
            ListenAddress 127.0.0.1
            ListenAddress ::1
            HostKey {self.host_key}
            AuthorizedKeysFile {self.authorized}
            PidFile none
            StrictModes no
            UsePAM no
            PasswordAuthentication yes
            KbdInteractiveAuthentication no
            LogLevel VERBOSE
        """)

    @property
    def server(self) -> str:
        return f"{self.account.name}@127.0.0.1:{self.port}"

    def trust(self, host_key: Path) -> Path:
        kind, public = host_key.with_suffix(".pub").read_text().split()[:2]
        names = f"[127.0.0.1]:{self.port},[::1]:{self.port},[localhost]:{self.port}"
        self.known_hosts.write_text(f"{names} {kind} {public}\n")
        return self.known_hosts

    def write_config(self, name: str, known_hosts: Path, extra: str = "") -> Path:
        """Write a configuration for clients; they offer no key but those they are given."""
        path = self.folder / name
        path.write_text(f"""{extra}
            Host *
              UserKnownHostsFile {known_hosts}
              GlobalKnownHostsFile /dev/null
              IdentityFile none
              IdentityAgent none
        """)
        return path

    def start(self) -> Sshd:
        program = _need_sshd()
        command = [program, "-D", "-f", str(self.folder / "sshd_config"), "-E", str(self.log)]
        # its sandbox kills what a sanitizer that is loaded into everything does (tools/sanitize.py)
        environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        self.process = subprocess.Popen(command, env=environment)
        deadline = time.monotonic() + 10
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            if time.monotonic() > deadline or self.process.poll() is not None:
                pytest.fail(f"sshd did not start: {self.log.read_text()}")

    def drop_sessions(self, with_signal: int = signal.SIGKILL) -> None:
        """Signal all processes of all logins, those just being forked included."""
        assert self.process
        table = _processes()
        # each login is a POSIX session of its own
        sessions = {row.session for row in table if row.parent == self.process.pid}
        signalled: set[int] = set()
        while True:
            more = {row.pid for row in _processes() if row.session in sessions} - signalled
            if not more:
                return
            for pid in more:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, with_signal)
            signalled |= more

    def stop(self) -> None:
        if self.process is not None:
            self.drop_sessions()
            self.process.kill()
            self.process.wait()
            self.process = None

    def clients(self) -> list[int]:
        """The processes of clients: ssh, those it started, and its keepers."""
        mark = str(self.folder).encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
            except OSError:
                continue
            if mark in command and b"sshd_config" not in command:
                found.append(int(entry.name))
        return found


class Process(NamedTuple):
    pid: int
    parent: int
    session: int


def _processes() -> list[Process]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            stat = (entry / "stat").read_text() if entry.name.isdigit() else ""
        except OSError:
            continue
        if stat:
            fields = stat.rpartition(")")[2].split()
            found.append(Process(int(entry.name), int(fields[1]), int(fields[3])))
    return found


@pytest.fixture(scope="session")
def make_sshd(base: Path, account: Account, key: Path, locked_key: Path) -> Callable[[], Sshd]:
    def make() -> Sshd:
        made = Sshd(base / f"sshd-{secrets.token_hex(3)}", account, key)
        keys = [path.with_suffix(".pub").read_text() for path in (key, locked_key)]
        made.authorized.write_text("".join(keys))
        return made.start()

    return make


@pytest.fixture(scope="session")
def shared_sshd(make_sshd: Callable[[], Sshd]) -> Iterator[Sshd]:
    server = make_sshd()
    yield server
    server.stop()


@pytest.fixture
def sshd(shared_sshd: Sshd) -> Iterator[Sshd]:
    """A server for tests that leave it as it is; afterwards no client process is left."""
    yield shared_sshd
    assert not await_end(shared_sshd.clients(), 20)


@pytest.fixture
def own_sshd(make_sshd: Callable[[], Sshd]) -> Iterator[Sshd]:
    """A server for one test, to be broken."""
    server = make_sshd()
    yield server
    server.stop()
    assert not await_end(server.clients(), 20)


def await_end(pids: list[int], timeout_s: float) -> list[int]:
    """Wait until the processes have ended; return those that have not."""
    deadline = time.monotonic() + timeout_s
    left = []
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended, _, _ = select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
        os.close(handle)
        if not ended:
            left.append(pid)
    return left


@pytest.fixture(name="await_end")
def _await_end() -> Callable[[list[int], float], list[int]]:
    return await_end


MakeSocket = Callable[[int], zmq.Socket]


@pytest.fixture
def make_socket() -> Iterator[MakeSocket]:
    """Sockets that give up after ten seconds, and are closed at the end."""
    context, made = zmq.Context(), []

    def make(kind: int) -> zmq.Socket:
        made.append(context.socket(kind))
        for option in (zmq.RCVTIMEO, zmq.SNDTIMEO):
            made[-1].setsockopt(option, 10_000)
        return made[-1]

    yield make
    for each in made:
        each.close(0)
    context.term()


class Echo:
    """A REP socket that is asked through tunnels."""

    def __init__(self, socket: zmq.Socket, address: str) -> None:
        self.socket = socket
        self.socket.bind(address)
        self.address = self.socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()

    def ask(self, request: zmq.Socket, text: bytes = b"through") -> None:
        """Send `text` and its answer; fails unless both arrive."""
        request.send(text)
        assert self.socket.recv() == text
        self.socket.send(text[::-1])
        assert request.recv() == text[::-1]


@pytest.fixture
def echo(make_socket: MakeSocket) -> Echo:
    return Echo(make_socket(zmq.REP), "tcp://127.0.0.1:*")


@pytest.fixture
def ipc_echo(make_socket: MakeSocket, account: Account) -> Iterator[Echo]:
    folder = Path(tempfile.mkdtemp(prefix="zmq:ipc-"))
    shutil.chown(folder, account.name)
    made = Echo(make_socket(zmq.REP), f"ipc://{folder}/end point")
    (folder / "end point").chmod(0o777)
    yield made
    shutil.rmtree(folder)


@pytest.fixture
def request_socket(make_socket: MakeSocket) -> zmq.Socket:
    return make_socket(zmq.REQ)
