"""Log records as JSON: what a `logging.LogRecord` becomes on the wire, and back; no sockets.

Contract of the wire format, version 1. The body is one JSON object on one line, UTF-8, ending in a
newline, and its first key is ``"zmq.log"``, the version: that is how a reader tells it from text.

======================  ==========================================================================
``message``             str, the message with its arguments filled in (required)
``name``                str, the logger (required)
``levelno``             int (required), and ``levelname``, str
``created``             seconds since the epoch, float (required); ``time`` says it in ISO 8601, UTC
``template``, ``args``  the message before its arguments, and these; only when there are arguments
``pathname``            and ``lineno``, ``funcName``, ``process``, ``processName``, ``thread``,
                        ``threadName``: as in `logging.LogRecord`
``taskName``            the asyncio task (Python 3.12+), when there is one
``host``, ``source``    machine; id of the publishing process
``seq``                 its count of records, from 0
``exc``                 ``{"type", "message", "text"}``, text being the formatted traceback
``stack``               str, of ``stack_info``
``extra``               object: what the program added to the record
======================  ==========================================================================

Invariants:

1. Nothing is ever pickled or evaluated; a decoded record holds only JSON's own types.
2. Encoding a record whose message can be formatted does not fail: a value that JSON cannot hold (an
   object, NaN, a cycle) becomes its ``repr``.
3. Decoding arbitrary bytes gives a record or a ValueError, and nothing else.
4. What comes from the wire never replaces an attribute that logging itself sets (``extra`` with the
   key ``levelno``, say).
"""

from __future__ import annotations

import itertools
import json
import logging
import math
import os
import socket
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from .topics import parse_topic

__all__ = (
    "VERSION",
    "JSONFormatter",
    "decode_message",
    "decode_record",
    "extra_of",
    "is_structured",
    "json_line",
)

VERSION = 1
"""The version of the wire format, the value of the first key."""

_MARK = "zmq.log"
_HEAD = b'{"zmq.log":'
_MAX_DEPTH = 16
_MAX_INT_BITS = 4096  # CPython refuses to print integers of more than 4300 digits
_YEAR_10000 = 253402300800.0

# Attributes that logging sets itself; what else a record has was added by the program.
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {
    "asctime",
    "message",
    "taskName",
    "zmq_fields",
    "zmq_host",
    "zmq_seq",
    "zmq_source",
    "zmq_topic",
}

# Optional keys of the wire that become attributes under the same name: type, and value when absent.
_ATTRIBUTES: tuple[tuple[str, type, Any], ...] = (
    ("pathname", str, ""),
    ("lineno", int, 0),
    ("funcName", str, ""),
    ("process", int, 0),
    ("processName", str, ""),
    ("thread", int, 0),
    ("threadName", str, ""),
    ("taskName", str, None),
)


class JSONFormatter(logging.Formatter):
    """Format records as JSON lines, in the wire format above.

    Give it to a `PUBHandler` (``structured=True`` does that) or to any other handler.

    .. versionadded:: 1.0
    """

    def __init__(self) -> None:
        super().__init__()
        self._host = socket.gethostname()
        self._pid = -1
        self._source = ""
        self._seq = itertools.count()

    def _identify(self) -> None:
        """Give this process an id of its own; after a fork the child counts anew."""
        pid = os.getpid()
        if pid != self._pid:
            self._pid, self._seq = pid, itertools.count()
            self._source = f"{pid}-{os.urandom(6).hex()}"

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one JSON line, with its newline."""
        self._identify()
        origin: dict[str, Any] = getattr(record, "zmq_fields", {})
        document: dict[str, Any] = {
            _MARK: VERSION,
            "time": _iso(record.created),
            "levelname": record.levelname,
            "name": record.name,
            "message": record.getMessage(),
            "levelno": record.levelno,
            "created": record.created,
            "host": origin.get("host") or self._host,
            "source": self._source,
            "seq": next(self._seq),
        }
        if record.args:
            document["template"] = str(record.msg)
            document["args"] = _plain(record.args)
        for key, _, _ in _ATTRIBUTES:
            value = getattr(record, key, None)
            if value is not None:
                document[key] = value
        exc = self._exception(record)
        if exc is not None:
            document["exc"] = exc
        # A relay passes on what a decoded record cannot hold as attributes.
        for key in ("template", "args", "exc"):
            if key in origin and not (key == "exc" and record.exc_info):
                document[key] = origin[key]
        if record.stack_info:
            document["stack"] = self.formatStack(record.stack_info)
        extra = extra_of(record)
        if extra:
            document["extra"] = _plain(extra)
        # Lone surrogates stay escaped when the handler encodes; other text stays readable.
        return _encode(document) + "\n"

    def _exception(self, record: logging.LogRecord) -> dict[str, str] | None:
        if isinstance(record.exc_info, tuple) and record.exc_info[0] is not None:
            kind, value, _ = record.exc_info
            return {
                "type": f"{kind.__module__}.{kind.__qualname__}",
                "message": _text(value, str),
                "text": record.exc_text or self.formatException(record.exc_info),
            }
        if record.exc_text:  # a QueueHandler has already replaced the exception by its text
            return {"type": "", "message": "", "text": record.exc_text}
        return None


def extra_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a program added to a record, by ``extra=`` or in a filter."""
    return {key: value for key, value in record.__dict__.items() if key not in _STANDARD}


def is_structured(body: bytes) -> bool:
    """Tell whether a body claims to be a JSON record of this format, of any version."""
    return body.startswith(_HEAD)


