# Shareable sockets: any number of threads may use one, waiting included.
#
# A call that need not wait enters the guard as on any socket; only that a second thread waits its
# turn where it would be refused elsewhere (`sharing_enter`).  No call waits for libzmq while it is
# inside, so a turn is short, and a sender never waits for a receiver that has nothing to receive.
#
# A thread that must wait does so outside, as a `Waiter`.  ZMQ_FD says "look at EVENTS" to one reader
# only, and any call on the socket may take that hint away from it.  So:
#
# 1. One waiter leads: it polls ZMQ_FD and its own bell; all others poll only their bells.
# 2. A waiter first joins the list and then looks at EVENTS: what comes later, it is rung for.
# 3. Every call that leaves the guard while somebody waits looks at EVENTS, and rings one waiter
#    (one for each direction) that wants what is there, unless one is awake for it already.
# 4. Who is awake makes a call, which leaves the guard (3), or goes without, and then looks itself:
#    so the ringing goes on as long as there is something to be had.
# 5. A leader that goes rings its successor.  Close rings everybody; the end of a context makes
#    ZMQ_FD readable for ever, so that one after the other finds out.
#
# A message is whole whatever calls it is made of.  What a thread sends with SNDMORE is kept until its
# last part; what is left of a message after recv() is kept for the same thread, which sees it in
# RCVMORE and EVENTS.  A thread that ends in the middle takes both with it.
#
# Rules: the list of waiters is touched in a critical section of its Sharing (the GIL elsewhere), in
# which no call enters the guard; a bell is rung without an exception, without Python, and errno kept.

cdef extern from *:
    """
    #ifdef _WIN32
    #include <winsock2.h>
    #else
    #include <sys/socket.h>
    #endif
    /* both ends do not block; a full bell has been rung */
    static inline void zmq_bell_ring(zmq_fd_t bell) { (void)!send(bell, "", 1, 0); }
    static inline void zmq_bell_still(zmq_fd_t bell) {
        char rung[64];
        while (recv(bell, rung, sizeof rung, 0) == (int)sizeof rung) {
        }
    }
    """
    void zmq_bell_ring(zmq_fd_t bell) nogil
    void zmq_bell_still(zmq_fd_t bell) nogil


cdef class Bell:
    """A descriptor to wait for, and another that makes it readable."""

    cdef tuple ends
    cdef zmq_fd_t hears
    cdef zmq_fd_t rings

    def __cinit__(self):
        import socket
        self.ends = socket.socketpair()
        for end in self.ends:
            end.setblocking(False)
        self.hears = self.ends[0].fileno()
        self.rings = self.ends[1].fileno()

    def __dealloc__(self):
        if self.ends is not None:
            for end in self.ends:
                end.close()


cdef class Waiter:
    """A thread that waits, for one socket."""

    cdef Bell bell
    cdef short wants
    cdef bint awake                 # it will look at EVENTS, or make a call, without being rung


cdef class Sharing:
    """What the threads of a shared socket have in common."""

    cdef list waiters
    cdef Waiter leader
    cdef list bells                 # that nobody uses now
    cdef bint over                  # the socket is closed: bells are not kept
    cdef object own                 # of each thread: `unsent` and `unread`, lists of frames
    cdef bint own_send              # as in Socket, where both are always set for a shared one
    cdef bint own_recv

    def __cinit__(self):
        from _thread import _local
        self.waiters = []
        self.bells = []
        self.own = _local()


cdef int socket_share(Socket socket) except -1:
    """Make it shareable, while nobody else knows it."""
    cdef Sharing sharing = Sharing.__new__(Sharing)
    sharing.own_send = socket.own_send
    sharing.own_recv = socket.own_recv
    socket.sharing = sharing
    # none of the short ways that know nothing of this file
    socket.own_send = socket.own_recv = socket.midway = socket.followed = True
    return 0


cdef int sharing_enter(Socket socket, const char *op) except -1:
    """Another thread is inside: wait for it to leave."""
    cdef int state = ZMQ_GUARD_BUSY
    if socket.guard.thread == PyThread_get_thread_ident():
        return refuse_busy(socket, &socket.guard, op)   # from a finaliser: it would never leave
    while state == ZMQ_GUARD_BUSY:
        nap()
        PyErr_CheckSignals()
        state = zmq_guard_enter(&socket.guard, op)
    if state != ZMQ_GUARD_FREE:
        return refuse(socket, &socket.guard, state, op)
    return 0


