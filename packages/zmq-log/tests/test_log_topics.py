from __future__ import annotations

import logging

import pytest

from zmq.log.topics import TOPIC_DELIM, Topic, join_topic, parse_level, parse_topic, split_message


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("plain", ("", "plain")),
        ("sub::text", ("sub", "text")),
        ("a.b::text::more", ("a.b", "text::more")),
        ("::text", ("", "text")),
        ("", ("", "")),
        ("a:: text", ("a", " text")),
    ],
)
def test_split_message(message, expected):
    assert split_message(message) == expected


@pytest.mark.parametrize("message", [5, {"a": "x::y"}, b"t::bytes", ValueError("std::bad_alloc")])
def test_only_text_has_a_subtopic(message):
    sub, rest = split_message(message)
    assert sub == ""
    assert rest is message


@pytest.mark.parametrize(
    ("parts", "topic"),
    [
        (("", "INFO"), "INFO"),
        (("root", "INFO"), "root.INFO"),
        (("root", "INFO", "a.b"), "root.INFO.a.b"),
        (("", "INFO", "a"), "INFO.a"),
    ],
)
def test_join_topic(parts, topic):
    assert join_topic(*parts) == topic


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("INFO", Topic("", "INFO", 20, "")),
        ("root.WARNING.a.b", Topic("root", "WARNING", 30, "a.b")),
        ("a.b.Level 25.c", Topic("a.b", "Level 25", 25, "c")),
        ("engine.0.ERROR", Topic("engine.0", "ERROR", 40, "")),
        ("no.level", Topic("no.level", None, None, "")),
        ("", Topic("", None, None, "")),
        ("root.INFO.ERROR", Topic("root", "INFO", 20, "ERROR")),
    ],
)
def test_parse_topic(topic, expected):
    assert parse_topic(topic) == expected


def test_parse_is_the_inverse_of_join():
    for root in ("", "r", "r.s"):
        for level in ("DEBUG", "CRITICAL", "Level 7"):
            for sub in ("", "x", "x.INFO.y"):
                topic = parse_topic(join_topic(root, level, sub))
                assert (topic.root, topic.level, topic.sub) == (root, level, sub)


def test_named_levels_count(request):
    assert parse_level("ZMQTEST") is None
    logging.addLevelName(27, "ZMQTEST")
    request.addfinalizer(lambda: _forget_level(27, "ZMQTEST"))
    assert parse_level("ZMQTEST") == 27
    assert parse_topic("r.ZMQTEST.s") == Topic("r", "ZMQTEST", 27, "s")


def _forget_level(number, name):
    del logging._levelToName[number]
    del logging._nameToLevel[name]


@pytest.mark.parametrize(("text", "number"), [("25", 25), ("-5", -5), ("²", None), ("", None)])
def test_levels_as_numbers(text, number):
    assert parse_level(text) == number


def test_delimiter_is_pyzmqs():
    assert TOPIC_DELIM == "::"
