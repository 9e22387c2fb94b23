from __future__ import annotations

import logging
import time

import pytest

from zmq.log.records import JSONFormatter, decode_message
from zmq.log.render import Aligner, Renderer, color_of, escape_controls


def text_record(topic="root.INFO", body="hello\n"):
    return decode_message([topic.encode(), body.encode()])


def json_record(msg, level=logging.INFO, exc_text=None, **extra):
    record = logging.getLogger("app").makeRecord(
        "app", level, "/src/x.py", 7, msg, (), None, extra=extra or None
    )
    record.exc_text = exc_text
    return decode_message([b"app.INFO", JSONFormatter().format(record).encode()])


def test_plain_line_is_pyzmqs():
    assert Renderer().line(text_record()) == "root.INFO | hello"
    assert Renderer(separator=" @ ").line(text_record()) == "root.INFO @ hello"


def test_alignment_is_pyzmqs():
    aligner = Aligner()
    topics = ["INFO", "root.WARNING.sub.x", "root.DEBUG", "ERROR", "a.b.ERROR.c", "odd.LEVEL25"]
    assert [aligner.pad(topic) for topic in topics] == [
        "INFO",
        "root.WARNING.sub.x",
        "root.DEBUG  .   . ",
        "ERROR.       .   . ",
        "a    .b      .ERROR.c",
        "odd  .LEVEL25.     . ",
    ]


def test_timestamp_is_the_records_own():
    record = json_record("x")
    record.created = 1_000_000_000.0
    expected = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(1_000_000_000))
    assert Renderer(timestamp=True).line(record) == f"{expected} app.INFO | x"
    assert Renderer(timestamp=True, dateformat="%Y").line(record).startswith("2001 app.INFO")


def test_extras_and_traceback_of_structured_records():
    record = json_record("failed\n", exc_text="Traceback\nValueError: x", user="ann", ids=[1, 2])
    assert Renderer().line(record).splitlines() == [
        'app.INFO | failed user="ann" ids=[1, 2]',
        "Traceback",
        "ValueError: x",
    ]


def test_format_for_structured_records():
    renderer = Renderer(template="%(name)s:%(lineno)d %(message)s [%(user)s]")
    assert renderer.line(json_record("hi", user="ann")) == "app.INFO | app:7 hi [ann]"
    assert renderer.line(json_record("hi")) == "app.INFO | hi", "lacks what the format wants"


def test_escapes_keep_a_terminal_safe():
    evil = "\x1b]0;owned\x07a\rb\x9b2J\u202e\tc\nroot.ERROR | forged"
    renderer = Renderer(escape=True)
    line = renderer.line(text_record(topic="a\x1b[0m\nb.INFO", body=evil))
    assert line == (
        "a\\x1b[0m\\nb.INFO | \\x1b]0;owned\\x07a\\rb\\x9b2J\\u202e\tc\n  root.ERROR | forged"
    )
    assert escape_controls("äöü ✓ 漢字\t\n") == "äöü ✓ 漢字\t\n"
    assert evil in Renderer().line(text_record(body=evil))


def test_colors_follow_the_level():
    colors = [color_of(level) for level in (10, 20, 30, 40, 50)]
    assert len(set(colors)) == 5
    assert color_of(25) == color_of(20)
    assert color_of(5) not in colors
    info = Renderer(color=True).line(text_record("r.INFO", "x"))
    error = Renderer(color=True).line(text_record("r.ERROR", "x"))
    assert info.startswith(color_of(20) + "r.INFO\x1b[0m")
    assert error.endswith(color_of(40) + "x\x1b[0m")


@pytest.mark.parametrize("color", [True, False])
def test_color_changes_nothing_but_color(color):
    line = Renderer(color=color, timestamp=True, align=True).line(text_record("r.ERROR", "x"))
    assert ("\x1b" in line) is color
