"""The exceptions of zmq.

One tree: everything that libzmq reports is a :class:`ZMQError` with the ``errno`` of libzmq and its
text as ``strerror``.  What programs react to has a class of its own.

Invariants, each with a test:

1. ``errno`` survives pickle, copy and chaining.
2. Raising :class:`Again` or :class:`ContextTerminated` asks libzmq nothing: their ``errno`` stands
   in the class and the text is looked up when it is read.
3. This module imports no back end when it is imported: it stands below them.
"""

from __future__ import annotations

from errno import EBUSY, EINTR, ETIMEDOUT

from .constants import Errno

# type checkers know this name; importing typing would slow `import zmq`
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def _backend() -> ModuleType:
    # upward, and therefore late: the back ends stand on this module
    from importlib import import_module

    return import_module(".backend", __package__)


class _Text:
    """``strerror`` where the exception was given none: libzmq's text for its errno, when read."""

    def __get__(self, error: ZMQError | None, owner: type[ZMQError]) -> str:
        number = owner.errno if error is None else error.errno
        return "" if number is None else str(_backend().strerror(number))


class ZMQBaseError(Exception):
    """Base of the exceptions of zmq."""


class ZMQError(ZMQBaseError):
    """An error that libzmq reports.

    Parameters
    ----------
    errno : int, optional
        The number of the error; by default the calling thread's :func:`zmq.zmq_errno`.
        A str is taken for `msg`, and the errno stays None.
    msg : str, optional
        The text; by default libzmq's text for `errno`.

    Attributes
    ----------
    errno : int or None
        The number of the error, see :class:`zmq.Errno`.
    strerror : str
        The text, which is also the exception's ``str()``.
    """

    errno: int | None = None
    strerror: str = _Text()  # type: ignore[assignment]

    def __init__(self, errno: int | str | None = None, msg: str | None = None) -> None:
        if isinstance(errno, str):
            msg = errno
        elif errno is not None:
            self.errno = errno
        elif self.errno is None:
            self.errno = _backend().zmq_errno()
        if msg is not None:
            self.strerror = msg

    def __str__(self) -> str:
        return self.strerror

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class ContextTerminated(ZMQError):
    """The context was terminated, in this or another thread (ETERM).

    .. versionadded:: 13.0
    """

    errno = Errno.ETERM

    def __init__(self, errno: object = "ignored", msg: object = "ignored") -> None:
        pass


class Again(ZMQError):
    """The call would have to wait, or waited in vain for its whole timeout (EAGAIN).

    .. versionadded:: 13.0
    """

    errno = Errno.EAGAIN

    def __init__(self, errno: object = "ignored", msg: object = "ignored") -> None:
        pass

    def __str__(self) -> str:
        return (
            f"{self.strerror} (no message came, or there was nobody or no room to send one to, "
            "within the time given)"
        )


class InterruptedSystemCall(ZMQError, InterruptedError):  # type: ignore[misc]  # strerror: str
    """A signal interrupted the call (EINTR).

    Calls are retried when a signal comes (PEP 475), so a program never needs to catch this.

    .. versionadded:: 14.7
    """

    errno = EINTR

    def __init__(self, errno: object = "ignored", msg: object = "ignored") -> None:
        pass

    def __str__(self) -> str:
        return f"{self.strerror}: this call should have been retried; please report it"


class ConcurrentUseError(ZMQError, RuntimeError):
    """A second thread used a socket while the first was at it (EBUSY).

    A socket belongs to one thread at a time: hand it over, put a lock around it, or give each
    thread a socket of its own.  The message names both threads and the operation.

    .. versionadded:: 28.0
    """

    errno = EBUSY


class ForkedError(ZMQError, RuntimeError):
    """A context or socket made before ``fork()`` was used in the child (ENOTSOCK).

    Nothing of libzmq outlives a fork: make a new context in the child.

    .. versionadded:: 28.0
    """

    errno = Errno.ENOTSOCK


class TerminationTimeout(ZMQError, TimeoutError):  # type: ignore[misc]  # strerror: str
    """A context did not end in the time given to ``term()`` or ``destroy()`` (ETIMEDOUT).

    The message lists the sockets that it waits for.  The termination goes on.

    .. versionadded:: 28.0
    """

    errno = ETIMEDOUT


class HandshakeError(ZMQError, ConnectionError):  # type: ignore[misc]  # strerror: str
    """A peer could not be greeted or was refused (ECONNREFUSED); the message names the cause.

    .. versionadded:: 28.0
    """

    errno = Errno.ECONNREFUSED


class ZMQBindError(ZMQBaseError):
    """:meth:`zmq.Socket.bind_to_random_port` found no free port."""


class NotDone(ZMQBaseError):
    """:meth:`zmq.MessageTracker.wait` ran into its timeout."""

    def __init__(self, *args: object) -> None:
        text = (
            "libzmq has not sent all of the message yet: leave its memory as it is, and wait "
            "longer, or look at done"
        )
        super().__init__(*(args or (text,)))


class ZMQVersionError(NotImplementedError):
    """The libzmq in use is too old for a feature.

    Parameters
    ----------
    min_version : str
        The oldest libzmq that has the feature.
    msg : str
        The feature.

    Attributes
    ----------
    min_version : str
        The oldest libzmq that has the feature.
    msg : str
        The feature.
    version : str
        The libzmq in use.

    .. versionadded:: 14.2
    """

    def __init__(self, min_version: str, msg: str = "Feature") -> None:
        super().__init__(min_version, msg)
        self.min_version = min_version
        self.msg = msg
        self.version = ".".join(map(str, _backend().zmq_version_info()))

    def __str__(self) -> str:
        return f"{self.msg} requires libzmq >= {self.min_version}, have {self.version}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class DraftFDWarning(RuntimeWarning):
    """``socket.FD`` of a thread-safe (draft) socket is emulated.

    .. versionadded:: 27.0
    """

    def __init__(self, msg: str = "") -> None:
        super().__init__(
            msg
            or "socket.FD of a thread-safe socket is emulated, for libzmq has none, and may be "
            "removed. To silence this: "
            "warnings.simplefilter('ignore', zmq.error.DraftFDWarning)"
        )


__all__ = [
    "Again",
    "ConcurrentUseError",
    "ContextTerminated",
    "DraftFDWarning",
    "ForkedError",
    "HandshakeError",
    "InterruptedSystemCall",
    "NotDone",
    "TerminationTimeout",
    "ZMQBaseError",
    "ZMQBindError",
    "ZMQError",
    "ZMQVersionError",
]
