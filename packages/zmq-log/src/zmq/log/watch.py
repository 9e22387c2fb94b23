"""The log watcher, ``python -m zmq.log``: subscribe, choose, print; thin on purpose.

Exit status: 0 after Ctrl-C, SIGTERM or when the reader of the output went away (``| head``), 2 for
a wrong command line or an endpoint that cannot be used. Nothing that arrives can end it: what is no
log message is reported on standard error and counted.
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import re
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from ..constants import Event, Flag, PollEvent
from ..error import Again, ZMQError
from ..sugar.context import Context
from ..sugar.poll import Poller
from ..utils.monitor import recv_monitor_message
from .ending import Interrupted, Signals, let_go
from .listener import subscriber
from .options import make_parser
from .records import decode_message, json_line
from .render import DATE_FORMAT, Renderer

if TYPE_CHECKING:
    from ..sugar.socket import Socket

__all__ = ("main",)

_REFUSED = (
    Event.HANDSHAKE_FAILED_NO_DETAIL | Event.HANDSHAKE_FAILED_PROTOCOL | Event.HANDSHAKE_FAILED_AUTH
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the watcher and return its exit status."""
    arguments = make_parser().parse_args(argv)
    output = sys.stdout
    if hasattr(output, "reconfigure"):
        output.reconfigure(errors="backslashreplace")  # a lone surrogate must not end the watch
    with Signals() as signals:
        try:
            return _watch(arguments, output, signals)
        except (Interrupted, BrokenPipeError):
            return 0
        finally:
            let_go(output)


def _watch(arguments: argparse.Namespace, output: TextIO, signals: Signals) -> int:
    context: Context[Any] = Context()
    try:
        try:
            socket = subscriber(
                context,
                arguments.zmq_pub_url,
                arguments.topic or [""],
                bind=arguments.bind,
                server_key=arguments.server_key,
            )
        except ZMQError as error:
            print(f"zmq.log: {' '.join(arguments.zmq_pub_url)}: {error}", file=sys.stderr)
            return 2
        else:
            _watch_socket(arguments, socket, output, signals)
    finally:
        context.destroy(0)
    return 0


def _watch_socket(
    arguments: argparse.Namespace, socket: Socket[Any], output: TextIO, signals: Signals
) -> None:
    monitor = None
    if arguments.verbose:
        monitor = socket.get_monitor_socket(
            Event.HANDSHAKE_SUCCEEDED | Event.DISCONNECTED | _REFUSED
        )
    line = _line_maker(arguments, output)
    poller = Poller()
    poller.register(signals.socket, PollEvent.POLLIN)
    signals.arm()
    _print_all(poller, socket, monitor, line, _Filter(arguments), output)


def _print_all(
    poller: Poller,
    socket: Socket[Any],
    monitor: Socket[Any] | None,
    line: Callable[[logging.LogRecord], str],
    wanted: Callable[[logging.LogRecord], bool],
    output: TextIO,
) -> None:
    poller.register(socket, PollEvent.POLLIN)
    if monitor is not None:
        poller.register(monitor, PollEvent.POLLIN)
    reader_fd = _pipe_of(output)
    if reader_fd is not None:  # notice that the reader left before there is something to say
        poller.register(reader_fd, PollEvent.POLLERR)
    while True:
        try:
            frames = socket.recv_multipart(Flag.DONTWAIT)
        except Again:
            output.flush()  # once for all that had arrived
            for ready, _ in poller.poll():
                if ready is monitor:
                    _report_connection(monitor)
                elif ready == reader_fd:
                    raise BrokenPipeError(errno.EPIPE, "the reader of the output left") from None
            continue
        try:
            record = decode_message(frames)
        except ValueError as error:
            print(f"zmq.log: ignored: {error}", file=sys.stderr)
            continue
        if wanted(record):
            output.write(line(record) + "\n")


def _report_connection(monitor: Any) -> None:
    message = recv_monitor_message(monitor)
    words = {
        Event.HANDSHAKE_SUCCEEDED: "connected",
        Event.DISCONNECTED: "connection lost, trying again",
    }
    what = words.get(message["event"], "refused: security settings do not match")
    print(f"zmq.log: {message['endpoint'].decode()}: {what}", file=sys.stderr)


def _pipe_of(output: TextIO) -> int | None:
    try:
        fd = output.fileno()
        return fd if stat.S_ISFIFO(os.fstat(fd).st_mode) and os.name == "posix" else None
    except (OSError, ValueError):  # no file at all, as under a test runner
        return None


class _Filter:
    def __init__(self, arguments: argparse.Namespace) -> None:
        self._level: int = arguments.level
        self._grep: list[re.Pattern[str]] = arguments.grep
        self._exclude: list[re.Pattern[str]] = arguments.exclude

    def __call__(self, record: logging.LogRecord) -> bool:
        if record.levelno < self._level:
            return False
        if not self._grep and not self._exclude:
            return True
        text = f"{record.getMessage()}\n{record.exc_text or ''}"
        return all(pattern.search(text) for pattern in self._grep) and not any(
            pattern.search(text) for pattern in self._exclude
        )


def _line_maker(
    arguments: argparse.Namespace, output: TextIO
) -> Callable[[logging.LogRecord], str]:
    terminal = output.isatty()
    if arguments.json:
        return lambda record: json_line(record, ascii_only=terminal)
    return Renderer(
        timestamp=arguments.timestamp or arguments.dateformat is not None,
        dateformat=arguments.dateformat or DATE_FORMAT,
        separator=arguments.separator,
        align=arguments.align,
        color=_colored(arguments.color, terminal, os.environ),
        escape=terminal and not arguments.raw,
        template=arguments.format,
    ).line


def _colored(when: str, terminal: bool, environment: Mapping[str, str]) -> bool:
    """Decide about colour: by option, else NO_COLOR (https://no-color.org), else the terminal."""
    if when != "auto":
        return when == "always"
    return terminal and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
