"""Connections to addresses only an ssh server can reach.

Contract
--------
* Opening a tunnel returns when its local end listens, or raises `SSHException` with ssh's own words
  within `timeout` seconds. It never waits for a human, except that a password missing on a terminal
  is asked for once.
* ssh_config is honoured: aliases, users, ports, keys, ProxyJump, host key policy.
* A tunnel ends with `Tunnel.close`, with the socket it was made for (`tunnel_connection`), and in
  any case with its process, however that ends. See `_keeper` for how, `_owner` for when.
* An end nobody asked for is reported, and with `reconnect` repaired.

How it works: OpenSSH's client forwards (``ssh -N -L``), watched by a shell that ends it when the
pipe to this process breaks; the password reaches ssh through its askpass interface. On Windows, or
with ``paramiko=True``, paramiko and threads of this process do the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._errors import (
    AuthenticationFailed,
    HostKeyError,
    MaxRetryExceeded,
    PortInUse,
    SSHException,
    TunnelTimeout,
)
from ._open import LOOPBACK, OnState, Password, Request, free_ports, uses_paramiko
from ._retry import Reconnect
from ._targets import TcpTarget, parse_target, port, tcp_target
from ._tunnel import Tunnel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._owner import Connectable
    from .forward import forward_tunnel

__all__ = (
    "AuthenticationFailed",
    "HostKeyError",
    "MaxRetryExceeded",
    "PortInUse",
    "Reconnect",
    "SSHException",
    "Tunnel",
    "TunnelTimeout",
    "forward_tunnel",
    "open_tunnel",
    "openssh_tunnel",
    "paramiko_tunnel",
    "select_random_ports",
    "ssh_tunnel",
    "try_passwordless_ssh",
    "tunnel_connection",
)


def __getattr__(name: str) -> Any:
    if name == "forward_tunnel":  # with its server, for those who have a paramiko transport
        from .forward import forward_tunnel

        return forward_tunnel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def tunnel_connection(
    socket: Connectable,
    addr: str,
    server: str,
    keyfile: str | None = None,
    password: Password = None,
    paramiko: bool | None = None,
    timeout: float = 60,
    *,
    jump: str | None = None,
    config: str | None = None,
    options: Sequence[str] = (),
    reconnect: bool | Reconnect = False,
    on_state: OnState | None = None,
) -> Tunnel:
    """Connect `socket` to `addr` through an ssh tunnel, which ends with the socket.

    Parameters
    ----------
    socket : Socket
        Any socket with ``connect``.
    addr : str
        ``tcp://host:port`` or ``ipc:///path``, as `server` would connect to it.
    server, keyfile, password, paramiko, timeout
        See `open_tunnel`.
    jump, config, options, reconnect, on_state
        See `open_tunnel`.

    Returns
    -------
    Tunnel
        A context manager. The tunnel ends when it is left or closed, or when the socket has been
        closed and its last messages are sent.

    Raises
    ------
    SSHException
        No tunnel: see `open_tunnel`.


    .. versionadded:: 2.1.9
    .. versionchanged:: 28.0
        Returns a `Tunnel`; the arguments after `timeout`; ``ipc://``.
    """
    _, tunnel = open_tunnel(
        addr,
        server,
        keyfile,
        password,
        paramiko,
        timeout,
        jump=jump,
        config=config,
        options=options,
        reconnect=reconnect,
        on_state=on_state,
    )
    try:
        socket.connect(tunnel.url)
        tunnel.follow(socket)
    except BaseException:
        tunnel.close()
        raise
    return tunnel


def open_tunnel(
    addr: str,
    server: str,
    keyfile: str | None = None,
    password: Password = None,
    paramiko: bool | None = None,
    timeout: float = 60,
    *,
    jump: str | None = None,
    config: str | None = None,
    options: Sequence[str] = (),
    reconnect: bool | Reconnect = False,
    on_state: OnState | None = None,
) -> tuple[str, Tunnel]:
    """Open a tunnel to `addr` through `server`.

    Parameters
    ----------
    addr : str
        ``tcp://host:port`` or ``ipc:///path``, as `server` would connect to it. A path needs
        OpenSSH on both sides.
    server : str
        ``[user@]host[:port]``, an IPv6 address in brackets, or an alias of ssh_config.
    keyfile : str, optional
        A private key; None, the default, leaves keys to ssh_config and the agent.
    password : str or False, optional
        The password on `server`, or the passphrase of the key. None, the default, asks for it, once
        and only on a terminal, when no key opens the server. False never asks.
    paramiko : bool, optional
        Use paramiko instead of OpenSSH's client; by default only on Windows.
    timeout : float
        Seconds until the tunnel must be up, 60 by default. (In pyzmq: how long an unused tunnel
        survives. Here one never survives its process.)
    jump : str, optional
        ``[user@]host[:port]``, or several with commas, to go through first; like ``ssh -J``. Jump
        hosts need keys: the password is never shown to them.
    config : str, optional
        Another file than ``~/.ssh/config``.
    options : sequence of str
        Further options in ssh_config's words, such as ``"StrictHostKeyChecking=accept-new"``; they
        outrank ours. Only with OpenSSH.
    reconnect : bool or Reconnect
        Whether, and with which pauses, a lost tunnel is opened again, with the same local address.
        A server that then refuses the key or shows another host key ends it.
    on_state : callable, optional
        Called with the tunnel, from its thread, whenever `Tunnel.state` changed.

    Returns
    -------
    url : str
        The address to connect to here: ``tcp://127.0.0.1:port``; for an ``ipc://`` target an
        ``ipc://`` path in a folder only this user can enter.
    tunnel : Tunnel
        Ends with `Tunnel.close`, as a context manager, or with this process; not when it is thrown
        away.

    Raises
    ------
    ValueError
        `addr`, `server` or an argument cannot be used; the message says what is expected.
    FileNotFoundError
        `keyfile` or `config` does not exist.
    AuthenticationFailed, HostKeyError, TunnelTimeout
        The kinds of `SSHException` named so.
    SSHException
        Any other failure, with ssh's words.
    """
    request = Request(
        uses_paramiko(paramiko),
        server,
        keyfile,
        password,
        timeout,
        jump,
        config,
        options,
        reconnect,
        on_state,
    )
    tunnel = request.open_anywhere(parse_target(addr))
    return tunnel.url, tunnel


def openssh_tunnel(
    lport: int | str,
    rport: int | str,
    server: str,
    remoteip: str = LOOPBACK,
    keyfile: str | None = None,
    password: Password = None,
    timeout: float = 60,
    *,
    jump: str | None = None,
    config: str | None = None,
    options: Sequence[str] = (),
    reconnect: bool | Reconnect = False,
    on_state: OnState | None = None,
) -> Tunnel:
    """Forward port `lport` of this machine to ``remoteip:rport`` of `server`, with OpenSSH.

    Parameters
    ----------
    lport : int
        The port on 127.0.0.1.
    rport : int
        The port on `remoteip`.
    server : str
        See `open_tunnel`, as for all other arguments.
    remoteip : str
        The host to reach, by default the server itself.
    keyfile, password, timeout, jump, config, options, reconnect, on_state
        See `open_tunnel`.

    Returns
    -------
    Tunnel
        Usable as the process id pyzmq returned.

    Raises
    ------
    PortInUse
        `lport` is taken.
    SSHException, ValueError, FileNotFoundError
        See `open_tunnel`.
    """
    request = Request(
        False,
        server,
        keyfile,
        password,
        timeout,
        jump,
        config,
        options,
        reconnect,
        on_state,
    )
    return request.open(_local(lport), _remote(remoteip, rport))


ssh_tunnel = openssh_tunnel


def paramiko_tunnel(
    lport: int | str,
    rport: int | str,
    server: str,
    remoteip: str = LOOPBACK,
    keyfile: str | None = None,
    password: Password = None,
    timeout: float = 60,
    *,
    jump: str | None = None,
    config: str | None = None,
    reconnect: bool | Reconnect = False,
    on_state: OnState | None = None,
) -> Tunnel:
    """Forward port `lport` of this machine to ``remoteip:rport`` of `server`, with paramiko.

    Threads of this process do the work. It serves where there is no OpenSSH client, as on Windows;
    it is slower. ``$PYZMQ_PARAMIKO_HOST_KEY_POLICY`` decides about unknown host keys: ``Reject``,
    the default, ``Warning`` or ``AutoAdd``.

    Parameters
    ----------
    lport, rport, server, remoteip, keyfile, password, timeout
        See `openssh_tunnel`.
    jump, config, reconnect, on_state
        See `open_tunnel`.

    Returns
    -------
    Tunnel
        It has the ``is_alive``, ``join`` and ``terminate`` of the process pyzmq returned.

    Raises
    ------
    ImportError
        paramiko is not installed.
    SSHException
        See `open_tunnel`; each is an instance of paramiko's SSHException, too.
    """
    request = Request(
        True, server, keyfile, password, timeout, jump, config, (), reconnect, on_state
    )
    return request.open(_local(lport), _remote(remoteip, rport))


def try_passwordless_ssh(
    server: str,
    keyfile: str | None,
    paramiko: bool | None = None,
    *,
    timeout: float = 60,
    jump: str | None = None,
    config: str | None = None,
    options: Sequence[str] = (),
) -> bool:
    """Return whether `server` lets us in without a password.

    Parameters
    ----------
    server, keyfile, paramiko, timeout, jump, config, options
        See `open_tunnel`.

    Raises
    ------
    SSHException
        The question has no answer: the server cannot be reached, or its host key is not trusted.
        (pyzmq returned True for some of these.)
    """
    request = Request(
        uses_paramiko(paramiko), server, keyfile, False, timeout, jump, config, options
    )
    link = request.link(None, None, None)
    try:
        link.open(timeout)
    except AuthenticationFailed:
        return False
    finally:
        link.close()
    return True


def select_random_ports(n: int) -> list[int]:
    """Return `n` different TCP ports of 127.0.0.1 that are free now.

    Nothing reserves them: use them soon.
    """
    return free_ports(n)


def _local(lport: int | str) -> TcpTarget:
    return TcpTarget(LOOPBACK, port(lport, "lport"))


def _remote(remoteip: str, rport: int | str) -> TcpTarget:
    return tcp_target(remoteip, port(rport, "rport"))
