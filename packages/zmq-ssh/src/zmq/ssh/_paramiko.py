"""A tunnel made by paramiko, in threads of this process: for machines without OpenSSH's client.

ssh_config is read for HostName, User, Port, IdentityFile, ProxyJump, ProxyCommand and
UserKnownHostsFile.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

try:
    import paramiko  # type: ignore[import-untyped, import-not-found, unused-ignore]
except ImportError as error:
    raise ImportError(
        "paramiko=True needs paramiko; it comes with: pip install zmq-ssh[paramiko]"
    ) from error

from . import _errors
from ._targets import Server, TcpTarget, parse_server
from .forward import ForwardServer, handler

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("ParamikoLink",)

_POLICY = "PYZMQ_PARAMIKO_HOST_KEY_POLICY"
_POLICIES = ("AutoAdd", "Reject", "Warning")
_KEEPALIVE_S = 15
_LOOK_S = 0.1


# Ours, and for programs that catch what pyzmq raises, paramiko's too.
class SSHException(_errors.SSHException, paramiko.SSHException):  # type: ignore[misc, unused-ignore]
    pass


class AuthenticationFailed(_errors.AuthenticationFailed, paramiko.AuthenticationException):  # type: ignore[misc, unused-ignore]
    pass


class HostKeyError(_errors.HostKeyError, paramiko.SSHException):  # type: ignore[misc, unused-ignore]
    pass


class PortInUse(_errors.PortInUse, paramiko.SSHException):  # type: ignore[misc, unused-ignore]
    pass


class TunnelTimeout(_errors.TunnelTimeout, paramiko.SSHException):  # type: ignore[misc, unused-ignore]
    pass


class ParamikoLink:
    """The `Link` of a paramiko client.

    Parameters
    ----------
    server : Server
        Where to log in.
    local, remote : TcpTarget, optional
        What to forward; None only logs in.
    keyfile, password, jump, config : str, optional
        See `open_tunnel`.
    """

    def __init__(
        self,
        server: Server,
        local: TcpTarget | None,
        remote: TcpTarget | None,
        *,
        keyfile: str | None = None,
        password: str | None = None,
        jump: str | None = None,
        config: str | None = None,
    ) -> None:
        self._server = server
        self._local = local
        self._remote = remote
        self._keyfile = keyfile
        self._password = password
        self._jump = jump
        self._config = config
        self._hung_up = threading.Event()
        self._clients: list[paramiko.SSHClient] = []
        self._listener: ForwardServer | None = None

    @property
    def pid(self) -> None:
        """None: this process does the work."""
        return

    def open(self, timeout_s: float) -> None:
        """Log in and listen.

        Raises
        ------
        SSHException
            See `SSHException` for the kinds; each is also paramiko's.
        """
        deadline_s = time.monotonic() + timeout_s
        try:
            with self._translated(timeout_s, deadline_s):
                config = self._read_config()
                sock: Any | None = None
                for hop in self._hops(config):
                    sock = self._login(hop, config, sock, deadline_s)
                self._listen()
        except BaseException:
            self.close()
            raise

    def wait(self, timeout_s: float | None) -> SSHException | None:
        """Return why the connection ended, or None when it still stands after `timeout_s`."""
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._hung_up.is_set():
            transport = self._clients[-1].get_transport() if self._clients else None
            if transport is None or not transport.is_active():
                break
            remaining_s = _LOOK_S
            if deadline_s is not None:
                remaining_s = min(_LOOK_S, deadline_s - time.monotonic())
                if remaining_s <= 0:
                    return None
            transport.join(remaining_s)
        return SSHException(
            f"no tunnel through {self._server}: the connection ended", server=str(self._server)
        )

    def hang_up(self) -> None:
        """Make `wait` end soon."""
        self._hung_up.set()

    def close(self) -> None:
        """Stop listening and log out."""
        if self._listener is not None:
            self._listener.shutdown()
            self._listener.server_close()
            self._listener = None
        while self._clients:
            self._clients.pop().close()

    def _read_config(self) -> paramiko.SSHConfig:
        path = Path(self._config or "~/.ssh/config").expanduser()
        if self._config is None and not path.is_file():
            return paramiko.SSHConfig()
        return paramiko.SSHConfig.from_path(str(path))

    def _hops(self, config: paramiko.SSHConfig) -> list[Server]:
        jump = self._jump or config.lookup(self._server.host).get("proxyjump", "none")
        jumps = [] if jump.lower() == "none" else [parse_server(hop) for hop in jump.split(",")]
        return [*jumps, self._server]

    def _login(
        self,
        hop: Server,
        config: paramiko.SSHConfig,
        sock: Any | None,
        deadline_s: float,
    ) -> Any | None:
        """Log in at `hop`; return the channel from there to the next hop, None from the last."""
        facts = config.lookup(hop.host)
        last = hop is self._server
        host, number = facts["hostname"], hop.port or int(facts.get("port", 22))
        if sock is None and "proxycommand" in facts:
            sock = paramiko.ProxyCommand(facts["proxycommand"])
        elif sock is not None:
            previous = self._clients[-1].get_transport()
            assert previous is not None
            sock = previous.open_channel(
                "direct-tcpip", (host, number), ("127.0.0.1", 0), timeout=_left(deadline_s)
            )
        client = paramiko.SSHClient()
        self._clients.append(client)
        _trust(client, facts)
        keys = [self._keyfile] if last and self._keyfile else facts.get("identityfile", [])
        left_s = _left(deadline_s)
        client.connect(
            host,
            number,
            hop.user or facts.get("user"),
            self._password if last else None,
            key_filename=[key for key in keys if Path(key).is_file()],
            look_for_keys=not keys,
            sock=sock,
            timeout=left_s,
            banner_timeout=left_s,
            auth_timeout=left_s,
            channel_timeout=left_s,
        )
        transport = client.get_transport()
        assert transport is not None
        transport.set_keepalive(_KEEPALIVE_S)
        return transport if not last else None

    def _listen(self) -> None:
        if self._local is None or self._remote is None:
            return
        transport = self._clients[-1].get_transport()
        assert transport is not None
        bound = handler(self._remote.host, self._remote.port, transport)
        try:
            self._listener = ForwardServer((self._local.host, self._local.port), bound)
        except OSError as error:
            raise PortInUse(
                f"{self._local}: the local end of the tunnel is taken: {error}",
                server=str(self._server),
            ) from error
        threading.Thread(
            target=self._listener.serve_forever,
            kwargs={"poll_interval": _LOOK_S},
            name=f"zmq-ssh {self._local}",
            daemon=True,
        ).start()

    @contextmanager
    def _translated(self, timeout_s: float, deadline_s: float) -> Iterator[None]:
        """Turn paramiko's and the operating system's errors into ours."""
        prefix, server = f"no tunnel through {self._server}: ", str(self._server)
        try:
            yield
        except _errors.SSHException:
            raise
        except paramiko.BadHostKeyException as error:
            message = f"{prefix}the host key is not the one on record: {error}"
            raise HostKeyError(message, server=server) from error
        except paramiko.AuthenticationException as error:
            message = f"{prefix}the server accepted none of the keys or passwords offered: {error}"
            raise AuthenticationFailed(message, server=server) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            text = str(error) or repr(error)
            if time.monotonic() >= deadline_s:
                message = (
                    f"{prefix}not up after {timeout_s:g} s, the server does not answer: {text}"
                )
                raise TunnelTimeout(message, server=server) from error
            if "not found in known_hosts" in text:
                message = f"{prefix}the host key is unknown: {text}"
                raise HostKeyError(message, server=server) from error
            if "No authentication methods available" in text:
                message = f"{prefix}there is no key or password to offer: {text}"
                raise AuthenticationFailed(message, server=server) from error
            raise SSHException(prefix + text, server=server) from error


def _left(deadline_s: float) -> float:
    left_s = deadline_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("no time left")
    return left_s


def _trust(client: paramiko.SSHClient, facts: Any) -> None:
    """Load the known host keys and decide about unknown ones."""
    known = facts.get("userknownhostsfile", "~/.ssh/known_hosts").split()
    for name in ("/etc/ssh/ssh_known_hosts", *known):
        path = Path(name).expanduser()
        if path.is_file():
            client.load_system_host_keys(str(path))
    name = os.environ.get(_POLICY, "Reject")
    if name not in _POLICIES:
        raise ValueError(f"${_POLICY}={name!r}: expected one of {', '.join(_POLICIES)}")
    client.set_missing_host_key_policy(getattr(paramiko, f"{name}Policy")())
