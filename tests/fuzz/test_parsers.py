"""Our own parsers, fed with what nobody should send: a result, or the documented error.

In the suite eighty inputs each; ``ZMQ_FUZZ_SECONDS=600 pytest tests/fuzz`` goes on for so long
with each parser.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import socket
import struct
import sys
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import zmq
from zmq import codecs
from zmq.auth.certs import parse_certificate, parse_key
from zmq.auth.zap import BadRequest, encode_metadata, parse as parse_zap, request_id
from zmq.backend import Relay
from zmq.devices import Statistics
from zmq.devices._steering import steering
from zmq.devices.sequence import _wire
from zmq.log.records import JSONFormatter, decode_message, decode_record
from zmq.log.topics import parse_topic, split_message
from zmq.utils import z85
from zmq.utils.monitor import parse_monitor_message

SECONDS = float(os.environ.get("ZMQ_FUZZ_SECONDS", "0"))
PATIENT = pytest.mark.timeout(SECONDS * 2 + 60)

frame = st.one_of(
    st.binary(max_size=80),
    st.sampled_from(
        [b"", b"1.0", b"1", b"NULL", b"PLAIN", b"CURVE", b"GSSAPI", b"\0", b"\xff" * 32, b"x" * 256,
         b"zmq", b"T", struct.pack("=HI", 1, 2), struct.pack("=HI", 0x4000, 0x10000003)]
    ),
)  # fmt: skip
frames = st.lists(frame, max_size=9)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)


def fuzz(strategy: st.SearchStrategy[Any]) -> Callable[[Callable[[Any], None]], Callable[[], None]]:
    """Run a test on inputs of the strategy, for as long as it is asked for."""

    def decorate(check: Callable[[Any], None]) -> Callable[[], None]:
        def test() -> None:
            end = time.monotonic() + SECONDS
            while True:
                settings(
                    max_examples=2000 if SECONDS else 80,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                )(given(strategy)(check))()
                if time.monotonic() >= end:
                    return

        return PATIENT(test)

    return decorate


@fuzz(frames)
def test_monitor_messages(message):
    try:
        event = parse_monitor_message(message)
    except RuntimeError:
        assert len(message) != 2 or len(message[0]) != 6
    else:
        assert event["endpoint"] == message[1]
        assert int(event["event"]) == struct.unpack("=HI", message[0])[0]


@fuzz(st.tuples(st.integers(0, 0xFFFF), st.integers(0, 2**32 - 1), frame))
def test_monitor_messages_of_the_right_size(parts):
    number, value, endpoint = parts
    event = parse_monitor_message([struct.pack("=HI", number, value), endpoint])
    assert int(event["event"]) == number
    assert int(event["value"]) in (value, value - 2**32)


@fuzz(frames)
def test_zap_requests(message):
    assert isinstance(request_id(message), bytes)
    try:
        request = parse_zap(message)
    except BadRequest:
        pass
    else:
        assert message[0] == b"1.0"
        assert request.id == message[1]


@fuzz(st.lists(frame, min_size=2, max_size=5))
def test_zap_requests_that_look_right(tail):
    message = [b"1.0", tail[0][:255], b"", b"127.0.0.1", b"", *tail[1:]]
    with contextlib.suppress(BadRequest):
        parse_zap(message)


@fuzz(st.dictionaries(st.text(max_size=12), st.text(max_size=12) | st.binary(max_size=12)))
def test_zap_metadata(metadata):
    try:
        data = encode_metadata(metadata)
    except (ValueError, TypeError):
        return
    found = {}
    while data:
        name, data = data[1 : 1 + data[0]], data[1 + data[0] :]
        size = int.from_bytes(data[:4], "big")
        found[name.decode()], data = data[4 : 4 + size], data[4 + size :]
    assert set(found) == set(metadata)


@fuzz(st.binary(max_size=60) | st.text(max_size=60) | st.text(z85.Z85CHARS.decode(), max_size=60))
def test_z85(text):
    try:
        decoded = z85.decode(text)
    except ValueError:
        return
    assert z85.encode(decoded) == (text.encode() if isinstance(text, str) else text)


@fuzz(st.binary(max_size=60))
def test_z85_there_and_back(data):
    if len(data) % 4:
        with pytest.raises(ValueError, match="multiple of 4"):
            z85.encode(data)
    else:
        assert z85.decode(z85.encode(data)) == data


@fuzz(st.binary(max_size=45) | st.text(max_size=45) | st.text(z85.Z85CHARS.decode(), min_size=40))
def test_keys(key):
    with contextlib.suppress(ValueError):
        assert len(parse_key(key)) == 40


@fuzz(
    st.binary(max_size=300)
    | st.lists(
        st.sampled_from(
            ["metadata", "curve", "    public-key = \"", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7",
             '"', "    secret-key = ", "'", "=", "\n", "\r\n", "#", "\0", "name = value", "\udc80"]
        ),
        max_size=14,
    ).map(lambda words: "".join(words).encode("utf-8", "surrogateescape"))
)  # fmt: skip
def test_key_files(data):
    try:
        certificate = parse_certificate(data)
    except ValueError:
        return
    assert len(certificate.public) == 40


@fuzz(st.binary(max_size=200) | st.dictionaries(st.text(max_size=9), json_values).map(
    lambda value: b'{"zmq.log":1,' + json.dumps(value).encode()[1:]))  # fmt: skip
def test_log_records(body):
    try:
        record = decode_record(body)
    except ValueError:
        return
    assert isinstance(record, logging.LogRecord)
    assert isinstance(record.getMessage(), str)


@fuzz(frames)
def test_log_messages(message):
    with contextlib.suppress(ValueError):
        assert isinstance(decode_message(message), logging.LogRecord)


@fuzz(st.tuples(st.text(max_size=20), json_values))
def test_log_records_there_and_back(content):
    message, extra = content
    record = logging.LogRecord("n", logging.INFO, "path", 1, message, None, None)
    record.something = extra
    found = decode_record(JSONFormatter().format(record).encode("utf-8", "surrogatepass") + b"\n")
    assert found.getMessage() == message


@fuzz(st.text(max_size=30) | json_values)
def test_log_topics(value):
    split_message(value)
    if isinstance(value, str):
        parse_topic(value)


@fuzz(frames)
def test_sequenced_messages(message):
    packet = _wire.parse(message)
    assert packet is None or isinstance(packet, _wire.Packet)


@fuzz(st.tuples(frame, st.binary(min_size=24, max_size=40), frames))
def test_sequenced_messages_that_look_right(content):
    topic, head, parts = content
    made = _wire.data(topic, 1, 1, parts)
    assert _wire.parse(made) is not None
    _wire.parse([topic, made[1][: len(made[1]) // 2] + head, *parts])


# ---- commands: to a proxy, and to a device

COMMANDS = [b"PAUSE", b"RESUME", b"STATISTICS", b"TERMINATE"]
command = st.sampled_from([*COMMANDS, b"PAUSED", b"PAUS", b"pause", b"TERMINATE\0", b""])


@PATIENT
@pytest.mark.parametrize("kind", [zmq.PAIR, zmq.REP], ids=["PAIR", "REP"])
def test_commands_to_a_proxy(kind, context):
    messages = st.lists(st.tuples(command | frame, frames), max_size=9)
    numbers = itertools.count()
    fuzz(messages)(
        lambda found: obey(context, kind, next(numbers), [[first, *rest] for first, rest in found])
    )()


def obey(context, kind, number, messages):
    """Only what is a command in its first part is one; a REP answers each."""
    made = (zmq.PULL, zmq.PUSH, kind, zmq.PAIR if kind == zmq.PAIR else zmq.DEALER)
    with contextlib.ExitStack() as stack:
        frontend, backend, control, client = (
            stack.enter_context(context.socket(each)) for each in made
        )
        control.bind(f"inproc://control-{number}")
        client.connect(f"inproc://control-{number}")
        relay = Relay(frontend, backend, None, control)
        envelope = [b""] if kind == zmq.REP else []
        paused, answers = False, []
        for message in [*messages, [b"TERMINATE"]]:
            client.send_multipart([*envelope, *message])
        for first, *_ in [*messages, [b"TERMINATE"]]:
            paused = {b"PAUSE": True, b"RESUME": False}.get(first, paused)
            if first == b"STATISTICS":
                answers.append([*envelope, *[bytes(8)] * 8])
            elif kind == zmq.REP:
                answers.append([b"", b""])
            if first == b"TERMINATE":
                break
        assert relay.run() is False
        assert relay.paused is paused
        assert [client.recv_multipart(timeout=5000) for _ in answers] == answers
        assert client.try_recv() is None


@fuzz(st.lists(st.binary(max_size=70) | st.sampled_from([b"P", b"R", b"S", b"T"]), max_size=9))
def test_commands_to_a_device(pieces):
    pilot, helm = steering()
    relay = Obedient()
    sent = b"".join(pieces)
    pilot.end.sendall(sent)
    pilot.end.shutdown(socket.SHUT_WR)
    helm.steer(relay)
    helm.close()
    statistics, failure = pilot.final()
    pilot.close()
    assert statistics == Statistics()
    assert failure is None
    if b"T" not in sent:
        assert relay.pauses == [byte == ord("P") for byte in sent if byte != ord("S")]


class Obedient:
    """What a device steers."""

    def __init__(self):
        self.pauses = []

    paused = property(None, lambda self, value: self.pauses.append(value))
    held = 0

    def run(self):
        return True

    def statistics(self):
        return (0,) * 9


# ---- codecs: what decode() is given, and a CodecError is all that it raises

dtype = st.one_of(
    json_values,
    st.from_regex(r"[<>|=]?[?a-zA-Z][0-9]{0,9}", fullmatch=True),
    st.sampled_from(["<f8", "|u1", ">i4", "<U3", "|V3", "|O", "<M8[ns]", "float64", "bool", "int"]),
)
field = st.tuples(st.text(max_size=3), dtype).map(list) | st.tuples(
    st.text(max_size=3), dtype, st.lists(st.integers(-1, 3), max_size=2)
).map(list)
header = st.fixed_dictionaries(
    {
        "dtype": dtype | st.lists(field | json_values, max_size=3),
        "shape": st.lists(st.integers(-1, 4) | st.integers(), max_size=5) | json_values,
    }
).map(lambda value: json.dumps(value).encode())


def decode(codec: Any, message: list[bytes]) -> Any:
    with contextlib.suppress(codecs.CodecError):
        return codec.decode(message)
    return None


@fuzz(st.tuples(header | frame, st.binary(max_size=64)).map(list) | frames)
def test_arrays(message):
    array = decode(codecs.Array(), message)
    if array is not None:
        assert array.nbytes == len(message[1])
        assert not array.dtype.hasobject
        again = codecs.Array().encode(array)
        assert bytes(again[1]) == message[1]
        assert codecs.Array().decode(again).dtype == array.dtype


@fuzz(st.tuples(header | frame, st.binary(max_size=64)).map(list) | frames)
def test_arrays_without_numpy(message):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "numpy", None)
        array = decode(codecs.Array(), message)
    if array is not None:
        assert array.tobytes() == message[1]


KEYS = {"k": bytes(32)}
signed_head = st.builds(
    lambda magic, middle, length, name, tag: magic + middle + bytes([length]) + name + tag,
    st.sampled_from([b"ZSM\1", b"ZSM\2"]),
    st.binary(min_size=24, max_size=24),
    st.integers(0, 255),
    st.sampled_from([b"k", b"", b"\xff"]) | st.binary(max_size=3),
    st.binary(min_size=31, max_size=33),
)


@fuzz(st.tuples(signed_head | frame, frames).map(lambda pair: [pair[0], *pair[1]]) | frames)
def test_nobody_signs_without_the_key(message):
    with pytest.raises(codecs.SignatureError):
        codecs.Signed(codecs.JSON(), KEYS).decode(message)


@fuzz(st.tuples(frames, frames, st.binary(max_size=5), st.binary(max_size=5)))
def test_signatures_are_of_these_parts_only(content):
    sent, received, given, needed = content
    codec = codecs.Signed(Parts(), KEYS)
    message = codec.encode(sent, associated=given)
    other = codecs.Signed(Parts(), KEYS)
    message[1:] = received
    try:
        assert other.decode(message, associated=needed) == sent == received
    except codecs.SignatureError:
        assert (sent, given) != (received, needed)
    else:
        assert given == needed


class Parts:
    def encode(self, obj):
        return list(obj)

    def decode(self, parts):
        return [bytes(part) for part in parts]


deflated = st.binary(max_size=300).map(zlib.compress) | frame


@fuzz(st.lists(deflated | deflated.map(lambda data: data[:-1]), max_size=4))
def test_compressed_messages(message):
    parts = decode(codecs.Zlib(Parts(), max_bytes=400), message)
    if parts is not None:
        assert sum(map(len, parts)) <= 400
        assert [zlib.decompress(part) for part in message] == parts


@fuzz(frames | json_values.map(lambda value: [json.dumps(value).encode()]))
def test_packed_messages(message):
    for codec in (codecs.JSON(), codecs.MsgPack(), codecs.Msgspec(), codecs.Msgspec(list[int])):
        decode(codec, message)
