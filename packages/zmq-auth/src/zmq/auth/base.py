"""`Authenticator`: the rules and the ZAP socket, without an event loop.

Contract
--------
- Whatever frames arrive, `handle_zap_message` answers each request with exactly one reply, and the
  answer is no unless every rule says yes.
- Every decision is logged with its reason and counted. Passwords are never logged; what a peer
  sent is logged as `repr`, so that it cannot forge lines.

Rules are configured in `.rules` and decided about in `.policy`. The drivers (`.thread`,
`.asyncio`, `.ioloop`) only bring requests here.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

from ..constants import SocketType
from ..error import ZMQError
from ..sugar.context import Context
from ..sugar.socket import Socket
from . import zap
from .decision import AuthStats, Decision, Reason
from .rules import CURVE_ALLOW_ANY, Rules

__all__ = ("CURVE_ALLOW_ANY", "VERSION", "ZAP_ENDPOINT", "Authenticator")

VERSION: bytes = zap.VERSION
ZAP_ENDPOINT: str = "inproc://zeromq.zap.01"


class Authenticator(Rules):
    """Answers libzmq's question, who may connect to the sockets of a context (ZAP, RFC 27).

    As soon as it is started, libzmq asks it about every peer of every socket of `context` that has
    a ZAP domain, a PLAIN server or a CURVE server option set. Until there are rules, NULL peers
    are allowed, and PLAIN and CURVE peers are refused.

    This class registers with no event loop: hand what `zap_socket` receives to
    `handle_zap_message`, or use `zmq.auth.thread.ThreadAuthenticator` or
    `zmq.auth.asyncio.AsyncioAuthenticator`, which do that themselves.

    Parameters
    ----------
    context
        The context whose sockets it guards; `Context.instance()` by default.
    encoding
        Of domains, user names and user ids.
    log
        A logger; ``zmq.auth`` by default. Peers let in are INFO, peers kept out WARNING.

    Attributes
    ----------
    reload_interval : float
        Seconds between looks at the watched files, 1.0 by default.

    .. versionadded:: 14.1
    .. versionchanged:: 28.0
        ``"*"`` covers all domains; providers, live files, per-domain rules, revocation, counters.
    """

    _zap_socket_type: ClassVar[SocketType] = SocketType.REP
    _refreshes_itself: ClassVar[bool] = True  # where no driver looks at the watched files

    context: Context[Any]
    encoding: str
    log: Any
    zap_socket: Socket[Any] | None

    def __init__(
        self,
        context: Context[Any] | None = None,
        encoding: str = "utf-8",
        log: Any = None,
    ) -> None:
        super().__init__(log)
        self.context = context or Context.instance()
        self.encoding = encoding
        self.zap_socket = None
        self._reasons: Counter[Reason] = Counter()
        self._malformed = 0
        self._lock = threading.Lock()

    # -- life ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Create and bind the ZAP socket.

        Raises
        ------
        RuntimeError
            When it is started already.
        ZMQError
            ``EADDRINUSE`` when the context has another authenticator.
        """
        if self.zap_socket is not None:
            raise RuntimeError(f"{self!r} is started already; stop it first")
        self.log.debug("Starting")
        socket: Socket[Any] = self.context.socket(self._zap_socket_type, socket_class=Socket)
        try:
            socket.linger = 0
            socket.bind(ZAP_ENDPOINT)
        except BaseException:
            socket.close()
            raise
        self.zap_socket = socket

    def stop(self) -> None:
        """Close the ZAP socket; another authenticator may start at once. Idempotent."""
        socket, self.zap_socket = self.zap_socket, None
        if socket is None or socket.closed:
            return
        with contextlib.suppress(ZMQError):  # the context may be terminating
            # close() alone frees the name only some time later, in libzmq's reaper thread
            socket.unbind(ZAP_ENDPOINT)
        socket.close(linger=0)

    # -- requests -----------------------------------------------------------------------------

    async def handle_zap_message(self, msg: Sequence[bytes]) -> None:
        """Decide about one request and send the reply over `zap_socket`.

        Parameters
        ----------
        msg
            The frames that `zap_socket` received, version first.
        """
        if self._refreshes_itself:
            self.refresh()
        request_id = zap.request_id(msg)
        decision = await self._decide(msg)
        try:
            frames = zap.reply(request_id, decision, self.encoding)
        except UnicodeError:
            self.log.exception("the user id does not fit %s; the peer is refused", self.encoding)
            decision = Decision(Reason.ERROR)
            frames = zap.reply(request_id, decision, self.encoding)
        self._count(decision)
        if self.zap_socket is not None:
            self.zap_socket.send_multipart([*getattr(msg, "envelope", ()), *frames])

    async def _decide(self, msg: Sequence[bytes]) -> Decision:
        try:
            request = zap.parse(msg, self.encoding)
        except zap.BadRequest as error:
            self.log.error("DENIED: %s", error)
            return Decision(error.reason)
        asked = request.credentials
        decision = await self._policy.decide(asked)
        self.log.log(
            logging.INFO if decision.allowed else logging.WARNING,
            "%s %s: %s (domain %r, address %r, claim %.80r, user id %.80r)",
            "ALLOWED" if decision.allowed else "DENIED",
            asked.mechanism,
            decision.reason.value,
            asked.domain,
            asked.address,
            asked.claim,
            decision.user_id,
        )
        return decision

    def _count(self, decision: Decision) -> None:
        with self._lock:
            self._reasons[decision.reason] += 1
            self._malformed += decision.malformed

    def stats(self) -> AuthStats:
        """Return the counters: who was let in, kept out, and why.

        .. versionadded:: 28.0
        """
        with self._lock:
            reasons, malformed = dict(self._reasons), self._malformed
        watched = list(self._watched())
        allowed = reasons.get(Reason.OK, 0)
        return AuthStats(
            allowed=allowed,
            denied=sum(reasons.values()) - allowed,
            malformed=malformed,
            errors=reasons.get(Reason.ERROR, 0) + reasons.get(Reason.TIMEOUT, 0),
            reloads=sum(entry.reloads for entry in watched),
            rejected=sum(entry.rejected for entry in watched),
            reasons=reasons,
        )
