"""Options as attributes: the rules at the top of zmq/sugar/attrsettr.py."""

import pytest

import zmq


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
