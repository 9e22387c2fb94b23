"""What to do about an error of libzmq: the words behind its own text.

libzmq says "Invalid argument". Each function here knows the call, and returns what was wrong and
what to do, or "" where libzmq's text says it all. Both back ends ask, when an exception is made
and never before. Values of options that are secrets are not repeated: texts of exceptions go into
logs.
"""

from __future__ import annotations

import errno

from .constants import Errno, SocketOption, SocketType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SECRETS = (SocketOption.CURVE_SECRETKEY, SocketOption.PLAIN_PASSWORD)

_CURVE_KEYS = (
    SocketOption.CURVE_PUBLICKEY,
    SocketOption.CURVE_SECRETKEY,
    SocketOption.CURVE_SERVERKEY,
)
_TRANSPORTS = ("ipc", "norm", "pgm", "tipc", "vmci", "ws", "wss")  # where has() answers

_MESSAGES = {
    Errno.EFSM: "REQ and REP take turns: a REQ sends, then receives the answer; a REP receives, "
    "then answers. A REQ that got none is closed and made anew, or has the option REQ_RELAXED",
    errno.ENOTSUP: "not every type of socket does that: PUB, PUSH and RADIO only send; SUB, PULL "
    "and DISH only receive",
    errno.EHOSTUNREACH: "no peer with this routing id is connected: it has left, or is still to "
    "come; without ROUTER_MANDATORY such messages are dropped",
}


def of_message(number: int) -> str:
    """About a send or receive that failed."""
    return _MESSAGES.get(number, "")


def of_endpoint(call: str, number: int, address: str) -> str:
    """About ``bind``, ``connect``, ``unbind`` or ``disconnect`` of an endpoint."""
    transport, separator, rest = address.partition("://")
    if not separator:
        return "an endpoint begins with its transport: tcp://, ipc://, inproc://"
    if call in ("unbind", "disconnect"):
        done = "bound" if call == "unbind" else "connected"
        if number == errno.ENOENT:
            return (
                f"the socket is not {done} there: give the address as it was {done}; where the "
                "system chose the port, that is last_endpoint"
            )
        return ""
    if number == errno.EINVAL:
        return _of_address(call, transport, rest)
    if number == errno.EPROTONOSUPPORT:
        return f"there is no transport {transport}:// here; there are {', '.join(_transports())}"
    if number == Errno.ENOCOMPATPROTO:
        return f"this type of socket does not work over {transport}://"
    if number == errno.EADDRINUSE:
        if transport == "inproc":
            return "another socket of this context is bound to this name"
        return (
            "a socket of this or another program is bound to it: close that, or bind to another "
            "port; with tcp://127.0.0.1:* the system chooses one, and last_endpoint tells it"
        )
    if number in (errno.EADDRNOTAVAIL, errno.ENODEV) and call == "bind":
        return "a bind takes an address or interface of this machine, or * for all of them"
    if number == errno.EACCES:
        return "the system does not allow it: a port below 1024, or a folder that is not yours"
    if number == Errno.EMTHREAD:
        return "the context has io_threads=0, with which only inproc:// works"
    return ""


def _of_address(call: str, transport: str, rest: str) -> str:
    if transport == "tcp" and ":" not in rest:
        return "the port is missing: tcp://host:port"
    if call == "connect" and transport == "tcp" and rest.rpartition(":")[0] == "*":
        return "* stands for all interfaces of this machine, to bind; a connect names one host"
    if call == "connect" and transport == "tcp" and rest.endswith(":*"):
        return "a connect needs the port itself: the last_endpoint of the socket that is bound"
    if transport in ("ipc", "inproc") and not rest:
        return f"a path or name is missing: {transport}://name"
    return ""


def _transports() -> list[str]:
    from importlib import import_module  # upward, and therefore late

    has = import_module(".backend", __package__).has
    return ["inproc", "tcp", "udp", *(name for name in _TRANSPORTS if has(name))]


def of_option(option: int, kind: int, *, reading: bool) -> str:
    """About a socket option that could not be read or set on a type of socket."""
    try:
        name = SocketType(kind).name
    except ValueError:  # of a libzmq newer than the table
        name = "this"
    if reading:
        return f"it cannot be read at all, or not from {name} sockets, or this libzmq is without it"
    if option in (SocketOption.SUBSCRIBE, SocketOption.UNSUBSCRIBE) and name != "SUB":
        return f"only SUB sockets subscribe, this is {name}"
    if option in _CURVE_KEYS:
        return "a key is 40 characters of Z85 text, or 32 bytes"
    if option == SocketOption.ROUTING_ID:
        return "a routing id has 1 to 255 bytes"
    return (
        f"the value is out of range, or the option cannot be set, or not on {name} sockets, or "
        "this libzmq is without it"
    )


def shown(option: int, value: Any, text: str) -> str:
    """An option's value for a message: `text`, or what does not give a secret away."""
    if option not in SECRETS:
        return text
    size = f" of length {len(value)}" if isinstance(value, (str, bytes)) else ""
    return f"<{type(value).__name__}{size}, not shown>"


__all__ = ["of_endpoint", "of_message", "of_option", "shown"]
