"""The watcher's command line: pyzmq's options, and more."""

from __future__ import annotations

import argparse
import logging
import re

from .render import DATE_FORMAT
from .topics import parse_level

__all__ = ("make_parser",)


def _level(text: str) -> int:
    number = parse_level(text.upper())
    if number is None:
        raise argparse.ArgumentTypeError(f"no such level: {text!r} (DEBUG … CRITICAL, or a number)")
    return number


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"bad regular expression {text!r}: {error}") from None


def _key(text: str) -> bytes:
    if len(text) != 40 or not text.isascii():
        raise argparse.ArgumentTypeError(f"a CURVE key has 40 characters (Z85), got {text!r}")
    return text.encode()


def _format(text: str) -> str:
    try:
        logging.Formatter(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"bad format {text!r}: {error}") from None
    return text


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; a value that cannot be used is a usage error."""
    parser = argparse.ArgumentParser(
        prog="python -m zmq.log",
        description="Watch logs published by zmq.log.handlers.PUBHandler, as text or JSON.",
        epilog="Colours are off when the output is no terminal or NO_COLOR is set.",
    )
    add = parser.add_argument
    add("zmq_pub_url", nargs="+", help="endpoint of a publisher; several are watched at once")
    add("--bind", action="store_true", help="bind the endpoints, for publishers that connect")
    add("--server-key", type=_key, metavar="Z85", help="CURVE: the publishers' public key")
    add("-v", "--verbose", action="store_true", help="tell of connections, on standard error")
    choose = parser.add_argument_group("what to show").add_argument
    choose("-t", "--topic", action="append", help="only topics that begin so; may be repeated")
    choose("-l", "--level", type=_level, default=logging.NOTSET, help="only from this level on")
    choose(
        "-g",
        "--grep",
        type=_pattern,
        action="append",
        default=[],
        metavar="REGEX",
        help="only messages that match; repeated: that match all",
    )
    choose(
        "-x",
        "--exclude",
        type=_pattern,
        action="append",
        default=[],
        metavar="REGEX",
        help="no messages that match; may be repeated",
    )
    show = parser.add_argument_group("how to show it").add_argument
    show("--timestamp", action="store_true", help="put the local time in front")
    show("--separator", default=" | ", help="between topic and message (default: ' | ')")
    show(
        "--dateformat",
        help=f"date format, for strftime; implies --timestamp (default: {DATE_FORMAT})".replace(
            "%", "%%"
        ),
    )
    show("--align", action="store_true", help="align the messages by the width of their topics")
    show(
        "--color",
        action="store_const",
        const="auto",
        default="auto",
        help="color by level, on a terminal (the default)",
    )
    show("--no-color", dest="color", action="store_const", const="never", help="never color")
    show(
        "--always-color",
        dest="color",
        action="store_const",
        const="always",
        help="color even if the output is no terminal, for less -R",
    )
    show("--format", type=_format, metavar="FMT", help="format of the message, as for logging")
    show("--json", action="store_true", help="print JSON, one record a line")
    show("--raw", action="store_true", help="pass control characters on to the terminal")
    return parser
