"""ØMQ connections through SSH tunnels; see `zmq.ssh.tunnel`."""

from . import forward as forward, tunnel as tunnel
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
