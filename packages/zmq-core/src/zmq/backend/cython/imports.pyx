# What the other files use of C and of Python, in one place.
import atexit as _atexit
import sys as _sys
from _weakref import ref as _ref

cimport cython
from cpython.buffer cimport (
    PyBUF_ANY_CONTIGUOUS, PyBUF_WRITABLE, PyBuffer_Release, PyObject_CheckBuffer, PyObject_GetBuffer
)
from cpython.bytes cimport (
    PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
)
from cpython.exc cimport PyErr_CheckSignals, PyErr_SetNone
from cpython.long cimport PyLong_CheckExact
from cpython.number cimport PyIndex_Check
from cpython.list cimport PyList_CheckExact
from cpython.ref cimport Py_DECREF, PyObject
from cpython.tuple cimport PyTuple_CheckExact
from libc.errno cimport (
    EAGAIN, EBUSY, EINTR, EINVAL, EMFILE, ENAMETOOLONG, ENOENT, ENOMEM, ENOTSOCK, errno as c_errno
)
from libc.stdint cimport int64_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy, memset

from .libzmq cimport (
    ZMQ_CURVE_PUBLICKEY, ZMQ_CURVE_SECRETKEY, ZMQ_CURVE_SERVERKEY, ZMQ_DEALER, ZMQ_DONTWAIT, ZMQ_EVENTS, ZMQ_FD, ZMQ_IO_THREADS, ZMQ_LAST_ENDPOINT, ZMQ_LINGER, ZMQ_MAX_SOCKETS,
    ZMQ_PAIR, ZMQ_POLLERR, ZMQ_POLLIN, ZMQ_POLLOUT, ZMQ_POLLPRI, ZMQ_PUSH, ZMQ_RCVMORE,
    ZMQ_RCVTIMEO, ZMQ_REP, ZMQ_ROUTING_ID, ZMQ_SHARED, ZMQ_SNDMORE, ZMQ_SNDTIMEO, ZMQ_TYPE, zmq_bind,
    zmq_close, zmq_connect, zmq_ctx_get, zmq_ctx_new, zmq_ctx_set, zmq_ctx_shutdown,
    zmq_ctx_term, zmq_curve_keypair, zmq_curve_public, zmq_disconnect, zmq_errno as last_error,
    zmq_fd_t, zmq_free_fn, zmq_getsockopt, zmq_has, zmq_msg_close, zmq_msg_copy, zmq_msg_data,
    zmq_msg_get, zmq_msg_gets, zmq_msg_init, zmq_msg_init_data, zmq_msg_init_size, zmq_msg_more,
    zmq_msg_move, zmq_msg_recv, zmq_msg_send, zmq_msg_set, zmq_msg_size, zmq_msg_t, zmq_poll as
    zmq_poll_items, zmq_pollitem_t, zmq_proxy, zmq_recv, zmq_send, zmq_send_const,
    zmq_setsockopt, zmq_socket_monitor, zmq_strerror, zmq_unbind, zmq_version
)

cdef extern from "compat.h" nogil:
    enum: ZMQ_COMPILED_WITH_DRAFTS
    enum: ZMQ_OPTIMISED
    enum: ZMQ_IPC_PATH_MAX_LEN
    enum: ZMQ_EFSM "EFSM"
    enum: ZMQ_ETERM "ETERM"
    enum: ENOTSUP
    enum: ZMQ_THREAD_SAFE
    enum: ETIMEDOUT
    void *zmq_socket_masked(void *context, int type)
    int zmq_join(void *socket, const char *group)
    int zmq_leave(void *socket, const char *group)
    int zmq_msg_set_routing_id(zmq_msg_t *msg, uint32_t routing_id)
    uint32_t zmq_msg_routing_id(zmq_msg_t *msg)
    int zmq_msg_set_group(zmq_msg_t *msg, const char *group)
    const char *zmq_msg_group(zmq_msg_t *msg)

