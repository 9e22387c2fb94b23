"""`zmq.codecs.Signed` and what it remembers, without sockets and without waiting."""

import hashlib
import hmac
import os
import struct
import threading
import time

import pytest

from zmq.codecs import JSON, Array, CodecError, ReplayError, SignatureError, Signed, Zlib
from zmq.codecs._replay import NS, ReplayGuard

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
NOW = 1_800_000_000 * NS


class Parts:
    """As many parts as there are, as they are."""

    def encode(self, obj):
        return list(obj)

    def decode(self, parts):
        return [bytes(part) for part in parts]


class Never:
    """A codec that must not be reached."""

    def encode(self, obj):
        return list(obj)

    def decode(self, parts):
        raise AssertionError("it was decoded although it was refused")


def pair(codec=None, **options):
    """A sender and a receiver with the same key."""
    codec = codec or Parts()
    return Signed(codec, {"k": KEY}, **options), Signed(codec, {"k": KEY}, **options)


def test_there_and_back():
    sender, receiver = pair()
    for obj in ([], [b""], [b"", b""], [b"one", bytearray(b"two"), memoryview(b"three")]):
        parts = sender.encode(obj)
        assert parts[1:] == obj
        assert receiver.decode([bytes(part) for part in parts]) == obj


def test_wire_format():
    """What the documentation of the format says, done again by hand."""
    sender = Signed(Parts(), {"kä": KEY}, purpose="p")
    before = time.time_ns()
    first, *rest = sender.encode([b"one", b""], associated=b"topic")
    assert before <= struct.unpack_from(">Q", first, 4)[0] <= time.time_ns()
    name = "kä".encode()
    head, tag = first[:-32], first[-32:]
    assert head[:4] == b"ZSM\x01"
    assert head[28:] == bytes([len(name)]) + name
    data = b"".join(
        struct.pack(">Q", len(piece)) + piece for piece in (b"p", b"topic", head, b"one", b"")
    )
    assert tag == hmac.new(KEY, data, hashlib.sha256).digest()
    assert [bytes(part) for part in rest] == [b"one", b""]


def test_verify_tells_who_and_when():
    sender, receiver = pair()
    found = receiver.verify(sender.encode([b"x"]))
    assert (found.parts, found.key_id) == ([b"x"], "k")
    assert abs(found.sent_at_ns - time.time_ns()) < 60 * NS


def test_nothing_is_copied():
    data = bytearray(100_000)
    _, part = pair()[0].encode([data])
    data[0] = 1
    assert part[0] == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts[:-1],
        lambda parts: [*parts, b""],
        lambda parts: [parts[0], parts[2], parts[1]],
        lambda parts: [parts[0], b"on", b"etwo"],
        lambda parts: [parts[0], b"onetwo"],
        lambda parts: [parts[0], b"onetwo", b""],
        lambda parts: [parts[0], b"", *parts[1:]],
        lambda parts: [parts[0], b"One", b"two"],
        lambda parts: parts[1:],
        lambda parts: [],
        lambda parts: [b"", *parts[1:]],
        lambda parts: [parts[0] + b"\0", *parts[1:]],
        lambda parts: [parts[0][:-1], *parts[1:]],
        lambda parts: [b"ZSM\2" + parts[0][4:], *parts[1:]],
    ],
)
def test_what_was_changed_is_refused(change):
    sender, receiver = pair(Never())
    with pytest.raises(SignatureError) as caught:
        receiver.decode(change(sender.encode([b"one", b"two"])))
    assert not isinstance(caught.value, ReplayError)
    assert isinstance(caught.value, CodecError)


def test_every_bit_of_the_signature_counts():
    sender, receiver = pair(Never())
    parts = sender.encode([b"x"])
    for bit in range(8 * len(parts[0])):
        changed = bytearray(parts[0])
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SignatureError):
            receiver.decode([bytes(changed), b"x"])
    assert receiver.verify(parts).parts == [b"x"]  # and none of these used the number up


