# ruff: noqa: F403
# What `import zmq.green` offers, for type checkers: all of zmq, with four names of its own, which a
# star-import of the rest would hide from them.

from .. import (
    COPY_THRESHOLD as COPY_THRESHOLD,
    DRAFT_API as DRAFT_API,
    IPC_PATH_MAX_LEN as IPC_PATH_MAX_LEN,
    PYZMQ_DRAFT_API as PYZMQ_DRAFT_API,
    Frame as Frame,
    Message as Message,
    MessageTracker as MessageTracker,
    Stopwatch as Stopwatch,
    SyncContext as SyncContext,
    SyncSocket as SyncSocket,
    __revision__ as __revision__,
    __version__ as __version__,
    build_info as build_info,
    curve_keypair as curve_keypair,
    curve_public as curve_public,
    get_includes as get_includes,
    get_library_dirs as get_library_dirs,
    has as has,
    proxy as proxy,
    proxy_steerable as proxy_steerable,
    pyzmq_version as pyzmq_version,
    pyzmq_version_info as pyzmq_version_info,
    select as select,
    strerror as strerror,
    zmq_errno as zmq_errno,
    zmq_poll as zmq_poll,
    zmq_version as zmq_version,
    zmq_version_info as zmq_version_info,
)
from ..constants import *
from ..error import *
from ..sugar.tracker import _FINISHED_TRACKER as _FINISHED_TRACKER
from .core import _Context, _Socket
from .device import device as device
from .poll import _Poller

Context = _Context
Poller = _Poller
Socket = _Socket
