# Sending: one part, or a whole message, all or nothing.
#
# Every sender first tries without waiting, with the GIL held: most sends succeed at once, and giving
# the GIL up costs more than the send.  Only then it waits, without the GIL.
#
# A part that continues a message (`midway`) is never tried without waiting.  When the peer dies in
# the middle of a message, libzmq reports that as EAGAIN to a call that does not wait, and silently
# swallows the rest of the message for one that does; trying again after EAGAIN would send the tail
# of a message as a message of its own.

cdef enum:
    PARTS_ON_STACK = 8
    SEND_OK = 0
    SEND_FAILED = -1                # last_error() tells; no part was sent, or the context is gone
    SEND_AGAIN = -2                 # the peer died in the middle: nothing of the message arrived


cdef object send_one(
        Socket socket, object data, int flags, bint copy, bint track, object routing_id,
        object group, object timeout):
    """`Socket.send()` where its fast path does not fit."""
    cdef zmq_msg_t message
    cdef MessageTracker tracker
    cdef double deadline = deadline_of(timeout)
    if socket.sharing is not None and (
            flags & ZMQ_SNDMORE or unsent_parts(<Sharing>socket.sharing)):
        return sharing_send(socket, data, flags, copy, track, routing_id, group, timeout)
    tracker = message_from_object(
        &message, data, copy, track, socket.copy_below, stays_inside(socket))
    try:
        if routing_id is not None or group is not None:
            address_message(&message, routing_id, group)
        send_message(socket, &message, flags, deadline)
    except BaseException:
        zmq_msg_close(&message)
        raise
    if not track:
        return None
    return FINISHED if tracker is None else tracker


cdef int address_message(zmq_msg_t *message, object routing_id, object group) except -1:
    if routing_id is not None:
        require_drafts("routing_id")
        if zmq_msg_set_routing_id(message, routing_id) < 0:
            fail(f"routing_id {routing_id!r}")
    if group is not None:
        require_drafts("group")
        name = group.encode() if isinstance(group, str) else group
        if zmq_msg_set_group(message, name) < 0:
            fail(f"group {group!r}")
    return 0


cdef int send_message(Socket socket, zmq_msg_t *message, int flags, double deadline) except -1:
    """One part. On success libzmq owns the message; on failure the caller still does."""
    cdef int rc
    if socket.sharing is not None:
        sharing_give(socket, message, 1, flags, deadline)
        return 0
    if not socket.midway and not (socket.inproc and zmq_inproc_waiters()):
        enter(socket, "send")
        rc = zmq_msg_send(message, socket.handle, flags | ZMQ_DONTWAIT)
        if rc < 0 and last_error() == EAGAIN and nudge(socket.handle, ZMQ_POLLOUT):
            rc = zmq_msg_send(message, socket.handle, flags | ZMQ_DONTWAIT)
        leave(socket)
        if rc < 0 and (last_error() != EAGAIN or flags & ZMQ_DONTWAIT):
            fail()
        if rc >= 0:
            socket.midway = flags & ZMQ_SNDMORE
            return 0
    send_waiting(socket, message, 1, flags, deadline)
    socket.midway = flags & ZMQ_SNDMORE
    return 0


cdef inline bint nudge(void *handle, int events) noexcept nogil:
    """Make libzmq look at its commands, which a send does only once in a while."""
    return int_option(handle, ZMQ_EVENTS) & events


cdef int send_waiting(
        Socket socket, zmq_msg_t *parts, Py_ssize_t count, int flags, double deadline) except? -1:
    """Send parts that may have to wait for room; SEND_OK or SEND_AGAIN."""
    cdef int rc, number
    cdef double started = zmq_clock()
    cdef bint by_option = deadline == BY_OPTION
    while True:
        enter(socket, "send")
        zmq_guard_block(&socket.guard, "send")
        with nogil:
            if socket.inproc:
                zmq_inproc_waiters_add(1)
            rc = send_parts_nogil(
                socket.handle, socket.kind, parts, count, flags, flags if by_option else flags | ZMQ_DONTWAIT)
            number = last_error()
            if socket.inproc:
                zmq_inproc_waiters_add(-1)
        zmq_guard_unblock(&socket.guard)
        leave(socket)
        if rc != SEND_FAILED:
            return rc
        if number == EINTR:
            PyErr_CheckSignals()
            if by_option:
                by_option = False
                deadline = option_deadline(socket, ZMQ_SNDTIMEO, started)
        elif number != EAGAIN or by_option or flags & ZMQ_DONTWAIT:
            fail_with(number)
        elif not wait_ready(socket, ZMQ_POLLOUT, deadline, "send"):
            fail_with(EAGAIN)


