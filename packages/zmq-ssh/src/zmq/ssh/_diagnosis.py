"""From what ssh said to an exception that names cause and cure. Pure: no I/O.

ssh has one exit status (255) for everything, so its words on stderr decide. They are English in
every locale. The rules are tried from the most to the least serious; the first that matches
anywhere in the output wins.
"""

from __future__ import annotations

import re

from ._errors import AuthenticationFailed, HostKeyError, PortInUse, SSHException, TunnelTimeout

__all__ = ("REMOTE_REFUSAL", "diagnose", "tidy", "too_late")

_RULES: tuple[tuple[str, type[SSHException], str], ...] = (
    (
        r"HOST IDENTIFICATION HAS CHANGED|host key for .* has changed|REVOKED HOST KEY",
        HostKeyError,
        (
            "the host key is not the one on record: the server was set up anew, or somebody stands "
            "in between. Compare the fingerprint, then remove the old key (ssh-keygen -R)"
        ),
    ),
    (
        r"host key verification failed|no \S+ host key is known",
        HostKeyError,
        (
            "the host key is unknown. Connect once by hand, compare the fingerprint and accept it, "
            "or add the key to known_hosts"
        ),
    ),
    (
        r"permission denied \(|too many authentication failures|no more authentication methods",
        AuthenticationFailed,
        "the server accepted none of the keys or passwords offered",
    ),
    (
        r"cannot listen to port|address already in use",
        PortInUse,
        "the local end of the tunnel is taken",
    ),
    (r"timed out", TunnelTimeout, "the server does not answer"),
    (r"timeout, server .* not responding", SSHException, "the server stopped answering"),
    (r"could not resolve hostname", SSHException, "the host name is unknown"),
    (r"connection refused", SSHException, "nothing listens on the ssh port"),
    (r"no route to host|network is unreachable", SSHException, "the network does not reach it"),
    (r"bad configuration option|bad owner or permissions", SSHException, "ssh refuses its options"),
    (
        r"closed by remote host|connection (reset|closed)|broken pipe",
        SSHException,
        "the server ended the connection",
    ),
)

# A line about one connection through a tunnel that stays up: the server cannot reach the target.
REMOTE_REFUSAL = re.compile(r"channel \d+: open failed: (.*)")

_KEPT_LINES = 30


def tidy(output: str) -> str:
    """Return ssh's words without frames, carriage returns and empty lines; the last 30 lines."""
    lines = (line.strip("\r\n @") for line in output.splitlines())
    return "\n".join([line for line in lines if line][-_KEPT_LINES:])


def diagnose(output: str, server: str, status: int) -> SSHException:
    """Return the exception for an ssh that ended.

    Parameters
    ----------
    output : str
        All it wrote to stderr.
    server : str
        The server, as given.
    status : int
        Its exit status; only used where it said nothing.
    """
    words = tidy(output)
    for pattern, kind, reason in _RULES:
        if re.search(pattern, words, re.IGNORECASE):
            return kind(_message(server, reason, words), server=server, output=words)
    reason = f"ssh ended with status {status}"
    return SSHException(_message(server, reason, words), server=server, output=words)


def too_late(output: str, server: str, timeout_s: float) -> TunnelTimeout:
    """Return the exception for a tunnel that was not up after `timeout_s` seconds."""
    words = tidy(output)
    reason = f"not up after {timeout_s:g} s, the server does not answer"
    return TunnelTimeout(_message(server, reason, words), server=server, output=words)


def _message(server: str, reason: str, words: str) -> str:
    said = f"\nssh said: {words}" if words else ""
    return f"no tunnel through {server}: {reason}.{said}"