def test_keys():
    sender = Signed(Parts(), {"a": KEY, "b": OTHER}, "b")
    with pytest.raises(SignatureError, match="key 'b', which is not known here"):
        Signed(Never(), {"a": KEY}).decode(sender.encode([]))
    with pytest.raises(SignatureError, match="wrong for the key 'b'"):
        Signed(Never(), {"b": KEY}).decode(sender.encode([]))
    assert Signed(Parts(), {"b": OTHER}).verify(sender.encode([])).key_id == "b"


def test_keys_are_changed_while_messages_go_on():
    sender, receiver = pair()
    receiver.add_key("new", OTHER)
    assert receiver.decode(sender.encode([b"1"])) == [b"1"]
    sender.add_key("new", OTHER)
    sender.key_id = "new"
    assert receiver.verify(sender.encode([])).key_id == "new"
    receiver.key_id = "new"
    receiver.remove_key("k")
    sender.key_id = "k"
    with pytest.raises(SignatureError, match="'k', which is not known"):
        receiver.decode(sender.encode([]))


def test_wrong_keys():
    for key, error, complaint in (
        (bytes(31), ValueError, "has 31 bytes, at least 32"),
        ("x" * 32, TypeError, "bytes, not str"),
        (bytearray(32), TypeError, "bytes, not bytearray"),
    ):
        with pytest.raises(error, match=complaint):
            Signed(JSON(), {"k": key})
    for name in ("", "x" * 256):
        with pytest.raises(ValueError, match="1 to 255 bytes"):
            Signed(JSON(), {name: KEY})
    with pytest.raises(ValueError, match="keys is empty"):
        Signed(JSON(), {})
    with pytest.raises(ValueError, match="which of 2 keys"):
        Signed(JSON(), {"a": KEY, "b": KEY})
    with pytest.raises(ValueError, match="'c' is none of the keys: a, b"):
        Signed(JSON(), {"a": KEY, "b": KEY}, "c")
    signed = Signed(JSON(), {"a": KEY})
    with pytest.raises(ValueError, match="another key called 'a'"):
        signed.add_key("a", OTHER)
    with pytest.raises(ValueError, match="set key_id to another"):
        signed.remove_key("a")
    for name, value in (("window", 0), ("max_senders", 0), ("max_age_s", 0)):
        with pytest.raises(ValueError, match=f"{name}=0"):
            Signed(JSON(), {"a": KEY}, **{name: value})


def test_purpose_and_associated_data():
    request, reply = (Signed(Parts(), {"k": KEY}, purpose=name) for name in ("ask", "answer"))
    with pytest.raises(SignatureError, match="the purpose or the associated data"):
        reply.decode(request.encode([]))
    sender, receiver = pair()
    parts = sender.encode([b"1"], associated=b"topic.a")
    with pytest.raises(SignatureError, match="associated"):
        receiver.decode(parts, associated=b"topic.b")
    with pytest.raises(SignatureError, match="associated"):
        receiver.decode(parts)
    assert receiver.decode(parts, associated=b"topic.a") == [b"1"]


def test_replays():
    sender, receiver = pair()
    first, second = sender.encode([b"1"]), sender.encode([b"2"])
    assert receiver.decode(second) == [b"2"]
    assert receiver.decode(first) == [b"1"]  # it was overtaken
    for parts in (first, second):
        with pytest.raises(ReplayError, match="received before"):
            receiver.decode(parts)
    assert receiver.decode(sender.encode([b"3"])) == [b"3"]


def test_the_own_messages_are_refused():
    sender, _ = pair()
    with pytest.raises(ReplayError, match="back to its sender"):
        sender.decode(sender.encode([]))


def test_age():
    sender, receiver = pair(max_age_s=10)
    with pytest.MonkeyPatch.context() as patch:
        for off, complaint in ((-11, "11.* s ago"), (11, "s ahead of this machine's clock")):
            real = time.time_ns()
            patch.setattr(time, "time_ns", lambda value=real + off * NS: value)
            parts = pair()[0].encode([])
            patch.undo()
            with pytest.raises(ReplayError, match=complaint):
                receiver.decode(parts)
    forgiving = Signed(Parts(), {"k": KEY}, max_age_s=None)
    assert forgiving.decode(parts) == []
    assert receiver.decode(sender.encode([])) == []


