"""The compiled classes, for `cimport`: a module that cimports them shares their layout with the
zmq-core it was compiled against.  Where that is too tight a bond, use the table of zmq_capi.h."""

from .libzmq cimport zmq_msg_t

cdef extern from "zmq_guard.h":
    ctypedef struct zmq_guard:
        unsigned long thread
        const char *op

cdef extern from *:
    """
    typedef struct zmq_termination zmq_termination;
    """
    ctypedef struct zmq_termination:
        pass


cdef class Context:
    cdef object __weakref__
    cdef void *handle               # libzmq's context; NULL when never opened
    cdef zmq_guard guard
    cdef bint borrowed              # a shadow: somebody else's to terminate
    cdef bint started               # its threads run: it had a socket
    cdef bint explained             # it was said why it does not end
    cdef str made_at                # file:line
    cdef zmq_termination *termination   # NULL until somebody terminates it
    cdef dict _open                 # address of a socket -> weak reference to it
    cdef list _lingering            # what is known of the last sockets that were closed


cdef class Socket:
    cdef object __weakref__
    cdef void *handle               # libzmq's socket; NULL when never opened
    cdef zmq_guard guard
    cdef bint borrowed              # a shadow: somebody else's to close
    cdef bint inproc                # has an inproc end: a peer may need the GIL to make room
    cdef bint outside               # has another end, or may have one
    cdef bint midway                # a part with SNDMORE went out: the message is not complete
    cdef bint own_send              # the class overrides send(): the other senders must call it
    cdef bint own_recv              # the same for recv()
    cdef unsigned int uses          # calls made on it; tells a PollSet that its state may be another
    cdef void *fd_poller            # behind FD of a thread-safe socket, or NULL
    cdef int kind                   # the socket type's number, -1 when not known
    cdef Py_ssize_t copy_below      # bytes; what copy_threshold shows
    cdef list endpoints             # bound and connected, as given
    cdef str made_at                # file:line
    cdef tuple story(self)
    cdef readonly Context context
    cdef readonly object _engine    # what waits for it in an event loop, or None
    cdef object sharing             # what several threads have in common on it, or None
    cdef bint followed              # one of these two must hear of every call


cdef class MessageTracker:
    cdef object __weakref__
    cdef void *loan                 # zmq_loan that it watches, or NULL
    cdef readonly set events
    cdef readonly set peers


cdef class Frame:
    cdef object __weakref__
    cdef zmq_msg_t msg
    cdef Py_ssize_t exported_size   # shape of the buffers given out
    cdef readonly MessageTracker tracker
