# What the engine consists of: operations, those that wait, and the messages in them.

import os as _os
from collections import deque as _deque

# On Windows a socket's descriptor has no cheap copy: the loop watches libzmq's own.
cdef object own_descriptor = int if _sys.platform == "win32" else _os.dup
cdef object drop_descriptor = int if _sys.platform == "win32" else _os.close

cdef extern from "Python.h":
    object PyContext_CopyCurrent()

cdef extern from "awaiting.h":
    ctypedef PyObject *(*zmq_step)(PyObject *self, int *yields)
    void zmq_fast_await(object type, zmq_step step)

cdef enum:
    BURST = 256                     # waiters per wake-up, messages between two breaths
    TRIES = 3                       # rounds in vain before the loop goes on

cdef double PATIENCE = 0.005        # seconds
cdef double PAUSE = 0.001           # seconds between tries that nothing asks for

cdef class Engine
cdef class Operation
cdef class Queue


@cython.final
cdef class Queue:
    """Operations in the order they came; those that were cancelled are skipped later."""
    cdef object items
    cdef Py_ssize_t live

    def __cinit__(self):
        self.items = _deque()

    cdef int push(self, Operation op) except -1:
        self.items.append(op)
        self.live += 1
        return 0

    cdef Operation first(self):
        cdef Operation op
        while self.live:
            op = <Operation>self.items[0]
            if op.state == PENDING:
                return op
            self.items.popleft()
        self.items.clear()
        return None

    cdef int served(self) except -1:
        self.items.popleft()
        self.live -= 1
        return 0

    cdef int forget(self, Operation op) except -1:
        """Drop one that is not pending any more, now or later."""
        self.live -= 1
        if self.live == 0:
            self.items.clear()
        elif len(self.items) > 2 * self.live + 16:      # the price is one step per operation
            self.items = _deque([other for other in self.items if is_pending(other)])
        return 0

    cdef int expire(self, Operation op) except -1:
        """Its time is over."""
        operation_clear(op)
        op.state = DONE if op.purpose == FOR_EVENTS else FAILED
        self.forget(op)
        return operation_settle(op, op.state, 0 if op.state == DONE else _Again(), False)

    cdef list drain(self):
        found = [op for op in self.items if is_pending(op)]
        self.items.clear()
        self.live = 0
        return found


cdef bint is_pending(Operation op) noexcept:
    return op.state == PENDING
