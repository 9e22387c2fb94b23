"""`zmq.codecs.Array`, without sockets: what it tells, what it refuses, with NumPy and without."""

import array
import ctypes
import json
import struct
import sys

import numpy as np
import pytest

from zmq.codecs import Array, CodecError
from zmq.codecs._array import DEPTH_MAX, HEADER_MAX

NATIVE = "<" if sys.byteorder == "little" else ">"
FOREIGN = ">" if sys.byteorder == "little" else "<"

PADDED = np.dtype([("flag", "u1"), ("value", "f8")], align=True)
NESTED = np.dtype([("a", "<f8"), ("b", ">i4", (2, 3)), ("c", [("x", "u1"), ("y", "S3")])])


@pytest.fixture
def without_numpy(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)


def carried(obj, **options):
    """What arrives of an object: its parts as bytes."""
    return Array(**options).decode([bytes(memoryview(part)) for part in Array().encode(obj)])


@pytest.mark.parametrize(
    "sent",
    [
        np.arange(6.0).reshape(2, 3),
        np.array(3),
        np.float32(2),
        np.zeros((0, 5)),
        np.array([], "u1"),
        np.array([True, False]),
        np.array([1, -2], FOREIGN + "i4"),
        np.array([1 + 2j, 3]),
        np.float16([1, 2]),
        np.longdouble([1, 2]),
        np.array(["2026-01-01", "NaT"], "M8[ns]"),
        np.array([5], "m8[25s]"),
        np.array(["äb", "c"]),
        np.array([b"a", b"bcd"]),
        np.array([b"12345"], "V5"),
        np.zeros(3, PADDED),
        np.zeros((2, 2), NESTED),
        np.rec.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]),
        np.ones((1,) * 32, "u1"),
    ],
    ids=lambda sent: str(sent.dtype),
)
@pytest.mark.parametrize("writable", [False, True])
def test_numpy_arrays_arrive_as_they_were(sent, writable):
    got = carried(sent, writable=writable)
    assert type(got) is np.ndarray
    assert (got.dtype, got.shape) == (sent.dtype, sent.shape)
    np.testing.assert_array_equal(got, sent)
    assert got.flags.writeable is writable
    assert got.flags.aligned


@pytest.mark.parametrize(
    "sent",
    [np.arange(24).reshape(2, 3, 4).T, np.arange(10)[::-2], np.ones((4, 6))[:, ::3]],
)
def test_arrays_that_are_not_contiguous_are_copied(sent):
    np.testing.assert_array_equal(carried(sent), sent)


def test_padding_of_a_copy_tells_nothing():
    sent = np.full(4000, 0xFF, "u1").view(PADDED)[::2]
    sent["flag"] = sent["value"] = 0
    assert not any(bytes(Array().encode(sent)[1]))


def test_nothing_else_is_copied():
    sent = np.arange(10.0)
    part = Array().encode(sent)[1]
    assert np.shares_memory(part, sent)
    data = bytearray(sent.tobytes())
    got = Array().decode([b'{"dtype": "<f8", "shape": [10]}', data])
    struct.pack_into("<d", data, 0, 7.0)
    assert got[0] == 7.0
    assert not got.flags.writeable  # nor by way of the message, which might be another's as well
    other = Array(writable=True).decode([b'{"dtype": "<f8", "shape": [10]}', data])
    other[0] = 5.0
    assert struct.unpack_from("<d", data) == (7.0,)


def test_memory_that_is_not_aligned_is_copied():
    data = memoryview(bytes(81))[1:]
    got = Array().decode([b'{"dtype": "<f8", "shape": [10]}', data])
    assert got.flags.aligned
    assert not got.flags.writeable


