"""The exceptions, as the manual of pyzmq 2.2 laid it out."""

from __future__ import annotations

from ..backend import strerror, zmq_errno
from ..error import (
    Again,
    ContextTerminated,
    NotDone,
    ZMQBaseError,
    ZMQBindError,
    ZMQError,
    ZMQVersionError,
)
from . import _moved

_moved("error")

__all__ = [
    "Again",
    "ContextTerminated",
    "NotDone",
    "ZMQBaseError",
    "ZMQBindError",
    "ZMQError",
    "ZMQVersionError",
    "strerror",
    "zmq_errno",
]