def test_numbers_rise_although_the_clock_does_not(monkeypatch):
    sender, receiver = pair()
    monkeypatch.setattr(time, "time_ns", lambda: NOW)
    messages = [sender.encode([]) for _ in range(5)]
    monkeypatch.setattr(time, "time_ns", lambda: NOW - NS)
    messages.append(sender.encode([]))
    numbers = [receiver.verify(parts).sent_at_ns for parts in messages]
    assert numbers == list(range(NOW, NOW + 6))


def test_threads():
    sender, receiver = pair(window=10_000)
    messages, errors = [], []

    def work():
        try:
            made = [sender.encode([b"x"]) for _ in range(200)]
            messages.extend(made)
            for parts in made:
                receiver.decode(parts)
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len({parts[0][4:28] for parts in messages}) == 800


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_is_another_sender():
    sender, receiver = pair()
    parts = sender.encode([])
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover
        os.write(write, sender.encode([])[0][12:28])
        os._exit(0)
    os.waitpid(child, 0)
    other = os.read(read, 16)
    os.close(read)
    os.close(write)
    assert len(other) == 16
    assert other != parts[0][12:28] == sender.encode([])[0][12:28]
    assert receiver.decode(parts) == []


def test_codecs_inside():
    for codec, obj in ((JSON(), [1, 2]), (Zlib(JSON()), [3]), (Array(), memoryview(b"abc"))):
        sender, receiver = pair(codec)
        assert list(receiver.decode(sender.encode(obj))) == list(obj)
    with pytest.raises(CodecError, match="no JSON"):
        pair(JSON())[1].decode(pair()[0].encode([b"{"]))


# ---- what is remembered


def admits(guard, sender, number, now=NOW):
    try:
        guard.admit(sender, number, now)
    except ReplayError:
        return False
    return True


def test_window():
    guard = ReplayGuard(3, 10, None)
    assert [admits(guard, b"s", n) for n in (5, 9, 7, 6)] == [True] * 4  # 5 has left the window
    assert [admits(guard, b"s", n) for n in (5, 4, 9, 7, 6)] == [False] * 5
    assert admits(guard, b"s", 8)
    assert not admits(guard, b"s", 6)
    with pytest.raises(ReplayError, match="older than the last 3"):
        guard.admit(b"s", 1, NOW)
    assert admits(guard, b"t", 1)


def test_every_number_once_in_any_order():
    import random

    chance = random.Random(1)
    for max_age_s in [None, 5] * 200:
        max_age_ns = max_age_s and max_age_s * NS
        guard = ReplayGuard(chance.randint(1, 8), chance.randint(1, 3), max_age_ns)
        admitted = []
        for _ in range(80):
            sender, number, now = (chance.randrange(limit) for limit in (4, 20, 20))
            if admits(guard, sender, number * NS, now * NS):  # a clock that jumps
                admitted.append((sender, number))
        assert len(set(admitted)) == len(admitted) > 0


def test_senders_are_forgotten_without_admitting_twice():
    guard = ReplayGuard(8, 2, None)
    assert [admits(guard, sender, n) for sender, n in ((b"a", 10), (b"b", 20), (b"c", 30))] == [
        True
    ] * 3
    assert len(guard) == 2  # a, which was silent for longest, is forgotten
    assert not admits(guard, b"a", 10)
    assert not admits(guard, b"d", 9)
    assert admits(guard, b"a", 11)
    assert not admits(guard, b"b", 20)
    assert len(guard) == 2


def test_age_forgets_senders():
    guard = ReplayGuard(8, 1000, 10 * NS)
    for i in range(500):
        assert admits(guard, b"%d" % i, NOW + i * NS, NOW + i * NS)
        assert len(guard) <= 11
    assert not admits(guard, b"0", NOW, NOW + 500 * NS)


def test_a_refused_message_leaves_no_sender():
    guard = ReplayGuard(8, 1000, 10 * NS)
    assert not admits(guard, b"s", NOW - 20 * NS)
    assert len(guard) == 0
