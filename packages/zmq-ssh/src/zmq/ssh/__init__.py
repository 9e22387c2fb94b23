"""ØMQ connections through SSH tunnels; see `zmq.ssh.tunnel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import tunnel as tunnel
from ._version import __version__ as __version__
from .tunnel import (
    AuthenticationFailed as AuthenticationFailed,
    HostKeyError as HostKeyError,
    MaxRetryExceeded as MaxRetryExceeded,
    PortInUse as PortInUse,
    Reconnect as Reconnect,
    SSHException as SSHException,
    Tunnel as Tunnel,
    TunnelTimeout as TunnelTimeout,
    open_tunnel as open_tunnel,
    openssh_tunnel as openssh_tunnel,
    paramiko_tunnel as paramiko_tunnel,
    select_random_ports as select_random_ports,
    ssh_tunnel as ssh_tunnel,
    try_passwordless_ssh as try_passwordless_ssh,
    tunnel_connection as tunnel_connection,
)

if TYPE_CHECKING:
    from . import forward as forward


def __getattr__(name: str) -> Any:
    if name == "forward":
        from importlib import import_module

        return import_module(f"{__name__}.forward")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = (
    "AuthenticationFailed",
    "HostKeyError",
    "MaxRetryExceeded",
    "PortInUse",
    "Reconnect",
    "SSHException",
    "Tunnel",
    "TunnelTimeout",
    "__version__",
    "forward",
    "open_tunnel",
    "openssh_tunnel",
    "paramiko_tunnel",
    "select_random_ports",
    "ssh_tunnel",
    "try_passwordless_ssh",
    "tunnel",
    "tunnel_connection",
)
