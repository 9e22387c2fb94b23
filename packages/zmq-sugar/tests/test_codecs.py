"""The codecs of `zmq.codecs` other than Array and Signed, without sockets."""

import dataclasses
import subprocess
import sys
import zlib

import pytest

from zmq import codecs
from zmq.codecs import JSON, Array, CodecError, MsgPack, Msgspec, Zlib

ON_PYPY = sys.implementation.name == "pypy"  # msgspec is for CPython alone
MSGSPEC = [] if ON_PYPY else [Msgspec(), Msgspec(dict, format="json")]
OBJECT = {"text": "ä", "list": [1, 2.5, None, True], "nested": {"a": []}}


class Parts:
    """As many parts as there are, as they are."""

    def encode(self, obj):
        return list(obj)

    def decode(self, parts):
        return list(parts)


@pytest.mark.parametrize("codec", [JSON(), MsgPack(), *MSGSPEC, Zlib(JSON())])
def test_there_and_back(codec):
    parts = codec.encode(OBJECT)
    assert codec.decode(parts) == OBJECT
    assert codec.decode([memoryview(part) for part in parts]) == OBJECT


@pytest.mark.parametrize("codec", [JSON(), MsgPack(), *MSGSPEC])
@pytest.mark.parametrize("parts", [[], [b"1", b"2"], [b""], [b"\xc1"], [b"{"], [b"1 1"]])
def test_what_is_not_in_the_format_is_refused(codec, parts):
    if parts == [b"{"] and isinstance(codec, MsgPack):
        parts = [b"\x92\x01"]  # "{" is a number there
    with pytest.raises(CodecError):
        codec.decode(parts if len(parts) != 1 else [parts[0] + b"\xc1"])


def test_msgpack_keeps_text_and_bytes_apart():
    for codec in (MsgPack(), *MSGSPEC[:1]):
        assert codec.decode(codec.encode(["a", b"a"])) == ["a", b"a"]


def test_deep_nesting_is_an_error_of_ours():
    for codec, data in ((JSON(), b"[" * 200_000), (MsgPack(), b"\x91" * 200_000)):
        with pytest.raises(CodecError):
            codec.decode([data])


@dataclasses.dataclass
class Point:
    x: int
    y: int


@pytest.mark.skipif(ON_PYPY, reason="msgspec is for CPython alone")
def test_msgspec_checks_the_type():
    codec = Msgspec(Point)
    assert codec.decode(codec.encode(Point(1, 2))) == Point(1, 2)
    with pytest.raises(CodecError, match=r"msgpack of Point: .*`int`, got `str` - at `\$\.x`"):
        codec.decode(codec.encode({"x": "1", "y": 2}))
    with pytest.raises(ValueError, match="not 'yaml'"):
        Msgspec(format="yaml")


@pytest.mark.parametrize(("name", "package"), [("MsgPack", "msgpack"), ("Msgspec", "msgspec")])
def test_a_missing_package_is_named(monkeypatch, name, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModuleNotFoundError, match=f"{name} needs .*: pip install {package}$"):
        getattr(codecs, name)()


def test_nothing_is_imported_before_it_is_used():
    program = (
        "import sys, zmq; assert 'zmq.codecs' not in sys.modules\n"
        "import zmq.codecs; assert not {'numpy', 'msgpack', 'msgspec'} & set(sys.modules)\n"
        "zmq.codecs.Array().encode(b'x'); assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)


# ---- zlib


def test_parts_are_compressed_one_by_one():
    codec = Zlib(Parts())
    sent = [b"a" * 10_000, b"", memoryview(bytes(800)).cast("d")]
    parts = codec.encode(sent)
    assert [zlib.decompress(part) for part in parts] == [bytes(part) for part in sent]
    assert sum(map(len, parts)) < 200
    assert codec.decode(parts) == [bytes(part) for part in sent]


def test_level():
    data = [bytes(range(256)) * 100]
    assert len(Zlib(Parts(), level=0).encode(data)[0]) > len(Zlib(Parts(), level=9).encode(data)[0])
    with pytest.raises(ValueError, match="level=10"):
        Zlib(Parts(), level=10)


def test_the_limit_is_that_of_all_parts_together():
    parts = Zlib(Parts()).encode([bytes(600), bytes(400)])
    assert Zlib(Parts(), max_bytes=1000).decode(parts) == [bytes(600), bytes(400)]
    with pytest.raises(CodecError, match=r"more than 999 bytes .* \(in part 1\)"):
        Zlib(Parts(), max_bytes=999).decode(parts)
    with pytest.raises(ValueError, match="max_bytes=0"):
        Zlib(Parts(), max_bytes=0)


def test_a_bomb_takes_no_memory():
    resource = pytest.importorskip("resource")
    bomb = zlib.compress(bytes(300_000_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CodecError, match="more than 1000 bytes"):
        Zlib(Parts(), max_bytes=1000).decode([bomb])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize(
    ("part", "complaint"),
    [
        (b"", "part 0 is a zlib stream that breaks off"),
        (b"no stream", "part 0 is no zlib stream"),
        (zlib.compress(b"x" * 99)[:-1], "breaks off"),
        (zlib.compress(b"x") + b"yz", "2 bytes behind"),
        (zlib.compress(b"x")[:-1] + b"!", "no zlib stream"),
    ],
)
def test_broken_streams(part, complaint):
    with pytest.raises(CodecError, match=complaint):
        Zlib(Parts()).decode([part])


def test_codecs_go_around_codecs():
    codec = Zlib(Array())
    assert list(codec.decode(codec.encode(b"abc"))) == [97, 98, 99]
