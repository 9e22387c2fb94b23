# The readiness engine: one socket, one event loop at a time, and whoever waits.
#
# libzmq tells readiness by a descriptor, ZMQ_FD.  It says only "look": it becomes readable when
# commands arrive for the socket, and any call that works them off (a send, a receive, reading
# EVENTS) makes it silent again, whatever else has become possible meanwhile.  All that follows from
# this is here and nowhere else; asyncio, tornado, gevent, trio and callback streams only drive it.
#
# Invariants, each with a test in tests/loops:
#
# 1. *No wake-up is missed.*  The descriptor is watched once per loop, level-triggered.  After every
#    call that may have worked off commands, either nobody waits, or everybody who waits was tried
#    after it, or `run` is scheduled.  A receive that finds nothing has worked off all commands; a
#    send that finds no room has not, so EVENTS is read after it.  Nothing is read when nobody waits
#    and nothing happened.
# 2. *A message is one thing.*  It is taken, held, given back and sent as a whole, as C messages.
# 3. *Cancel never consumes.*  A message that was taken from libzmq belongs to the operation that
#    took it until the caller's own step picks it up: only then it becomes bytes, text or an object.
#    Where that step never comes (a cancel between arrival and resumption, a dropped awaitable, a
#    closed loop) the message goes back to the head of the socket's own queue, ordered by arrival,
#    and the next receiver gets it before anything from libzmq.
# 4. *A send is accepted by libzmq, or it is not*, and the operation says which: `cancel()` is False
#    once it was accepted.  Parts are built when send is called: later changes to a buffer do not
#    matter (with copy=True).
# 5. *Timeouts*: milliseconds; None is RCVTIMEO or SNDTIMEO, read when the wait begins; `Again` at
#    the end.
# 6. *Close wakes everybody* with ENOTSOCK and the socket's name; ETERM wakes everybody too.
# 7. *One loop at a time.*  A wait binds the socket to the loop it is made in.  Another loop takes
#    over when nobody waits in the first, or the first is closed; else RuntimeError names both.
# 8. *Fairness.*  One wake-up serves at most BURST waiters, and a task that finds BURST messages in a
#    row without waiting lets the loop breathe once. A listener has PATIENCE seconds per wake-up.
#
# A driver is a Python object with
#
#     current()                     what identifies the event loop running here, or None
#     default()                     the same where none is running; may warn or raise
#     bind(identity)                an object with asyncio's add_reader, remove_reader, call_soon,
#                                   call_later, call_soon_threadsafe, call_exception_handler,
#                                   is_closed and is_running
#     Future, CancelledError, InvalidStateError   the loop's own; Future may be None
#     started(result)               only to listen: what a callback returned (a coroutine)
#     block(operation)              only for loops whose tasks block
#
# The engine does not own its socket: the socket owns the engine, operations own the socket, and the
# loop holds the engine.  So a socket that nobody can reach is collected (and warned of) although
# its loop watches it.


