"""The back end of PyPy: plain Python over a cffi extension that has the same libzmq linked in.

The names, semantics and messages are those of ``zmq.backend.cython``, whose docstrings say what
each does; the same tests run over both. What must not be interrupted is C (``core.c``), the rest is
here.

Differences, all from what cffi is:

* every call gives the GIL up, so a second thread on a socket is noticed at every call;
* there are no shared sockets (``shared=True`` is refused);
* a Fortran-ordered buffer is copied, never lent;
* an exception that a signal handler raises right after a message arrived may lose that message,
  whole: Python runs handlers between any two steps of Python code;
* on PyPy, objects are finalized when its collector comes by: close what you open.
"""

from __future__ import annotations

try:
    from . import _cffi as _cffi
except ModuleNotFoundError as error:
    if error.name == "_cffi_backend":
        raise ImportError(
            "the CFFI back end needs the package cffi: pip install cffi, or unset PYZMQ_BACKEND"
        ) from error
    if error.name == f"{__name__}._cffi":
        error.msg = (
            "this zmq-core was built without the CFFI back end: build it with ZMQ_CFFI=1, or "
            "unset PYZMQ_BACKEND"
        )
    raise

from ._context import Context
from ._engine import Engine, Operation
from ._errors import strerror, zmq_errno
from ._frame import Frame
from ._poll import PollSet, zmq_poll
from ._proxy import Relay, device, monitored_queue, proxy, proxy_steerable
from ._socket import Socket
from ._tracker import _FINISHED_TRACKER, MessageTracker
from ._utils import (
    IPC_PATH_MAX_LEN,
    PYZMQ_DRAFT_API,
    _counts,
    build_info,
    curve_keypair,
    curve_public,
    has,
    zmq_version_info,
)

Message = Frame

__all__ = [
    "IPC_PATH_MAX_LEN",
    "PYZMQ_DRAFT_API",
    "_FINISHED_TRACKER",
    "Context",
    "Engine",
    "Frame",
    "Message",
    "MessageTracker",
    "Operation",
    "PollSet",
    "Relay",
    "Socket",
    "_counts",
    "build_info",
    "curve_keypair",
    "curve_public",
    "device",
    "has",
    "monitored_queue",
    "proxy",
    "proxy_steerable",
    "strerror",
    "zmq_errno",
    "zmq_poll",
    "zmq_version_info",
]
