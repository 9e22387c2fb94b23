# How an operation ends: its result is picked up, somebody gives up, the engine settles it.
#
#     PENDING -> DONE, FAILED or CANCELLED, once.  `holds` is True while a received message is in it
#     that its caller has not picked up; whoever ends the operation in that state gives it back.

cdef object operation_step(Operation op, int *yields):
    """What `await` does: yield until it is over, then pick the result up."""
    if op.state == PENDING:
        op.wait.awaiting += 1
        op.wait.blocking = True
        yields[0] = 1
        return op
    if op.wait is None:
        if not breathless(op):
            yields[0] = 1
            return None             # a bare yield: the task goes on in the loop's next round
    elif op.wait.awaiting:
        op.wait.awaiting -= 1
    return operation_take(op)


cdef bint breathless(Operation op) noexcept:
    """Whether the task may go on at once; False every now and then."""
    cdef Engine engine = <Engine>op.socket._engine
    engine.streak += 1
    if engine.streak < BURST:
        return True
    engine.streak = 0
    return False


cdef object operation_take(Operation op):
    """Pick the result up, or raise what there is instead."""
    cdef object decode
    if op.state == DONE:
        if not op.holds:
            return op.value
        op.value = message_object(op)
        if op.source is not None and op.purpose != FOR_BUFFER:
            decode = op.source
            op.source = None
            try:
                op.value = decode(op.value)
            except BaseException as error:
                with_message(error, op.value)
                op.state = FAILED
                op.value = error
                op.seen = True
                raise
        return op.value
    if op.state == FAILED:
        op.seen = True
        raise op.value
    raise op._make_cancelled_error()


cdef int with_message(object error, object message) except -1:
    try:
        error.received = message
    except AttributeError:          # an exception with slots
        pass
    return 0


cdef int operation_settle(Operation op, int state, object value, bint foreign) except -1:
    """It is over: tell everybody who asked. `foreign`: from another thread than the loop's."""
    cdef Wait wait = op.wait
    op.state = state
    op.value = value
    if wait.timer is not None:
        timer = wait.timer
        wait.timer = None
        if foreign:
            wait.loop.call_soon_threadsafe(timer.cancel)
        else:
            timer.cancel()
    if wait.resume is not None:
        resume = wait.resume
        wait.resume = None
        resume(op)
    if wait.wake is not None:
        wake = wait.wake
        wait.wake = None
        operation_post(wait.loop, wake, TASK_WAKE, wait.wake_context, foreign)
        wait.wake_context = None
    if wait.callbacks is not None:
        callbacks = wait.callbacks
        wait.callbacks = None
        for fn, argument, context in callbacks:
            operation_post(wait.loop, fn, argument, context, foreign)
    return 0


cdef int operation_post(object loop, object fn, object argument, object context, bint foreign) except -1:
    if loop.is_closed():
        return 0                    # nobody is there to be called
    if foreign:
        loop.call_soon_threadsafe(fn, argument, context=context)
    else:
        loop.call_soon(fn, argument, context=context)
    return 0


cdef int operation_cancel(Operation op, object message) except -1:
    cdef Queue queue = op.wait.queue
    operation_clear(op)
    op.state = CANCELLED
    queue.forget(op)
    return operation_settle(op, CANCELLED, message, False)


cdef int operation_leave(Operation op) except -1:
    """An iteration ends here before the result: whoever awaited will not come back for it."""
    cdef Wait wait = op.wait
    if wait is not None:
        if wait.awaiting:
            wait.awaiting -= 1
        if wait.awaiting or wait.shared:
            return 0                # somebody else may still pick it up; else the end of `op` will
    if op.state == PENDING:
        operation_cancel(op, None)
    elif op.holds:
        give_back(op)
        op.state = CANCELLED
    return 0


cdef int operation_clear(Operation op) except -1:
    """Throw away the messages in it."""
    cdef Py_ssize_t i
    for i in range(op.count):
        zmq_msg_close(&op.parts[i])
    op.count = 0
    op.holds = False
    if op.parts != &op.one:
        free(op.parts)
        op.parts = &op.one
    zmq_msg_init(&op.one)
    return 0


cdef int report_unseen(Operation op) except -1:
    """It failed, and nobody ever asked: let the loop tell."""
    if op.wait is None:
        return 0                    # it was over at once: nothing was bound to a loop
    try:
        if not op.wait.loop.is_closed():
            op.wait.loop.call_exception_handler({
                "message": f"the exception of an operation of {op.socket!r} was never retrieved",
                "exception": op.value,
            })
    except AttributeError:          # the loop is garbage, too, and in pieces
        pass
    return 0
