# cython: language_level=3
"""Count messages without making a Python object of any, and without the GIL."""

cimport zmq
from zmq.backend.cython.libzmq cimport (
    ZMQ_DONTWAIT,
    zmq_errno,
    zmq_msg_close,
    zmq_msg_init,
    zmq_msg_recv,
    zmq_msg_size,
    zmq_msg_t,
)

import zmq as _zmq


cdef extern from "zmq_capi.h":
    int zmq_capi_import(object) except -1

# fills the table of libzmq's functions; an ImportError when zmq-core is too old for this module
zmq_capi_import(_zmq.backend.cython._zmq._C_API)


def tally(zmq.Socket socket not None, long count):
    """Receive messages of one part, and tell what they were.

    Parameters
    ----------
    socket : zmq.Socket
        While this runs, no other thread may use it.
    count : int
        How many to wait for.

    Returns
    -------
    (int, int)
        How many came, and their bytes.

    Raises
    ------
    zmq.ZMQError
        When receiving fails.
    """
    cdef zmq_msg_t message
    cdef long received = 0
    cdef long long size = 0
    cdef int failed = 0
    cdef void *handle = socket.handle
    with nogil:
        zmq_msg_init(&message)
        while received < count:
            if zmq_msg_recv(&message, handle, 0) < 0:
                failed = zmq_errno()
                break
            received += 1
            size += zmq_msg_size(&message)
        zmq_msg_close(&message)
    if failed:
        raise _zmq.ZMQError(failed)
    return received, size
