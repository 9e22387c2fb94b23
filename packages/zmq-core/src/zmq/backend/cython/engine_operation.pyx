# One operation of the engine: what `await socket.recv()` awaits.
#
# It speaks the protocol of asyncio's futures without being one, so that one small object serves as
# awaitable, iterator and future, done or pending, for any loop.  How it ends is engine_outcome.pyx's.
#
# A task that awaits it is woken with TASK_WAKE and picks the result up in its own step, by `__next__`.
# So a `result()` called on the operation is always a caller's, and counts as picking up.

cdef enum:
    PENDING
    DONE
    FAILED
    CANCELLED

cdef enum:                          # what an operation is for
    FOR_PART
    FOR_MESSAGE
    FOR_BUFFER
    FOR_SEND
    FOR_EVENTS


@cython.final
cdef class Wake:
    """What a task is woken with, in the place of a future: there is nothing in it."""

    def result(self):
        return None

    def exception(self):
        return None

    def done(self):
        return True

    def cancelled(self):
        return False


cdef Wake TASK_WAKE = Wake()


@cython.final
@cython.freelist(64)
cdef class Wait:
    """What an operation needs only if it has to wait, or to be called back."""
    cdef object loop
    cdef object timer
    cdef object wake                # the first awaiting task's own callback
    cdef object wake_context
    cdef list callbacks             # (function, argument, context) of the others
    cdef object resume              # called at once when it is over: resume(operation)
    cdef Queue queue
    cdef int awaiting               # iterations that stopped here and have not gone on
    cdef bint blocking              # _asyncio_future_blocking
    cdef bint from_task             # the next callback is an awaiting task's
    cdef bint shared                # somebody else may pick the result up


