"""Who may come in: addresses, domains, mechanisms, credentials and revocations.

Contract
--------
`Policy.decide` answers every valid request with a `Decision`, and never raises. The order is

1. the address: ``allow`` or ``deny``, of all domains and then of this one;
2. the mechanism: one that this domain permits;
3. the credentials: the provider of this domain, else that of ``"*"``; none means no;
4. revocation, of what the peer claims to be and of the user id it was granted.

Each step can only refuse. NULL has no credentials, and GSSAPI's are proved by Kerberos before ZAP
is asked: unless steps 1, 2 or 4 refuse them, both come in (as they do in pyzmq and CZMQ).

Reconfiguring replaces whole objects, so that a decision that is under way sees the old or the new
policy and no mixture; it may happen in any thread.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Callable

from ..sugar._record import Record
from .certs import parse_key
from .decision import Credentials, Decision, Grant, Reason, Verdict, check_user_id
from .providers import KeyMapping, PasswordMapping, Provider

if TYPE_CHECKING:
    import ipaddress
    import logging
import threading

__all__ = ("ANY", "MECHANISMS", "Addresses", "DomainPolicy", "Policy")

ANY = "*"
MECHANISMS = frozenset({"NULL", "PLAIN", "CURVE", "GSSAPI"})


class Addresses:
    """A set of peer addresses: single ones, networks (``10.0.0.0/8``), and any other text as it is.

    An IPv4 address that comes in over an IPv6 socket (``::ffff:10.1.2.3``) is that IPv4 address.
    libzmq calls an ipc peer ``localhost:uid:gid:pid``; ``localhost`` stands for all of them,
    ``localhost:uid`` for those of one user.
    """

    def __init__(self, addresses: Iterable[str] = ()) -> None:
        self.texts = frozenset(addresses)
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        if self.texts:
            self._read_networks()

    def _read_networks(self) -> None:
        import ipaddress

        for text in self.texts:
            if not isinstance(text, str):
                raise TypeError(f"an address is text, not {type(text).__name__}: {text!r}")
            try:
                self._networks.append(ipaddress.ip_network(text, strict=False))
            except ValueError:
                if "/" in text:
                    raise ValueError(f"{text!r} is no network; write 10.0.0.0/8") from None

    def union(self, addresses: Iterable[str]) -> Addresses:
        """Return a new set with `addresses` as well."""
        return Addresses(self.texts.union(addresses))

    def __bool__(self) -> bool:
        return bool(self.texts)

    def __contains__(self, address: str) -> bool:
        if address in self.texts:
            return True
        if address.startswith("localhost"):
            return any(address.startswith(f"{text}:") for text in self.texts)
        if not self._networks:
            return False
        import ipaddress

        try:
            ip = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(ip, "ipv4_mapped", None)
        return any(ip in network or (mapped and mapped in network) for network in self._networks)


NOWHERE = Addresses()


class DomainPolicy(Record):
    """What one ZAP domain permits beyond the rules for all."""

    allowed: Addresses
    denied: Addresses
    mechanisms: frozenset[str]

    def __init__(
        self,
        allowed: Addresses = NOWHERE,
        denied: Addresses = NOWHERE,
        mechanisms: frozenset[str] = MECHANISMS,
    ) -> None:
        super().__init__(allowed=allowed, denied=denied, mechanisms=mechanisms)

    def refusal(self, credentials: Credentials) -> Reason | None:
        """Return why these credentials are refused before they are checked, or None."""
        if self.allowed and credentials.address not in self.allowed:
            return Reason.NOT_ALLOWED
        if credentials.address in self.denied:
            return Reason.ADDRESS_DENIED
        if credentials.mechanism not in self.mechanisms:
            return Reason.MECHANISM_REFUSED
        return None


class Policy:
    """All rules of one authenticator.

    Parameters
    ----------
    log
        Where failures of providers are reported.
    user_id
        From a CURVE public key (32 bytes) to its default user id.
    """

    def __init__(self, log: logging.Logger, user_id: Callable[[bytes], str]) -> None:
        self.general = DomainPolicy()
        self.domains: Mapping[str, DomainPolicy] = {}
        self.passwords: dict[str, Mapping[str, str] | Provider] = {}
        self.certs: dict[str, Mapping[bytes, Any]] = {}
        self.credentials_providers: dict[str, Provider] = {}
        self.curve_open: frozenset[str] = frozenset()
        self.revoked: frozenset[str] = frozenset()
        self.provider_timeout = 10.0  # seconds; libzmq gives a handshake 30
        self.log = log
        self.lock = threading.Lock()  # held while rules are changed, never while deciding
        self._user_id = user_id

    # -- decisions ----------------------------------------------------------------------------

    async def decide(self, credentials: Credentials) -> Decision:
        """Decide about one peer."""
        try:
            return await self._decide(credentials)
        except Exception:
            self.log.exception("deciding about %r failed; the peer is refused", credentials)
            return Decision(Reason.ERROR)

    async def _decide(self, credentials: Credentials) -> Decision:
        domain = self.domains.get(credentials.domain)
        for rules in (self.general, domain):
            reason = rules.refusal(credentials) if rules else None
            if reason:
                return Decision(reason)
        if credentials.claim in self.revoked:
            return Decision(Reason.REVOKED)
        if credentials.mechanism == "NULL":
            return Decision(Reason.OK, "anonymous")
        if credentials.mechanism == "GSSAPI":
            return self._granted(credentials, True)
        provider = self._provider(credentials)
        if isinstance(provider, Reason):
            return Decision(provider)
        return self._granted(credentials, await self._ask(provider, credentials))

    def _provider(self, credentials: Credentials) -> Provider | Reason:
        """Return who knows about these credentials, or why nobody does."""
        find = self._plain if credentials.mechanism == "PLAIN" else self._curve
        for domain in (credentials.domain, ANY):
            found = find(domain)
            if found is not None:
                return found
        if credentials.mechanism == "PLAIN":
            return Reason.DOMAIN if self.passwords else Reason.NO_PASSWORDS
        configured = self.certs or self.credentials_providers or self.curve_open
        return Reason.DOMAIN if configured else Reason.NO_KEYS

    def _plain(self, domain: str) -> Provider | None:
        found = self.passwords.get(domain)
        return PasswordMapping(found) if isinstance(found, Mapping) else found

    def _curve(self, domain: str) -> Provider | None:
        if domain in self.curve_open:
            return _Everybody()
        if domain in self.credentials_providers:
            return self.credentials_providers[domain]
        found = self.certs.get(domain)
        return found if found is None or isinstance(found, Provider) else KeyMapping(found)

    async def _ask(self, provider: Provider, credentials: Credentials) -> Verdict:
        answer = provider.verify(credentials)
        import inspect

        if not inspect.isawaitable(answer):
            return answer
        import asyncio

        future = asyncio.ensure_future(_awaited(answer))
        try:
            # unlike wait_for, wait tells our own cancellation from the provider's
            done, _ = await asyncio.wait({future}, timeout=self.provider_timeout)
            if not done:
                return Reason.TIMEOUT
            if future.cancelled():
                raise RuntimeError(f"{provider!r} was cancelled")
            return future.result()
        finally:
            future.cancel()

    def _granted(self, credentials: Credentials, answer: Verdict) -> Decision:
        """Turn a provider's answer into a decision; only a clear yes is one."""
        if isinstance(answer, Reason):
            return Decision(Reason.ERROR if answer is Reason.OK else answer)
        if answer is None or answer is False:
            return Decision(Reason.REFUSED)
        if answer is not True and not isinstance(answer, Grant):
            raise TypeError(f"a provider answers True, False, a Grant or a Reason, not {answer!r}")
        grant = answer if isinstance(answer, Grant) else Grant()
        user_id = grant.user_id
        if user_id is None:
            user_id = check_user_id(self._default_id(credentials))
        if user_id in self.revoked:
            return Decision(Reason.REVOKED)
        return Decision(Reason.OK, user_id, grant.metadata)

    def _default_id(self, credentials: Credentials) -> str:
        return credentials.claim if credentials.key is None else self._user_id(credentials.key)

    # -- rules --------------------------------------------------------------------------------

    def revoke(self, who: str | bytes) -> None:
        """Keep `who` out: a user name, a user id or a public key."""
        with self.lock:
            self.revoked |= {_claim(who)}

    def reinstate(self, who: str | bytes) -> None:
        """Undo `revoke`."""
        with self.lock:
            self.revoked -= {_claim(who)}

    def is_revoked(self, who: str | bytes) -> bool:
        """Return whether `revoke` was called for `who`."""
        return _claim(who) in self.revoked


class _Everybody:
    def verify(self, credentials: Credentials) -> Verdict:
        del credentials
        return True


async def _awaited(answer: Awaitable[Verdict]) -> Verdict:
    return await answer


def _claim(who: str | bytes) -> str:
    return who if isinstance(who, str) else parse_key(who).decode("ascii")
