"""Options as attributes: the rules at the top of zmq/sugar/attrsettr.py."""

import ast
from pathlib import Path

import pytest

import zmq
from zmq.sugar.attrsettr import OptionProperty


@pytest.mark.parametrize("name", ["linger", "LINGER"])
def test_both_cases(context, name):
    with context.socket(zmq.PUSH) as socket:
        setattr(socket, name, 7)
        assert getattr(socket, name) == 7 == socket.get(zmq.LINGER)


@pytest.mark.parametrize("name", ["io_threads", "IO_THREADS", "Io_Threads"])
def test_any_case_of_a_context(name):
    with zmq.Context() as context:
        setattr(context, name, 2)
        assert getattr(context, name) == 2 == context.get(zmq.IO_THREADS)


def test_sockets_are_looked_up_the_short_way(context):
    """With __getattr__ finding `socket.send` takes as long as the send itself."""
    assert not hasattr(zmq.Socket, "__getattr__")
    with context.socket(zmq.PUSH) as socket, pytest.raises(AttributeError, match="Lingr"):
        socket.Lingr  # noqa: B018


def test_type_checkers_know_the_same_names():
    """The generated stub against the properties of the class."""
    stub = Path(zmq.sugar.attrsettr.__file__).with_name("_options.pyi")
    classes = {
        node.name: node.body
        for node in ast.parse(stub.read_text()).body
        if isinstance(node, ast.ClassDef)
    }
    known = {
        node.target.id if isinstance(node, ast.AnnAssign) else node.name
        for node in classes["SocketOptions"]
        if isinstance(node, (ast.AnnAssign, ast.FunctionDef))
    }
    there = {name for name, value in vars(zmq.Socket).items() if isinstance(value, OptionProperty)}
    assert known - {"get", "getsockopt"} == there
    assert len(there) > 200


def test_what_the_types_call_read_only(context):
    """Type checkers refuse to set them; so does libzmq."""
    with context.socket(zmq.PUSH) as socket:
        for name in ("rcvmore", "fd", "events", "type", "last_endpoint", "mechanism"):
            with pytest.raises((zmq.ZMQError, TypeError)):
                setattr(socket, name.upper(), getattr(socket, name.upper()))