# ---- waiters

cdef Waiter sharing_join(Socket socket, short wants, Bell bell):
    cdef Sharing sharing = <Sharing>socket.sharing
    cdef Waiter waiter = Waiter.__new__(Waiter)
    if bell is None:
        try:
            bell = sharing.bells.pop()
        except IndexError:
            bell = Bell.__new__(Bell)
    waiter.bell = bell
    waiter.wants = wants
    with cython.critical_section(sharing):
        sharing.waiters.append(waiter)
        if sharing.leader is None:
            sharing.leader = waiter
    return waiter


cdef int sharing_quit(Socket socket, Waiter waiter, bint calls) except -1:
    """It waits no more. Unless it `calls` now, somebody else may have what it was rung for."""
    cdef Sharing sharing = <Sharing>socket.sharing
    cdef Py_ssize_t i
    with cython.critical_section(sharing):
        for i in range(len(sharing.waiters)):       # list.remove would be a call that may let go of it
            if sharing.waiters[i] is waiter:
                del sharing.waiters[i]
                break
        if sharing.leader is waiter:
            sharing.leader = None
            if sharing.waiters:
                sharing.leader = <Waiter>sharing.waiters[0]
                waiter_ring(sharing.leader)
    if not calls and sharing.waiters and zmq_guard_enter(&socket.guard, "poll") == ZMQ_GUARD_FREE:
        leave(socket)               # who is inside now, if anybody, does this when it leaves
    return 0


cdef int sharing_put_away(Socket socket, Bell bell) except -1:
    cdef Sharing sharing = <Sharing>socket.sharing
    zmq_bell_still(bell.hears)
    if not sharing.over:
        sharing.bells.append(bell)
    return 0


cdef inline void waiter_ring(Waiter waiter) noexcept:
    waiter.awake = True
    zmq_bell_ring(waiter.bell.rings)


cdef int sharing_rouse(Sharing sharing, int events) except -1:
    """Ring one waiter for each event."""
    cdef Waiter waiter
    cdef Waiter found
    with cython.critical_section(sharing):
        for event in (ZMQ_POLLIN, ZMQ_POLLOUT):
            if not events & event:
                continue
            found = None
            for waiter in sharing.waiters:
                if waiter.wants & event:
                    if waiter.awake:
                        found = None
                        break
                    if found is None:
                        found = waiter
            if found is not None:
                waiter_ring(found)
    return 0


cdef int sharing_close(Socket socket) except -1:
    """It was closed: tell everybody who waits."""
    cdef Sharing sharing = <Sharing>socket.sharing
    cdef Waiter waiter
    sharing.over = True
    sharing.bells.clear()
    with cython.critical_section(sharing):
        for waiter in sharing.waiters:
            waiter_ring(waiter)
    return 0


cdef void sharing_touched(Socket socket) noexcept:
    """A call is about to leave; it may have taken the hint of ZMQ_FD. Keeps errno."""
    cdef Sharing sharing = <Sharing>socket.sharing
    cdef int number, events
    if sharing.waiters:
        number = last_error()
        events = int_option(socket.handle, ZMQ_EVENTS)
        sharing_rouse(sharing, events)      # -1, an error, is every event
        errno_set(number)


cdef bint sharing_waits(Socket socket):
    """Whether a thread waits for it."""
    return socket.sharing is not None and bool((<Sharing>socket.sharing).waiters)


cdef int sharing_look(Socket socket, Waiter waiter, const char *op) except -1:
    """What is there of what it wants."""
    cdef Sharing sharing = <Sharing>socket.sharing
    cdef int events, number
    waiter.awake = False
    enter(socket, op)
    events = int_option(socket.handle, ZMQ_EVENTS)
    number = last_error()
    zmq_guard_leave(&socket.guard)
    if events < 0:
        return fail_with(number)
    if unread_parts(sharing):
        events |= ZMQ_POLLIN & waiter.wants
    if events & waiter.wants:
        waiter.awake = True
    sharing_rouse(sharing, events & ~waiter.wants)
    return events & waiter.wants


cdef zmq_fd_t sharing_descriptor(Socket socket, Waiter waiter, const char *op) except? -1:
    """What the waiter polls besides its bell: ZMQ_FD when it leads, else the bell again."""
    cdef zmq_fd_t fd = waiter.bell.hears
    cdef size_t size = sizeof(zmq_fd_t)
    if (<Sharing>socket.sharing).leader is waiter:
        enter(socket, op)
        zmq_getsockopt(socket.handle, ZMQ_FD, &fd, &size)
        zmq_guard_leave(&socket.guard)
    return fd


