"""The exceptions: pyzmq's contract, errno kept through pickle and copy, cheap to raise."""

import copy
import errno
import pickle
import subprocess
import sys

import pytest

import zmq
from zmq.error import DraftFDWarning

FIXED = {
    zmq.Again: zmq.EAGAIN,
    zmq.ContextTerminated: zmq.ETERM,
    zmq.InterruptedSystemCall: errno.EINTR,
}
OURS = {
    zmq.ConcurrentUseError: errno.EBUSY,
    zmq.ForkedError: zmq.ENOTSOCK,
    zmq.HandshakeError: zmq.ECONNREFUSED,
}


def test_number_gives_libzmqs_text():
    error = zmq.ZMQError(zmq.EFSM)
    assert error.errno == zmq.EFSM
    assert error.strerror == zmq.strerror(zmq.EFSM) != ""
    assert str(error) == error.strerror
    assert repr(error) == f"ZMQError({error.strerror!r})"


def test_host_unreachable_is_libzmqs_text_not_the_systems():
    assert str(zmq.ZMQError(zmq.EHOSTUNREACH)) == "Host unreachable"


def test_text_replaces_libzmqs():
    error = zmq.ZMQError(zmq.EINVAL, "no such address: 'x'")
    assert (error.errno, error.strerror, str(error)) == (zmq.EINVAL, *[error.args[1]] * 2)
    assert str(error) == "no such address: 'x'"


def test_a_string_alone_is_the_text():
    error = zmq.ZMQError("hello")
    assert (error.errno, error.strerror, str(error)) == (None, "hello", "hello")


def test_without_number_takes_the_threads_last():
    """In a new interpreter: making the first error imports the advice, which leaves its errno."""
    code = (
        "import zmq\n"
        "with zmq.Context() as ctx, ctx.socket(zmq.PAIR) as socket:\n"
        "    try:\n"
        "        socket.bind('nonsense://x')\n"
        "    except zmq.ZMQError:\n"
        "        assert zmq.ZMQError().errno == zmq.EPROTONOSUPPORT\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("cls", "number"), list(FIXED.items()))
def test_fixed_number_whatever_is_given(cls, number):
    for error in (cls(), cls(5, "foo"), cls(errno=5, msg="foo")):
        assert error.errno == number
        assert error.strerror == zmq.strerror(number)
        assert str(error).startswith(error.strerror)


@pytest.mark.parametrize(("cls", "number"), list(OURS.items()))
def test_our_errors_have_a_number_of_their_own(cls, number):
    error = cls(msg="thread 1 and thread 2")
    assert (error.errno, str(error)) == (number, "thread 1 and thread 2")
    assert cls("text").errno == number
    assert cls(zmq.EINVAL, "text").errno == zmq.EINVAL


def test_tree():
    for cls in (*FIXED, *OURS):
        assert issubclass(cls, zmq.ZMQError)
    assert issubclass(zmq.ZMQError, zmq.ZMQBaseError)
    assert issubclass(zmq.NotDone, zmq.ZMQBaseError)
    assert issubclass(zmq.ZMQBindError, zmq.ZMQBaseError)
    assert not issubclass(zmq.NotDone, zmq.ZMQError)
    assert issubclass(zmq.InterruptedSystemCall, InterruptedError)
    assert issubclass(zmq.ConcurrentUseError, RuntimeError)
    assert issubclass(zmq.ForkedError, RuntimeError)
    assert issubclass(zmq.HandshakeError, ConnectionError)
    assert issubclass(zmq.ZMQVersionError, NotImplementedError)
    assert issubclass(DraftFDWarning, RuntimeWarning)


def _samples():
    yield zmq.ZMQError(zmq.EADDRINUSE)
    yield zmq.ZMQError(zmq.EADDRINUSE, "taken: tcp://*:1")
    yield zmq.ZMQError("text alone")
    yield zmq.ZMQError(msg="keyword")
    for cls in FIXED:
        yield cls()
        yield cls(1, "ignored")
    for cls in OURS:
        yield cls("text")
        yield cls(zmq.EINVAL, "text")
    yield zmq.ZMQBindError("no port")
    yield zmq.NotDone("too slow")
    yield zmq.ZMQVersionError("9.9", "time travel")
    yield DraftFDWarning()


@pytest.mark.parametrize("error", list(_samples()), ids=repr)
@pytest.mark.parametrize(
    "twin",
    [copy.copy, copy.deepcopy, *(lambda e, p=p: pickle.loads(pickle.dumps(e, p)) for p in (2, 5))],
)
def test_pickle_and_copy_keep_everything(error, twin):
    again = twin(error)
    assert type(again) is type(error)
    assert (str(again), repr(again)) == (str(error), repr(error))
    assert getattr(again, "errno", None) == getattr(error, "errno", None)
    assert getattr(again, "strerror", None) == getattr(error, "strerror", None)
    assert again.args == error.args


def test_chaining_keeps_both():
    again = zmq.Again()
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError("outer") from again
    cause = caught.value.__cause__
    assert isinstance(cause, zmq.Again)
    assert cause.errno == zmq.EAGAIN


def test_version_error_names_feature_and_versions():
    error = zmq.ZMQVersionError("9.9", "time travel")
    assert str(error) == f"time travel requires libzmq >= 9.9, have {zmq.zmq_version()}"
    assert (error.min_version, error.msg, error.version) == (
        "9.9",
        "time travel",
        zmq.zmq_version(),
    )
    assert str(zmq.ZMQVersionError("9.9")).startswith("Feature requires")


def test_draft_warning_says_how_to_silence_it():
    assert "simplefilter" in str(DraftFDWarning())
    assert str(DraftFDWarning("other")) == "other"
