"""Rules without sockets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from zmq.auth import Credentials, Grant, Reason
from zmq.auth.decision import Decision
from zmq.auth.policy import Addresses, DomainPolicy, Policy
from zmq.auth.providers import FunctionProvider, KeyMapping
from zmq.utils import z85

KEY = z85.encode(bytes(range(32)))
PLAIN = Credentials("PLAIN", "d", "10.1.2.3", username="alice", password="secret")
CURVE = Credentials("CURVE", "d", "10.1.2.3", key=KEY)


@pytest.fixture
def policy() -> Policy:
    return Policy(logging.getLogger("zmq.auth"), lambda key: key.decode())


def decide(policy: Policy, credentials: Credentials) -> Decision:
    return asyncio.run(policy.decide(credentials))


@pytest.mark.parametrize(
    ("rule", "inside", "outside"),
    [
        ("10.1.2.3", "10.1.2.3", "10.1.2.30"),
        ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
        ("10.1.2.3", "::ffff:10.1.2.3", "::ffff:10.1.2.4"),
        ("::ffff:10.1.2.3", "::ffff:10.1.2.3", "10.1.2.4"),
        ("fe80::/10", "fe80::1%eth0", "2001:db8::1"),
        ("2001:db8::0:1", "2001:db8::1", "2001:db8::2"),
        ("localhost", "localhost:1000:1000:42", "127.0.0.1"),
        ("localhost:1000", "localhost:1000:1000:42", "localhost:10001:1000:42"),
        ("odd name", "odd name", "odd"),
    ],
)
def test_addresses(rule: str, inside: str, outside: str) -> None:
    assert inside in Addresses([rule])
    assert outside not in Addresses([rule])
    assert "" not in Addresses([rule])


def test_addresses_that_cannot_be_meant() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        Addresses(["10.0.0.0/99"])
    with pytest.raises(TypeError, match="5"):
        Addresses([5])  # type: ignore[list-item]


@settings(max_examples=300, deadline=None, database=None)
@given(st.text(max_size=40), st.ip_addresses())
def test_any_text_may_be_asked_about(text: str, address: Any) -> None:
    some = Addresses(["10.0.0.0/8", "fe80::/10", "localhost"])
    assert isinstance(text in some, bool)
    assert str(address) in Addresses([str(address)])


def test_rules_of_a_domain_come_on_top(policy: Policy) -> None:
    policy.passwords["*"] = {"alice": "secret"}
    assert decide(policy, PLAIN).allowed
    policy.domains = {"d": DomainPolicy(denied=Addresses(["10.0.0.0/8"]))}
    assert decide(policy, PLAIN).reason is Reason.ADDRESS_DENIED
    policy.general = DomainPolicy(allowed=Addresses(["192.0.2.1"]))
    assert decide(policy, PLAIN).reason is Reason.NOT_ALLOWED
    policy.general = DomainPolicy()
    policy.domains = {"d": DomainPolicy(mechanisms=frozenset({"CURVE"}))}
    assert decide(policy, PLAIN).reason is Reason.MECHANISM_REFUSED


def test_why_nobody_knows(policy: Policy) -> None:
    assert decide(policy, PLAIN).reason is Reason.NO_PASSWORDS
    assert decide(policy, CURVE).reason is Reason.NO_KEYS
    policy.passwords["other"] = {"alice": "secret"}
    policy.certs["other"] = {KEY: True}
    assert decide(policy, PLAIN).reason is Reason.DOMAIN
    assert decide(policy, CURVE).reason is Reason.DOMAIN
    policy.passwords["*"], policy.certs["*"] = {"bob": ""}, {}
    assert decide(policy, PLAIN).reason is Reason.USER
    assert decide(policy, CURVE).reason is Reason.KEY
    policy.passwords["d"] = {"alice": "Secret"}
    assert decide(policy, PLAIN).reason is Reason.PASSWORD


def answers() -> list[Any]:
    async def yes() -> str:
        return "yes"

    cancelled: Any = CancelledAwaitable()
    return ["yes", 1, object(), [], "", yes, cancelled]


class CancelledAwaitable(Awaitable[bool]):
    def __await__(self) -> Any:
        raise asyncio.CancelledError


@pytest.mark.parametrize("answer", answers(), ids=repr)
def test_what_is_no_clear_yes_is_an_error_and_a_no(policy: Policy, answer: Any) -> None:
    policy.passwords["*"] = FunctionProvider(lambda _: answer() if callable(answer) else answer)
    assert decide(policy, PLAIN).reason is Reason.ERROR


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (True, Reason.OK),
        (Grant(), Reason.OK),
        (False, Reason.REFUSED),
        (None, Reason.REFUSED),
        (Reason.REVOKED, Reason.REVOKED),
        (Reason.OK, Reason.ERROR),
    ],
)
def test_verdicts(policy: Policy, answer: Any, reason: Reason) -> None:
    policy.passwords["*"] = FunctionProvider(lambda _: answer)
    assert decide(policy, PLAIN).reason is reason


def test_a_provider_that_answers_too_late_is_cancelled(policy: Policy) -> None:
    ended = []

    async def hang(credentials: Credentials) -> bool:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(credentials.claim)
        return True

    policy.passwords["*"] = FunctionProvider(hang)
    policy.provider_timeout = 0.01
    assert decide(policy, PLAIN) == Decision(Reason.TIMEOUT)
    assert ended == ["alice"]


def test_key_mappings_grant(policy: Policy) -> None:
    policy.certs["*"] = {KEY: Grant("alice", {"Role": "admin"})}
    assert decide(policy, CURVE) == Decision(Reason.OK, "alice", {"Role": "admin"})
    policy.certs["*"] = {KEY: False}
    assert decide(policy, CURVE).reason is Reason.KEY
    with pytest.raises(ValueError, match="Z85"):
        KeyMapping({KEY.decode(): True})  # type: ignore[dict-item]


def test_revocation_beats_everything(policy: Policy) -> None:
    policy.curve_open = frozenset({"*"})
    policy.revoke(z85.decode(KEY))
    assert policy.is_revoked(KEY)
    assert decide(policy, CURVE).reason is Reason.REVOKED
    policy.reinstate(KEY.decode())
    assert decide(policy, CURVE).allowed
    with pytest.raises(ValueError, match="CURVE key"):
        policy.revoke(b"alice")


def test_a_user_id_that_is_no_text_is_an_error(policy: Policy) -> None:
    broken = Policy(policy.log, lambda key: key)  # type: ignore[arg-type, return-value]
    broken.curve_open = frozenset({"*"})
    assert decide(broken, CURVE).reason is Reason.ERROR


def test_a_revoked_key_stays_out_under_any_user_id(policy: Policy) -> None:
    policy.certs["*"] = {KEY: Grant("alice")}
    assert decide(policy, CURVE).user_id == "alice"
    policy.revoke(KEY.decode())
    assert decide(policy, CURVE).reason is Reason.REVOKED
