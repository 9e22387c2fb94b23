"""How the watcher shows a record as text; no sockets, no terminal.

The line is pyzmq's: ``[timestamp ]topic | message``. What was published is untrusted text: on a
terminal its control characters are shown as escapes and its further lines are indented, so that
nobody's log can move the cursor, retitle the window or forge a line of its own. Tabs stay.
"""

from __future__ import annotations

import json
import logging
import re
import time
from typing import Any

from .records import extra_of

__all__ = ("DATE_FORMAT", "Aligner", "Renderer", "color_of", "escape_controls")

DATE_FORMAT = "%Y-%m-%d %H:%M:%S"

_RESET = "\x1b[0m"
# From which level on, and how it looks.
_COLORS = (
    (logging.CRITICAL, "\x1b[1;97;41m"),
    (logging.ERROR, "\x1b[31m"),
    (logging.WARNING, "\x1b[33m"),
    (logging.INFO, "\x1b[32m"),
    (logging.DEBUG, "\x1b[36m"),
)
_DIM = "\x1b[2m"
_PLAIN = logging.Formatter()

# C0 without tab and newline, DEL, C1, and the marks that reorder text
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def escape_controls(text: str) -> str:
    r"""Return the text with its control characters written out, as ``\x1b``."""
    return _CONTROLS.sub(lambda match: ascii(match.group())[1:-1], text)


def color_of(levelno: int) -> str:
    """Return the escape sequence that starts the colour of a level."""
    for bound, color in _COLORS:
        if levelno >= bound:
            return color
    return _DIM


class Aligner:
    """Pads topics to columns: each dot-separated part as wide as the widest seen in its place."""

    def __init__(self) -> None:
        self._widths: list[int] = []

    def pad(self, topic: str) -> str:
        """Return the topic padded, and remember its widths."""
        parts = topic.split(".")
        missing = len(parts) - len(self._widths)
        self._widths += [0] * missing
        parts += [""] * -missing
        self._widths = [max(len(part), width) for part, width in zip(parts, self._widths)]
        return ".".join(part.ljust(width) for part, width in zip(parts, self._widths))


class Renderer:
    """Turns decoded records into the lines the watcher prints, without their last newline.

    Parameters
    ----------
    timestamp : bool
        Put the time in front: a structured record's own, else that of its arrival; local time.
    dateformat : str
        For `time.strftime`.
    separator : str
        Between topic and message.
    align, color : bool
        Pad the topics to columns; colour them, and messages from WARNING on, by level.
    escape : bool
        Write control characters out, and indent the second and further lines of a message.
    template : str, optional
        A ``%``-style format of `logging.Formatter` for what follows the separator. Without it:
        the message, a structured record's extras as ``key=value``, and its traceback; so also
        for a record that lacks what the format asks for.
    """

    def __init__(
        self,
        *,
        timestamp: bool = False,
        dateformat: str = DATE_FORMAT,
        separator: str = " | ",
        align: bool = False,
        color: bool = False,
        escape: bool = False,
        template: str | None = None,
    ) -> None:
        self._timestamp = timestamp
        self._dateformat = dateformat
        self._separator = separator
        self._aligner = Aligner() if align else None
        self._color = color
        self._escape = escape
        self._formatter = logging.Formatter(template, dateformat) if template else None

    def line(self, record: logging.LogRecord) -> str:
        """Return the record as text; a traceback takes further lines."""
        topic = str(getattr(record, "zmq_topic", ""))
        text = self._text(record)
        if self._escape:
            topic = escape_controls(topic).replace("\n", "\\n")
            text = escape_controls(text).rstrip().replace("\n", "\n  ")
        if self._aligner:
            topic = self._aligner.pad(topic)
        stamp = self._stamp(record)
        if not self._color:
            return f"{stamp}{topic}{self._separator}{text.rstrip()}"
        color = color_of(record.levelno)
        text = text.rstrip()
        if record.levelno >= logging.WARNING:
            text = f"{color}{text}{_RESET}"
        if stamp:
            stamp = f"{_DIM}{stamp}{_RESET}"
        return f"{stamp}{color}{topic}{_RESET}{_DIM}{self._separator}{_RESET}{text}"

    def _text(self, record: logging.LogRecord) -> str:
        if self._formatter is not None:
            try:
                return self._formatter.format(record)
            except (ValueError, TypeError):  # the format asks for what this record has not
                pass
        added = extra_of(record)
        return _insert(_PLAIN.format(record), len(record.getMessage().rstrip()), added)

    def _stamp(self, record: logging.LogRecord) -> str:
        if not self._timestamp:
            return ""
        return time.strftime(self._dateformat, time.localtime(record.created)) + " "


def _insert(text: str, position: int, added: dict[str, Any]) -> str:
    if not added:
        return text
    pairs = "".join(
        f" {key}={json.dumps(value, ensure_ascii=False)}" for key, value in added.items()
    )
    return text[:position] + pairs + text[position:]
