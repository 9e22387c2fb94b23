"""Where credentials come from: the provider protocol, and providers for mappings and functions.

Contract
--------
A `Provider` has one method, ``verify(credentials)``. It answers with a `Verdict`, or with an
awaitable of one, so that a database may be asked without holding up other peers. ``True`` or a
`Grant` lets the peer in. ``False``, ``None`` or a `Reason` keeps it out, and so does everything
else: another type, an exception, no answer in time.

Files are in `.files`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, Callable, Protocol, Union, runtime_checkable

from .certs import parse_key
from .decision import Credentials, Grant, Reason, Verdict

__all__ = (
    "Answer",
    "CallbackProvider",
    "CurveCallback",
    "FunctionProvider",
    "KeyMapping",
    "PasswordMapping",
    "Provider",
    "same_secret",
)

Answer = Union[Verdict, Awaitable[Verdict]]


@runtime_checkable
class Provider(Protocol):
    """Whatever can tell whether credentials are good.

    ``verify`` is called in the authenticator's thread or loop: a sync one that blocks keeps all
    peers waiting, an async one keeps only its own. It may be cancelled.

    .. versionadded:: 1.0
    """

    def verify(self, credentials: Credentials) -> Answer:
        """Return, or await to, the verdict on `credentials`."""
        ...


@runtime_checkable
class CurveCallback(Protocol):
    """What `Authenticator.configure_curve_callback` takes since pyzmq 16."""

    def callback(self, domain: str, key: bytes) -> Any | Awaitable[Any]:
        """Return whether the public `key` (40 bytes of Z85) may enter `domain`."""
        ...


def same_secret(one: str, other: str) -> bool:
    """Compare two secrets in a time that tells neither where they differ nor how long they are."""
    import hashlib
    import hmac

    digests = (hashlib.sha256(text.encode("utf-8", "surrogatepass")) for text in (one, other))
    return hmac.compare_digest(*(digest.digest() for digest in digests))


class PasswordMapping:
    """PLAIN users and their passwords in a mapping, read at each look-up.

    An unknown user costs the time of a wrong password.
    """

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self.passwords = passwords

    def verify(self, credentials: Credentials) -> Verdict:
        """Compare the password."""
        expected = self.passwords.get(credentials.username or "")
        known = isinstance(expected, str)
        same = same_secret(
            credentials.password or "", expected if isinstance(expected, str) else ""
        )
        if not known:
            return Reason.USER
        return True if same else Reason.PASSWORD


class KeyMapping:
    """CURVE public keys in a mapping, to ``True`` or a `Grant`, read at each look-up."""

    def __init__(self, keys: Mapping[bytes, bool | Grant]) -> None:
        for key in keys:
            if not isinstance(key, bytes) or parse_key(key) != key:
                raise ValueError(f"keys are 40 bytes of Z85, as load_certificates gives: {key!r}")
        self.keys = keys

    def verify(self, credentials: Credentials) -> Verdict:
        """Look the key up."""
        return self.keys.get(credentials.key or b"") or Reason.KEY


class FunctionProvider:
    """A function ``verify(credentials)``, sync or async, as a provider."""

    def __init__(self, function: Callable[[Credentials], Answer]) -> None:
        self.function = function

    def verify(self, credentials: Credentials) -> Answer:
        """Ask the function."""
        return self.function(credentials)


class CallbackProvider:
    """pyzmq's ``callback(domain, key)``, sync or async, as a provider.

    Its answer counts by its truth, as it always did; a socket without a domain is in ``"*"``.
    """

    def __init__(self, callback: CurveCallback | Callable[[str, bytes], Any]) -> None:
        self.callback: Callable[[str, bytes], Any] = (
            callback.callback if isinstance(callback, CurveCallback) else callback
        )

    def verify(self, credentials: Credentials) -> Answer:
        """Ask the callback."""
        import inspect

        answer = self.callback(credentials.domain or "*", credentials.key or b"")
        return self._later(answer) if inspect.isawaitable(answer) else self._verdict(answer)

    async def _later(self, answer: Awaitable[Any]) -> Verdict:
        return self._verdict(await answer)

    @staticmethod
    def _verdict(answer: Any) -> Verdict:
        if isinstance(answer, (Grant, Reason)):
            return answer
        return True if answer else Reason.KEY
