# What every back end provides, for type checkers: the compiled one's signatures stand for all.

from .cython._zmq import (
    _FINISHED_TRACKER as _FINISHED_TRACKER,
    IPC_PATH_MAX_LEN as IPC_PATH_MAX_LEN,
    PYZMQ_DRAFT_API as PYZMQ_DRAFT_API,
    Context as Context,
    Engine as Engine,
    Frame as Frame,
    MessageTracker as MessageTracker,
    Operation as Operation,
    PollSet as PollSet,
    Relay as Relay,
    Socket as Socket,
    _counts as _counts,
    build_info as build_info,
    curve_keypair as curve_keypair,
    curve_public as curve_public,
    device as device,
    has as has,
    monitored_queue as monitored_queue,
    proxy as proxy,
    proxy_steerable as proxy_steerable,
    strerror as strerror,
    zmq_errno as zmq_errno,
    zmq_poll as zmq_poll,
    zmq_version_info as zmq_version_info,
)

Message = Frame
