"""ZAP without sockets: whatever the frames are, the answer is one reply, and rarely a yes."""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import zmq
from zmq.auth import Authenticator, Reason, zap
from zmq.auth.decision import Decision, Grant
from zmq.utils import z85

KEY = bytes(range(32))
HEAD = [b"1.0", b"7", b"global", b"127.0.0.1", b"id"]

few = settings(max_examples=300, deadline=None, database=None)

# half of the frames right, so that the search gets past the first check
frames = st.lists(
    st.one_of(
        st.binary(max_size=300),
        st.sampled_from(
            [*HEAD, b"", b"NULL", b"PLAIN", b"CURVE", b"GSSAPI", KEY, b"\xff", b"a\0b"]
        ),
    ),
    max_size=10,
)
mutated = st.builds(
    lambda mechanism, credentials, index, frame: [
        frame if at == index else old for at, old in enumerate([*HEAD, mechanism, *credentials])
    ],
    st.sampled_from([b"NULL", b"PLAIN", b"CURVE", b"GSSAPI", b"null", b""]),
    st.lists(st.sampled_from([b"alice", b"secret", KEY, b"", b"x" * 70_000]), max_size=3),
    st.integers(0, 8),
    st.binary(max_size=300),
)


@pytest.mark.parametrize(
    ("credentials", "claim"),
    [
        ([b"NULL"], ""),
        ([b"PLAIN", b"al\xc3\xafce", b"secret"], "alïce"),
        ([b"CURVE", KEY], z85.encode(KEY).decode()),
        ([b"GSSAPI", b"alice@REALM"], "alice@REALM"),
    ],
)
def test_valid_requests(credentials: list[bytes], claim: str) -> None:
    request = zap.parse([*HEAD, *credentials])
    asked = request.credentials
    assert request.id == b"7"
    assert (asked.domain, asked.address, asked.identity) == ("global", "127.0.0.1", b"id")
    assert (asked.mechanism, asked.claim) == (credentials[0].decode(), claim)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ([], Reason.SHORT),
        (HEAD, Reason.SHORT),
        ([b"1.1", *HEAD[1:], b"NULL"], Reason.VERSION),
        ([b"1.0", b"7" * 256, *HEAD[2:], b"NULL"], Reason.MALFORMED),
        ([b"1.0", b"7", b"\xff", b"", b"", b"NULL"], Reason.MALFORMED),
        ([b"1.0", b"7", b"a\0b", b"", b"", b"NULL"], Reason.MALFORMED),
        ([*HEAD, b"ROT13"], Reason.MECHANISM),
        ([*HEAD, b"NULL", b"more"], Reason.CREDENTIALS),
        ([*HEAD, b"PLAIN", b"alice"], Reason.CREDENTIALS),
        ([*HEAD, b"PLAIN", b"root\0x", b"secret"], Reason.CREDENTIALS),
        ([*HEAD, b"PLAIN", b"\xff", b"secret"], Reason.CREDENTIALS),
        ([*HEAD, b"PLAIN", b"a" * 256, b"secret"], Reason.CREDENTIALS),
        ([*HEAD, b"CURVE", KEY[:-1]], Reason.CREDENTIALS),
        ([*HEAD, b"CURVE", z85.encode(KEY)], Reason.CREDENTIALS),
        ([*HEAD, b"CURVE", KEY, KEY], Reason.CREDENTIALS),
        ([*HEAD, b"GSSAPI"], Reason.CREDENTIALS),
    ],
)
def test_invalid_requests(request_: list[bytes], reason: Reason) -> None:
    with pytest.raises(zap.BadRequest) as caught:
        zap.parse(request_)
    assert caught.value.reason is reason