@cython.final
@cython.freelist(64)
@cython.no_gc_clear
cdef class Operation:
    """A send, receive or poll that is done, or goes on.

    Await it, or treat it as an `asyncio.Future`: it has the same methods, except those that set a
    result.

    Notes
    -----
    Cancelling never loses a message: one that arrived and was not picked up is the next receiver's.
    A send that was cancelled was not sent: ``cancel()`` returns False, and ``cancelled()`` stays
    False, once libzmq has the message.

    When a received message cannot be decoded, the exception's ``received`` is the message as bytes,
    or as a list of its parts.

    .. versionadded:: 28.0
    """
    cdef object __weakref__
    cdef Socket socket
    cdef object value               # the result, or the exception
    cdef object source              # receivers: decoder or memory; senders: what parts are made of
    cdef Wait wait
    cdef zmq_msg_t one
    cdef zmq_msg_t *parts           # &one, or an array of its own; closed after `count`
    cdef Py_ssize_t count
    cdef uint64_t arrival
    cdef int flags                  # senders: of send; watchers: the events wanted
    cdef char state
    cdef char purpose
    cdef bint copy
    cdef bint track
    cdef bint holds
    cdef bint seen                  # somebody has looked at the exception

    def __cinit__(self):
        zmq_msg_init(&self.one)
        self.parts = &self.one

    def __dealloc__(self):
        if self.holds:
            give_back(self)
        elif self.count:
            operation_clear(self)
        elif self.state == FAILED and not self.seen:
            report_unseen(self)

    def __init__(self):
        raise TypeError("operations come from the methods of an asynchronous socket")

    @property
    def __class__(self):
        # isinstance(operation, asyncio.Future) is what programs and tornado ask
        future = driver_of(self).Future
        return Operation if future is None else future

    def __repr__(self):
        state = ("pending", "done", "failed", "cancelled")[<int>self.state - PENDING]
        purpose = ("recv", "recv_multipart", "recv_into", "send", "poll")[
            <int>self.purpose - FOR_PART]
        return f"<{purpose} of {self.socket!r}: {state}>"

    # ---- awaiting; without send(), which would make it a coroutine in the eyes of asyncio.wait

    def __await__(self):
        return self

    def __iter__(self):
        return self

    def __next__(self):
        cdef int yields = 0
        value = operation_step(self, &yields)
        if yields:
            return value
        if value is None:
            raise StopIteration
        raise StopIteration(value)

    def throw(self, kind, value=None, traceback=None):
        """What awaits this was cancelled, or must raise something else."""
        operation_leave(self)
        if value is None:
            value = kind() if isinstance(kind, type) else kind
        elif not isinstance(value, BaseException):
            value = kind(value)
        if traceback is not None:
            value = value.with_traceback(traceback)
        raise value

    def close(self):
        """What awaits this was closed."""
        operation_leave(self)

    # ---- the protocol of futures

    @property
    def _asyncio_future_blocking(self):
        return self.wait is not None and self.wait.blocking

    @_asyncio_future_blocking.setter
    def _asyncio_future_blocking(self, bint value):
        cdef Wait wait = wait_of(self)
        wait.from_task = wait.blocking and not value
        wait.blocking = value

    def get_loop(self):
        """The event loop it belongs to."""
        cdef Engine engine = <Engine>self.socket._engine
        if self.wait is not None and self.wait.loop is engine.loop:
            return engine.identity
        identity = engine.current()
        return engine.driver.default() if identity is None else identity

    def done(self):
        """bool: whether it is over, in whatever way."""
        return self.state != PENDING

    def cancelled(self):
        """bool: whether it was cancelled; then nothing was sent, and nothing received."""
        return self.state == CANCELLED

    def cancel(self, msg=None):
        """Give up waiting. False when it is over: a send was accepted, or a message is there."""
        if self.state != PENDING:
            return False
        operation_cancel(self, msg)
        return True

    def result(self):
        """The result; the caller has picked it up then.

        Raises
        ------
        asyncio.InvalidStateError
            When it is not over.
        asyncio.CancelledError
            When it was cancelled.
        Exception
            What went wrong: ZMQError, or what decoding the message raised.
        """
        if self.state == PENDING:
            raise driver_of(self).InvalidStateError("Result is not set.")
        return operation_take(self)

    def exception(self):
        """What went wrong, or None; a received message is not picked up by this.

        Raises
        ------
        asyncio.InvalidStateError, asyncio.CancelledError
            As for `result`.
        """
        if self.state == PENDING:
            raise driver_of(self).InvalidStateError("Exception is not set.")
        if self.state == CANCELLED:
            raise self._make_cancelled_error()
        self.seen = True
        return self.value if self.state == FAILED else None

    def add_done_callback(self, fn, *, context=None):
        """Have ``fn(operation)`` called by the loop when it is over, at once if it is."""
        cdef Wait wait = wait_of(self)
        argument = self
        if wait.from_task:
            wait.from_task = False
            argument = TASK_WAKE
        else:
            wait.shared = True
        if context is None:
            context = PyContext_CopyCurrent()
        if self.state != PENDING:
            operation_post(wait.loop, fn, argument, context, False)
        elif argument is TASK_WAKE and wait.wake is None:
            wait.wake = fn
            wait.wake_context = context
        else:
            if wait.callbacks is None:
                wait.callbacks = []
            wait.callbacks.append((fn, argument, context))

    def remove_done_callback(self, fn):
        """Take a callback back; returns how often it was there."""
        cdef Wait wait = self.wait
        cdef Py_ssize_t removed = 0
        if wait is None:
            return 0
        if wait.wake is not None and wait.wake == fn:
            wait.wake = wait.wake_context = None
            removed = 1
        if wait.callbacks is not None:
            kept = [entry for entry in wait.callbacks if entry[0] != fn]
            removed += len(wait.callbacks) - len(kept)
            wait.callbacks = kept
        return removed

    def _make_cancelled_error(self):
        cancelled = driver_of(self).CancelledError
        return cancelled() if self.value is None else cancelled(self.value)

    def _expire(self):
        if self.state == PENDING:
            self.wait.timer = None
            self.wait.queue.expire(self)

    # ---- for loops that are not asyncio's

    def _resume_with(self, resume):
        # call resume(operation) when it is over, instead of through the loop
        wait_of(self).resume = resume


cdef inline Operation new_operation(Socket socket, int purpose):
    cdef Operation op = Operation.__new__(Operation)
    op.socket = socket
    op.purpose = purpose
    return op


cdef object driver_of(Operation op):
    return (<Engine>op.socket._engine).driver


cdef Wait wait_of(Operation op):
    cdef Engine engine
    if op.wait is None:
        engine = <Engine>op.socket._engine
        op.wait = Wait.__new__(Wait)
        op.wait.loop = engine_loop_here(engine)
    return op.wait


zmq_fast_await(Operation, <zmq_step>operation_step)
