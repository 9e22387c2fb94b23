"""The public face that pyzmq's programs know, and the life of the drivers."""

from __future__ import annotations

import asyncio
import logging
import threading
from pathlib import Path
from typing import Any

import pytest

import zmq
import zmq.auth
from zmq.auth import Authenticator, Reason, create_certificates
from zmq.auth.asyncio import AsyncioAuthenticator
from zmq.auth.thread import AuthenticationThread, ThreadAuthenticator
from zmq.utils import z85

NULL = [b"1.0", b"1", b"", b"127.0.0.1", b"", b"NULL"]
KEY = bytes(range(32))


def plain(username: bytes, password: bytes, domain: bytes = b"") -> list[bytes]:
    return [b"1.0", b"1", domain, b"127.0.0.1", b"", b"PLAIN", username, password]


def curve(key: bytes, domain: bytes = b"") -> list[bytes]:
    return [b"1.0", b"1", domain, b"127.0.0.1", b"", b"CURVE", key]


@pytest.fixture
def auth(context: zmq.Context[Any]) -> Any:
    """A started `Authenticator` without a loop, as its docstring describes."""
    authenticator = Authenticator(context)
    authenticator.start()
    yield authenticator
    authenticator.stop()


def ask(auth: Authenticator, message: list[bytes]) -> list[bytes]:
    """Ask as libzmq does, over the endpoint of RFC 27."""
    with auth.context.socket(zmq.REQ) as client:
        client.connect("inproc://zeromq.zap.01")
        client.send_multipart(message)
        assert auth.zap_socket is not None
        received = auth.zap_socket.recv_multipart()
        asyncio.run(auth.handle_zap_message(received))
        return client.recv_multipart()


def test_the_documented_manual_loop(auth: Authenticator) -> None:
    assert ask(auth, NULL) == [b"1.0", b"1", b"200", b"OK", b"anonymous", b""]
    assert ask(auth, plain(b"alice", b"x"))[2:4] == [b"400", b"No passwords defined"]
    # a REP socket that once does not answer is dead
    assert ask(auth, [b"1.0"])[2] == b"400"
    assert ask(auth, [b""])[2] == b"400"
    assert ask(auth, NULL)[2] == b"200"
    stats = auth.stats()
    assert (stats.allowed, stats.denied, stats.malformed) == (2, 3, 2)
    assert stats.reasons == {Reason.OK: 2, Reason.NO_PASSWORDS: 1, Reason.SHORT: 2}


def test_allow_and_deny_exclude_each_other(context: zmq.Context[Any]) -> None:
    auth = Authenticator(context)
    auth.allow("127.0.0.1")
    auth.allow("127.0.0.2", "127.0.0.3")
    with pytest.raises(ValueError, match="Only use allow or deny, not both"):
        auth.deny("127.0.0.1")
    auth = Authenticator(context)
    auth.deny("127.0.0.1")
    with pytest.raises(ValueError, match="Only use allow or deny, not both"):
        auth.allow("127.0.0.1")
    with pytest.raises(ValueError, match="Only use allow or deny, not both"):
        auth.configure_domain("x", allow=["127.0.0.1"], deny=["127.0.0.2"])
    with pytest.raises(ValueError, match="KRB5"):
        auth.configure_domain("x", mechanisms=["KRB5"])
    with pytest.raises(TypeError, match="5"):
        auth.deny(5)  # type: ignore[arg-type]


def test_star_covers_all_domains(auth: Authenticator, tmp_path: Path) -> None:
    auth.configure_plain("*", {"alice": "secret"})
    assert ask(auth, plain(b"alice", b"secret"))[2] == b"200"
    assert ask(auth, plain(b"alice", b"secret", b"global"))[2] == b"200"
    create_certificates(tmp_path, "alice")
    auth.configure_curve("*", tmp_path)
    (key,) = auth.certs["*"]
    assert ask(auth, curve(z85.decode(key)))[2] == b"200"
    assert ask(auth, curve(z85.decode(key), b"global"))[2] == b"200"


def test_allow_any_opens_its_domain_only(auth: Authenticator) -> None:
    auth.configure_curve("lobby", zmq.auth.CURVE_ALLOW_ANY)
    assert not auth.allow_any
    assert ask(auth, curve(KEY, b"lobby"))[2] == b"200"
    assert ask(auth, curve(KEY, b"vault"))[2] == b"400"
    auth.configure_curve(location=zmq.auth.CURVE_ALLOW_ANY)
    assert auth.allow_any
    assert ask(auth, curve(KEY, b"vault"))[2] == b"200"
    auth.allow_any = False
    assert ask(auth, curve(KEY, b"vault"))[2] == b"400"


