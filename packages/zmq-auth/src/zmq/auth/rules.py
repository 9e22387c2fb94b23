"""`Rules`: the part of an authenticator that its user configures.

Contract
--------
- Configuring is allowed at any time and in any thread, also while the authenticator works; each
  call takes effect as a whole, with the next decision.
- What is no rule raises at once and changes nothing.
- `Rules` only translates: the decisions are `.policy`'s, the files `.files`'.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Callable, Protocol, Union, cast, runtime_checkable

from ..utils import z85
from .decision import Credentials, Grant
from .policy import ANY, MECHANISMS, Addresses, DomainPolicy, Policy
from .providers import (
    Answer,
    CallbackProvider,
    CurveCallback,
    FunctionProvider,
    KeyMapping,
    Provider,
)

__all__ = ("CURVE_ALLOW_ANY", "Rules", "Watched")

CURVE_ALLOW_ANY: str = "*"

_Path = Union[str, "os.PathLike[str]"]
_Function = Callable[[Credentials], Answer]


@runtime_checkable
class Watched(Protocol):
    """A source of credentials that follows a file, or something else that changes."""

    reloads: int
    rejected: int

    def refresh(self, now: float, *, force: bool = False) -> bool:
        """Look, and return whether anything changed. `now` is in monotonic seconds."""
        ...


class Rules:
    """Who may come in.

    Parameters
    ----------
    log
        A logger; ``zmq.auth`` by default.
    """

    def __init__(self, log: Any = None) -> None:
        self.log = log or logging.getLogger("zmq.auth")
        self.reload_interval = 1.0
        self._next_look = 0.0
        self._looking = threading.Lock()  # held while watched files are looked at
        self._policy = Policy(self.log, lambda key: self.curve_user_id(z85.decode(key)))

    def allow(self, *addresses: str) -> None:
        """Allow these addresses, and no others.

        For NULL, that lets peers in; for the other mechanisms they may go on to present
        credentials. Excludes `deny`.

        Parameters
        ----------
        addresses
            IP addresses as text; networks, too (``"10.0.0.0/8"``). ``"localhost"`` stands for ipc
            peers, ``"localhost:1000"`` for those that run as user 1000.

        Raises
        ------
        ValueError
            When `deny` was used before.
        """
        added = Addresses(addresses)
        with self._policy.lock:
            old = self._policy.general
            if old.denied:
                raise ValueError(
                    f"Only use allow or deny, not both: {sorted(old.denied.texts)} is denied, and "
                    "all other addresses are allowed already"
                )
            self._policy.general = old.__replace__(allowed=old.allowed.union(added.texts))
        self.log.debug("Allowing %s", ",".join(addresses))

    def deny(self, *addresses: str) -> None:
        """Deny these addresses; all others may go on. Excludes `allow`.

        Parameters
        ----------
        addresses
            As in `allow`.

        Raises
        ------
        ValueError
            When `allow` was used before.
        """
        added = Addresses(addresses)
        with self._policy.lock:
            old = self._policy.general
            if old.allowed:
                raise ValueError(
                    f"Only use allow or deny, not both: {sorted(old.allowed.texts)} is allowed, "
                    "and all other addresses are denied already"
                )
            self._policy.general = old.__replace__(denied=old.denied.union(added.texts))
        self.log.debug("Denying %s", ",".join(addresses))

    def configure_domain(
        self,
        domain: str,
        *,
        allow: Iterable[str] = (),
        deny: Iterable[str] = (),
        mechanisms: Collection[str] = MECHANISMS,
    ) -> None:
        """Set the rules of one domain, in place of those it had.

        They come on top of the rules for all domains, and can only refuse.

        Parameters
        ----------
        domain
            A ZAP domain; ``"*"`` sets the rules for all, those of `allow` and `deny` included.
        allow, deny
            Addresses as in `allow` and `deny`; one of the two.
        mechanisms
            Those that peers may use, of ``"NULL"``, ``"PLAIN"``, ``"CURVE"`` and ``"GSSAPI"``.

        Raises
        ------
        ValueError
            For both `allow` and `deny`, or an unknown mechanism.

        .. versionadded:: 28.0
        """
        rules = DomainPolicy(Addresses(allow), Addresses(deny), frozenset(mechanisms))
        if rules.allowed and rules.denied:
            raise ValueError(
                f"Only use allow or deny, not both: allow={sorted(rules.allowed.texts)} denies all "
                "other addresses already"
            )
        unknown = rules.mechanisms - MECHANISMS
        if unknown:
            raise ValueError(f"unknown mechanisms {sorted(unknown)}; known: {sorted(MECHANISMS)}")
        with self._policy.lock:
            if domain == ANY:
                self._policy.general = rules
            else:
                self._policy.domains = {**self._policy.domains, domain: rules}

    def configure_plain(
        self,
        domain: str = "*",
        passwords: Mapping[str, str] | _Path | Provider | _Function | None = None,
    ) -> None:
        """Configure PLAIN for a domain.

        Parameters
        ----------
        domain
            The ZAP domain; ``"*"`` covers all that have no configuration of their own.
        passwords
            ``{user: password}``, read at each request; or the path of a password file, which is
            watched (see `zmq.auth.PasswordFile`); or a `zmq.auth.Provider`; or a function, sync or
            async, from `zmq.auth.Credentials` to a verdict. None changes nothing.

        Raises
        ------
        OSError, ValueError
            When there is no good password file.
        """
        self.log.debug("Configure plain: %s", domain)
        if passwords is None:
            return
        if isinstance(passwords, (str, os.PathLike)):
            from .files import PasswordFile

            passwords = PasswordFile(passwords, log=self.log)
        elif not isinstance(passwords, (Mapping, Provider)):
            passwords = _function(passwords, "passwords")
        self._policy.passwords[domain] = passwords

    def configure_curve(
        self,
        domain: str = "*",
        location: _Path | Mapping[bytes, bool | Grant] | Provider | _Function = ".",
    ) -> None:
        """Configure CURVE for a domain.

        Parameters
        ----------
        domain
            The ZAP domain; ``"*"`` covers all that have no configuration of their own.
        location
            A folder with the public certificates of those who may come in, which is watched (see
            `zmq.auth.CertificateFolder`); or ``CURVE_ALLOW_ANY`` for any key whatsoever; or
            ``{public key: True or Grant}``, as `load_certificates` returns, read at each request;
            or a `zmq.auth.Provider`; or a function, sync or async, from `zmq.auth.Credentials` to
            a verdict.

        .. versionchanged:: 28.0
            The folder is watched, no need to call this again. ``CURVE_ALLOW_ANY`` opens `domain`
            only, where it used to open every domain.
        """
        self.log.debug("Configure curve: %s[%s]", domain, location)
        if isinstance(location, str) and location == CURVE_ALLOW_ANY:
            self._set_curve(domain, open=True)
        elif isinstance(location, (str, os.PathLike)) or location is None:
            from pathlib import Path

            from .files import CertificateFolder

            path = Path(location or ".")
            if not path.is_dir():
                self.log.error("Failed to load CURVE certs from %s: it is no directory", path)
            self._set_curve(domain, certs=CertificateFolder(path, log=self.log))
        elif isinstance(location, Mapping):
            KeyMapping(location)  # checks the keys; the mapping itself is what counts, later too
            self._set_curve(domain, certs=location)
        elif isinstance(location, Provider):
            self._set_curve(domain, provider=location)
        else:
            self._set_curve(domain, provider=_function(location, "location"))

    def configure_curve_callback(
        self,
        domain: str = "*",
        credentials_provider: CurveCallback | Provider | Callable[..., Any] | None = None,
    ) -> None:
        """Configure CURVE for a domain by a callback.

        Parameters
        ----------
        domain
            The ZAP domain; ``"*"`` covers all that have no configuration of their own.
        credentials_provider
            An object with a method ``callback(domain, key)``, or a function of that form, sync or
            async, that returns whether `key` (40 bytes of Z85) may come in; or a
            `zmq.auth.Provider`. None is reported, and changes nothing.
        """
        self.log.debug("Configure curve callback: %s", domain)
        if credentials_provider is None:
            self.log.error("None credentials_provider provided for domain:%s", domain)
        elif isinstance(credentials_provider, CurveCallback):
            self._set_curve(domain, provider=CallbackProvider(credentials_provider))
        elif isinstance(credentials_provider, Provider):
            self._set_curve(domain, provider=credentials_provider)
        elif callable(credentials_provider):
            self._set_curve(domain, provider=CallbackProvider(credentials_provider))
        else:
            raise TypeError(
                "a credentials provider has a method callback(domain, key) or verify(credentials),"
                f" unlike {credentials_provider!r}"
            )

    def configure_gssapi(self, domain: str = "*", location: str | None = None) -> None:
        """Configure GSSAPI, which needs nothing here: Kerberos proves a peer before ZAP is asked.

        Use `configure_domain` to refuse GSSAPI and `revoke` to refuse a principal.
        """
        self.log.debug("Configure gssapi: %s, %s", domain, location)

    def _set_curve(
        self,
        domain: str,
        *,
        open: bool = False,
        certs: Mapping[bytes, Any] | None = None,
        provider: Provider | None = None,
    ) -> None:
        """Make one of the three ways the way of `domain`.

        The new one is there before the old one goes: no moment without a rule, and at each moment
        one of the two counts.
        """
        policy = self._policy
        with policy.lock:
            if provider is not None:
                policy.credentials_providers[domain] = provider
            if certs is not None:
                policy.certs[domain] = certs
            if open:
                policy.curve_open |= {domain}
            else:
                policy.curve_open -= {domain}
            if provider is None:
                policy.credentials_providers.pop(domain, None)
            if certs is None:
                policy.certs.pop(domain, None)

    def revoke(self, who: str | bytes) -> None:
        """Keep `who` out from the next handshake on, whatever the rules say.

        libzmq cannot cut a connection that is up. To refuse what comes over those, ask
        `is_revoked` about a received frame's ``frame["User-Id"]``.

        Parameters
        ----------
        who
            A PLAIN user, a GSSAPI principal, a user id, or a CURVE public key (40 characters of
            Z85, or 32 bytes).

        .. versionadded:: 28.0
        """
        self._policy.revoke(who)
        self.log.info("revoked: %r", who)

    def reinstate(self, who: str | bytes) -> None:
        """Undo `revoke`.

        .. versionadded:: 28.0
        """
        self._policy.reinstate(who)
        self.log.info("reinstated: %r", who)

    def is_revoked(self, who: str | bytes) -> bool:
        """Return whether `revoke` was called for `who`.

        .. versionadded:: 28.0
        """
        return self._policy.is_revoked(who)

    def curve_user_id(self, client_public_key: bytes) -> str:
        """Return the User-Id of a CURVE client, for subclasses to override.

        Called for peers that come in, unless their provider granted a user id.

        Parameters
        ----------
        client_public_key
            32 bytes.

        Returns
        -------
        The user id; here the key as Z85.
        """
        return z85.encode(client_public_key).decode("ascii")

    # -- what is configured -------------------------------------------------------------------

    @property
    def allow_any(self) -> bool:
        """Whether any CURVE key may come in, in domains without a configuration of their own."""
        return ANY in self._policy.curve_open

    @allow_any.setter
    def allow_any(self, value: bool) -> None:
        with self._policy.lock:
            others = self._policy.curve_open - {ANY}
            self._policy.curve_open = others | {ANY} if value else others

    @property
    def passwords(self) -> dict[str, Mapping[str, str] | Provider]:
        """PLAIN: domain to passwords, or to who knows them."""
        return self._policy.passwords

    @property
    def certs(self) -> dict[str, Mapping[bytes, Any]]:
        """CURVE: domain to the public keys that may come in."""
        return self._policy.certs

    @property
    def credentials_providers(self) -> dict[str, Provider]:
        """CURVE: domain to the provider that is asked."""
        return self._policy.credentials_providers

    @property
    def provider_timeout(self) -> float:
        """Seconds that an async provider has to answer, 10 by default.

        .. versionadded:: 28.0
        """
        return self._policy.provider_timeout

    @provider_timeout.setter
    def provider_timeout(self, seconds: float) -> None:
        if not seconds > 0:
            raise ValueError(f"provider_timeout is a positive number of seconds, not {seconds!r}")
        self._policy.provider_timeout = seconds

    # -- watched files ------------------------------------------------------------------------

    def _watched(self) -> Iterator[Watched]:
        tables: tuple[Mapping[str, Any], ...] = (
            self.passwords,
            self.certs,
            self.credentials_providers,
        )
        for table in tables:
            for entry in list(table.values()):
                if isinstance(entry, Watched):
                    yield entry

    @property
    def watches_files(self) -> bool:
        """Whether there is anything to `refresh`."""
        return any(True for _ in self._watched())

    def refresh(self) -> None:
        """Look at the watched files if `reload_interval` has passed. The drivers call this.

        Any thread may, also while decisions are made.

        .. versionadded:: 28.0
        """
        now = time.monotonic()
        if now < self._next_look or not self._looking.acquire(blocking=False):
            return  # not yet, or another thread is at it
        try:
            self._next_look = now + self.reload_interval
            self._look(now, force=False)
        finally:
            self._looking.release()

    def reload(self) -> None:
        """Take all watched files as they are now, without waiting for them to settle.

        .. versionadded:: 28.0
        """
        with self._looking:
            self._look(time.monotonic(), force=True)

    def _look(self, now: float, *, force: bool) -> None:
        for entry in self._watched():
            self._look_at(entry, now, force=force)

    def _look_at(self, entry: Watched, now: float, *, force: bool) -> None:
        try:
            if entry.refresh(now, force=force):
                self.log.info("taken anew: %r", entry)
        except Exception:
            self.log.exception("looking at %r failed; what was known of it stays", entry)


def _function(function: Any, name: str) -> Provider:
    if not callable(function):
        raise TypeError(f"{name} is a mapping, a path, a provider or a function, not {function!r}")
    return FunctionProvider(cast("_Function", function))