@few
@given(st.one_of(frames, mutated), st.sampled_from(["utf-8", "latin-1", "ascii"]))
def test_parse_raises_bad_request_or_returns_what_was_sent(
    request_: list[bytes], encoding: str
) -> None:
    try:
        request = zap.parse(request_, encoding)
    except zap.BadRequest as error:
        assert error.reason is not Reason.OK  # noqa: PT017 - one of two outcomes
        assert zap.request_id(request_) in (b"", *request_[1:2])
        return
    asked = request.credentials
    sent = [asked.domain.encode(encoding), asked.address.encode(), asked.identity]
    assert sent == request_[2:5]
    assert asked.mechanism.encode() == request_[5]
    shown = [asked.username, asked.password, asked.principal]
    texts = [text.encode(encoding) for text in shown if text is not None]
    assert texts + ([z85.decode(asked.key)] if asked.key else []) == request_[6:]


def test_the_password_is_in_no_repr() -> None:
    asked = zap.parse([*HEAD, b"PLAIN", b"alice", b"hunter2"]).credentials
    assert asked.password == "hunter2"
    assert "hunter2" not in repr(asked)


# with a prefix, for hypothesis reads the names that are forbidden in the code and tries them
names = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=253).map("X-".__add__)
values = st.one_of(st.text(max_size=50), st.binary(max_size=50))


@few
@given(st.dictionaries(names, values, max_size=5))
def test_metadata_reads_back(metadata: dict[str, Any]) -> None:
    try:
        Grant(metadata=metadata)
    except ValueError:
        assert any(
            "\0" in value if isinstance(value, str) else b"\0" in value
            for value in metadata.values()
        )
        return
    raw, read = zap.encode_metadata(metadata), {}
    while raw:
        name, raw = raw[1 : 1 + raw[0]], raw[1 + raw[0] :]
        (size,) = struct.unpack("!I", raw[:4])
        read[name.decode()], raw = raw[4 : 4 + size], raw[4 + size :]
    sent = {k: v.encode() if isinstance(v, str) else v for k, v in metadata.items()}
    assert read == sent


@pytest.mark.parametrize("name", ["", "x" * 256, "User-Id", "peer-address", "é", "a\nb"])
def test_a_provider_cannot_grant_such_names(name: str) -> None:
    with pytest.raises(ValueError, match=r"propert"):
        Grant(metadata={name: "x"})


def test_a_user_id_with_a_nul_would_be_cut_and_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        Grant("root\0x")


def test_a_refusal_tells_the_peer_nothing() -> None:
    reply = zap.reply(b"7", Decision(Reason.KEY, "alice", {"Role": "x"}))
    assert reply == [b"1.0", b"7", b"400", b"Unknown key", b"", b""]


@pytest.fixture(scope="module")
def closed_authenticator() -> Iterator[Authenticator]:
    """One that no valid credentials exist for."""
    context: zmq.Context[Any] = zmq.Context()
    authenticator = Authenticator(context, log=logging.getLogger("zmq.auth.silent"))
    authenticator.log.setLevel("CRITICAL")
    authenticator.allow("203.0.113.1")
    authenticator.configure_plain("*", {"alice": "secret"})
    authenticator.configure_curve("*", {z85.encode(bytes(32)): True})
    yield authenticator
    context.term()


class Recorder:
    """Stands for the ZAP socket, to count replies."""

    def __init__(self) -> None:
        self.sent: list[list[bytes]] = []

    def send_multipart(self, frames: list[bytes]) -> None:
        self.sent.append(frames)


@few
@given(st.one_of(frames, mutated))
def test_each_message_gets_one_reply_and_nobody_comes_in(
    closed_authenticator: Authenticator, message: list[bytes]
) -> None:
    recorder: Any = Recorder()
    closed_authenticator.zap_socket = recorder
    with pytest.raises(StopIteration):  # it is done in one step: no provider here has to wait
        closed_authenticator.handle_zap_message(message).send(None)
    (reply,) = recorder.sent
    assert len(reply) == 6
    assert reply[2] in (b"400", b"500")
    assert closed_authenticator.stats().allowed == 0
