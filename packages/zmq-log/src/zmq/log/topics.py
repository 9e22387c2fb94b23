"""The algebra of log topics; no sockets, no state.

A record is published as two frames, ``[topic, body]``. The topic is ``root.LEVEL.sub``:

- *root* names the application and may contain dots;
- *LEVEL* is the record's level name (``INFO``; an unnamed level 25 is ``Level 25``);
- *sub* is what stood before `TOPIC_DELIM` in the message, and may contain dots.

Root and sub are left out when empty. ZeroMQ subscriptions match by prefix, so a subscriber may
choose an application (``app``), a level of it (``app.ERROR``) or a part (``app.ERROR.db``). A
message gives its subtopic itself: ``logger.info("db::connected")``; only the first delimiter
counts, and the body no longer holds it.
"""

from __future__ import annotations

import logging
import re

from ..sugar._record import Record

__all__ = ("TOPIC_DELIM", "Topic", "join_topic", "parse_level", "parse_topic", "split_message")

TOPIC_DELIM = "::"
"""What ends the subtopic at the head of a message, as in ``"db.pool::connected"``."""


class Topic(Record):
    """A topic taken apart.

    ``level`` is the level's name as published, ``levelno`` its number; both are None in a topic
    without a level, which is then all ``root``.
    """

    root: str
    level: str | None
    levelno: int | None
    sub: str

    def __init__(self, root: str, level: str | None, levelno: int | None, sub: str) -> None:
        super().__init__(root=root, level=level, levelno=levelno, sub=sub)


def join_topic(root: str, level: str, sub: str = "") -> str:
    """Return ``root.level.sub`` without the parts that are empty."""
    return ".".join(part for part in (root, level, sub) if part)


def split_message(message: object) -> tuple[str, object]:
    """Take the subtopic off the head of a message: ``"sub::text"`` gives ``("sub", "text")``.

    A message that is no str (an object, an exception, bytes) has no subtopic and is returned as it
    is: a ``::`` inside its repr is part of the text.
    """
    if not isinstance(message, str):
        return "", message
    sub, delimiter, text = message.partition(TOPIC_DELIM)
    return (sub, text) if delimiter else ("", message)


def parse_level(name: str) -> int | None:
    """Return the number of a level name, of ``Level 25`` or of ``"25"``; None if it is no level.

    Names given to `logging.addLevelName` count.
    """
    unnamed = re.fullmatch(r"Level (-?\d{1,9})", name)
    if unnamed:
        return int(unnamed.group(1))
    if re.fullmatch(r"-?[0-9]{1,9}", name):
        return int(name)
    number = logging.getLevelName(name)  # a name gives its number, an unknown one "Level <name>"
    return number if isinstance(number, int) else None


def parse_topic(topic: str) -> Topic:
    """Take a topic apart at its first segment that is the name of a level."""
    parts = topic.split(".")
    for index, part in enumerate(parts):
        if part.lstrip("-").isdigit():
            continue  # a number in a topic is a name ("engine.0"), never a level
        levelno = parse_level(part)
        if levelno is not None:
            return Topic(".".join(parts[:index]), part, levelno, ".".join(parts[index + 1 :]))
    return Topic(topic, None, None, "")
