"""`Tunnel`: a forwarded address that lives until closed, its socket is done, or its process ends.

Invariants
----------
* one thread owns the link: it opens it, waits for its end, opens it anew, closes it. Everybody else
  only hangs up;
* ``state`` moves ``starting -> up -> (reconnecting -> up)* -> closed | dead`` and never leaves the
  last two; a constructor that raises leaves nothing behind;
* a tunnel nobody refers to stays open (pyzmq's callers throw it away): its thread holds it;
* an end nobody asked for is reported thrice: the log (WARNING), `error`, and `on_state`.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING

from ._errors import MaxRetryExceeded, SSHException
from ._owner import LOOK_S, Connectable, Owner

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ._openssh import Link
    from ._retry import Reconnect
    from ._targets import Target

__all__ = ("Tunnel",)

logger = logging.getLogger(__name__)

_JOIN_S = 15.0


class Tunnel:
    """An open tunnel, as the functions of `zmq.ssh.tunnel` return it.

    It is a context manager that closes on exit. Where it is awaited to be a process id
    (``os.kill``), it is ssh's, as pyzmq's ``openssh_tunnel`` returned one; `is_alive`, `join` and
    `terminate` are those of the ``multiprocessing.Process`` that pyzmq's ``paramiko_tunnel``
    returned.

    Parameters
    ----------
    link : Link
        The driver.
    local : Target
        The local end.
    server : str
        The ssh server, for messages.
    timeout_s : float
        Seconds until the tunnel must be up, each time.
    reconnect : Reconnect, optional
        Whether and when to try again after a loss.
    on_state : callable, optional
        Called with the tunnel, from its thread, after each later change of `state`.

    Raises
    ------
    SSHException
        It did not come up.


    .. versionadded:: 28.0
    """

    def __init__(
        self,
        link: Link,
        local: Target,
        server: str,
        *,
        timeout_s: float,
        reconnect: Reconnect | None = None,
        on_state: Callable[[Tunnel], None] | None = None,
    ) -> None:
        self._link = link
        self._local = local
        self._server = server
        self._timeout_s = timeout_s
        self._reconnect = reconnect
        self._on_state = on_state
        self._owner: Owner | None = None
        self._process = os.getpid()
        self._closing = threading.Event()
        self._started = threading.Event()
        self._state = "starting"
        self._error: SSHException | None = None
        self._crash: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"zmq-ssh {self.url}", daemon=True)
        self._thread.start()
        try:
            self._started.wait()
        except BaseException:  # Ctrl-C
            self.close()
            raise
        if self._state == "dead":
            self._thread.join()
            raise self._failure()

    @property
    def url(self) -> str:
        """The address to connect to on this machine, such as ``tcp://127.0.0.1:49152``."""
        return str(self._local)

    @property
    def server(self) -> str:
        """The ssh server, as given."""
        return self._server

    @property
    def state(self) -> str:
        """One of "starting", "up", "reconnecting", "closed" (asked for) and "dead"."""
        return self._state

    @property
    def error(self) -> SSHException | None:
        """Why the tunnel was lost last; None while it never was."""
        return self._error

    @property
    def pid(self) -> int | None:
        """The ssh process; None without one."""
        return self._link.pid

    def is_alive(self) -> bool:
        """Return whether the tunnel is up, or trying to be again."""
        return self._process == os.getpid() and self._state in ("up", "reconnecting")

    def join(self, timeout: float | None = None) -> None:
        """Wait until the tunnel has ended, at most `timeout` seconds (None: for ever)."""
        if self._process == os.getpid():
            self._thread.join(timeout)

    def close(self) -> None:
        """End the tunnel and return when nothing of it is left.

        Idempotent; in a forked child it does nothing.

        Messages still on their way through it are lost: close the socket first, or let the tunnel
        follow it (`follow`), which waits for them.
        """
        if self._process != os.getpid():
            return
        self._closing.set()
        self._link.hang_up()
        if threading.current_thread() is not self._thread:
            self._thread.join(_JOIN_S)

    terminate = close

    def follow(self, socket: Connectable) -> None:
        """End with `socket`: once it is closed or collected, and its last messages are sent."""
        self._owner = Owner(socket, self._local)

    def __enter__(self) -> Tunnel:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __index__(self) -> int:
        if self.pid is None:
            raise ValueError(f"{self!r} has no process whose number it could stand for")
        return self.pid

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url} through {self._server}, {self._state}>"

    # --- the thread ----------------------------------------------------------------------------

    def _failure(self) -> BaseException:
        failure = self._crash or self._error
        assert failure is not None
        return failure

    def _run(self) -> None:
        try:
            self._live()
        except SSHException as error:
            self._end(error)
        except BaseException as error:
            self._crash = error
            self._end(SSHException(f"the tunnel broke: {error!r}", server=self._server))
            if self._started.is_set():
                raise
        finally:
            self._link.close()
            self._started.set()

    def _live(self) -> None:
        self._link.open(self._timeout_s)
        self._state = "up"
        self._started.set()
        while True:
            loss = self._watch()
            self._link.close()
            if loss is None or self._closing.is_set():
                self._change("closed")
                return
            if self._reconnect is None or loss.permanent:
                raise loss
            logger.warning("tunnel %s lost, reconnecting: %s", self.url, loss)
            self._error = loss
            self._change("reconnecting")
            if not self._reopen(self._reconnect):
                self._change("closed")
                return
            self._change("up")

    def _watch(self) -> SSHException | None:
        """Return why the link was lost, or None when it is to be closed."""
        while not self._closing.is_set():
            loss = self._link.wait(LOOK_S)
            if loss is not None:
                return loss
            if self._is_unneeded():
                break
        return None

    def _reopen(self, policy: Reconnect) -> bool:
        """Open the link again; return False when the tunnel was closed meanwhile."""
        last = self._error
        for pause_s in policy.pauses_s():
            if not self._pause(pause_s):
                return False
            try:
                self._link.open(self._timeout_s)
            except SSHException as error:
                if self._closing.is_set():
                    return False
                if error.permanent:
                    raise
                logger.info("tunnel %s: %s", self.url, error)
                last = error
            else:
                return True
        raise MaxRetryExceeded(
            f"gave up after {policy.attempts} attempts: {last}", server=self._server
        ) from last

    def _pause(self, pause_s: float) -> bool:
        """Sleep; return False when the tunnel is not needed any more."""
        end_s = time.monotonic() + pause_s
        while (left_s := end_s - time.monotonic()) > 0:
            if self._closing.wait(min(left_s, LOOK_S)) or self._is_unneeded():
                return False
        return True

    def _is_unneeded(self) -> bool:
        return self._owner is not None and self._owner.is_done(time.monotonic())

    def _end(self, error: SSHException) -> None:
        if self._closing.is_set():
            self._change("closed")
            return
        self._error = error
        if self._started.is_set():
            logger.warning("tunnel %s ended: %s", self.url, error)
            self._change("dead")
        else:
            self._state = "dead"  # the constructor raises it

    def _change(self, state: str) -> None:
        self._state = state
        if self._on_state is None or not self._started.is_set():
            return
        try:
            self._on_state(self)
        except Exception:
            logger.exception("on_state of %r failed", self)