cdef int sharing_wait(Socket socket, short events, double deadline, const char *op,
                      bint calls) except -1:
    """The events that are there, or 0 at the deadline; `calls`: the caller makes a call then."""
    cdef Waiter waiter = sharing_join(socket, events, None)
    cdef zmq_pollitem_t items[2]
    cdef int rc, number, ready = 0
    cdef long left
    try:
        while True:
            ready = sharing_look(socket, waiter, op)
            left = poll_ms(deadline)
            if ready or left == 0:
                return ready
            memset(items, 0, sizeof(items))
            items[0].fd = waiter.bell.hears
            items[1].fd = sharing_descriptor(socket, waiter, op)
            items[0].events = items[1].events = ZMQ_POLLIN
            with nogil:
                rc = zmq_poll_items(items, 2, left)
                number = last_error()
                zmq_bell_still(waiter.bell.hears)
            if rc < 0:
                if number != EINTR:
                    fail_with(number)
                PyErr_CheckSignals()
    finally:
        sharing_quit(socket, waiter, calls and ready != 0)
        sharing_put_away(socket, waiter.bell)


# ---- sending

cdef list unsent_parts(Sharing sharing):
    """Of this thread's message that is not complete, or None."""
    return getattr(sharing.own, "unsent", None)


cdef object sharing_send(Socket socket, object data, int flags, bint copy, bint track,
                         object routing_id, object group, object timeout):
    """`send()`, of a part that may be one of several."""
    cdef Sharing sharing = <Sharing>socket.sharing
    cdef list parts = unsent_parts(sharing)
    cdef Frame frame
    if routing_id is not None or group is not None:
        raise ValueError("a message to a routing_id or a group has one part only, without SNDMORE")
    frame = Frame.__new__(Frame)
    frame.tracker = message_from_object(
        &frame.msg, data, copy, track, socket.copy_below, stays_inside(socket))
    if flags & ZMQ_SNDMORE:
        if parts is None:
            sharing.own.unsent = parts = []
        parts.append(frame)
    else:
        send_parts(socket, [*parts, frame], flags, False, False, timeout)
        sharing.own.unsent = None
    if not track:
        return None
    return FINISHED if frame.tracker is None else frame.tracker


cdef object sharing_send_parts(Socket socket, object sequence, int flags, bint copy, bint track,
                               object timeout):
    """`send_multipart()`, when the parts are not the whole message."""
    cdef list trackers = []
    cdef Py_ssize_t last = len(sequence) - 1
    if last < 0:
        raise ValueError("a message has at least one part, this one has none")
    for i, part in enumerate(sequence):
        trackers.append(sharing_send(
            socket, part, flags if i == last else flags | ZMQ_SNDMORE, copy, track, None, None,
            timeout))
    return MessageTracker(*trackers) if track else None


cdef int sharing_give(Socket socket, zmq_msg_t *parts, Py_ssize_t count, int flags,
                      double deadline) except? -1:
    """A whole message; SEND_OK or SEND_AGAIN."""
    cdef double started = zmq_clock()
    cdef int rc, number
    while True:
        enter(socket, "send")
        rc = send_parts_nogil(
            socket.handle, socket.kind, parts, count, flags, flags | ZMQ_DONTWAIT)
        if rc == SEND_FAILED and last_error() == EAGAIN and nudge(socket.handle, ZMQ_POLLOUT):
            rc = send_parts_nogil(
                socket.handle, socket.kind, parts, count, flags, flags | ZMQ_DONTWAIT)
        number = last_error()
        leave(socket)
        if rc != SEND_FAILED:
            return rc
        if number == EINTR:
            PyErr_CheckSignals()
            continue
        if number != EAGAIN or flags & ZMQ_DONTWAIT:
            return fail_with(number)
        if deadline == BY_OPTION:
            deadline = option_deadline(socket, ZMQ_SNDTIMEO, started)
        if not sharing_wait(socket, ZMQ_POLLOUT, deadline, "send", True):
            return fail_with(EAGAIN)


# ---- receiving

cdef list unread_parts(Sharing sharing):
    """What is left for this thread of a message that it received in part, or None."""
    return getattr(sharing.own, "unread", None)