@pytest.mark.parametrize(
    ("sent", "described"),
    [
        (array.array("d", [1.5, 2]), NATIVE + "f8"),
        (array.array("h", [-1]), NATIVE + "i2"),
        (array.array("d"), NATIVE + "f8"),
        (bytearray(b"abc"), "|u1"),
        (memoryview(bytes(range(24))).cast("I", (2, 3)), NATIVE + "u4"),
        (memoryview(bytes(range(8)))[::2], "|u1"),
        (memoryview(b"ab").cast("c"), "|S1"),
        (memoryview(bytes(8)).cast("d", ()), NATIVE + "f8"),
        (memoryview(b"\0\1").cast("?"), "|b1"),
        ((ctypes.c_int16 * 3)(1, 2, 3), NATIVE + "i2"),
        ((ctypes.c_int32.__ctype_be__ * 2)(1, 2), ">i4"),
    ],
)
def test_other_buffers(sent, described):
    header = json.loads(Array().encode(sent)[0])
    view = memoryview(sent)
    assert header == {"dtype": described, "shape": list(view.shape)}
    np.testing.assert_array_equal(carried(sent), np.asarray(sent))


@pytest.mark.parametrize(
    "sent",
    [
        array.array("d", [1.5, 2]),
        array.array("q", [-(2**60)]),
        array.array("d"),
        b"abc",
        memoryview(bytes(range(24))).cast("I", (2, 3)),
        memoryview(bytes(8)).cast("d", ()),
        memoryview(b"\0\1").cast("?"),
    ],
)
@pytest.mark.parametrize("writable", [False, True])
def test_without_numpy(without_numpy, sent, writable):
    got = carried(sent, writable=writable)
    view = memoryview(sent)
    assert type(got) is memoryview
    assert (got.shape, got.format) == (view.shape, view.format)
    assert got.tobytes() == view.tobytes()  # PyPy cannot list a view without dimensions
    assert got.readonly is not writable


def test_without_numpy_memory_of_others_is_not_written(without_numpy):
    got = Array().decode([b'{"dtype": "|u1", "shape": [3]}', bytearray(3)])
    assert got.readonly


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ({"dtype": FOREIGN + "f8", "shape": [1]}, 8),
        ({"dtype": "<U3", "shape": [1]}, 12),
        ({"dtype": [["a", "<f8"]], "shape": [1]}, 8),
        ({"dtype": "<f8", "shape": [0, 3]}, 0),
    ],
)
def test_without_numpy_some_arrays_cannot_be(header, size):
    parts = [json.dumps(header).encode(), bytes(size)]
    assert Array().decode(parts).size == np.prod(header["shape"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "numpy", None)
        with pytest.raises(CodecError, match=r"needs NumPy, (which is )?not installed"):
            Array().decode(parts)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("float64", "f8"),
        ("int32", "i4"),
        ("uint8", "u1"),
        ("bool", "?"),
        ("complex128", "c16"),
        ("datetime64[ns]", "M8[ns]"),
        ("timedelta64[s]", "m8[s]"),
        (">i4", ">i4"),
        ("<U5", "<U5"),
    ],
)
def test_the_recipe_of_the_manual_is_understood(name, dtype):
    sent = np.zeros(3, dtype)
    assert str(sent.dtype) == name
    header = {"dtype": str(sent.dtype), "shape": sent.shape}
    got = Array().decode([json.dumps(header).encode(), sent.tobytes()])
    assert got.dtype == sent.dtype
    # and the other way round
    parts = Array().encode(sent)
    header = json.loads(parts[0])
    theirs = np.frombuffer(parts[1], dtype=header["dtype"]).reshape(header["shape"])
    assert theirs.dtype == sent.dtype


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (np.array([object()]), "holds Python objects"),
        (np.zeros(2, [("a", "O")]), "holds Python objects"),
        (np.ma.array([1, 2], mask=[0, 1]), "lose its mask"),
        (np.zeros(2, np.dtype({"names": ["a", "b"], "formats": ["i4", "i4"],
                                     "offsets": [0, 2]})), "cannot be told"),
        (np.zeros(2, [(("title", "a"), "i4")]), "cannot be told"),
        (np.zeros(2, "V0"), "cannot be told"),
        (np.zeros(1, [(f"field{i:05}", "u1") for i in range(4000)]), "bytes to tell"),
        ([1.0, 2.0], "list has none: send numpy.asarray"),
        ("text", "str has none"),
        (3, "int has none"),
        ((ctypes.py_object * 2)(), "no array of numbers"),
    ],
)  # fmt: skip
def test_what_is_no_array_of_numbers_is_refused(sent, complaint):
    with pytest.raises(TypeError, match=complaint):
        Array().encode(sent)


