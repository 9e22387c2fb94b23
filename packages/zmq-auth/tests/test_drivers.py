"""Real peers at real sockets: whom each driver lets in, and what it tells of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import zmq
import zmq.utils.monitor
from zmq.auth import Authenticator, CertificateFolder, Credentials, Grant, create_certificates
from zmq.auth.asyncio import AsyncioAuthenticator
from zmq.auth.service import MAX_PENDING
from zmq.auth.thread import ThreadAuthenticator

DRIVERS = ("thread", "asyncio", "ioloop", "polled")


class NoReaderLoop(asyncio.SelectorEventLoop):
    """Like Windows' proactor loop: it cannot watch descriptors."""

    def add_reader(self, *args: Any) -> Any:
        raise NotImplementedError


@contextlib.contextmanager
def in_loop(
    make: Callable[[], AsyncioAuthenticator], loop: asyncio.AbstractEventLoop
) -> Iterator[Authenticator]:
    """Run a loop with an authenticator in a thread, as a server program would."""
    started = threading.Event()
    made: list[AsyncioAuthenticator] = []

    async def serve() -> None:
        made.append(make())
        made[0].reload_interval = 0.01
        made[0].start()
        started.set()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.run_forever()
        made[0].stop()
        loop.run_until_complete(asyncio.sleep(0))  # the cancelled tasks end
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(10)
    try:
        yield made[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


@pytest.fixture(params=DRIVERS)
def auth(request: pytest.FixtureRequest, context: zmq.Context[Any]) -> Iterator[Authenticator]:
    """A started authenticator of each kind."""
    if request.param == "thread":
        authenticator = ThreadAuthenticator(context)
        authenticator.reload_interval = 0.01
        with authenticator:
            yield authenticator
        return

    def make() -> AsyncioAuthenticator:
        if request.param != "ioloop":
            return AsyncioAuthenticator(context)
        from zmq.auth.ioloop import IOLoopAuthenticator

        with pytest.warns(DeprecationWarning, match="AsyncioAuthenticator"):
            return IOLoopAuthenticator(context)

    loop = NoReaderLoop() if request.param == "polled" else asyncio.SelectorEventLoop()
    with in_loop(make, loop) as authenticator:
        yield authenticator


def domain(name: str) -> Callable[[Any], None]:
    return lambda socket: setattr(socket, "zap_domain", name.encode())


def plain_server(socket: Any) -> None:
    socket.plain_server = True


def plain(username: str, password: str) -> Callable[[Any], None]:
    def set_up(socket: Any) -> None:
        socket.plain_username, socket.plain_password = username.encode(), password.encode()

    return set_up


SERVER_PUBLIC, SERVER_SECRET = zmq.curve_keypair()


def curve_server(socket: Any) -> None:
    socket.curve_server = True
    socket.curve_secretkey = SERVER_SECRET


def curve(keys: tuple[bytes, bytes]) -> Callable[[Any], None]:
    def set_up(socket: Any) -> None:
        socket.curve_publickey, socket.curve_secretkey = keys
        socket.curve_serverkey = SERVER_PUBLIC

    return set_up


def test_null_peers_come_in_until_a_rule_refuses_them(auth: Authenticator, door: Any) -> None:
    it = door(domain("global"))
    frame = it.enter()
    assert (frame.bytes, frame["User-Id"]) == (b"hello", "anonymous")

    auth.configure_domain("global", mechanisms={"CURVE"})
    assert it.enter() is None
    auth.configure_domain("global")
    assert it.enter() is not None


def test_addresses(auth: Authenticator, door: Any) -> None:
    it = door(domain("global"))
    here = "127.0.0.1" if it.address.startswith("tcp") else f"localhost:{os.getuid()}"
    auth.allow("10.0.0.0/8")
    assert it.enter() is None
    auth.allow(here)
    assert it.enter() is not None
    auth.configure_domain("*", deny=[here])
    assert it.enter() is None


def test_plain(auth: Authenticator, door: Any) -> None:
    it = door(plain_server, domain("vault"))
    assert it.enter(plain("alice", "secret")) is None  # nobody is known yet

    auth.configure_plain("*", {"alice": "secret"})
    frame = it.enter(plain("alice", "secret"))
    assert frame["User-Id"] == "alice"
    assert it.enter(plain("alice", "Secret")) is None
    assert it.enter(plain("bob", "secret")) is None
    assert it.enter() is None  # a NULL client

    auth.configure_plain("vault", {"bob": "other"})  # what is said of a domain beats '*'
    assert it.enter(plain("alice", "secret")) is None
    assert it.enter(plain("bob", "other"))["User-Id"] == "bob"


def test_curve_folder(
    auth: Authenticator, door: Any, keys: tuple[bytes, bytes], tmp_path: Path
) -> None:
    it = door(curve_server, domain("vault"))
    folder = tmp_path / "clients"
    folder.mkdir()
    _, secret = create_certificates(folder, "alice")
    alice = zmq.auth.load_certificate(secret)
    assert it.enter(curve(alice)) is None

    auth.configure_curve("*", folder)
    frame = it.enter(curve(alice))
    assert frame["User-Id"] == alice[0].decode()
    assert it.enter(curve(keys)) is None

    auth.configure_curve("*", zmq.auth.CURVE_ALLOW_ANY)
    assert it.enter(curve(keys)) is not None
    auth.configure_curve("vault", folder)
    assert it.enter(curve(keys)) is None


def test_callbacks_sync_and_async(
    auth: Authenticator, door: Any, keys: tuple[bytes, bytes]
) -> None:
    it = door(curve_server)
    asked = []

    class Sync:
        def callback(self, domain: str, key: bytes) -> bool:
            asked.append((domain, key))
            return False

    class Async:
        async def callback(self, domain: str, key: bytes) -> bool:
            await asyncio.sleep(0)
            return key == keys[0]

    auth.configure_curve_callback("*", Sync())
    assert it.enter(curve(keys)) is None
    assert asked == [("*", keys[0])]
    auth.configure_curve_callback("*", Async())
    assert it.enter(curve(keys)) is not None
    assert it.enter(curve(zmq.curve_keypair())) is None


def test_providers_grant_user_ids_and_metadata(
    auth: Authenticator, door: Any, keys: tuple[bytes, bytes]
) -> None:
    it = door(curve_server, domain("vault"))

    async def verify(credentials: Credentials) -> Grant:
        assert credentials.key == keys[0]
        return Grant("alice", {"Role": credentials.domain, "X-Raw": b"\xc3\xa9"})

    auth.configure_curve("vault", verify)
    frame = it.enter(curve(keys))
    assert frame["User-Id"] == "alice"
    assert frame["Role"] == "vault"
    assert frame["X-Raw"] == "é"
    auth.revoke("alice")  # by the id that was granted
    assert it.enter(curve(keys)) is None


def test_a_slow_provider_keeps_only_its_own_peer_waiting(
    auth: Authenticator, door: Any, context: zmq.Context[Any]
) -> None:
    it = door(plain_server)
    waiting = threading.Event()
    releases: list[Callable[[], object]] = []

    async def verify(credentials: Credentials) -> bool:
        if credentials.username == "slow":
            release = asyncio.Event()
            loop = asyncio.get_running_loop()
            releases.append(lambda: loop.call_soon_threadsafe(release.set))
            waiting.set()
            await release.wait()
        return True

    auth.configure_plain("*", verify)
    with context.socket(zmq.PUSH) as slow:
        slow.linger = 0
        plain("slow", "x")(slow)
        slow.connect(it.address)
        assert waiting.wait(10)
        assert it.enter(plain("quick", "x"))["User-Id"] == "quick"
        releases[0]()
        assert it.monitor.poll(10_000)
        it.monitor.recv_multipart()
        slow.send(b"late")
        assert it.server.poll(10_000)
        assert it.server.recv(copy=False)["User-Id"] == "slow"


def test_a_provider_that_fails_or_hangs_lets_nobody_in(auth: Authenticator, door: Any) -> None:
    it = door(plain_server)

    def fail(credentials: Credentials) -> bool:
        raise KeyError(credentials.username)

    async def hang(credentials: Credentials) -> bool:
        await asyncio.get_running_loop().create_future()
        return True

    auth.configure_plain("*", fail)
    assert it.enter(plain("alice", "x")) is None
    auth.configure_plain("*", hang)
    auth.provider_timeout = 0.05
    assert it.enter(plain("alice", "x")) is None
    auth.configure_plain("*", {"alice": "x"})
    assert it.enter(plain("alice", "x")) is not None
    assert auth.stats().errors == 2


def test_revoke_and_reinstate(auth: Authenticator, door: Any, keys: tuple[bytes, bytes]) -> None:
    it = door(curve_server)
    auth.configure_curve("*", zmq.auth.CURVE_ALLOW_ANY)
    frame = it.enter(curve(keys))
    assert frame is not None
    auth.revoke(keys[0])
    assert it.enter(curve(keys)) is None
    assert auth.is_revoked(frame["User-Id"])
    auth.reinstate(keys[0])
    assert it.enter(curve(keys)) is not None


def test_live_folder(
    auth: Authenticator, door: Any, keys: tuple[bytes, bytes], tmp_path: Path
) -> None:
    """A certificate that comes opens the door, one that goes shuts it; nobody calls anything."""
    it = door(curve_server)
    public, secret = create_certificates(tmp_path, "alice")
    folder = tmp_path / "clients"
    auth.configure_curve("*", CertificateFolder(folder, settle=0.02))  # it is not even there yet
    alice = zmq.auth.load_certificate(secret)
    assert it.enter(curve(alice)) is None

    folder.mkdir()
    Path(public).rename(folder / "alice.key")
    until(lambda: it.enter(curve(alice)) is not None)
    (folder / "alice.key").unlink()
    until(lambda: it.enter(curve(alice)) is None)


def until(condition: Callable[[], bool]) -> None:
    """Ask again and again; the test's timeout is the limit."""
    pause = threading.Event()
    while not condition():
        pause.wait(0.01)


def test_looking_at_files_keeps_nobody_waiting(auth: Authenticator, door: Any) -> None:
    it = door(plain_server)
    looking, release = threading.Event(), threading.Event()

    class SlowFiles:
        reloads = rejected = 0

        def refresh(self, now: float, *, force: bool = False) -> bool:
            looking.set()
            assert release.wait(10)
            return False

        def verify(self, credentials: Credentials) -> bool:
            return not release.is_set()

    auth.configure_plain("*", SlowFiles())
    try:
        assert looking.wait(10)
        assert it.enter(plain("alice", "x")) is not None
    finally:
        release.set()


def test_more_requests_than_may_be_under_way_wait_their_turn(
    auth: Authenticator, context: zmq.Context[Any]
) -> None:
    full, release = threading.Event(), threading.Event()
    waiting: list[asyncio.Future[None]] = []
    total = MAX_PENDING + 50

    async def verify(credentials: Credentials) -> bool:
        if not release.is_set():
            waiting.append(asyncio.get_running_loop().create_future())
            if len(waiting) == MAX_PENDING:
                full.set()
            await waiting[-1]
        return True

    auth.configure_plain("*", verify)
    with context.socket(zmq.DEALER) as client:
        client.linger = 0
        client.sndhwm = client.rcvhwm = 0
        client.connect("inproc://zeromq.zap.01")
        for number in range(total):
            request = [b"", b"1.0", b"%d" % number, b"", b"", b"", b"PLAIN", b"alice", b"x"]
            client.send_multipart(request)
        assert full.wait(10)
        release.set()
        loop = waiting[0].get_loop()
        for future in waiting:
            loop.call_soon_threadsafe(future.set_result, None)
        answered = set()
        while len(answered) < total:
            assert client.poll(10_000)
            answered.add(client.recv_multipart()[2])
    assert len(waiting) == MAX_PENDING
