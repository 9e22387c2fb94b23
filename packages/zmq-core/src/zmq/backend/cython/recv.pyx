# Receiving: one part, or a whole message, all or nothing.
#
# The same order as in sending: without waiting and with the GIL first.  Parts after the first are
# always there (libzmq hands over whole messages), so they are all taken as C messages before the
# first becomes a Python object: no signal handler, no other thread and no MemoryError can come
# between two parts.


cdef int recv_message(Socket socket, zmq_msg_t *message, int flags, double deadline) except -1:
    """One part into an initialised message, which stays the caller's to close."""
    cdef int rc
    enter(socket, "recv")
    rc = zmq_msg_recv(message, socket.handle, flags | ZMQ_DONTWAIT)
    leave(socket)
    if rc < 0:
        if last_error() != EAGAIN or flags & ZMQ_DONTWAIT:
            return fail()
        recv_waiting(socket, message, flags, deadline)
    return 0


cdef int recv_waiting(Socket socket, zmq_msg_t *message, int flags, double deadline) except -1:
    """Wait for a part, without the GIL."""
    cdef int rc, number
    cdef double started = zmq_clock()
    cdef bint by_option = deadline == BY_OPTION
    while True:
        enter(socket, "recv")
        zmq_guard_block(&socket.guard, "recv")
        with nogil:
            if socket.inproc:
                zmq_inproc_waiters_add(1)
            rc = zmq_msg_recv(message, socket.handle, flags if by_option else flags | ZMQ_DONTWAIT)
            number = last_error()
            if socket.inproc:
                zmq_inproc_waiters_add(-1)
        zmq_guard_unblock(&socket.guard)
        leave(socket)
        if rc >= 0:
            return 0
        if number == EINTR:
            PyErr_CheckSignals()
            if by_option:
                by_option = False
                deadline = option_deadline(socket, ZMQ_RCVTIMEO, started)
        elif number != EAGAIN or by_option:
            return fail_with(number)
        elif not wait_ready(socket, ZMQ_POLLIN, deadline, "recv"):
            return fail_with(EAGAIN)


cdef Frame recv_frame(Socket socket, int flags, bint track, double deadline):
    cdef Frame frame
    if socket.sharing is not None:
        return sharing_recv(socket, flags, track, deadline)
    frame = Frame.__new__(Frame)
    recv_message(socket, &frame.msg, flags, deadline)
    if track:
        frame.tracker = FINISHED
    return frame


cdef list recv_parts(Socket socket, int flags, bint copy, bint track, double deadline):
    """A whole message, as a list of bytes or frames."""
    cdef zmq_msg_t on_stack[PARTS_ON_STACK]
    cdef zmq_msg_t *parts = on_stack
    cdef Py_ssize_t count = 0, room = PARTS_ON_STACK, i = 0
    cdef list result
    cdef int number = 0
    zmq_msg_init(&parts[0])
    try:
        if socket.sharing is None:
            recv_message(socket, &parts[0], flags, deadline)
            count = 1
        else:
            number = sharing_take(socket, &parts, on_stack, &count, flags, deadline)
    except BaseException:
        zmq_msg_close(&parts[0])
        raise
    if socket.sharing is None and zmq_msg_more(&parts[0]):
        enter(socket, "recv")
        number = recv_rest(socket.handle, &parts, on_stack, &count, room)
        leave(socket)
    try:
        if number:
            fail_with(number)
        result = []
        while i < count:
            i += 1
            result.append(part_object(&parts[i - 1], copy, track))
        return result
    finally:
        while i < count:
            zmq_msg_close(&parts[i])
            i += 1
        if parts != on_stack:
            free(parts)


cdef object part_object(zmq_msg_t *part, bint copy, bint track):
    """bytes or a frame; the part is closed, also on failure."""
    cdef Frame frame
    try:
        if copy:
            return bytes_from_message(part)
        frame = Frame.__new__(Frame)
        zmq_msg_move(&frame.msg, part)
        if track:
            frame.tracker = FINISHED
        return frame
    finally:
        zmq_msg_drop(part)


cdef int recv_rest(
        void *handle, zmq_msg_t **parts, zmq_msg_t *on_stack, Py_ssize_t *count,
        Py_ssize_t room) noexcept:
    """The parts that follow the first; 0 or an error number. With ENOMEM the rest is thrown away."""
    cdef zmq_msg_t *grown
    cdef zmq_msg_t thrown
    cdef int more = 1, failed = 0
    while more:
        if count[0] == room and not failed:
            grown = <zmq_msg_t *>malloc(2 * room * sizeof(zmq_msg_t))
            if grown == NULL:
                failed = ENOMEM
            else:
                memcpy(grown, parts[0], room * sizeof(zmq_msg_t))
                if parts[0] != on_stack:
                    free(parts[0])
                parts[0] = grown
                room *= 2
        if failed:
            zmq_msg_init(&thrown)
            if recv_part(handle, &thrown) < 0:
                return failed
            more = zmq_msg_more(&thrown)
            zmq_msg_close(&thrown)
            continue
        zmq_msg_init(&parts[0][count[0]])
        if recv_part(handle, &parts[0][count[0]]) < 0:
            return last_error()
        more = zmq_msg_more(&parts[0][count[0]])
        count[0] += 1
    return failed


cdef inline int recv_part(void *handle, zmq_msg_t *part) noexcept nogil:
    cdef int rc
    while True:
        rc = zmq_msg_recv(part, handle, ZMQ_DONTWAIT)
        if rc >= 0 or last_error() != EINTR:
            return rc
