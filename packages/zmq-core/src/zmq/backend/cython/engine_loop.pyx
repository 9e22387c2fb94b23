# How the engine works: an operation begins, a loop is bound, and a wake-up serves whoever waits.
#
# The invariants are at the top of engine.pyx.

# ---- one operation begins

cdef object engine_finish(Engine self, Operation op):
    if op.state == PENDING:
        try:
            self.driver.block(op)
        except BaseException:
            operation_leave(op)
            raise
    return operation_take(op)


cdef Operation engine_recv(Engine self, Socket socket, int purpose, int flags, bint copy,
                           bint track, object timeout, object decode):
    cdef Operation op = new_operation(socket, purpose)
    op.copy = copy
    op.track = track
    op.source = decode
    try:
        if not self.receivers.live and take_message(self, socket, op):
            op.state = DONE
            if self.senders.live or self.watchers.live:
                engine_schedule(self)
            return op
        if flags & ZMQ_DONTWAIT:
            raise _Again
        if self.senders.live or self.watchers.live:
            engine_schedule(self)
        if timeout is None:
            timeout = wait_option(socket, ZMQ_RCVTIMEO)
        engine_wait(self, socket, op, self.receivers, timeout)
    except _ZMQError as error:
        op.state = FAILED
        op.value = error
    return op


cdef Operation engine_send(Engine self, Socket socket, Operation op, int flags, object timeout):
    op.flags = flags
    try:
        if not self.senders.live and give_message(self, socket, op):
            op.state = DONE
            if self.receivers.live or self.watchers.live:
                engine_schedule(self)
            return op
        if flags & ZMQ_DONTWAIT:
            raise _Again
        if self.receivers.live or self.watchers.live:
            engine_schedule(self)
        if timeout is None:
            timeout = wait_option(socket, ZMQ_SNDTIMEO)
        engine_wait(self, socket, op, self.senders, timeout)
    except _ZMQError as error:
        operation_clear(op)
        op.state = FAILED
        op.value = error
    return op


cdef int wait_option(Socket socket, int option) except? -2:
    cdef int milliseconds
    enter(socket, "wait")
    milliseconds = int_option(socket.handle, option)
    zmq_guard_leave(&socket.guard)
    return milliseconds


cdef int engine_wait(Engine self, Socket socket, Operation op, Queue queue,
                     object milliseconds) except -1:
    """Put an operation at the end of a queue; negative milliseconds are for ever."""
    if milliseconds != milliseconds:
        raise ValueError("timeout is NaN: give milliseconds, None, or -1 to wait for ever")
    if milliseconds == 0:
        raise _Again
    engine_bind(self, socket)
    op.wait = Wait.__new__(Wait)
    op.wait.loop = self.loop
    op.wait.queue = queue
    queue.push(op)
    if milliseconds > 0:
        op.wait.timer = self.loop.call_later(milliseconds / 1000, op._expire)
    return 0


# ---- the loop

cdef int engine_bind(Engine self, Socket socket) except -1:
    """See to it that the descriptor is watched in the loop that runs here."""
    cdef object identity = self.current()
    cdef size_t size = sizeof(zmq_fd_t)
    cdef int rc
    if identity is None:
        identity = self.driver.default()
    if identity is self.identity:
        return 0
    if self.identity is not None:
        if not self.loop.is_closed():
            if self.receivers.live or self.senders.live or self.watchers.live:
                raise RuntimeError(
                    f"{describe(socket)} is waited for in the event loop {self.identity!r} and "
                    f"cannot be waited for in {identity!r} as well: await or cancel what waits "
                    "there first, or give each loop a socket of its own")
        engine_unbind(self)
    enter(socket, "wait")
    rc = zmq_getsockopt(socket.handle, ZMQ_FD, &self.fd, &size)
    zmq_guard_leave(&socket.guard)
    if rc < 0:
        fail("this type of socket has no descriptor to wait for in an event loop")
    loop = self.driver.bind(identity)
    # libzmq closes its own at any time after close(), maybe before the loop has let go of it
    self.fd = own_descriptor(self.fd)
    try:
        loop.add_reader(self.fd, self._ready)
    except BaseException:
        drop_descriptor(self.fd)
        raise
    self.loop = loop
    self.identity = identity
    self.scheduled = False
    return 0


cdef int engine_unbind(Engine self) except -1:
    """Watch no more. Whoever still waits is in a loop that is closed and never asks again."""
    cdef object loop = self.loop
    cdef Operation op
    cdef bint foreign = not loop.is_closed() and is_foreign(self)
    self.identity = None
    self.loop = None
    for queue in (self.receivers, self.senders, self.watchers):
        for op in (<Queue>queue).drain():
            op.state = CANCELLED
            operation_clear(op)
    if loop.is_closed():
        drop_descriptor(self.fd)
    elif foreign:
        loop.call_soon_threadsafe(let_go, loop, self.fd)
    else:
        let_go(loop, self.fd)
    return 0


def let_go(loop, fd):
    """In the loop: watch the descriptor no more."""
    loop.remove_reader(fd)
    drop_descriptor(fd)


cdef bint is_foreign(Engine self) except -1:
    """Whether the bound loop runs in another thread than this one."""
    return self.current() is not self.identity and self.loop.is_running()


cdef int engine_schedule(Engine self) except -1:
    """Look at everybody who waits, soon."""
    if self.scheduled or self.identity is None or self.loop.is_closed():
        return 0
    self.scheduled = True
    if is_foreign(self):
        self.loop.call_soon_threadsafe(self._run)
    else:
        self.loop.call_soon(self._run)
    return 0


# ---- a wake-up

