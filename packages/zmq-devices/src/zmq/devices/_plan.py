"""What ``python -m zmq.devices`` is to run: from a TOML file and the command line. Opens no socket.

The file has the same things as the command line, whose arguments are added to it::

    kind = "monitored-queue"        # or queue, forwarder, streamer
    count_s = 5.0

    [in]                            # and [out], [mon]
    bind = "tcp://*:5559"           # or a list
    connect = ["tcp://10.0.0.1:5560"]
    curve_server = "server.key_secret"
    options = { RCVHWM = 10000 }

    [out]
    bind = "tcp://*:5560"
    curve_client = "proxy.key_secret"   # without it, a new key pair
    server_key = "server.key"           # a file, or the 40 characters

    [prefixes]                      # of a monitored queue
    in = "in"
    out = "out"

Relative names of key files count from the folder of the TOML file. Unknown names are errors.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..backend import curve_keypair, curve_public
from ..constants import SocketOption, SocketType

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: the types of the in and the out socket
KINDS = {
    "queue": (SocketType.ROUTER, SocketType.DEALER),
    "forwarder": (SocketType.XSUB, SocketType.XPUB),
    "streamer": (SocketType.PULL, SocketType.PUSH),
    "monitored-queue": (SocketType.ROUTER, SocketType.DEALER),
}
ENDS = ("in", "out", "mon")

_KEY = re.compile(r"^[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}$")
_ENTRY = re.compile(r'^\s*(public|secret)-key\s*=\s*"([^"]{40})"\s*$', re.MULTILINE)


class PlanError(ValueError):
    """The plan cannot be run; the text says why, and what would help."""


@dataclass
class End:
    """One socket."""

    bind: list[str] = field(default_factory=list)
    connect: list[str] = field(default_factory=list)
    options: list[tuple[int, Any]] = field(default_factory=list)
    curve_server: str | None = None
    curve_client: str | None = None
    server_key: str | None = None


@dataclass
class Plan:
    """A device, and how to watch it."""

    kind: str = ""
    ends: dict[str, End] = field(default_factory=lambda: {name: End() for name in ENDS})
    prefixes: dict[str, bytes] = field(default_factory=lambda: {"in": b"in", "out": b"out"})
    count_s: float | None = None


def read_file(path: Path) -> Plan:
    """Read a plan from a TOML file."""
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PlanError(f"{path}: {error}") from None
    plan = Plan()
    try:
        _read_table(plan, table, path.parent)
    except PlanError as error:
        raise PlanError(f"{path}: {error}") from None
    return plan


def check(plan: Plan) -> None:
    """Raise PlanError when something is missing or does not fit."""
    if plan.kind not in KINDS:
        raise PlanError(f"the kind is one of {', '.join(KINDS)}, not {plan.kind!r}")
    for name in ("in", "out"):
        if not (plan.ends[name].bind or plan.ends[name].connect):
            raise PlanError(f"nothing to do: give --bind-{name} or --connect-{name} an endpoint")
    if plan.kind == "monitored-queue" and not (plan.ends["mon"].bind or plan.ends["mon"].connect):
        raise PlanError("a monitored queue needs --bind-mon or --connect-mon; a queue does not")
    if plan.count_s is not None and not plan.count_s > 0:
        raise PlanError(f"the seconds between two counts are more than 0, not {plan.count_s!r}")


def parse_option(name: str, value: Any) -> tuple[int, Any]:
    """Number and value of an option that is given as text: ``RCVHWM``, ``"1000"``."""
    try:
        option = SocketOption[name.upper()]
    except KeyError:
        raise PlanError(f"libzmq has no socket option {name!r}") from None
    if option._opt_type.name == "bytes":
        return option, value.encode() if isinstance(value, str) else value
    try:
        return option, int(value)
    except (TypeError, ValueError):
        raise PlanError(f"option {name} is a whole number, not {value!r}") from None


def curve_options(end: End) -> list[tuple[int, Any]]:
    """Read the keys of one end."""
    if end.curve_server is not None:
        if end.curve_client is not None or end.server_key is not None:
            raise PlanError("one end is a CURVE server or a client, not both")
        secret = read_key(end.curve_server, "secret")
        return [(SocketOption.CURVE_SERVER, 1), (SocketOption.CURVE_SECRETKEY, secret)]
    if end.server_key is None:
        if end.curve_client is not None:
            raise PlanError("a CURVE client needs the server's public key: give --server-key")
        return []
    if end.curve_client is None:
        public, secret = curve_keypair()
    else:
        secret = read_key(end.curve_client, "secret")
        public = curve_public(secret)
    return [
        (SocketOption.CURVE_SERVERKEY, read_key(end.server_key, "public")),
        (SocketOption.CURVE_PUBLICKEY, public),
        (SocketOption.CURVE_SECRETKEY, secret),
    ]


def read_key(source: str, which: str) -> bytes:
    """Read a key from a certificate file of zmq.auth; a public one may stand for itself."""
    if which == "public" and _KEY.match(source):
        return source.encode()
    try:
        text = Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"cannot read the {which} key: {error}") from None
    found: dict[str, str] = dict(_ENTRY.findall(text))
    if which not in found or not _KEY.match(found[which]):
        raise PlanError(f'{source} has no line {which}-key = "40 characters of Z85"')
    return found[which].encode()


def _read_table(plan: Plan, table: Mapping[str, Any], folder: Path) -> None:
    for name, value in table.items():
        if name in ENDS:
            _read_end(plan.ends[name], _expect(value, dict, name), name, folder)
        elif name == "kind":
            plan.kind = _expect(value, str, name)
        elif name == "count_s":
            plan.count_s = float(_expect(value, (int, float), name))
        elif name == "prefixes":
            for side, prefix in _expect(value, dict, name).items():
                if side not in plan.prefixes:
                    raise PlanError(f"prefixes has `in` and `out`, not {side!r}")
                plan.prefixes[side] = _expect(prefix, str, f"prefixes.{side}").encode()
        else:
            raise PlanError(f"nothing is called {name!r} here")


def _read_end(end: End, table: Mapping[str, Any], where: str, folder: Path) -> None:
    for name, value in table.items():
        full = f"{where}.{name}"
        if name in ("bind", "connect"):
            values = [value] if isinstance(value, str) else _expect(value, list, full)
            getattr(end, name).extend(_expect(each, str, full) for each in values)
        elif name == "options":
            for option, setting in _expect(value, dict, full).items():
                end.options.append(parse_option(option, setting))
        elif name in ("curve_server", "curve_client", "server_key"):
            source = _expect(value, str, full)
            is_key = name == "server_key" and _KEY.match(source)
            setattr(end, name, source if is_key else str(folder / source))
        else:
            raise PlanError(f"nothing is called {full!r} here")


def _expect(value: Any, kind: Any, where: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        wanted = " or ".join(each.__name__ for each in kinds)
        raise PlanError(f"{where} is a {wanted}, not {value!r}")
    return value
