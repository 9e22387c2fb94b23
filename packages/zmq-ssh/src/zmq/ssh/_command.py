"""The command line and environment of OpenSSH's client for one tunnel. Pure: no I/O.

Contract
--------
* the user's ssh_config decides everything that is not the tunnel's own business: aliases, users,
  keys, ProxyJump, host key policy;
* ours, because a tunnel cannot work otherwise: no session, no terminal, no shared master (a forward
  of a shared master outlives us), an error when the forward cannot be opened, a sign of life
  (`READY`) when it is;
* no secret is ever on the command line or in the environment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._targets import Server

__all__ = ("READY", "Client", "environment", "resolve_command", "tunnel_command")

READY = "zmq-ssh: ready"

# A server or network that vanished without a word is noticed after 3 x 15 s.
_ALIVE = ("ServerAliveInterval=15", "ServerAliveCountMax=3")

_OURS = (
    "ExitOnForwardFailure=yes",
    "ControlMaster=no",
    "ControlPath=none",
    "PermitLocalCommand=yes",
    f"LocalCommand=echo {READY}",  # ssh runs it once the forwards listen
    "StreamLocalBindUnlink=yes",
    "NumberOfPasswordPrompts=1",
    "LogLevel=INFO",  # a QUIET in ssh_config would leave us without ssh's own words
    "IgnoreUnknown=ForkAfterAuthentication,RemoteCommand",  # younger than some clients
    "ForkAfterAuthentication=no",
    "RemoteCommand=none",
)

# Shells of service accounts run nothing, so ssh could not run LocalCommand or ProxyCommand.
_NO_SHELLS = ("nologin", "false", "true")


@dataclass(frozen=True)
class Client:
    """How to call ssh: program, key, jump hosts, configuration file and further ``-o`` options."""

    program: str = "ssh"
    keyfile: str | None = None
    jump: str | None = None
    config: str | None = None
    options: Sequence[str] = ()


def tunnel_command(
    client: Client, server: Server, forward: str | None, *, ask: bool = False
) -> list[str]:
    """Return the command that opens `forward` (None: only logs in) and then stays.

    Parameters
    ----------
    client : Client
        How to call ssh. Its options come first, and of two values ssh takes the first.
    server : Server
        Where to log in.
    forward : str, optional
        The argument of ``-L``.
    ask : bool
        A password is at hand (see `environment`); False forbids every question.
    """
    options = [*client.options, *_OURS, *_ALIVE, f"BatchMode={'no' if ask else 'yes'}"]
    command = [client.program, "-N", "-T", "-a", "-x", *_selection(client)]
    for option in options:
        command += ["-o", option]
    if forward is not None:
        command += ["-L", forward]
    return command + _destination(server)


def resolve_command(client: Client, server: Server) -> list[str]:
    """Return the command that prints what ssh_config makes of `server` (``ssh -G``)."""
    return [client.program, "-G", *_selection(client), *_destination(server)]


def environment(base: Mapping[str, str], askpass: str | None) -> dict[str, str]:
    """Return ssh's environment: questions go to the program `askpass`, or nowhere."""
    env = dict(base)
    env.pop("SSH_ASKPASS", None)
    env["SSH_ASKPASS_REQUIRE"] = "never"
    if askpass is not None:
        env["SSH_ASKPASS"] = askpass
        env["SSH_ASKPASS_REQUIRE"] = "force"
        env.setdefault("DISPLAY", ":0")  # before OpenSSH 8.4 this alone turned askpass on
    if env.get("SHELL", "").rpartition("/")[2] in _NO_SHELLS:
        env["SHELL"] = "/bin/sh"
    return env


def _selection(client: Client) -> list[str]:
    chosen: list[str] = []
    if client.config is not None:
        chosen += ["-F", client.config]
    if client.jump is not None:
        chosen += ["-J", client.jump]
    if client.keyfile is not None:
        # without IdentitiesOnly an agent full of keys uses up the server's patience first
        chosen += ["-i", client.keyfile, "-o", "IdentitiesOnly=yes"]
    return chosen


def _destination(server: Server) -> list[str]:
    where: list[str] = []
    if server.user is not None:
        where += ["-l", server.user]
    if server.port is not None:
        where += ["-p", str(server.port)]
    return [*where, "--", server.host]
