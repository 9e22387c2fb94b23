"""The vocabulary of an authentication: what was asked, what a provider may say, what was decided.

Contract
--------
- `Credentials` is what a peer presented, already parsed and checked for form (see `.zap`).
- A provider answers with a `Verdict`; whatever is not a clear yes is a no.
- `Decision` is final: it carries the reason, and the ZAP status code follows from the reason alone.

Nothing here knows a socket, a loop or a file.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, ClassVar, Union

from ..sugar._record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = (
    "AuthStats",
    "Credentials",
    "Decision",
    "Grant",
    "Reason",
    "Verdict",
)

# What libzmq itself puts on every frame; a provider may not forge these (zmq_msg_gets(3)).
_RESERVED = frozenset({"user-id", "socket-type", "routing-id", "identity", "peer-address"})
_MAX_NAME = 255
_MAX_VALUE = 64 * 1024


class Reason(enum.Enum):
    """Why a peer was let in or kept out.

    The value is the status text of the ZAP reply. libzmq hands peers the status code only, so the
    texts may be plain: they reach this side's log, not the peer.
    """

    OK = "OK"
    SHORT = "Not enough frames"
    VERSION = "Invalid version"
    MALFORMED = "Malformed request"
    MECHANISM = "NO ACCESS"
    CREDENTIALS = "Invalid credentials"
    NOT_ALLOWED = "Address not allowed"
    ADDRESS_DENIED = "Address denied"
    MECHANISM_REFUSED = "Mechanism not permitted in this domain"
    NO_PASSWORDS = "No passwords defined"  # noqa: S105, RUF100 - a status text
    NO_KEYS = "No keys defined"
    DOMAIN = "Unknown domain"
    USER = "Invalid username"
    PASSWORD = "Invalid password"  # noqa: S105, RUF100 - a status text
    KEY = "Unknown key"
    REVOKED = "Revoked"
    REFUSED = "Refused by the credentials provider"
    TIMEOUT = "The credentials provider did not answer in time"
    ERROR = "Internal error"

    @property
    def status(self) -> int:
        """The ZAP status code (RFC 27): 200, 400 or 500.

        Never 300, "try again": libzmq tells the peer nothing of that, and leaves it waiting until
        its handshake times out.
        """
        return _STATUS.get(self, 400)


_STATUS = {Reason.OK: 200, Reason.TIMEOUT: 500, Reason.ERROR: 500}
_MALFORMED = frozenset(
    {Reason.SHORT, Reason.VERSION, Reason.MALFORMED, Reason.MECHANISM, Reason.CREDENTIALS}
)


class Credentials(Record):
    """What a peer presented.

    Parameters
    ----------
    mechanism
        ``"NULL"``, ``"PLAIN"``, ``"CURVE"`` or ``"GSSAPI"``.
    domain
        The ZAP domain of the socket that was connected to; ``""`` where it has none.
    address
        The peer's address as libzmq tells it: an IP address; ``localhost:uid:gid:pid`` for ipc.
    identity
        The routing id of the *asking* socket (``ZMQ_ROUTING_ID``), usually empty.
    username, password
        PLAIN only.
    key
        CURVE only: the client's public key, 40 bytes of Z85.
    principal
        GSSAPI only, already proved by Kerberos.
    """

    mechanism: str
    domain: str
    address: str
    identity: bytes
    username: str | None
    password: str | None
    key: bytes | None
    principal: str | None

    _secret: ClassVar[tuple[str, ...]] = ("password",)  # never in a log

    def __init__(
        self,
        mechanism: str,
        domain: str = "",
        address: str = "",
        identity: bytes = b"",
        username: str | None = None,
        password: str | None = None,
        key: bytes | None = None,
        principal: str | None = None,
    ) -> None:
        super().__init__(
            mechanism=mechanism,
            domain=domain,
            address=address,
            identity=identity,
            username=username,
            password=password,
            key=key,
            principal=principal,
        )

    @property
    def claim(self) -> str:
        """Who the peer says it is: the user name, the key or the principal."""
        if self.username is not None:
            return self.username
        if self.key is not None:
            return self.key.decode("ascii")
        return self.principal or ""


class Grant(Record):
    """A yes with particulars, for providers that know more than ``True``.

    Parameters
    ----------
    user_id
        The ``User-Id`` on every frame of this peer; ``None`` for the default one.
    metadata
        More properties for its frames: ``frame["Role"]``. Names are 1 to 255 ASCII characters and
        none of libzmq's own, values text or bytes of at most 64 KiB.

    Raises
    ------
    ValueError
        For a NUL in a value (libzmq would cut it there), a reserved, empty or too long name.
    """

    user_id: str | None
    metadata: Mapping[str, str | bytes]

    def __init__(
        self, user_id: str | None = None, metadata: Mapping[str, str | bytes] | None = None
    ) -> None:
        if metadata is None:
            metadata = {}
        if user_id is not None:
            check_user_id(user_id)
        for name, value in metadata.items():
            _check_property(name, value)
        super().__init__(user_id=user_id, metadata=metadata)


# What a provider may answer. None and False refuse; a Reason refuses and says why.
Verdict = Union[bool, None, Grant, Reason]


class Decision(Record):
    """What was decided about one request, and why."""

    reason: Reason
    user_id: str
    metadata: Mapping[str, str | bytes]

    def __init__(
        self,
        reason: Reason,
        user_id: str = "",
        metadata: Mapping[str, str | bytes] | None = None,
    ) -> None:
        super().__init__(
            reason=reason, user_id=user_id, metadata={} if metadata is None else metadata
        )

    @property
    def allowed(self) -> bool:
        """True where the peer may come in."""
        return self.reason is Reason.OK

    @property
    def malformed(self) -> bool:
        """True where the request itself was no valid ZAP request."""
        return self.reason in _MALFORMED


class AuthStats(Record):
    """Counters of an authenticator since it was made.

    `denied` counts all refusals; `malformed` and `errors` (a provider failed or timed out) are
    parts of it. `reasons` counts decisions by `Reason`; `reloads` counts watched files taken
    anew, and `rejected` those whose new content was refused, so that the old one stays.
    """

    allowed: int
    denied: int
    malformed: int
    errors: int
    reloads: int
    rejected: int
    reasons: Mapping[Reason, int]

    def __init__(
        self,
        allowed: int = 0,
        denied: int = 0,
        malformed: int = 0,
        errors: int = 0,
        reloads: int = 0,
        rejected: int = 0,
        reasons: Mapping[Reason, int] | None = None,
    ) -> None:
        super().__init__(
            allowed=allowed,
            denied=denied,
            malformed=malformed,
            errors=errors,
            reloads=reloads,
            rejected=rejected,
            reasons={} if reasons is None else reasons,
        )


def check_user_id(user_id: str) -> str:
    """Return `user_id`, or raise ValueError where libzmq would hand on something else.

    libzmq reads properties as C strings: ``"root\\0x"`` would arrive as ``"root"``.
    """
    if not isinstance(user_id, str):
        raise TypeError(f"a user id is text, not {type(user_id).__name__}: {user_id!r}")
    if "\0" in user_id:
        raise ValueError(f"a user id cannot hold a NUL, libzmq would cut it there: {user_id!r}")
    return user_id


def _check_property(name: str, value: str | bytes) -> None:
    if not isinstance(name, str) or not isinstance(value, (str, bytes)):
        raise TypeError(f"metadata maps text to text or bytes, not {name!r} to {value!r}")
    if not 0 < len(name) <= _MAX_NAME or not name.isascii() or not name.isprintable():
        raise ValueError(f"a property's name is 1 to 255 printable ASCII characters, not {name!r}")
    if name.lower() in _RESERVED:
        raise ValueError(f"the property {name!r} is libzmq's own; choose another name")
    raw = value.encode() if isinstance(value, str) else value
    if b"\0" in raw or len(raw) > _MAX_VALUE:
        raise ValueError(f"the property {name!r} has a NUL or more than {_MAX_VALUE} bytes")
