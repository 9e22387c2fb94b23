"""Reading of server strings and addresses, and their writing as ssh's ``-L``. Pure: no I/O.

Grammar
-------
server    ``[ssh://][user@]host[:port]``; host is a name, an alias of ssh_config, an IPv4 address or
an
          IPv6 address, the last in brackets when a port follows: ``me@[fe80::1%eth0]:2222``.
address   ``tcp://host:port`` or ``ipc:///absolute/path``, as the *server* would connect to it.

What ssh or a shell behind ssh could take for an option or a command is refused here, before any
process starts.
"""

from __future__ import annotations

import re
from typing import Union

from ..sugar._record import Record

__all__ = (
    "IpcTarget",
    "Server",
    "TcpTarget",
    "forward_spec",
    "parse_server",
    "parse_target",
    "port",
)

# OpenSSH itself refuses these since 9.6 (CVE-2023-51385: they reach a shell through %h and %r)
_UNSAFE = re.compile(r"""[\s\x00-\x1f\x7f'"`$\\;&<>|(){}]""")


class Server(Record):
    """An ssh server; None means "as ssh_config says"."""

    host: str
    user: str | None
    port: int | None

    def __init__(self, host: str, user: str | None = None, port: int | None = None) -> None:
        super().__init__(host=host, user=user, port=port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host and self.port is not None else self.host
        user = "" if self.user is None else f"{self.user}@"
        return user + host + ("" if self.port is None else f":{self.port}")


class TcpTarget(Record):
    """A TCP address as the server sees it, or the local end of a tunnel."""

    host: str
    port: int

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host=host, port=port)

    def __str__(self) -> str:
        return f"tcp://{_bracketed(self.host)}:{self.port}"


class IpcTarget(Record):
    """A Unix-domain socket on the server, or the local end of a tunnel."""

    path: str

    def __init__(self, path: str) -> None:
        super().__init__(path=path)

    def __str__(self) -> str:
        return f"ipc://{self.path}"


Target = Union[TcpTarget, IpcTarget]


def port(value: int | str, what: str) -> int:
    """Return `value` as a port number.

    Raises
    ------
    ValueError
        Not a number from 1 to 65535; the message names `what`.
    """
    if isinstance(value, int):
        number = value
    elif value.isascii() and value.isdigit():
        number = int(value)
    else:
        raise ValueError(f"{what}: the port must be a number, not {value!r}")
    if not 1 <= number <= 65535:
        raise ValueError(f"{what}: the port must be from 1 to 65535, not {number}")
    return number


def parse_server(text: str) -> Server:
    """Read ``[ssh://][user@]host[:port]``.

    Raises
    ------
    ValueError
        The text is no server, or holds what ssh could misread as an option or a shell as a command.
    """
    rest = text[len("ssh://") :].rstrip("/") if text.startswith("ssh://") else text
    name, at, rest = rest.rpartition("@")
    user = name if at else None
    host, number = _split_host(rest, f"ssh server {text!r}")
    for part, value in (("user", user), ("host", host)):
        if value is None:
            continue
        if not value or value.startswith("-") or _UNSAFE.search(value):
            raise ValueError(
                f"ssh server {text!r}: {value!r} is no {part}; expected [user@]host[:port]"
            )
    return Server(host, user, number)


def tcp_target(host: str, number: int) -> TcpTarget:
    """Return the address of a host that ssh can be given.

    Raises
    ------
    ValueError
        `host` is empty, a wildcard, or could be misread.
    """
    if host in ("", "*") or host.startswith("-") or _UNSAFE.search(host):
        raise ValueError(f"{host!r} is no host to reach; name it as the ssh server does")
    return TcpTarget(host, number)


def parse_target(addr: str) -> Target:
    """Read the address to reach through the tunnel.

    Raises
    ------
    ValueError
        Another transport than tcp or ipc, a wildcard, or a path ssh cannot forward.
    """
    transport, separator, rest = addr.partition("://")
    if separator and transport == "tcp":
        if ";" in rest:
            raise ValueError(f"{addr!r}: a source address cannot be used through a tunnel")
        host, number = _split_host(rest, repr(addr))
        if number is None:
            raise ValueError(f"{addr!r}: the port is missing; expected tcp://host:port")
        return tcp_target(host, number)
    if separator and transport == "ipc":
        if not rest.startswith("/"):
            raise ValueError(
                f"{addr!r}: only an absolute path can be forwarded, no abstract or relative one"
            )
        if re.search(r"[\x00-\x1f%$\\]", rest):
            raise ValueError(f"{addr!r}: ssh would expand or misread a character of this path")
        return IpcTarget(rest)
    raise ValueError(f"{addr!r}: only tcp:// and ipc:// addresses can be tunnelled")


def forward_spec(local: Target, remote: Target) -> str:
    """Return the argument of ``ssh -L`` that leads from `local` to `remote`."""
    return f"{_spec(local)}:{_spec(remote)}"


def _spec(target: Target) -> str:
    if isinstance(target, IpcTarget):
        return target.path.replace(":", r"\:")
    return f"{_bracketed(target.host)}:{target.port}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _split_host(text: str, what: str) -> tuple[str, int | None]:
    if text.startswith("["):
        host, closing, rest = text[1:].partition("]")
        if not closing or (rest and not rest.startswith(":")):
            raise ValueError(f"{what}: expected [IPv6 address] or [IPv6 address]:port")
        return host, port(rest[1:], what) if rest else None
    if text.count(":") > 1:  # a bare IPv6 address has no place for a port
        return text, None
    host, colon, number = text.partition(":")
    return host, port(number, what) if colon else None