@cython.final
cdef class Engine:
    """Waits for a socket in an event loop.

    Parameters
    ----------
    socket : Socket
        It keeps the engine, as ``_engine``; a second engine is refused.
    driver : object
        What knows the event loop; see the top of ``engine.pyx``.
    """
    cdef object driver
    cdef object current             # driver.current, looked up once
    cdef object socket              # a weak reference
    cdef object identity            # of the loop the descriptor is watched in, or None
    cdef object loop                # that loop, as the driver bound it
    cdef zmq_fd_t fd
    cdef Queue receivers
    cdef Queue senders
    cdef Queue watchers             # poll()
    cdef list parked                # messages that were given back, in the order of their arrival
    cdef uint64_t arrivals          # messages taken from libzmq so far
    cdef int more                   # RCVMORE after a message that was parked; -1 is libzmq's to say
    cdef unsigned int streak        # operations in a row that did not have to wait
    cdef bint scheduled             # run() is on its way
    cdef object listener            # called with every message, or None
    cdef Operation heard            # what receives for it

    def __init__(self, Socket socket, driver):
        if socket._engine is not None:
            raise RuntimeError(f"{describe(socket)} has an engine already")
        if socket.sharing is not None:
            raise ValueError(f"{describe(socket)} is shared by threads: an event loop needs one of "
                             "its own, made without shared=True")
        self.driver = driver
        self.current = driver.current
        # a borrowed socket is not closed when it ends
        self.socket = _ref(socket, self._gone) if socket.borrowed else _ref(socket)
        self.receivers = Queue()
        self.senders = Queue()
        self.watchers = Queue()
        self.parked = []
        self.more = -1
        socket._engine = self
        socket.followed = True

    @property
    def given_back(self):
        """int: messages that wait for the next receiver, before libzmq's."""
        return len(self.parked)

    @property
    def waiting(self):
        """tuple of int: how many wait to receive, to send, and in poll()."""
        return self.receivers.live, self.senders.live, self.watchers.live

    # ---- operations

    def recv(self, Socket socket, int flags=0, bint copy=True, bint track=False, timeout=None,
             decode=None):
        """One part of a message; `decode` makes the result of it, in the caller's own step."""
        return engine_recv(self, socket, FOR_PART, flags, copy, track, timeout, decode)

    def recv_multipart(self, Socket socket, int flags=0, bint copy=True, bint track=False,
                       timeout=None, decode=None):
        """A whole message, as a list; `decode` as for `recv`."""
        return engine_recv(self, socket, FOR_MESSAGE, flags, copy, track, timeout, decode)

    def recv_into(self, Socket socket, buffer, int nbytes=0, int flags=0, timeout=None):
        """One part into memory of the caller's, written in the caller's own step."""
        cdef Py_buffer view
        PyObject_GetBuffer(buffer, &view, PyBUF_WRITABLE | PyBUF_ANY_CONTIGUOUS)
        room = view.len
        PyBuffer_Release(&view)
        if nbytes < 0 or nbytes > room:
            raise ValueError(f"nbytes={nbytes}: the buffer has {room} bytes")
        target = memoryview(buffer).cast("B")[:nbytes or room]
        return engine_recv(self, socket, FOR_BUFFER, flags, True, False, timeout, target)

    def send(self, Socket socket, data, int flags=0, bint copy=True, bint track=False,
             routing_id=None, group=None, timeout=None):
        """One part of a message."""
        cdef Operation op
        cdef int rc
        if (PyBytes_CheckExact(data) and PyBytes_GET_SIZE(data) <= HOLD_MAX and not socket.midway
                and (copy or PyBytes_GET_SIZE(data) < socket.copy_below)
                and routing_id is None and group is None and not self.senders.live):
            op = new_operation(socket, FOR_SEND)
            if zmq_guard_enter(&socket.guard, "send") == ZMQ_GUARD_FREE:
                rc = zmq_send(socket.handle, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data),
                              flags | ZMQ_DONTWAIT)
                zmq_guard_leave(&socket.guard)
                if rc >= 0:
                    socket.midway = flags & ZMQ_SNDMORE
                    op.state = DONE
                    if track:
                        op.value = FINISHED
                    if self.receivers.live or self.watchers.live:
                        engine_schedule(self)
                    return op
        op = new_operation(socket, FOR_SEND)
        op.value = one_part(op, socket, data, copy, track, routing_id, group)
        return engine_send(self, socket, op, flags, timeout)

    def send_multipart(self, Socket socket, msg_parts, int flags=0, bint copy=True,
                       bint track=False, timeout=None):
        """A whole message."""
        cdef Operation op = new_operation(socket, FOR_SEND)
        op.source = (list_of_parts(msg_parts), copy, track)
        build_parts(op, socket)
        return engine_send(self, socket, op, flags, timeout)

    def send_later(self, Socket socket, msg_parts, int flags, bint copy, bint track, resume):
        """Queue a whole message, without trying; ``resume(operation)`` when it is over."""
        cdef Operation op = new_operation(socket, FOR_SEND)
        op.source = (list_of_parts(msg_parts), copy, track)
        build_parts(op, socket)
        op.flags = flags
        engine_wait(self, socket, op, self.senders, -1)
        op.wait.resume = resume
        engine_schedule(self)

    def listen(self, Socket socket, callback, bint copy=True):
        """Have ``callback(parts)`` called with every message, until it is set to None.

        What it returns, if not None, is given to the driver's ``started``; what it raises, to the
        loop's exception handler.
        """
        if callback is None:
            self.listener = self.heard = None
            return
        engine_bind(self, socket)
        self.heard = new_operation(None, FOR_MESSAGE)
        self.heard.copy = copy
        self.listener = callback
        engine_schedule(self)

    def pump(self, Socket socket, int events, Py_ssize_t limit):
        """Serve the listener (POLLIN) and the senders (POLLOUT) now; returns how many messages."""
        cdef int budget = <int>min(limit, 0x7fffffff) if limit >= 0 else 0x7fffffff
        cdef int before = budget
        if events & ZMQ_POLLOUT:
            engine_serve(self, socket, self.senders, &budget)
        if events & ZMQ_POLLIN and self.listener is not None:
            engine_serve_listener(self, socket, &budget, NEVER)
        if self.receivers.live or self.senders.live or self.watchers.live or self.listener is not None:
            engine_schedule(self)
        return before - budget

    # ---- for loops whose tasks block

    def recv_blocking(self, Socket socket, int flags=0, bint copy=True, bint track=False,
                      timeout=None):
        """One part of a message; ``driver.block(operation)`` waits for it."""
        return engine_finish(self, engine_recv(self, socket, FOR_PART, flags, copy, track, timeout, None))

    def recv_multipart_blocking(self, Socket socket, int flags=0, bint copy=True,
                                bint track=False, timeout=None):
        """A whole message; as `recv_blocking`."""
        return engine_finish(
            self, engine_recv(self, socket, FOR_MESSAGE, flags, copy, track, timeout, None))

    def finish(self, Operation op not None):
        """The result of any operation; as `recv_blocking`."""
        return engine_finish(self, op)

    def flush(self, Socket socket, timeout=None):
        """Done when libzmq has every message that was given to `send` before."""
        return engine_send(self, socket, new_operation(socket, FOR_SEND), 0, timeout)

    def poll(self, Socket socket, timeout=None, int flags=ZMQ_POLLIN):
        """The events of `flags` that are there; 0 when `timeout` milliseconds are over."""
        cdef Operation op = new_operation(socket, FOR_EVENTS)
        cdef int events
        op.flags = flags
        try:
            events = engine_look(self, socket)
            if self.receivers.live or self.senders.live:
                engine_schedule(self)
            if events & flags or (timeout is not None and timeout == 0):
                op.state = DONE
                op.value = events & flags
                return op
            engine_wait(self, socket, op, self.watchers, -1 if timeout is None else timeout)
        except _ZMQError as error:
            op.state = FAILED
            op.value = error
        return op

    # ---- what the loop calls

    def _ready(self):
        # the descriptor is readable
        cdef Socket socket = self.socket()
        if socket is not None:
            engine_run(self, socket)

    def _gone(self, reference):
        # the socket does not exist any more
        if self.identity is not None:
            engine_unbind(self)

    def _run(self):
        # scheduled by the engine itself
        cdef Socket socket = self.socket()
        self.scheduled = False
        if socket is not None and self.identity is not None:
            engine_run(self, socket)
