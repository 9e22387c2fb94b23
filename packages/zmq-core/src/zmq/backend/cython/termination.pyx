# The end of a context: who waits for it, for how long, and what is said when it takes its time.
#
# libzmq's default LINGER is for ever, so a message that nobody fetches keeps a context from ending.
# That default stays, but nobody waits in silence: after `EXPLAIN_AFTER_S` it is said on stderr, once
# for a context, who is waited for and how to cure it.

cdef double EXPLAIN_AFTER_S = 3
cdef int LINGERING_MAX = 32         # closed sockets that a context remembers


cdef int context_term(Context self, double deadline) except -1:
    """Wait until the context has ended, or raise TerminationTimeout at the deadline."""
    cdef int state = zmq_guard_state(&self.guard)
    cdef zmq_termination *ticket
    cdef double explain_at = zmq_clock() + EXPLAIN_AFTER_S
    cdef double until, left
    cdef long long microseconds
    cdef int done
    if state == ZMQ_GUARD_CLOSED or state == ZMQ_GUARD_FORKED:
        return 0
    if self.borrowed:
        zmq_guard_close(&self.guard)
        return 0
    if self.termination == NULL:
        self.termination = zmq_termination_start(self.handle)
        if self.termination == NULL:
            raise MemoryError("no thread could be started to terminate the context")
    ticket = self.termination
    zmq_termination_ref(ticket)
    try:
        while True:
            until = deadline if self.explained or deadline < explain_at else explain_at
            left = until - zmq_clock()
            microseconds = -1 if until >= NEVER else <long long>(max(left, 0.0) * 1e6)
            with nogil:
                done = zmq_termination_wait(ticket, microseconds)
            if done > 0:
                break
            if done < 0:
                PyErr_CheckSignals()
            elif zmq_clock() >= deadline:
                raise _TerminationTimeout(ETIMEDOUT, waits_for(self))
            elif not self.explained and zmq_clock() >= explain_at:
                self.explained = True
                explain(waits_for(self))
        context_ended(self)
    finally:
        zmq_termination_unref(ticket)
    return 0


cdef int context_ended(Context self) except -1:
    """Take note of the end, once."""
    if zmq_guard_state(&self.guard) == ZMQ_GUARD_FREE:
        zmq_guard_close(&self.guard)
        zmq_count_add(ZMQ_COUNT_CONTEXTS, -1)
    return 0


cdef int context_destroy(Context self, object linger, double deadline) except -1:
    cdef int state = zmq_guard_state(&self.guard)
    cdef list sockets
    cdef Socket socket
    if state == ZMQ_GUARD_CLOSED or state == ZMQ_GUARD_FORKED:
        return 0
    sockets = open_sockets(self)
    if linger is not None:
        for socket in sockets:
            set_linger(socket, linger)
    if not self.borrowed and self.termination == NULL:
        for socket in sockets:
            if is_waited_in(socket):
                zmq_ctx_shutdown(self.handle)   # wakes whoever waits on a socket of ours
                break
    for socket in sockets:
        while is_waited_in(socket):
            nap()
            PyErr_CheckSignals()
            if zmq_clock() >= deadline:
                raise _TerminationTimeout(ETIMEDOUT, waits_for(self))
        socket.close()
    return context_term(self, deadline)


cdef bint is_waited_in(Socket socket):
    """Whether another thread is in a call on it."""
    return zmq_guard_state(&socket.guard) == ZMQ_GUARD_BUSY or sharing_waits(socket)


cdef list open_sockets(Context self):
    """Its sockets that are alive and open."""
    cdef list sockets = [reference() for reference in list(self._open.values())]
    return [socket for socket in sockets if socket is not None]


cdef int set_linger(Socket socket, int milliseconds) except -1:
    """LINGER of a socket that another thread may be waiting in.

    It is an atomic number in libzmq, and the only option that may be set so; once the context is
    being terminated it can be set no more.
    """
    cdef int state = zmq_guard_state(&socket.guard)
    if state == ZMQ_GUARD_FREE or state == ZMQ_GUARD_BUSY:
        zmq_setsockopt(socket.handle, ZMQ_LINGER, &milliseconds, sizeof(int))
    return 0


cdef int nap() except -1:
    """Let other threads work for a millisecond."""
    with nogil:
        zmq_poll_items(NULL, 0, 1)
    return 0


cdef str waits_for(Context self):
    """Who keeps the context from ending, and what to do about it."""
    cdef list lines = [f"{self!r} cannot end yet."]
    cdef list still_open = open_sockets(self)
    cdef Socket socket
    if still_open:
        lines.append("Open sockets, to be closed first:")
        for socket in still_open:
            lines.append(f"  {story(socket.story())}")
    elif self._lingering:
        lines.append("Closed sockets that may still have messages to send (the last ones):")
        for told in self._lingering:
            lines.append(f"  {story(told)}")
    lines.append(
        "Cure: close the sockets; give unsent messages a limit with socket.linger or "
        "context.linger (milliseconds), or context.destroy(linger=0) to throw them away.")
    return "\n".join(lines)


cdef str story(tuple told):
    kind, endpoints, linger, made_at = told
    text = socket_kind_name(kind)
    if endpoints:
        text += f" {', '.join(endpoints)}"
    if linger is not None:
        text += ", LINGER for ever" if linger < 0 else f", LINGER {linger} ms"
    if made_at:
        text += f", made at {made_at}"
    return text


cdef str socket_kind_name(int kind):
    try:
        return _SocketType(kind).name
    except ValueError:
        return f"socket type {kind}"


cdef int explain(str text) except -1:
    """Say it on stderr, also while the interpreter ends."""
    for line in ("zmq: " + text).split("\n"):
        data = line.encode("utf-8", "backslashreplace")[:900]
        PySys_WriteStderr("%s\n", <const char *>data)
    return 0


cdef str made_where():
    """file:line of the first caller outside this package."""
    frame = _sys._getframe(0)
    ours = __name__.rpartition(".backend.")[0] + "."
    while frame is not None:
        name = frame.f_globals.get("__name__") or ""
        if not name.startswith(ours) and name + "." != ours:
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
