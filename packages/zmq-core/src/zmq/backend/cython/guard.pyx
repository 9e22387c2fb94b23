# Entering a handle: what the states of zmq_guard.h mean to a Python program.

cdef int refuse(object handle, zmq_guard *guard, int state, const char *op) except -1:
    """Raise why `op` may not enter `handle` now; it waits for its turn on a shared socket."""
    if state == ZMQ_GUARD_CLOSED:
        raise _ZMQError(ENOTSOCK, f"{describe(handle)} is closed: {op.decode()} needs an open one")
    if state == ZMQ_GUARD_FORKED:
        raise _ForkedError(
            ENOTSOCK,
            f"{describe(handle)} belongs to the parent process: after a fork, make a new Context "
            f"and new sockets in the child ({op.decode()} was refused)",
        )
    if isinstance(handle, Socket) and (<Socket>handle).sharing is not None:
        return sharing_enter(<Socket>handle, op)
    return refuse_busy(handle, guard, op)


cdef int refuse_busy(object handle, zmq_guard *guard, const char *op) except -1:
    raise _ConcurrentUseError(
        EBUSY,
        f"{describe(handle)} is in use by thread {thread_name(guard.thread)} ({guard.op.decode()}) "
        f"while thread {thread_name(PyThread_get_thread_ident())} wants to {op.decode()}: a socket "
        "belongs to one thread at a time; give each thread its own, hold a lock around each call, or "
        "make it with shared=True",
    )


cdef str describe(object handle):
    """A name for messages that cannot fail and calls nothing of the user's."""
    return f"<{type(handle).__name__} at {<uintptr_t><PyObject *>handle:#x}>"


cdef str thread_name(unsigned long ident):
    threading = _sys.modules.get("threading")
    if threading is not None:
        for thread in threading.enumerate():
            if thread.ident == ident:
                return f"{thread.name!r} ({ident})"
    return str(ident)


cdef inline int enter(Socket socket, const char *op) except -1:
    cdef int state = zmq_guard_enter(&socket.guard, op)
    if state != ZMQ_GUARD_FREE:
        return refuse(socket, &socket.guard, state, op)
    socket.uses += 1
    return 0


cdef inline void leave(Socket socket) noexcept:
    # keeps errno, which is looked at next
    if socket.followed:
        leave_followed(socket)
    else:
        zmq_guard_leave(&socket.guard)


cdef void leave_followed(Socket socket) noexcept:
    """Others wait for it, and must know that a call was made."""
    if socket.sharing is not None:
        sharing_touched(socket)     # looks at libzmq's socket: still inside
        zmq_guard_leave(&socket.guard)
    else:
        zmq_guard_leave(&socket.guard)
        engine_touched(socket)


cdef inline int enter_context(Context context, const char *op) except -1:
    # libzmq's contexts are thread-safe: only closed and forked matter
    cdef int state = zmq_guard_state(&context.guard)
    if state == ZMQ_GUARD_CLOSED or state == ZMQ_GUARD_FORKED:
        return refuse(context, &context.guard, state, op)
    if context.termination != NULL:
        return fail_with(ZMQ_ETERM)
    return 0
