"""The codec: what goes in comes out, what cannot becomes text, and nonsense is a ValueError."""

from __future__ import annotations

import json
import logging
import math
import os
import random
import sys
from datetime import datetime

import pytest

from zmq.log.records import (
    JSONFormatter,
    decode_message,
    decode_record,
    extra_of,
    is_structured,
    json_line,
)


def make_record(msg="hello %s", args=("you",), exc_info=None, level=logging.WARNING, **extra):
    logger = logging.getLogger("app.db")
    return logger.makeRecord(
        "app.db", level, "/src/pool.py", 42, msg, args, exc_info, "connect", extra or None, None
    )


def encode(record):
    return JSONFormatter().format(record).encode("utf-8", "backslashreplace")


def test_round_trip():
    record = make_record(user="ann", count=3)
    decoded = decode_record(encode(record))
    location = ("pathname", "filename", "module", "lineno", "funcName")
    origin = ("process", "processName", "thread", "threadName")
    for name in ("name", "levelno", "levelname", "created", "user", "count", *location, *origin):
        assert getattr(decoded, name) == getattr(record, name), name
    assert int(decoded.msecs) == int(record.msecs)
    assert decoded.getMessage() == "hello you"
    assert decoded.args in ((), None)
    assert decoded.zmq_fields["template"] == "hello %s"
    assert decoded.zmq_fields["args"] == ["you"]
    assert extra_of(decoded) == {"user": "ann", "count": 3}


def test_the_line_is_json_that_says_what_it_is():
    body = encode(make_record())
    assert is_structured(body)
    assert body.endswith(b"\n")
    assert body.count(b"\n") == 1
    document = json.loads(body)
    assert next(iter(document)) == "zmq.log"
    moment = datetime.fromisoformat(document["time"].replace("Z", "+00:00"))
    assert abs(moment.timestamp() - document["created"]) < 1e-5


def test_exception_travels_as_text():
    try:
        raise KeyError("no such user")
    except KeyError:
        record = make_record(exc_info=sys.exc_info())
    decoded = decode_record(encode(record))
    assert decoded.exc_info is None
    text = logging.Formatter().format(decoded)
    assert text.count("Traceback") == 1
    assert text.endswith("KeyError: 'no such user'")
    assert decoded.zmq_fields["exc"]["type"] == "builtins.KeyError"
    assert decoded.zmq_fields["exc"]["message"] == "'no such user'"


def test_exception_that_a_queue_handler_made_text():
    record = make_record()
    record.exc_text = "Traceback …\nValueError: x"
    assert decode_record(encode(record)).exc_text == record.exc_text


def test_stack_info_travels():
    record = make_record()
    record.stack_info = "Stack (most recent call last):\n  here"
    assert decode_record(encode(record)).stack_info == record.stack_info


def test_a_relay_passes_on_origin_and_exception():
    try:
        raise ValueError("deep")
    except ValueError:
        first = decode_record(encode(make_record(exc_info=sys.exc_info(), user="ann")))
    first.zmq_fields["host"] = "far"
    second = decode_record(encode(first))
    assert second.zmq_host == "far"
    assert second.user == "ann"
    assert second.zmq_source != first.zmq_source
    for key in ("template", "args", "exc", "created", "message"):
        assert second.zmq_fields[key] == first.zmq_fields[key]


class Broken:
    def __repr__(self):
        raise RuntimeError("no repr")

    __str__ = __repr__


def test_values_json_cannot_hold_become_text():
    cycle: list = [1]
    cycle.append(cycle)
    nested = []
    for _ in range(100_000):
        nested = [nested]
    record = make_record(
        msg="x",
        args=(),
        when=datetime(2026, 1, 2),  # noqa: DTZ001 - any object will do
        nan=math.nan,
        inf=-math.inf,
        huge=1 << 100_000,
        cycle=cycle,
        broken=Broken(),
        keys={1: "a", None: "b", Broken(): "c"},
        data=b"\xff",
        items={3},
        surrogate="\ud800",
        pair=(1, 2),
        deep=nested[0][0],
    )
    decoded = decode_record(encode(record))
    assert decoded.when == "datetime.datetime(2026, 1, 2, 0, 0)"
    assert (decoded.nan, decoded.inf) == ("nan", "-inf")
    assert decoded.huge.startswith("0x1000")
    assert decoded.cycle == [1, "[1, [...]]"]
    assert decoded.broken == "<unprintable Broken>"
    assert decoded.keys == {"1": "a", "None": "b", "<unprintable Broken>": "c"}
    assert decoded.data == "b'\\xff'"
    assert decoded.items == "{3}"
    assert decoded.surrogate == "\ud800"
    assert decoded.pair == [1, 2]
    assert "unprintable" in json.dumps(decoded.deep) or "[[" in json.dumps(decoded.deep)