GOOD = b'{"dtype": "<f8", "shape": [2]}'


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        ([], "this message has 0"),
        ([GOOD], "this message has 1"),
        ([GOOD, bytes(16), b""], "this message has 3"),
        ([b"", b""], "no JSON"),
        ([b"\xff", b""], "no JSON"),
        ([b"[" * 5000, b""], "no JSON"),
        ([b" " * (HEADER_MAX + 1), b""], "at most 65536 bytes, this has 65537"),
        ([b"[]", b""], "keys dtype and shape"),
        ([b'{"dtype": "<f8"}', b""], "keys dtype and shape"),
        ([b'{"dtype": "<f8", "shape": 3}', b""], "shape is a list"),
        ([b'{"dtype": "<f8", "shape": [-1]}', b""], "shape is a list"),
        ([b'{"dtype": "<f8", "shape": [true]}', bytes(8)], "shape is a list"),
        ([b'{"dtype": "<f8", "shape": [1.0]}', bytes(8)], "shape is a list"),
        ([b'{"dtype": "|u1", "shape": [%s1]}' % (b"1," * 64), b"x"], "at most 64 lengths"),
        ([GOOD, bytes(15)], "16 bytes; the data has 15"),
        ([GOOD, bytes(17)], "16 bytes; the data has 17"),
        ([b'{"dtype": "<f8", "shape": [4611686018427387904, 4]}', b""], "the data has 0 bytes"),
        ([b'{"dtype": "<f8", "shape": [0, 36893488147419103232]}', b""], "no array of shape"),
        ([b'{"dtype": "|O", "shape": [1]}', bytes(8)], "no type of numbers"),
        ([b'{"dtype": "O", "shape": [1]}', bytes(8)], "no type of numbers"),
        ([b'{"dtype": "object", "shape": [1]}', bytes(8)], "no type of numbers"),
        ([b'{"dtype": [["a", "|O"]], "shape": [1]}', bytes(8)], "no type of numbers"),
        ([b'{"dtype": "f8,O", "shape": [1]}', bytes(8)], "no type of numbers"),
        ([b'{"dtype": "(2,)f8", "shape": [1]}', bytes(16)], "no type of numbers"),
        ([b'{"dtype": "<f7", "shape": [1]}', bytes(7)], "means nothing to NumPy"),
        ([b'{"dtype": "<M8[parsec]", "shape": [1]}', bytes(8)], "means nothing to NumPy"),
        ([b'{"dtype": "|S0", "shape": [0]}', b""], "items without bytes"),
        ([b'{"dtype": 8, "shape": [1]}', bytes(8)], "a text or a list"),
        ([b'{"dtype": null, "shape": [1]}', bytes(8)], "a text or a list"),
        ([b'{"dtype": [], "shape": [1]}', bytes(8)], "a text or a list"),
        ([b'{"dtype": {"names": ["a"]}, "shape": [1]}', bytes(8)], "a text or a list"),
        ([b'{"dtype": [["a"]], "shape": [1]}', bytes(8)], "a field of a dtype"),
        ([b'{"dtype": [[1, "<f8"]], "shape": [1]}', bytes(8)], "a field of a dtype"),
        ([b'{"dtype": [["a", "<f8", 2]], "shape": [1]}', bytes(16)], "shape is a list"),
        ([b'{"dtype": [["a", "<f8"], ["a", "<f8"]], "shape": [1]}', bytes(16)], "means nothing"),
        ([b'{"dtype": %s"<f8"%s, "shape": [1]}' % (b'[["a", ' * (DEPTH_MAX + 1),
          b"]]" * (DEPTH_MAX + 1)), bytes(8)], "a text or a list"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused(parts, complaint):
    with pytest.raises(CodecError, match=complaint):
        Array().decode(parts)


def test_a_refusal_is_short():
    with pytest.raises(CodecError) as caught:
        Array().decode([json.dumps({"dtype": "x" * 9999, "shape": [1]}).encode(), b""])
    assert len(str(caught.value)) < 200
