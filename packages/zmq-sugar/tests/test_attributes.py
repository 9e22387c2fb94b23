"""Options as attributes: the rules at the top of zmq/sugar/attrsettr.py."""

import pytest

import zmq


@pytest.mark.parametrize("name", ["linger", "LINGER", "LinGer"])
def test_any_case(context, name):
    with context.socket(zmq.PUSH) as socket:
        setattr(socket, name, 7)
        assert getattr(socket, name) == 7 == socket.get(zmq.LINGER)
