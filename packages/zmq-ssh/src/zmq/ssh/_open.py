"""From the arguments of the public functions to an open `Tunnel`: checks, driver, password.

A driver, and what it needs, is loaded by the first tunnel it makes.
"""

from __future__ import annotations

import logging
import socket as stdlib_socket
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Union

from ._errors import AuthenticationFailed, PortInUse, SSHException
from ._retry import Reconnect
from ._targets import IpcTarget, Target, TcpTarget, forward_spec, parse_server
from ._tunnel import Tunnel

if TYPE_CHECKING:
    from ._openssh import Link

__all__ = ("LOOPBACK", "OnState", "Password", "Request", "free_ports", "uses_paramiko")

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
_PORT_ATTEMPTS = 3

Password = Union[str, bool, None]
OnState = Callable[[Tunnel], None]


class Request:
    """The arguments all public functions share; `zmq.ssh.tunnel.open_tunnel` describes them.

    Raises
    ------
    ValueError, FileNotFoundError
        An argument cannot be used.
    """

    def __init__(
        self,
        paramiko: bool,
        server: str,
        keyfile: str | None = None,
        password: Password = None,
        timeout: float = 60,
        jump: str | None = None,
        config: str | None = None,
        options: Sequence[str] = (),
        reconnect: bool | Reconnect = False,
        on_state: OnState | None = None,
    ) -> None:
        for host in (server, *(jump.split(",") if jump else ())):
            parse_server(host)
        if password is True or (password and any(character in password for character in "\n\r\0")):
            raise ValueError("password: expected one line of text, or False for none")
        if not timeout > 0:
            raise ValueError(f"timeout: expected seconds above 0, not {timeout!r}")
        if options and (paramiko or isinstance(options, str)):
            raise ValueError(
                f"options={options!r}: expected a sequence of options, and only for OpenSSH"
            )
        self.paramiko = paramiko
        self.server = server
        self.keyfile = _file("keyfile", keyfile)
        self.password = password
        self.timeout = timeout
        self.jump = jump or None
        self.config = _file("config", config)
        self.options = options
        self.reconnect = reconnect
        self.on_state = on_state

    def link(self, local: Target | None, remote: Target | None, secret: str | None) -> Link:
        """Return the driver for a tunnel, or without addresses for a login only."""
        server = parse_server(self.server)
        if self.paramiko:
            from ._paramiko import ParamikoLink

            assert not isinstance(local, IpcTarget)
            assert not isinstance(remote, IpcTarget)
            return ParamikoLink(
                server,
                local,
                remote,
                keyfile=self.keyfile,
                password=secret,
                jump=self.jump,
                config=self.config,
            )
        if sys.platform == "win32":
            raise SSHException("OpenSSH tunnels need POSIX: use paramiko=True", server=self.server)
        from ._askpass import scratch_folder
        from ._command import Client
        from ._openssh import OpenSSHLink

        folder = ""
        if isinstance(local, IpcTarget):
            folder = local.path.rpartition("/")[0]  # `_local_end` made it
        elif secret is not None:
            folder = scratch_folder()
        return OpenSSHLink(
            Client(keyfile=self.keyfile, jump=self.jump, config=self.config, options=self.options),
            server,
            forward_spec(local, remote) if local and remote else None,
            password=secret,
            folder=folder,
            notice=_Notice(),
        )

    def open(self, local: Target, remote: Target) -> Tunnel:
        """Open the tunnel."""
        return self._ask_once(lambda secret: self._open(local, remote, secret))

    def open_anywhere(self, remote: Target) -> Tunnel:
        """Open a tunnel with a local end of our choice."""
        if self.paramiko and isinstance(remote, IpcTarget):
            raise ValueError(f"{remote}: paramiko forwards tcp:// only; use paramiko=False")
        return self._ask_once(lambda secret: self._open_anywhere(remote, secret, _PORT_ATTEMPTS))

    def _ask_once(self, start: Callable[[str | None], Tunnel]) -> Tunnel:
        """Start; where the password is missing and a human sits at the terminal, ask once."""
        try:
            return start(str(self.password) if self.password else None)
        except AuthenticationFailed:
            human = sys.stdin is not None and sys.stdin.isatty()
            if self.password is not None or not human:
                raise
        from getpass import getpass

        return start(getpass(f"{self.server}'s password: "))

    def _open_anywhere(self, remote: Target, secret: str | None, attempts: int) -> Tunnel:
        try:
            return self._open(_local_end(remote), remote, secret)
        except PortInUse:  # somebody was faster
            if attempts == 1:
                raise
        return self._open_anywhere(remote, secret, attempts - 1)

    def _open(self, local: Target, remote: Target, secret: str | None) -> Tunnel:
        return Tunnel(
            self.link(local, remote, secret),
            local,
            self.server,
            timeout_s=self.timeout,
            reconnect=Reconnect() if self.reconnect is True else self.reconnect or None,
            on_state=self.on_state,
        )


def uses_paramiko(paramiko: bool | None) -> bool:
    """Return which driver a `paramiko` argument stands for."""
    return sys.platform == "win32" if paramiko is None else paramiko


def free_ports(count: int) -> list[int]:
    """Return different TCP ports of 127.0.0.1 that are free now."""
    sockets = [stdlib_socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _local_end(remote: Target) -> Target:
    if isinstance(remote, IpcTarget):  # guarded by permissions there, so not a port for all here
        from ._askpass import scratch_folder

        return IpcTarget(f"{scratch_folder()}/end")
    return TcpTarget(LOOPBACK, free_ports(1)[0])


def _file(what: str, path: str | None) -> str | None:
    """Return the full path of a file that is there; None for none."""
    if not path:
        return None
    from pathlib import Path

    expanded = Path(path).expanduser()
    if not expanded.is_file():
        raise FileNotFoundError(f"{what}: no file {str(expanded)!r}")
    return str(expanded)


class _Notice:
    """Logs what ssh says about single connections, a repetition only once: zmq retries often."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, line: str) -> None:
        if line != self._last:
            logger.warning("%s", line)
            self._last = line