cdef Frame sharing_recv(Socket socket, int flags, bint track, double deadline):
    """`recv()`, as a frame: the first part of a message, or the next one."""
    cdef Sharing sharing = <Sharing>socket.sharing
    cdef list parts = unread_parts(sharing)
    cdef Frame frame
    if not parts:
        parts = recv_parts(socket, flags, False, track, deadline)
        if len(parts) > 1:
            sharing.own.unread = parts
    frame = parts.pop(0)
    if track:
        frame.tracker = FINISHED
    return frame


cdef list sharing_recv_parts(Socket socket, int flags, bint copy, bint track, double deadline):
    """`recv_multipart()`: a whole message, or what is left of one."""
    cdef Sharing sharing = <Sharing>socket.sharing
    cdef list parts = unread_parts(sharing)
    if not parts:
        return recv_parts(socket, flags, copy, track, deadline)
    sharing.own.unread = None
    return [frame.bytes for frame in parts] if copy else parts


cdef int sharing_take(Socket socket, zmq_msg_t **parts, zmq_msg_t *on_stack, Py_ssize_t *count,
                      int flags, double deadline) except -1:
    """A whole message into parts of which the first is initialised; 0, or what `recv_rest` says."""
    cdef double started = zmq_clock()
    cdef int rc, number
    while True:
        number = 0
        enter(socket, "recv")
        rc = zmq_msg_recv(parts[0], socket.handle, flags | ZMQ_DONTWAIT)
        if rc < 0:
            number = last_error()
        else:
            count[0] = 1
            if zmq_msg_more(parts[0]):
                number = recv_rest(socket.handle, parts, on_stack, count, PARTS_ON_STACK)
        leave(socket)
        if rc >= 0:
            return number
        if number == EINTR:
            PyErr_CheckSignals()
            continue
        if number != EAGAIN or flags & ZMQ_DONTWAIT:
            return fail_with(number)
        if deadline == BY_OPTION:
            deadline = option_deadline(socket, ZMQ_RCVTIMEO, started)
        if not sharing_wait(socket, ZMQ_POLLIN, deadline, "recv", True):
            return fail_with(EAGAIN)


cdef int sharing_option(Socket socket, int option, int value) except? -1:
    """What an option is for this thread."""
    cdef list parts
    if option == ZMQ_EVENTS or option == ZMQ_RCVMORE:
        parts = unread_parts(<Sharing>socket.sharing)
        if option == ZMQ_RCVMORE:
            return bool(parts)
        if parts:
            return value | ZMQ_POLLIN
    return value


# ---- polling several

cdef list sharing_poll(list wanted, zmq_pollitem_t *items, Py_ssize_t count, double deadline):
    """`zmq_poll()` with shared sockets among others; `items` has room for one more than `count`."""
    cdef dict waiters = {}
    cdef list found
    cdef Bell bell = Bell.__new__(Bell)
    cdef Waiter waiter
    cdef Socket socket
    cdef int rc, number
    cdef long left
    others = [pair for pair in wanted if not is_shared(pair[0])]
    try:
        for i, (what, events) in enumerate(wanted):
            if is_shared(what):
                waiters[i] = sharing_join(<Socket>what, events, bell)
        while True:
            ready = {i: sharing_look(<Socket>wanted[i][0], <Waiter>w, "poll")
                     for i, w in waiters.items()}
            left = 0 if any(ready.values()) else poll_ms(deadline)
            for i, waiter in waiters.items():
                items[<Py_ssize_t>i].socket = NULL
                items[<Py_ssize_t>i].events = ZMQ_POLLIN
                items[<Py_ssize_t>i].fd = sharing_descriptor(<Socket>wanted[i][0], waiter, "poll")
            items[count].socket = NULL
            items[count].events = ZMQ_POLLIN
            items[count].fd = bell.hears
            entered = enter_all(others)
            with nogil:
                rc = zmq_poll_items(items, <int>count + 1, left)
                number = last_error()
                zmq_bell_still(bell.hears)
            leave_all(entered)
            if rc < 0 and number != EINTR:
                fail_with(number)
            found = [] if rc < 0 else [
                (wanted[i][0], ready.get(i, items[i].revents)) for i in range(count)
                if ready.get(i, items[i].revents)]
            if found or left == 0:
                return found
            PyErr_CheckSignals()
    finally:
        for i, waiter in waiters.items():
            sharing_quit(<Socket>wanted[i][0], waiter, False)


cdef bint is_shared(object what):
    return isinstance(what, Socket) and (<Socket>what).sharing is not None