cdef int engine_look(Engine self, Socket socket) except -1:
    """EVENTS, with what was given back; works off all commands."""
    cdef int events
    enter(socket, "poll")
    events = int_option(socket.handle, ZMQ_EVENTS)
    zmq_guard_leave(&socket.guard)
    if events < 0:
        return fail()
    return events | ZMQ_POLLIN if self.parked else events


cdef int engine_run(Engine self, Socket socket) except -1:
    """Serve everybody that can be served, at most BURST."""
    cdef int budget = BURST
    cdef int events, before, in_vain = 0
    cdef bint receiving, sending
    self.streak = 0
    try:
        while True:
            before = budget
            if self.receivers.live:
                engine_serve(self, socket, self.receivers, &budget)
            if self.senders.live:
                engine_serve(self, socket, self.senders, &budget)
            if self.listener is not None and not self.receivers.live:
                engine_serve_listener(self, socket, &budget, zmq_clock() + PATIENCE)
            if budget <= 0:
                engine_schedule(self)
                return 0
            receiving = self.receivers.live > 0 or self.listener is not None
            sending = self.senders.live > 0
            if receiving != sending and not self.watchers.live:
                return 0            # its last try was in vain, after all commands were worked off
            events = engine_look(self, socket)
            if self.watchers.live:
                engine_serve_watchers(self, events)
            if not (events & ZMQ_POLLIN and receiving or events & ZMQ_POLLOUT and sending):
                return 0
            # came after the tries, so nothing will tell again; or POLLOUT is of other peers (ROUTER)
            in_vain = in_vain + 1 if before == budget else 0
            if in_vain > TRIES:
                engine_run_later(self)
                return 0
    except _ZMQError as error:
        engine_fail(self, error)
    return 0


cdef int engine_run_later(Engine self) except -1:
    """Look again without being told to: EVENTS cannot say when this sender's peer has room."""
    if not self.scheduled:
        self.scheduled = True
        self.loop.call_later(PAUSE, self._run)
    return 0


cdef int engine_serve(Engine self, Socket socket, Queue queue, int *budget) except -1:
    """Receivers or senders, in their order, until one would have to wait."""
    cdef Operation op
    while budget[0] > 0:
        op = queue.first()
        if op is None:
            return 0
        try:
            if op.purpose == FOR_SEND:
                if not give_message(self, socket, op):
                    return 0
            elif not take_message(self, socket, op):
                return 0
        except Exception as error:
            if op.purpose == FOR_SEND:
                operation_clear(op)
            queue.served()
            operation_settle(op, FAILED, error, False)
        else:
            queue.served()
            operation_settle(op, DONE, op.value, False)
        budget[0] -= 1
    return 0


cdef int engine_serve_listener(Engine self, Socket socket, int *budget, double deadline) except -1:
    """Call the listener, until nothing is left, or it took all of its time."""
    while budget[0] > 0 and self.listener is not None:
        if not take_message(self, socket, self.heard):
            return 0
        budget[0] -= 1
        parts = message_object(self.heard)
        try:
            started = self.listener(parts)
            if started is not None:
                self.driver.started(started)
        except Exception as error:
            self.loop.call_exception_handler({
                "message": f"a receiver of {socket!r} failed", "exception": error})
        except BaseException:
            engine_schedule(self)
            raise
        if zmq_clock() >= deadline:
            budget[0] = 0
    return 0


cdef int engine_serve_watchers(Engine self, int events) except -1:
    cdef Operation op
    for op in self.watchers.drain():
        if events & op.flags:
            operation_settle(op, DONE, events & op.flags, False)
        else:
            self.watchers.push(op)
    return 0


cdef int engine_fail(Engine self, object error) except -1:
    """Nothing more can come of this socket: tell everybody, and watch no more."""
    cdef Operation op
    cdef bint foreign = self.identity is not None and is_foreign(self)
    self.listener = self.heard = None
    for queue in (self.receivers, self.senders, self.watchers):
        for op in (<Queue>queue).drain():
            operation_clear(op)
            operation_settle(op, FAILED, error, foreign)
    if self.identity is not None:
        engine_unbind(self)
    return 0


cdef int engine_closing(Socket socket) except -1:
    """The socket is about to be closed."""
    cdef Engine self = <Engine>socket._engine
    self.parked.clear()
    engine_fail(self, _ZMQError(
        ENOTSOCK, f"{describe(socket)} was closed while it was waited for"))
    return 0


cdef void engine_touched(Socket socket) noexcept:
    """A call outside of the engine may have worked off commands. Keeps errno."""
    cdef int number = last_error()
    cdef Socket other
    if socket._engine is not None:
        engine_hear(<Engine>socket._engine)
    if shadows:
        for other in kin(socket):
            if other._engine is not None:
                engine_hear(<Engine>other._engine)
    errno_set(number)


cdef int engine_hear(Engine self) except -1:
    """Look at everybody who waits, soon, if there is anybody."""
    if not self.scheduled and (
            self.receivers.live or self.senders.live or self.watchers.live
            or self.listener is not None):
        engine_schedule(self)
    return 0


cdef int engine_option(Socket socket, int option, int value) except? -1:
    """What an option that was just read is, with what was given back."""
    cdef Engine self = <Engine>socket._engine
    if option == ZMQ_EVENTS:
        return value | ZMQ_POLLIN if self.parked else value
    if option == ZMQ_RCVMORE and self.more >= 0:
        return self.more
    return value


cdef object engine_loop_here(Engine self):
    """The loop of the caller, as the driver binds it."""
    identity = self.current()
    if identity is None:
        identity = self.driver.default()
    return self.loop if identity is self.identity else self.driver.bind(identity)
