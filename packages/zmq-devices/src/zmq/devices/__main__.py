"""``python -m zmq.devices``: a queue, forwarder, streamer or monitored queue from the command line.

It prints where its sockets are bound on stdout, one line each (``in tcp://127.0.0.1:5559``), counts
on stderr, and ends with status 0 on SIGTERM and Ctrl-C; 1 when a socket cannot be made, 2 when the
arguments are wrong.

CURVE encrypts and proves the server; which clients may connect is for a ZAP handler to say, as
zmq-auth has one. Without one, every client that knows the server's public key may.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, Union

from ..constants import SocketOption, SocketType
from ..error import ZMQError
from ..sugar.context import Context
from . import _plan
from ._plan import ENDS, Plan, PlanError
from .monitoredqueuedevice import ThreadMonitoredQueue
from .proxydevice import ThreadProxy

if TYPE_CHECKING:
    from ._statistics import Statistics

LINGER_MS = 1000  # what was accepted has so long to go out at the end, unless LINGER is given

_AnyProxy = Union[ThreadProxy, ThreadMonitoredQueue]


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m zmq.devices",
        description="Pass messages from one socket to another, both ways, until it is told to end.",
        epilog="In and out are ROUTER and DEALER in a queue, XSUB and XPUB in a forwarder, "
        "PULL and PUSH in a streamer.",
    )
    parser.add_argument("kind", nargs="?", choices=list(_plan.KINDS), help="what to run")
    parser.add_argument("--config", type=Path, metavar="FILE", help="a TOML file with all of this")
    for name, text in (("in", "in socket"), ("out", "out socket"), ("mon", "monitor (PUB)")):
        group = parser.add_argument_group(f"the {text}")
        for verb in ("bind", "connect"):
            group.add_argument(
                f"--{verb}-{name}", action="append", default=[], metavar="ENDPOINT",
                help=f"{verb} it; may be repeated",
            )  # fmt: skip
        group.add_argument(
            f"--option-{name}", action="append", default=[], metavar="NAME=VALUE",
            help="a socket option, as RCVHWM=1000; may be repeated",
        )  # fmt: skip
        group.add_argument(
            f"--curve-server-{name}", metavar="FILE", help="be a CURVE server with this secret key"
        )
        group.add_argument(
            f"--curve-client-{name}", metavar="FILE",
            help="be a CURVE client with this secret key; by default with a new one",
        )  # fmt: skip
        group.add_argument(
            f"--server-key-{name}", metavar="KEY",
            help="the server's public key, or a file with it",
        )  # fmt: skip
    parser.add_argument(
        "--prefixes", nargs=2, metavar=("IN", "OUT"), help="of a monitored queue: in and out"
    )
    parser.add_argument(
        "--count", type=float, metavar="SECONDS", dest="count_s",
        help="how often to count; by default every second on a terminal, else never",
    )  # fmt: skip
    parser.add_argument("--quiet", action="store_true", help="never count")
    return parser


def make_plan(arguments: argparse.Namespace) -> Plan:
    """Put file and command line together."""
    plan = _plan.read_file(arguments.config) if arguments.config else Plan()
    plan.kind = arguments.kind or plan.kind
    given = vars(arguments)
    for name in ENDS:
        end = plan.ends[name]
        end.bind += given[f"bind_{name}"]
        end.connect += given[f"connect_{name}"]
        for text in given[f"option_{name}"]:
            option, equals, value = text.partition("=")
            if not equals:
                raise PlanError(f"an option is NAME=VALUE, not {text!r}")
            end.options.append(_plan.parse_option(option, value))
        for key in ("curve_server", "curve_client", "server_key"):
            setattr(end, key, given[f"{key}_{name}"] or getattr(end, key))
    if arguments.prefixes:
        plan.prefixes = dict(zip(("in", "out"), map(str.encode, arguments.prefixes)))
    if arguments.count_s is not None:
        plan.count_s = arguments.count_s
    elif plan.count_s is None and sys.stderr.isatty():
        plan.count_s = 1.0
    if arguments.quiet:
        plan.count_s = None
    _plan.check(plan)
    return plan


def make_device(plan: Plan) -> _AnyProxy:
    """The device of a plan, not started."""
    types = _plan.KINDS[plan.kind]
    device: _AnyProxy
    if plan.kind == "monitored-queue":
        prefixes = plan.prefixes["in"], plan.prefixes["out"]
        device = ThreadMonitoredQueue(*types, SocketType.PUB, *prefixes)
    else:
        device = ThreadProxy(*types)
    for name, end in plan.ends.items():
        setsockopt = getattr(device, f"setsockopt_{name}")
        setsockopt(SocketOption.LINGER, LINGER_MS)
        for option, value in [*_plan.curve_options(end), *end.options]:
            setsockopt(option, value)
        for verb in ("bind", "connect"):
            for endpoint in getattr(end, verb):
                getattr(device, f"{verb}_{name}")(endpoint)
    return device


class Counter:
    """Tells what goes through: one line that changes on a terminal, else a line each time."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._live = out.isatty()
        self._last: tuple[float, Statistics] | None = None

    def show(self, now: float, statistics: Statistics) -> None:
        """Print the rates since the last time, and the totals."""
        then, before = self._last or (now, statistics)
        elapsed = max(now - then, 1e-9)
        self._last = (now, statistics)
        parts = []
        for arrow, end, old in (
            ("in>out", statistics.frontend, before.frontend),
            ("out>in", statistics.backend, before.backend),
        ):
            rate = (end.messages_in - old.messages_in) / elapsed
            size = (end.bytes_in - old.bytes_in) / elapsed / 1e6
            parts.append(f"{arrow} {rate:,.0f}/s {size:,.1f} MB/s, {end.messages_in:,} in all")
        line = "  ".join(parts)
        if statistics.dropped:
            line += f"  dropped {statistics.dropped:,}"
        self._out.write(f"\r{line}\x1b[K" if self._live else f"{line}\n")
        self._out.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._live and self._last:
            self._out.write("\n")


def run(plan: Plan) -> int:
    """Run the device until a signal comes; the exit status."""
    device = make_device(plan)
    context = Context()
    device.context_factory = lambda: context
    counter = Counter(sys.stderr)
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda number, frame: device.stop())
    device.start()
    try:
        for name, endpoints in wait_ready(device).items():
            for endpoint in endpoints:
                print(name, endpoint, flush=True)
        while not device.done:
            device.join(plan.count_s)
            if plan.count_s:
                counter.show(time.monotonic(), device.statistics())
    finally:
        device.stop()
        device.launcher.join()
        counter.end()
        context.term()
    return 0


def wait_ready(device: _AnyProxy) -> dict[str, list[str]]:
    """Where it is bound; nothing when a signal came first."""
    try:
        return device.wait_ready(timeout=None)
    except RuntimeError:
        device.join()
        return {}


def main(argv: list[str] | None = None) -> int:
    """Run the command; the exit status."""
    parser = make_parser()
    # what ends the device is told below, in one line
    logging.getLogger(__package__).addHandler(logging.NullHandler())
    try:
        plan = make_plan(parser.parse_args(argv))
        return run(plan)
    except PlanError as error:
        parser.error(str(error))
    except ZMQError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
