"""The codec, the window and the tracker of `zmq.devices.sequence`, without sockets."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

import zmq.devices.sequence
from zmq.devices.sequence import Lost, Message, Restarted, _wire
from zmq.devices.sequence._ring import OVERHEAD_BYTES, Ring
from zmq.devices.sequence._tracker import Tracker

NUMBERS = st.integers(1, _wire.MAX_NUMBER)


# --- the wire format ------------------------------------------------------------------------------


@given(st.binary(), NUMBERS, NUMBERS, st.lists(st.binary()), NUMBERS)
def test_what_is_written_can_be_read(topic, epoch, sequence, parts, other):
    for made, expected in [
        (_wire.data(topic, epoch, sequence, parts), (_wire.DATA, tuple(parts), ())),
        (_wire.heartbeat(topic, epoch, sequence), (_wire.HEARTBEAT, (), ())),
        (_wire.fetch(topic, epoch, sequence, other), (_wire.FETCH, (), (other,))),
        (_wire.window(topic, epoch, sequence, other, 7), (_wire.WINDOW, (), (other, 7))),
    ]:
        kind, *rest = expected
        assert _wire.parse(made) == (kind, topic, epoch, sequence, *rest)


def test_the_documented_bytes():
    assert _wire.data(b"topic", 0x0102, 3, [b"x"]) == [
        b"topic",
        b"ZS\x01\x01\0\0\0\0\0\0\x01\x02\0\0\0\0\0\0\0\x03",
        b"x",
    ]
    assert _wire.fetch(b"t", 1, 2, 3)[2] == b"\0\0\0\0\0\0\0\x03"
    assert _wire.window(b"t", 1, 2, 3, 4)[1:] == [
        b"ZS\x01\x04\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02",
        b"\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x04",
    ]


def test_the_readme_has_the_documented_format():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    for paragraph in zmq.devices.sequence.__doc__.partition("Wire format, version 1")[2].split(
        "\n\n"
    ):
        if "======" not in paragraph and "------" not in paragraph:
            assert paragraph.strip("\n").replace("``", "`") in readme
    for row in re.findall(r"^[\d-]+ +.*$", zmq.devices.sequence.__doc__, re.MULTILINE):
        cells = re.split(r" {2,}", row.replace("``", "`"))
        assert f"| {cells[0]} | {cells[1]} |" in readme


@given(st.lists(st.one_of(st.binary(), st.binary(min_size=20, max_size=20)), max_size=4))
def test_anything_can_be_read(parts):
    _wire.parse(parts)


@pytest.mark.parametrize(
    "message",
    [
        [],
        [b"topic"],
        [b"topic", b"short"],
        [b"topic", b"XX" + _wire.header(_wire.DATA, 1, 1)[2:]],
        [b"topic", b"ZS\x02" + _wire.header(_wire.DATA, 1, 1)[3:]],
        [b"topic", _wire.header(9, 1, 1)],
        [b"topic", _wire.header(_wire.DATA, 0, 1)],
        [b"topic", _wire.header(_wire.DATA, 1, 0)],
        [b"topic", _wire.header(_wire.HEARTBEAT, 1, 1), b"more"],
        [b"topic", _wire.header(_wire.FETCH, 1, 1)],
        [b"topic", _wire.header(_wire.FETCH, 1, 1), b"short"],
        [b"topic", _wire.header(_wire.WINDOW, 1, 1), b"x" * 15],
    ],
)
def test_what_is_no_message_of_ours_is_none(message):
    assert _wire.parse(message) is None


# --- the window -----------------------------------------------------------------------------------


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.integers(0, 400)), max_size=60),
    st.integers(1, 20),
    st.integers(1, 3000),
)
def test_the_window_is_bounded_and_holds_the_latest(messages, count, size):
    ring = Ring(count, size, 3)
    sent = {b"a": [], b"b": [], b"c": []}
    order = []
    for topic, length in messages:
        assert ring.append(topic, [b"x" * length]) == len(sent[topic]) + 1
        sent[topic].append(length)
        order.append((topic, len(sent[topic]), OVERHEAD_BYTES + length))
        assert len(ring) <= count
        assert ring.held_bytes <= size
    kept = []
    total = 0
    for topic, sequence, cost in reversed(order):
        total += cost
        if len(kept) == count or total > size:
            break
        kept.append((topic, sequence))
    for topic, lengths in sent.items():
        there = [record.sequence for record in ring.slice(topic, 1, 1000, 1000, 10**9)]
        assert there == sorted(n for of, n in kept if of == topic)
        assert there == list(range(ring.floor(topic), ring.latest(topic) + 1))
        assert [len(r.parts[0]) for r in ring.slice(topic, 1, 1000, 1000, 10**9)] == [
            lengths[n - 1] for n in there
        ]


def test_slices():
    ring = Ring(10, 10_000, 2)
    for n in range(15):
        ring.append(b"t", [b"%d" % n])

    def numbers(*arguments):
        return [record.sequence for record in ring.slice(b"t", *arguments)]

    assert numbers(8, 10, 99, 9999) == [8, 9, 10]
    assert numbers(1, 7, 99, 9999) == [6, 7]
    assert numbers(1, 5, 99, 9999) == []
    assert numbers(14, 99, 99, 9999) == [14, 15]
    assert numbers(16, 99, 99, 9999) == []
    assert numbers(6, 15, 4, 9999) == [6, 7, 8, 9]
    assert numbers(6, 15, 99, 250) == [6, 7]
    assert numbers(6, 15, 99, 1) == [6]
    assert numbers(2**64 - 1, 0, 99, 9999) == []
    assert ring.slice(b"unknown", 1, 2, 3, 4) == []
    assert (ring.floor(b"unknown"), ring.latest(b"unknown")) == (1, 0)
    ring.append(b"other", [])
    with pytest.raises(ValueError, match="max_topics"):
        ring.append(b"one too many", [])
    assert ring.topics() == [(b"t", 15), (b"other", 1)]


# --- the tracker ----------------------------------------------------------------------------------


def tracker(**options):
    events = deque()
    return Tracker(b"t", events, **{"buffer": 100, **options}), events


def told(events):
    """The events, in short: numbers, (first, last) of what was lost, and ("restart", …)."""
    short = []
    while events:
        event = events.popleft()
        if isinstance(event, Message):
            short.append(event.sequence)
        elif isinstance(event, Lost):
            short.append((event.first, event.last))
        else:
            short.append(("restart", event.last_epoch, event.last_sequence, event.epoch))
    return short


def feed(of, *numbers, epoch=1):
    for n in numbers:
        of.on_data(epoch, n, (b"%d" % n,))


def test_in_order_with_duplicates():
    it, events = tracker()
    feed(it, 5, 6, 6, 5, 7)
    assert told(events) == [5, 6, 7]
    assert it.missing() is None


def test_a_gap_is_filled_in_order():
    it, events = tracker()
    feed(it, 1, 4, 5, 8)
    assert it.missing() == (2, 3)
    it.on_fetched(1, 3, ())
    assert it.missing() == (2, 2)
    it.on_fetched(1, 2, ())
    assert told(events) == [1, 2, 3, 4, 5]
    assert it.missing() == (6, 7)
    it.on_window(1, 7)
    assert told(events) == [(6, 6)]
    it.on_fetched(1, 7, ())
    assert told(events) == [7, 8]


def test_the_loss_of_the_last_is_seen_by_the_heartbeat():
    it, events = tracker()
    feed(it, 1)
    it.on_heartbeat(1, 3)
    assert it.missing() == (2, 3)
    it.give_up()
    assert told(events) == [1, (2, 3)]


def test_what_may_be_on_its_way_is_not_lost():
    it, events = tracker()
    feed(it, 1, 3)
    it.on_window(1, 100)  # a slow subscriber: the window is far ahead
    feed(it, 4, 5)
    assert told(events) == [1, (2, 2), 3, 4, 5]


def test_where_it_begins():
    it, events = tracker()
    it.on_heartbeat(1, 7)
    feed(it, 8)
    assert told(events) == [8]
    it, events = tracker(oldest=True)
    feed(it, 8)
    assert it.missing() == (1, 7)
    it.on_window(1, 6)
    it.on_fetched(1, 6, ())
    it.on_fetched(1, 7, ())
    assert told(events) == [6, 7, 8]  # nobody said that it would get what came before
    it, events = tracker(after=(1, 5))
    feed(it, 8)
    it.on_window(1, 7)
    it.on_fetched(1, 7, ())
    assert told(events) == [(6, 6), 7, 8]
    it, events = tracker(after=(1, 5))
    feed(it, 1, epoch=2)
    assert told(events) == [("restart", 1, 5, 2), 1]


def test_a_restart():
    it, events = tracker()
    feed(it, 1, 2, 5, 6)
    it.on_heartbeat(1, 8)
    feed(it, 2, epoch=2)
    assert told(events) == [1, 2, (3, 4), 5, 6, (7, 8), ("restart", 1, 8, 2)]
    assert it.missing() == (1, 1)
    feed(it, 9, epoch=1)  # late
    it.on_fetched(1, 3, ())
    it.on_window(1, 100)
    it.on_fetched(2, 1, ())
    assert told(events) == [1, 2]
    it.on_heartbeat(3, 0)
    assert told(events) == [("restart", 2, 2, 3)]
    assert it.missing() is None


def test_answers_begin_no_epoch():
    it, events = tracker()
    feed(it, 1, 3)
    it.on_fetched(2, 1, ())
    it.on_window(2, 50)
    feed(it, 4)
    assert it.missing() == (2, 2)
    assert told(events) == [1]


def test_the_buffer_is_bounded():
    it, events = tracker(buffer=3)
    feed(it, 1, *range(3, 50))
    assert len(it.pending) == 3
    it.on_fetched(1, 2, ())
    assert told(events) == [1, 2, 3, 4, 5]
    assert it.missing() == (6, 49)
    for n in range(6, 50):
        it.on_fetched(1, n, ())
    assert told(events) == list(range(6, 50))
    feed(it, *range(50, 5000))
    assert len(it._waiting) <= 1


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_nothing_is_lost_unseen_doubled_or_out_of_order(data):
    """Publishers that restart, a channel that drops, a window that moves on, a small buffer."""
    it, events = tracker(buffer=data.draw(st.integers(1, 8), "buffer"))
    out = []
    lost_in_window = []
    for epoch in range(1, data.draw(st.integers(1, 3), "publishers") + 1):
        ring = Ring(data.draw(st.integers(1, 12), "window"), 10**9, 1)
        for _ in range(data.draw(st.integers(1, 40), "messages")):
            sequence = ring.append(b"t", [b"%d" % epoch])
            if data.draw(st.booleans(), "arrives"):
                it.on_data(epoch, sequence, (b"%d" % epoch,))
            if data.draw(st.integers(0, 4), "fetches") == 0:
                gap = it.missing()
                if gap and it.epoch == epoch:
                    for record in ring.slice(b"t", *gap, 5, 10**9):
                        it.on_fetched(epoch, record.sequence, record.parts)
                    before = len(events)
                    it.on_window(epoch, ring.floor(b"t"))
                    lost_in_window += [
                        event
                        for event in list(events)[before:]
                        if isinstance(event, Lost) and event.last >= ring.floor(b"t")
                    ]
        it.on_heartbeat(epoch, ring.latest(b"t"))
        while it.epoch == epoch and it.missing():
            for record in ring.slice(b"t", *it.missing(), 5, 10**9):
                it.on_fetched(epoch, record.sequence, record.parts)
            it.on_window(epoch, ring.floor(b"t"))
        out += events
        events.clear()
        assert it.epoch != epoch or it.expected == ring.latest(b"t") + 1
    assert lost_in_window == []
    epoch = expected = None
    for event in out:
        if isinstance(event, Restarted):
            assert expected is None or event.last_sequence == expected - 1
            epoch, expected = event.epoch, 1
        elif isinstance(event, Lost):
            assert (event.epoch, event.first) == (epoch, expected)
            expected = event.last + 1
        else:
            assert event.epoch == (epoch or event.epoch)
            assert event.sequence == (expected or event.sequence)
            assert event.parts == (b"%d" % event.epoch,)
            epoch, expected = event.epoch, event.sequence + 1
