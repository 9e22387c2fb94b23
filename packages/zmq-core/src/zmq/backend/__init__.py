"""The compiled half of zmq: which back end, and the names every one of them provides.

``cython`` is the extension of CPython; ``cffi`` serves PyPy. The environment variable
``PYZMQ_BACKEND`` chooses: ``cython``, ``cffi``, or the full name of a module that has the same
names. Nothing above this package knows which one runs.
"""

from __future__ import annotations

from .select import load as _load

_backend = _load()

Context = _backend.Context
Socket = _backend.Socket
Frame = _backend.Frame
Message = _backend.Frame
MessageTracker = _backend.MessageTracker
Engine = _backend.Engine
Operation = _backend.Operation
zmq_poll = _backend.zmq_poll
PollSet = _backend.PollSet
proxy = _backend.proxy
proxy_steerable = _backend.proxy_steerable
monitored_queue = _backend.monitored_queue
Relay = _backend.Relay
device = _backend.device
has = _backend.has
curve_keypair = _backend.curve_keypair
curve_public = _backend.curve_public
strerror = _backend.strerror
zmq_errno = _backend.zmq_errno
zmq_version_info = _backend.zmq_version_info
build_info = _backend.build_info
IPC_PATH_MAX_LEN = _backend.IPC_PATH_MAX_LEN
PYZMQ_DRAFT_API = _backend.PYZMQ_DRAFT_API
_FINISHED_TRACKER = _backend._FINISHED_TRACKER
_counts = _backend._counts

__all__ = [
    "IPC_PATH_MAX_LEN",
    "PYZMQ_DRAFT_API",
    "Context",
    "Engine",
    "Frame",
    "Message",
    "MessageTracker",
    "Operation",
    "PollSet",
    "Socket",
    "build_info",
    "curve_keypair",
    "curve_public",
    "device",
    "has",
    "proxy",
    "proxy_steerable",
    "strerror",
    "zmq_errno",
    "zmq_poll",
    "zmq_version_info",
]
