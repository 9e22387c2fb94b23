# ruff: noqa: F403
# What `import zmq` offers, for type checkers and editors: the core's names, and zmq-sugar's classes
# in place of the core's (checkers know one class per name, and those are the fuller ones).

from .about import (
    get_includes as get_includes,
    get_library_dirs as get_library_dirs,
    pyzmq_version as pyzmq_version,
    pyzmq_version_info as pyzmq_version_info,
    zmq_version as zmq_version,
)
from .backend import (
    IPC_PATH_MAX_LEN as IPC_PATH_MAX_LEN,
    PYZMQ_DRAFT_API as PYZMQ_DRAFT_API,
    build_info as build_info,
    curve_keypair as curve_keypair,
    curve_public as curve_public,
    has as has,
    proxy as proxy,
    proxy_steerable as proxy_steerable,
    strerror as strerror,
    zmq_errno as zmq_errno,
    zmq_poll as zmq_poll,
    zmq_version_info as zmq_version_info,
)
from .constants import *
from .error import *
from .sugar import (
    Context as Context,
    Frame as Frame,
    MessageTracker as MessageTracker,
    Poller as Poller,
    Socket as Socket,
    Stopwatch as Stopwatch,
    SyncContext as SyncContext,
    SyncSocket as SyncSocket,
    device as device,
    select as select,
)

Message = Frame

COPY_THRESHOLD: int
DRAFT_API: bool
__revision__: str
__version__: str