cdef extern from "draft_fd.h" nogil:
    int zmq_draft_fd(void *socket, void **poller, zmq_fd_t *fd)
    void zmq_draft_fd_still(void *poller)
    void zmq_draft_fd_forget(void **poller)

cdef extern from "zmq_capi.h":
    object zmq_capi_capsule()

cdef extern from "zmq_guard.h" nogil:
    enum: ZMQ_GUARD_FREE
    enum: ZMQ_GUARD_BUSY
    enum: ZMQ_GUARD_CLOSED
    enum: ZMQ_GUARD_FORKED
    void zmq_guard_init(zmq_guard *guard)
    void zmq_guard_open(zmq_guard *guard)
    void zmq_guard_close(zmq_guard *guard)
    int zmq_guard_state(zmq_guard *guard)
    int zmq_guard_enter(zmq_guard *guard, const char *op)
    void zmq_guard_leave(zmq_guard *guard)
    void zmq_guard_block(zmq_guard *guard, const char *op)
    void zmq_guard_unblock(zmq_guard *guard)
    int zmq_guard_watch_forks()

cdef extern from "zerocopy.h":
    ctypedef struct zmq_loan:
        Py_buffer view
    zmq_loan *zmq_loan_new(PyObject *object, int flags) except NULL
    void zmq_loan_return(void *data, void *hint) noexcept nogil
    void zmq_msg_drop(zmq_msg_t *message)
    void zmq_handover_add(zmq_loan *loan)
    PyObject *zmq_handover_find(const void *memory, size_t size)
    int zmq_loan_is_done(zmq_loan *loan) nogil
    void zmq_loan_ref(zmq_loan *loan) nogil
    void zmq_loan_unref(zmq_loan *loan) nogil
    int zmq_loan_wait(zmq_loan *loan, int milliseconds) nogil
    int zmq_loans_drain(void *unused)
    int zmq_loans_waiting() nogil
    void zmq_loan_init()
    int zmq_loan_watch_forks()

cdef extern from "counters.h" nogil:
    long zmq_count(int what)
    void zmq_count_add(int what, int n)
    void zmq_stay_silent()
    enum: ZMQ_COUNT_CONTEXTS
    enum: ZMQ_COUNT_SOCKETS
    enum: ZMQ_COUNT_FRAMES
    enum: ZMQ_COUNT_LOANS
    void zmq_inproc_waiters_add(int n)
    int zmq_inproc_waiters()

cdef extern from "termination.h":
    zmq_termination *zmq_termination_start(void *context)
    void zmq_termination_ref(zmq_termination *ticket)
    void zmq_termination_unref(zmq_termination *ticket)
    int zmq_termination_done(zmq_termination *ticket)
    int zmq_termination_wait(zmq_termination *ticket, long long microseconds) nogil

cdef extern from "epoll.h" nogil:
    enum: ZMQ_EPOLL_BATCH
    unsigned int zmq_forks()
    void zmq_count_forks()
    int zmq_epoll_new()
    void zmq_epoll_close(int epoll)
    int zmq_epoll_set(int epoll, int fd, int events, bint add)
    int zmq_epoll_remove(int epoll, int fd)
    int zmq_epoll_wait(int epoll, int *fds, short *events, int milliseconds)

cdef extern from "descriptors.h" nogil:
    enum: ZMQ_DESCRIPTORS_PER_THREAD
    int zmq_descriptors_left(int wanted)

cdef extern from "clock.h" nogil:
    double zmq_clock()              # seconds, monotonic

cdef extern from "Python.h":
    int PyErr_ResourceWarning(object source, Py_ssize_t level, const char *format, ...) except -1
    unsigned long PyThread_get_thread_ident() nogil
    void PySys_WriteStderr(const char *format, ...)


cdef object _ours(str module, tuple names):
    """Names of a module of ours, found beside this one (see the last rule of _zmq.pyx)."""
    found = __import__(module, globals(), None, list(names), 3)
    return [getattr(found, name) for name in names]
