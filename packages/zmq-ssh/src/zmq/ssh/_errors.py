"""What can go wrong with a tunnel: a base class, and subclasses where a program acts otherwise.

Invariants
----------
* every error is an `SSHException`, a RuntimeError, so that programs which caught pyzmq's
  RuntimeError of a tunnel that "failed to start" still do;
* ``output`` holds ssh's own words; the message repeats them after a plain sentence;
* ``permanent`` says that trying again without a change changes nothing: reconnecting stops there.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = (
    "AuthenticationFailed",
    "HostKeyError",
    "MaxRetryExceeded",
    "PortInUse",
    "SSHException",
    "TunnelTimeout",
)


class SSHException(RuntimeError):
    """A tunnel could not be opened, or ended without being asked to.

    Parameters
    ----------
    message : str
        The plain reason.
    server : str
        The ssh server, as given.
    output : str
        What ssh itself said, line by line; empty when it said nothing.

    Notes
    -----
    pyzmq names paramiko's class here. Errors of paramiko tunnels are instances of both.
    """

    permanent: ClassVar[bool] = False

    def __init__(self, message: str = "", *, server: str = "", output: str = "") -> None:
        super().__init__(message)
        self.server = server
        self.output = output


class AuthenticationFailed(SSHException):
    """The server refused every key and password offered.

    .. versionadded:: 28.0
    """

    permanent = True


class HostKeyError(SSHException):
    """The server's host key is unknown, or not the one on record.

    .. versionadded:: 28.0
    """

    permanent = True


class PortInUse(SSHException):
    """The local end of the tunnel cannot be opened: its port is taken.

    .. versionadded:: 28.0
    """


class TunnelTimeout(SSHException):
    """The tunnel was not up in time.

    .. versionadded:: 28.0
    """


class MaxRetryExceeded(SSHException):
    """Reconnecting was given up after the allowed attempts; ``__cause__`` is the last failure."""
