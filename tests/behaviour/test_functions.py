"""Functions of the package, its constants, versions and exceptions."""

import copy
import enum
import pickle
from pathlib import Path

import pytest


def test_versions(zmq):
    assert zmq.zmq_version() == ".".join(map(str, zmq.zmq_version_info()))
    assert zmq.zmq_version_info() >= (4, 3)
    assert zmq.pyzmq_version() == zmq.__version__ == zmq.sugar.version.__version__
    assert zmq.pyzmq_version_info()[:2] == (
        zmq.sugar.version.VERSION_MAJOR,
        zmq.sugar.version.VERSION_MINOR,
    )
    assert zmq.pyzmq_version_info() >= (27, 3)
    assert zmq.sugar.version.version_info == zmq.pyzmq_version_info()


def test_has(zmq):
    for capability in ("ipc", "pgm", "tipc", "norm", "curve", "gssapi", "draft", "ws", "wss"):
        assert zmq.has(capability) in (True, False)
    assert zmq.has("ipc") is True
    assert zmq.has("no such thing") is False
    for bad in (3, None):
        with pytest.raises(TypeError):
            zmq.has(bad)


def test_curve_keys(zmq):
    public, secret = zmq.curve_keypair()
    assert type(public) is type(secret) is bytes
    assert (len(public), len(secret)) == (40, 40)
    assert zmq.curve_public(secret) == public
    assert zmq.curve_keypair() != (public, secret)
    for bad in (b"x", b"", "x" * 41):
        with pytest.raises(ValueError, match="40"):
            zmq.curve_public(bad)
    for bad in (3, None):
        with pytest.raises(TypeError):
            zmq.curve_public(bad)


def test_an_encrypted_message(zmq, sockets):
    public, secret = zmq.curve_keypair()
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.curve_server, pull.curve_secretkey = 1, secret
    push.curve_serverkey = public
    push.curve_publickey, push.curve_secretkey = zmq.curve_keypair()
    pull.bind("tcp://127.0.0.1:*")
    push.connect(pull.last_endpoint)
    push.send(b"secret")
    assert pull.recv() == b"secret"
    assert pull.mechanism == zmq.CURVE


def test_strerror(zmq):
    assert zmq.strerror(zmq.EAGAIN) == "Resource temporarily unavailable"
    assert "state" in zmq.strerror(zmq.EFSM)
    assert isinstance(zmq.zmq_errno(), int)


def test_includes(zmq):
    for folder in [*zmq.get_includes(), *zmq.get_library_dirs()]:
        assert Path(folder).is_dir()
    assert (Path(zmq.get_includes()[0]) / "zmq" / "__init__.pxd").exists()
    assert (Path(zmq.get_includes()[1]) / "zmq_capi.h").exists()


def test_constants(zmq):
    assert zmq.REQ is zmq.SocketType.REQ
    assert zmq.NOBLOCK is zmq.DONTWAIT is zmq.Flag.DONTWAIT
    assert zmq.IDENTITY is zmq.ROUTING_ID is zmq.SocketOption.ROUTING_ID
    assert isinstance(zmq.POLLIN | zmq.POLLOUT, enum.IntFlag)
    assert issubclass(zmq.SocketOption, enum.IntEnum)


def test_everything_in_all_is_there(zmq):
    for module in (zmq, zmq.sugar, zmq.sugar.context, zmq.sugar.socket, zmq.sugar.poll):
        for name in module.__all__:
            assert hasattr(module, name), f"{module.__name__}.{name}"


# ---- exceptions


def test_errors_keep_their_number(zmq):
    error = zmq.ZMQError(zmq.EINVAL)
    assert (error.errno, error.strerror, str(error)) == (zmq.EINVAL, *["Invalid argument"] * 2)
    assert str(zmq.ZMQError(zmq.EINVAL, msg="why")) == "why"
    assert issubclass(zmq.ZMQError, zmq.ZMQBaseError)
    assert issubclass(zmq.ZMQVersionError, NotImplementedError)
    assert "99.0" in str(zmq.ZMQVersionError("99.0"))
    for kind, number in ((zmq.Again, zmq.EAGAIN), (zmq.ContextTerminated, zmq.ETERM)):
        assert kind().errno == number
        assert issubclass(kind, zmq.ZMQError)
    assert issubclass(zmq.InterruptedSystemCall, InterruptedError)


def test_errors_of_calls_pickle_and_copy(zmq, sockets):
    with pytest.raises(zmq.ZMQError) as caught:
        sockets(zmq.PUSH).bind("zzz://x")
    for other in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
        assert type(other) is zmq.ZMQError
        assert other.errno == caught.value.errno
        assert str(other) == str(caught.value)
    assert "zzz://x" in str(caught.value)