def test_tables_are_live(auth: Authenticator) -> None:
    """Programs read and change these attributes, and the mappings that they passed in."""
    passwords = {"alice": "secret"}
    auth.configure_plain("d", passwords)
    auth.configure_plain("*")  # no passwords: nothing changes
    assert auth.passwords == {"d": passwords}
    passwords["alice"] = "other"
    assert ask(auth, plain(b"alice", b"secret", b"d"))[2] == b"400"
    auth.certs["*"] = {z85.encode(KEY): True}
    assert ask(auth, curve(KEY))[2] == b"200"
    auth.configure_curve_callback("*", lambda domain, key: key != z85.encode(KEY))
    assert list(auth.credentials_providers) == ["*"]
    assert auth.certs == {}
    assert ask(auth, curve(KEY))[2] == b"400"
    auth.configure_curve_callback("*", None)
    assert list(auth.credentials_providers) == ["*"]


def test_a_missing_folder_is_reported_and_shut(
    auth: Authenticator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    auth.configure_curve("*", tmp_path / "gone")
    assert "Failed to load CURVE certs" in caplog.text
    assert ask(auth, curve(KEY))[2] == b"400"


@pytest.mark.parametrize("wrong", [5, object()])
def test_what_is_no_source_of_credentials(context: zmq.Context[Any], wrong: Any) -> None:
    auth = Authenticator(context)
    for configure in (auth.configure_plain, auth.configure_curve, auth.configure_curve_callback):
        with pytest.raises(TypeError, match="provider"):
            configure("*", wrong)
    with pytest.raises(ValueError, match="provider_timeout"):
        auth.provider_timeout = 0


def test_curve_user_id_may_be_overridden(context: zmq.Context[Any]) -> None:
    class Named(Authenticator):
        def curve_user_id(self, client_public_key: bytes) -> str:
            return "ü" + client_public_key.hex()

    auth = Named(context, encoding="latin-1")
    auth.start()
    auth.configure_curve("*", zmq.auth.CURVE_ALLOW_ANY)
    assert ask(auth, curve(KEY))[4] == b"\xfc" + KEY.hex().encode()
    auth.encoding = "ascii"  # the id does not fit: an error, and a refusal
    assert ask(auth, curve(KEY))[2:5] == [b"500", b"Internal error", b""]
    assert auth.stats().errors == 1
    auth.stop()
    assert Authenticator(context).curve_user_id(KEY) == z85.encode(KEY).decode()


def test_decisions_are_logged_without_passwords(
    auth: Authenticator, caplog: pytest.LogCaptureFixture
) -> None:
    auth.configure_plain("*", {"alice": "hunter2"})
    ask(auth, plain(b"alice", b"hunter2"))
    ask(auth, plain(b"mallory\nALLOWED", b"hunter3"))
    records = [r for r in caplog.records if r.levelno >= logging.INFO]
    assert [r.levelno for r in records] == [logging.INFO, logging.WARNING]
    assert "Invalid username" in records[1].getMessage()
    assert "\n" not in records[1].getMessage()
    assert "hunter" not in caplog.text


def test_gssapi_principals_are_kerberos_matter(auth: Authenticator) -> None:
    auth.configure_gssapi("*", None)
    message = [b"1.0", b"1", b"", b"", b"", b"GSSAPI", b"alice@REALM"]
    assert ask(auth, message)[2:5] == [b"200", b"OK", b"alice@REALM"]
    auth.revoke("alice@REALM")
    assert ask(auth, message)[3] == b"Revoked"


def test_watched_files_are_looked_at_without_a_driver(auth: Authenticator, tmp_path: Path) -> None:
    auth.configure_curve("*", tmp_path)
    create_certificates(tmp_path, "alice")
    public, _ = zmq.auth.load_certificate(tmp_path / "alice.key")
    auth.reload()
    assert ask(auth, curve(z85.decode(public)))[2] == b"200"
    assert auth.stats().reloads == 1


# -- life -------------------------------------------------------------------------------------


def test_thread_starts_stops_and_starts_again(context: zmq.Context[Any]) -> None:
    auth = ThreadAuthenticator(context)
    auth.stop()  # of no effect
    for _ in range(20):
        auth.start()
        assert auth.is_alive()
        assert isinstance(auth.thread, AuthenticationThread)
        assert auth.thread.daemon
        auth.stop()
        assert not auth.is_alive()
        assert auth.zap_socket is None


def test_started_twice(context: zmq.Context[Any]) -> None:
    with ThreadAuthenticator(context) as auth:
        with pytest.raises(RuntimeError, match="started already"):
            auth.start()
        second = ThreadAuthenticator(context)
        with pytest.raises(zmq.ZMQError) as caught:
            second.start()
        assert caught.value.errno == zmq.EADDRINUSE
        assert not second.is_alive()
        assert auth.is_alive()
    with second:
        assert second.is_alive()


def test_terminating_the_context_ends_the_thread() -> None:
    context: zmq.Context[Any] = zmq.Context()
    auth = ThreadAuthenticator(context)
    auth.start()
    thread = auth.thread
    context.term()
    assert thread is not None
    thread.join(10)
    assert not auth.is_alive()
    auth.stop()


def test_a_provider_may_stop_the_authenticator(context: zmq.Context[Any]) -> None:
    auth = ThreadAuthenticator(context)
    stopped = threading.Event()

    def verify(credentials: Any) -> bool:
        auth.stop()
        stopped.set()
        return False

    auth.configure_plain("*", verify)
    auth.start()
    thread = auth.thread
    with context.socket(zmq.DEALER) as client:
        client.linger = 0
        client.connect("inproc://zeromq.zap.01")
        client.send_multipart([b"", *plain(b"alice", b"x")])
        assert stopped.wait(10)
        assert thread is not None
        thread.join(10)
        assert not thread.is_alive()


def test_stopping_cancels_providers_under_way(context: zmq.Context[Any]) -> None:
    waiting, ended = threading.Event(), threading.Event()

    async def verify(credentials: Any) -> bool:
        waiting.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()
        return True

    with ThreadAuthenticator(context) as auth, context.socket(zmq.DEALER) as client:
        client.linger = 0
        auth.configure_plain("*", verify)
        client.connect("inproc://zeromq.zap.01")
        client.send_multipart([b"", *plain(b"alice", b"x")])
        assert waiting.wait(10)
        auth.stop()
        assert ended.is_set()


def test_asyncio_life(context: zmq.Context[Any]) -> None:
    async def main() -> None:
        with pytest.warns(DeprecationWarning, match="ignored") as caught:
            auth = AsyncioAuthenticator(context, asyncio.get_running_loop())
        assert caught[0].filename == __file__
        for _ in range(5):
            async with auth:
                assert auth.zap_socket is not None
                with pytest.raises(RuntimeError, match="started already"):
                    auth.start()
            assert auth.zap_socket is None
        auth.stop()

    asyncio.run(main())


def test_asyncio_ends_with_its_context() -> None:
    async def main() -> None:
        context: zmq.Context[Any] = zmq.Context()
        auth = AsyncioAuthenticator(context)
        auth.start()
        await asyncio.get_running_loop().run_in_executor(None, context.term)
        assert auth.zap_socket is None
        auth.stop()

    asyncio.run(main())


def test_ioloop_takes_a_loop_that_does_not_run_yet(context: zmq.Context[Any]) -> None:
    """As tornado's programs do: start, then run the loop."""
    from zmq.auth.ioloop import IOLoopAuthenticator

    class IOLoop:
        asyncio_loop = asyncio.SelectorEventLoop()

    with pytest.warns(DeprecationWarning, match="AsyncioAuthenticator"):
        auth = IOLoopAuthenticator(context, io_loop=IOLoop())
    auth.start()

    async def ask_in_executor() -> list[bytes]:
        def ask() -> list[bytes]:
            with context.socket(zmq.REQ) as client:
                client.connect("inproc://zeromq.zap.01")
                client.send_multipart(NULL)
                return client.recv_multipart()

        return await asyncio.get_running_loop().run_in_executor(None, ask)

    loop = IOLoop.asyncio_loop
    assert loop.run_until_complete(ask_in_executor())[2] == b"200"
    auth.stop()
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def test_contexts_default_to_the_instance() -> None:
    try:
        for kind in (Authenticator, ThreadAuthenticator, AsyncioAuthenticator):
            assert kind().context is zmq.Context.instance()
    finally:
        zmq.Context.instance().term()
