# cimport from zmq.core, as the manual of pyzmq 2.2 laid it out; `cimport zmq` has the same names
from ..backend.cython._zmq cimport Socket
