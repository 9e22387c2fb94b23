# A socket's life: opening, closing exactly once, and what is remembered of it for those who wait.

cdef double REAPING_S = 1           # how long a closed socket may take to give up its place


cdef int socket_open(Socket self) except -1:
    cdef Context context = self.context
    cdef double deadline = zmq_clock() + REAPING_S
    cdef int threads, limit, number
    enter_context(context, "socket")
    if not context.started and not context.borrowed:
        threads = zmq_ctx_get(context.handle, ZMQ_IO_THREADS) + 1
        if not zmq_descriptors_left(threads * ZMQ_DESCRIPTORS_PER_THREAD + 1):
            fail_with(EMFILE, "the first socket of a context needs descriptors for its threads")
    limit = zmq_ctx_get(context.handle, ZMQ_MAX_SOCKETS)
    while True:
        self.handle = zmq_socket_masked(context.handle, self.kind)
        if self.handle != NULL:
            context.started = True
            return 0
        number = last_error()
        if number != EMFILE:
            return fail_with(number, f"socket type {self.kind}")
        if not zmq_descriptors_left(1):
            return fail_with(EMFILE, "this process has no descriptors left: close some, or raise "
                             "its limit (ulimit -n)")
        if len(context._open) >= limit or zmq_clock() > deadline:
            return fail_with(EMFILE, f"the context has its {limit} sockets already: close some, or "
                             "set MAX_SOCKETS before the first one")
        nap()                       # closed sockets keep their places until libzmq gets to them
        enter_context(context, "socket")


cdef int socket_close(Socket self, object linger) except -1:
    cdef int milliseconds, state, rc
    cdef list closing = [self]
    cdef Socket each
    if linger is not None:
        milliseconds = linger
    state = zmq_guard_enter(&self.guard, "close")
    if state == ZMQ_GUARD_CLOSED or state == ZMQ_GUARD_FORKED:
        return 0
    if state != ZMQ_GUARD_FREE:
        refuse(self, &self.guard, state, "close")
    if self._engine is not None:
        zmq_guard_leave(&self.guard)
        engine_closing(self)
        enter(self, "close")
    if shadows:
        try:
            closing += enter_kin(self)
        except BaseException:
            zmq_guard_leave(&self.guard)
            raise
    if linger is not None:
        zmq_setsockopt(self.handle, ZMQ_LINGER, &milliseconds, sizeof(int))
    for each in closing:
        socket_forget(each)
    shadows.pop(<uintptr_t>self.handle, None)
    rc = zmq_close(self.handle)
    if rc < 0 and last_error() != ENOTSOCK:
        fail()
    return 0


cdef int socket_forget(Socket self) except -1:
    """It was entered to be closed, and is not used any more."""
    if not self.borrowed:
        remember(self)
        zmq_count_add(ZMQ_COUNT_SOCKETS, -1)
        self.context._open.pop(<uintptr_t>self.handle, None)
        owners.pop(<uintptr_t>self.handle, None)
    self.uses += 1
    zmq_guard_close(&self.guard)
    if self.sharing is not None:
        sharing_close(self)
    zmq_draft_fd_forget(&self.fd_poller)
    return 0


cdef int remember(Socket self) except -1:
    """Keep what may be asked for when the context does not end: it may linger."""
    cdef list lingering = self.context._lingering
    cdef tuple told
    if not self.endpoints:
        return 0
    told = self.story()
    if told[2] != 0:
        if len(lingering) >= LINGERING_MAX:
            del lingering[0]
        lingering.append(told)
    return 0
