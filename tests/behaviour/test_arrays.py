"""Arrays over sockets, and contexts that forbid pickles; the formats are tested in zmq-sugar."""

import array
import importlib
import json

import numpy as np
import pytest


@pytest.fixture
def pipe(zmq, bound_pair):
    """PUSH and PULL."""
    pull, push = bound_pair(zmq.PULL, zmq.PUSH)
    return push, pull


@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize("transport", ["inproc", "tcp"])
def test_arrays_arrive(zmq, bound_pair, transport, copy):
    pull, push = bound_pair(zmq.PULL, zmq.PUSH, transport)
    for sent in (np.arange(6.0).reshape(2, 3), np.arange(500_000), np.zeros((0, 3), "u1")):
        assert push.send_array(sent, copy=copy) is None
        got = pull.recv_array()
        np.testing.assert_array_equal(got, sent)
        assert got.dtype == sent.dtype
        assert not got.flags.writeable
        push.send_array(sent, copy=copy)
        got = pull.recv_array(writable=True)
        got[...] = 1
    push.send_array(array.array("h", [1, -2]))
    assert pull.recv_array().tolist() == [1, -2]


def test_sending_copies_nothing(pipe, collect):
    push, pull = pipe
    sent = np.arange(100_000)
    tracker = push.send_array(sent, copy=False, track=True)
    got = pull.recv_array()  # inproc hands the memory itself over
    assert np.shares_memory(got, sent)
    assert not tracker.done
    del got
    collect()
    tracker.wait(10)


def test_a_received_array_outlives_its_socket(zmq, pipe):
    push, pull = pipe
    push.send_array(np.arange(100_000))
    got = pull.recv_array()
    pull.close()
    assert got.sum() == 99_999 * 50_000


def test_envelopes(zmq, pipe):
    push, pull = pipe
    push.send(b"topic", zmq.SNDMORE)
    push.send_array(np.arange(3))
    assert pull.recv() == b"topic"
    assert pull.recv_array().tolist() == [0, 1, 2]
    assert not pull.rcvmore


def test_flags_and_timeouts(zmq, sockets, pipe):
    _, pull = pipe
    lonely = sockets(zmq.PUSH)
    for call in (
        lambda: pull.recv_array(zmq.DONTWAIT),
        lambda: pull.recv_array(timeout=1),
        lambda: lonely.send_array(b"x", zmq.DONTWAIT),
        lambda: lonely.send_array(b"x", timeout=1),
    ):
        with pytest.raises(zmq.Again):
            call()


def test_what_is_no_array_is_taken_and_refused(zmq, pipe):
    push, pull = pipe
    push.send_multipart([b'{"dtype": "<f8", "shape": [2]}', b"too short"])
    push.send_string("no array")
    push.send_array(b"an array")
    for complaint in ("16 bytes; the data has 9", "this message has 1"):
        with pytest.raises(ValueError, match=complaint):
            pull.recv_array()
    assert bytes(pull.recv_array()) == b"an array"
    with pytest.raises(TypeError, match="holds Python objects"):
        push.send_array(np.array([None]))
    push.send(b"nothing of it was sent")
    assert pull.recv() == b"nothing of it was sent"


def test_the_recipe_of_the_manual(zmq, pipe):
    """Its programs and ours understand each other."""
    push, pull = pipe
    sent = np.arange(12, dtype="i2").reshape(3, 4)
    push.send_json({"dtype": str(sent.dtype), "shape": sent.shape}, zmq.SNDMORE)
    push.send(sent, copy=False)
    np.testing.assert_array_equal(pull.recv_array(), sent)
    push.send_array(sent)
    header = pull.recv_json()
    got = np.frombuffer(pull.recv(), dtype=header["dtype"]).reshape(header["shape"])
    np.testing.assert_array_equal(got, sent)


def test_signed_arrays(zmq, pipe):
    codecs = importlib.import_module(f"{zmq.__name__}.codecs")
    push, pull = pipe
    ours, theirs = (codecs.Signed(codecs.Array(), {"k": bytes(32)}) for _ in range(2))
    push.send_serialized(np.arange(3), ours.encode)
    signed = pull.recv_multipart(copy=False)
    assert theirs.decode(signed).tolist() == [0, 1, 2]
    push.send_multipart(signed)
    push.send_multipart([*ours.encode(b"abc")[:-1], b"abd"])
    push.send_array(b"unsigned")
    for error in (codecs.ReplayError, codecs.SignatureError, codecs.SignatureError):
        with pytest.raises(error):
            pull.recv_serialized(theirs.decode)


# ---- pickles


def test_pickles_can_be_forbidden(zmq, context, pipe):
    push, pull = pipe
    assert context.allow_pickle is True
    push.send_pyobj({"a": 1})
    context.allow_pickle = False
    for call in (
        lambda: push.send_pyobj(1),
        pull.recv_pyobj,
        lambda: pull.recv_pyobj(zmq.DONTWAIT),
    ):
        with pytest.raises(RuntimeError, match=r"allow_pickle=False.* recv_json.* recv_array"):
            call()
    assert pull.poll(0)  # it was not taken
    context.allow_pickle = True
    assert pull.recv_pyobj() == {"a": 1}


def test_who_may_pickle(zmq, context):
    def allowed(context):
        with context.socket(zmq.PUSH) as socket:
            try:
                socket.send_pyobj(1, zmq.DONTWAIT)
            except RuntimeError:
                return False
            except zmq.Again:
                return True
        raise AssertionError("nobody was there to send to")

    class Strict(zmq.Context):
        allow_pickle = False

    with zmq.Context(allow_pickle=False) as strict, Strict() as by_class:
        assert not allowed(strict)
        assert not allowed(by_class)
        for shadow in (zmq.Context(strict), zmq.Context(shadow=strict), zmq.Context.shadow(strict)):
            assert not allowed(shadow)
        assert allowed(zmq.Context(strict, allow_pickle=True))
        with strict.socket(zmq.PUSH) as socket, pytest.raises(RuntimeError, match="allow_pickle"):
            zmq.Socket.shadow(socket).send_pyobj(1)
    assert allowed(context)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zmq.Context, "allow_pickle", False)
        assert not allowed(context)
        assert allowed(zmq.Context(context, allow_pickle=True))


def test_a_header_is_json(zmq, pipe):
    push, pull = pipe
    push.send_array(np.zeros((2, 3), "<f4"))
    header, data = pull.recv_multipart()
    assert json.loads(header) == {"dtype": "<f4", "shape": [2, 3]}
    assert data == bytes(24)