cdef int send_parts_nogil(
        void *handle, int kind, zmq_msg_t *parts, Py_ssize_t count, int flags,
        int first_flags) noexcept nogil:
    """The parts of one message, one after the other; nothing can come between."""
    cdef Py_ssize_t i
    cdef int more, rc
    # These drop a broken message's tail, or roll it back, and say so to a call that does not wait
    cdef bint tells = kind == ZMQ_PUSH or kind == ZMQ_DEALER or kind == ZMQ_PAIR
    for i in range(count):
        more = ZMQ_SNDMORE if i + 1 < count else flags & ZMQ_SNDMORE
        if i == 0:
            rc = zmq_msg_send(&parts[0], handle, (first_flags & ~ZMQ_SNDMORE) | more)
            if rc < 0:
                return SEND_FAILED
            continue
        while True:
            rc = zmq_msg_send(&parts[i], handle, more | (ZMQ_DONTWAIT if tells else 0))
            if rc >= 0 or last_error() != EINTR:
                break
        if rc < 0:
            if tells and last_error() == EAGAIN:
                if kind != ZMQ_PAIR:
                    while more:     # libzmq swallows the tail
                        i += 1
                        more = ZMQ_SNDMORE if i + 1 < count else flags & ZMQ_SNDMORE
                        if zmq_msg_send(&parts[i], handle, more | ZMQ_DONTWAIT) < 0:
                            break
                return SEND_AGAIN
            return SEND_FAILED
    return SEND_OK


cdef object send_parts(
        Socket socket, object sequence, int flags, bint copy, bint track, object timeout):
    """A whole message. Every part is looked at before the first is sent."""
    cdef zmq_msg_t on_stack[PARTS_ON_STACK]
    cdef zmq_msg_t *parts = on_stack
    cdef Py_ssize_t count = len(sequence)
    cdef Py_ssize_t made = 0, i
    cdef int rc
    cdef list trackers = [] if track else None
    cdef double deadline = deadline_of(timeout)
    if count == 0:
        raise ValueError("a message has at least one part, this one has none")
    if count > PARTS_ON_STACK:
        parts = <zmq_msg_t *>malloc(count * sizeof(zmq_msg_t))
        if parts == NULL:
            raise MemoryError(f"no memory for a message of {count} parts")
    try:
        while True:
            made = 0
            while made < count:
                make_part(socket, &parts[made], sequence[made], made, copy, track, trackers)
                made += 1
            rc = send_made(socket, parts, count, flags, deadline)
            if rc == SEND_OK:
                break
            for i in range(count):
                zmq_msg_close(&parts[i])
            if track:
                trackers.clear()
            made = 0
    except BaseException:
        for i in range(made):
            zmq_msg_close(&parts[i])
        raise
    finally:
        if parts != on_stack:
            free(parts)
    if socket.sharing is None:
        socket.midway = flags & ZMQ_SNDMORE
    if not track:
        return None
    if not trackers:
        return FINISHED
    return trackers[0] if len(trackers) == 1 else MessageTracker(*trackers)


cdef int make_part(
        Socket socket, zmq_msg_t *message, object data, Py_ssize_t index, bint copy, bint track,
        list trackers) except -1:
    cdef MessageTracker tracker
    if copy and PyBytes_CheckExact(data) and PyBytes_GET_SIZE(data) <= HOLD_MAX:
        return message_from_bytes(message, data)
    try:
        tracker = message_from_object(
            message, data, copy, track, socket.copy_below, stays_inside(socket))
    except (TypeError, BufferError) as error:
        raise type(error)(f"part {index} of the message: {error}") from None
    if track and tracker is not None:
        trackers.append(tracker)
    return 0


cdef int send_made(
        Socket socket, zmq_msg_t *parts, Py_ssize_t count, int flags, double deadline) except? -1:
    """Send parts that are ready; SEND_OK or SEND_AGAIN. Sent parts are empty, and may be closed."""
    cdef int rc
    if socket.sharing is not None:
        return sharing_give(socket, parts, count, flags, deadline)
    if not socket.midway and not (socket.inproc and zmq_inproc_waiters()):
        enter(socket, "send")
        rc = send_parts_nogil(
            socket.handle, socket.kind, parts, count, flags, flags | ZMQ_DONTWAIT)
        if rc == SEND_FAILED and last_error() == EAGAIN and nudge(socket.handle, ZMQ_POLLOUT):
            rc = send_parts_nogil(
                socket.handle, socket.kind, parts, count, flags, flags | ZMQ_DONTWAIT)
        leave(socket)
        if rc != SEND_FAILED:
            return rc
        if last_error() != EAGAIN or flags & ZMQ_DONTWAIT:
            fail()
    return send_waiting(socket, parts, count, flags, deadline)
