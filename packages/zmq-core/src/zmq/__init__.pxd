"""`cimport zmq`: the compiled classes, and libzmq itself as `zmq.libzmq`."""

from .backend.cython cimport libzmq
from .backend.cython._zmq cimport Context, Frame, MessageTracker, Socket