def decode_record(body: bytes) -> logging.LogRecord:
    """Turn a JSON body back into a record.

    The record's ``msg`` is the finished message and its ``args`` are empty; a traceback is in
    ``exc_text``, where every `logging.Formatter` prints it; ``exc_info`` is None. What the program
    added as ``extra`` are attributes again. New are ``zmq_host``, ``zmq_source``, ``zmq_seq``, and
    ``zmq_fields``, the JSON object itself.

    Raises
    ------
    ValueError
        The body is not a record in this format.
    """
    try:
        document = json.loads(body)
    except RecursionError:
        raise ValueError("log record: JSON nested too deeply") from None
    if not isinstance(document, dict) or document.get(_MARK) != VERSION:
        raise ValueError(f"log record: not a JSON object of version {VERSION}: {body[:60]!r}")
    levelno = _field(document, "levelno", int)
    created = _created(document)
    fields: dict[str, Any] = {
        "name": _field(document, "name", str),
        "msg": _field(document, "message", str),
        "levelno": levelno,
        "levelname": _field(document, "levelname", str, logging.getLevelName(levelno)),
        "created": created,
        "msecs": float(int((created % 1) * 1000)),
        "zmq_host": _field(document, "host", str, ""),
        "zmq_source": _field(document, "source", str, ""),
        "zmq_seq": _field(document, "seq", int, -1),
        "stack_info": _field(document, "stack", str, None),
        "zmq_fields": document,
    }
    for key, kind, default in _ATTRIBUTES:
        fields[key] = _field(document, key, kind, default)
    path = fields["pathname"].replace("\\", "/")
    fields["filename"] = path.rpartition("/")[2]
    fields["module"] = fields["filename"].rpartition(".")[0] or fields["filename"]
    exc = _field(document, "exc", dict, None)
    if exc is not None:
        fields["exc_text"] = _field(exc, "text", str)
    extra = _field(document, "extra", dict, {})
    fields.update((key, value) for key, value in extra.items() if key not in _STANDARD)
    return logging.makeLogRecord(fields)


def decode_message(frames: Sequence[bytes]) -> logging.LogRecord:
    """Turn the frames of a published record, structured or text, into a record.

    Its ``zmq_topic`` is the topic, as str. Of a text body, level and logger name come from the
    topic (``root`` names the logger, ``zmq.log`` if there is none; no level means INFO), and the
    time is now. Bytes that are not UTF-8 are shown as escapes.

    Raises
    ------
    ValueError
        There are not two frames, or the body begins like a structured record and is none.
    """
    if len(frames) != 2:
        raise ValueError(f"log message: 2 frames expected, [topic, body]; got {len(frames)}")
    topic = frames[0].decode("utf-8", "backslashreplace")
    if is_structured(frames[1]):
        record = decode_record(frames[1])
    else:
        parsed = parse_topic(topic)
        levelno = logging.INFO if parsed.levelno is None else parsed.levelno
        record = logging.makeLogRecord(
            {
                "name": parsed.root or "zmq.log",
                "levelno": levelno,
                "levelname": parsed.level or logging.getLevelName(levelno),
                "msg": frames[1].decode("utf-8", "backslashreplace").rstrip("\r\n"),
                # neither this process nor this thread wrote it
                **{key: default for key, _, default in _ATTRIBUTES},
            }
        )
    record.__dict__["zmq_topic"] = topic
    return record


def json_line(record: logging.LogRecord, *, ascii_only: bool = False) -> str:
    """Return a decoded record, from text or from JSON, as one JSON object without a newline.

    It is the object that was published, with its ``topic``; of a text body: ``time`` (of arrival),
    ``levelname``, ``name``, ``message``, ``levelno`` and ``created``.
    """
    document: dict[str, Any] = {"topic": getattr(record, "zmq_topic", "")}
    fields = getattr(record, "zmq_fields", None)
    if fields is None:
        document["time"] = _iso(record.created)
        document["levelname"] = record.levelname
        document["name"] = record.name
        document["message"] = record.getMessage()
        document["levelno"] = record.levelno
        document["created"] = record.created
    else:
        document.update(fields)
    return json.dumps(document, ensure_ascii=ascii_only, separators=(",", ":"))


def _field(document: Mapping[str, Any], key: str, kind: type, *default: Any) -> Any:
    """Return a value of the expected type, or the default where the key is absent or null."""
    value: Any = document.get(key)
    if value is None and default:
        return default[0]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"log record: {key!r} must be {kind.__name__}, got {_text(value)[:60]}")
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise ValueError(f"log record: {key!r} out of range")
    return value


def _created(document: Mapping[str, Any]) -> float:
    value: Any = document.get("created")
    if type(value) not in (int, float):
        raise ValueError(f"log record: 'created' must be a number, got {_text(value)[:60]}")
    if not 0 <= value < _YEAR_10000:  # false for NaN too
        raise ValueError(f"log record: 'created' out of range: {_text(value)[:60]}")
    return float(value)


def _iso(created: float) -> str:
    moment = datetime.fromtimestamp(created, timezone.utc)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _text(value: object, render: Any = repr) -> str:
    try:
        return str(render(value))
    except Exception:  # noqa: BLE001 - a broken __repr__ must not cost the record
        return f"<unprintable {type(value).__name__}>"


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_text).encode


def _plain(value: Any, parents: tuple[int, ...] = ()) -> Any:
    """Return the value in JSON's own types; what has no place there becomes its repr."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value) if value.bit_length() <= _MAX_INT_BITS else hex(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else repr(float(value))
    if len(parents) < _MAX_DEPTH and id(value) not in parents:
        inside = (*parents, id(value))
        if isinstance(value, dict):
            return {_key(k): _plain(v, inside) for k, v in list(value.items())}
        if isinstance(value, (list, tuple)):
            return [_plain(item, inside) for item in list(value)]
    return _text(value)


def _key(key: object) -> str:
    return str.__str__(key) if isinstance(key, str) else _text(key, str)