def test_wire_never_replaces_what_logging_sets():
    document = json.loads(encode(make_record()))
    document["extra"] = {"levelno": 50, "name": "evil", "zmq_topic": "evil", "fine": 1}
    decoded = decode_record(json.dumps(document).encode())
    assert (decoded.levelno, decoded.name, decoded.fine) == (logging.WARNING, "app.db", 1)
    assert not hasattr(decoded, "zmq_topic")


@pytest.mark.parametrize(
    "change",
    [
        {"zmq.log": 2},
        {"message": None},
        {"message": 5},
        {"name": ["x"]},
        {"levelno": "INFO"},
        {"levelno": True},
        {"levelno": 10**30},
        {"created": "now"},
        {"created": -1},
        {"created": 1e300},
        {"created": math.nan},
        {"lineno": 1.5},
        {"extra": []},
        {"exc": "text"},
        {"exc": {"text": 5}},
        {"seq": "0"},
    ],
)
def test_wrong_fields_are_refused(change):
    document = {**json.loads(encode(make_record())), **change}
    with pytest.raises(ValueError, match="log record"):
        decode_record(json.dumps(document).encode())


@pytest.mark.parametrize("body", [b"", b"[]", b"5", b'{"zmq.log":1', b"\xff", b"[" * 200_000])
def test_no_record_is_a_value_error(body):
    with pytest.raises(ValueError, match=r".+"):
        decode_record(body)


def test_mutated_records_decode_or_are_value_errors():
    """A fuzz with a fixed seed: whatever comes out can also be shown and encoded again."""
    randomness = random.Random(20261120)
    originals = [encode(make_record(user="ann", deep={"a": [1, 2.5, None]})), b"{}", b"[1,2]"]
    decoded = 0
    for _ in range(4000):
        body = bytearray(randomness.choice(originals))
        for _ in range(randomness.randint(1, 4)):
            position = randomness.randrange(len(body))
            body[position : position + randomness.randint(0, 3)] = randomness.choice(
                [b'"', b"{", b"1", b"null", b"\xff", b"\\ud800", b"1e999", b"-", b"[", b",", b""]
            )
            if not body:
                break
        try:
            record = decode_message([b"t.INFO", bytes(body)])
        except ValueError:
            continue
        decoded += 1
        logging.Formatter("%(asctime)s %(process)d %(threadName)s").format(record)
        json_line(record).encode("utf-8", "backslashreplace")
        encode(record)
    assert 100 < decoded < 3900


def test_sequence_numbers_and_source():
    formatter = JSONFormatter()
    records = [decode_record(formatter.format(make_record()).encode()) for _ in range(3)]
    assert [record.zmq_seq for record in records] == [0, 1, 2]
    assert len({record.zmq_source for record in records}) == 1
    assert records[0].zmq_source.startswith(f"{os.getpid()}-")
    other = decode_record(encode(make_record()))
    assert other.zmq_source != records[0].zmq_source


def test_text_messages_become_records():
    record = decode_message([b"app.db.ERROR.pool", b"it broke\n"])
    assert (record.name, record.levelno, record.levelname) == ("app.db", 40, "ERROR")
    assert record.getMessage() == "it broke"
    assert record.zmq_topic == "app.db.ERROR.pool"
    logging.Formatter("%(process)d %(thread)d %(funcName)s %(message)s").format(record)


def test_text_without_level_or_utf8():
    record = decode_message([b"\xff", b"100%\xfe"])
    assert (record.levelno, record.name) == (logging.INFO, "\\xff")
    assert record.getMessage() == "100%\\xfe"


@pytest.mark.parametrize("frames", [[], [b"one"], [b"a", b"b", b"c"]])
def test_other_frame_counts_are_refused(frames):
    with pytest.raises(ValueError, match="2 frames expected"):
        decode_message(frames)


def test_json_line_of_text_and_of_json():
    line = json.loads(json_line(decode_message([b"app.INFO", b"hi\n"])))
    assert (line["topic"], line["name"], line["levelname"]) == ("app.INFO", "app", "INFO")
    assert line["message"] == "hi"
    body = encode(make_record(user="änn"))
    text = json_line(decode_message([b"t", body]))
    assert "änn" in text
    assert {**json.loads(body), "topic": "t"} == json.loads(text)
    assert json_line(decode_message([b"t", body]), ascii_only=True).isascii()
