# Messages between libzmq, an operation, and the engine's store of what was given back.


@cython.final
@cython.no_gc
cdef class Parked:
    """A message, or the rest of one, that somebody took and nobody got."""
    cdef zmq_msg_t one
    cdef zmq_msg_t *parts           # &one, or an array of its own
    cdef Py_ssize_t count
    cdef Py_ssize_t begin           # the first part that is still here
    cdef uint64_t arrival

    def __dealloc__(self):
        while self.begin < self.count:
            zmq_msg_close(&self.parts[self.begin])
            self.begin += 1
        if self.parts != &self.one:
            free(self.parts)


cdef int take_message(Engine self, Socket socket, Operation op) except -1:
    """Fill a receiver; 0 when there is nothing."""
    cdef int rc
    if self.parked:
        return take_parked(self, socket, op)
    enter(socket, "recv")
    rc = recv_part(socket.handle, &op.one)
    zmq_guard_leave(&socket.guard)
    if rc < 0:
        if last_error() == EAGAIN:
            return 0
        return fail()
    self.more = -1
    self.arrivals += 1
    op.arrival = self.arrivals
    op.count = 1
    op.holds = True
    if op.purpose == FOR_MESSAGE and zmq_msg_more(&op.one):
        return take_rest(socket, op)
    return 1


cdef int take_rest(Socket socket, Operation op) except -1:
    """The parts in libzmq that follow those an operation has."""
    cdef Py_ssize_t room = max(2 * op.count, PARTS_ON_STACK), had = op.count
    cdef zmq_msg_t *parts = <zmq_msg_t *>malloc(room * sizeof(zmq_msg_t))
    cdef int number
    if parts == NULL:
        raise MemoryError(f"no memory for a message of {room} parts")
    memcpy(parts, op.parts, had * sizeof(zmq_msg_t))
    if op.parts != &op.one:
        free(op.parts)
    op.parts = parts
    enter(socket, "recv")
    number = recv_rest(socket.handle, &op.parts, NULL, &op.count, room)
    zmq_guard_leave(&socket.guard)
    if number:
        operation_clear(op)
        fail_with(number)
    return 1


cdef int take_parked(Engine self, Socket socket, Operation op) except -1:
    """The same from what was given back; a message that was split there is put together again."""
    cdef Parked parked
    cdef zmq_msg_t *parts
    cdef Py_ssize_t count = 0, room = 1, i
    if op.purpose == FOR_MESSAGE:
        room = 0
        for i in range(len(self.parked)):
            parked = <Parked>self.parked[i]
            room += parked.count - parked.begin
            if not zmq_msg_more(&parked.parts[parked.count - 1]):
                break
    parts = &op.one
    if room > 1:
        parts = <zmq_msg_t *>malloc(room * sizeof(zmq_msg_t))
        if parts == NULL:
            raise MemoryError(f"no memory for a message of {room} parts")
    op.arrival = (<Parked>self.parked[0]).arrival
    while count < room:
        parked = <Parked>self.parked[0]
        memcpy(&parts[count], &parked.parts[parked.begin], sizeof(zmq_msg_t))
        parked.begin += 1
        count += 1
        if parked.begin == parked.count:
            del self.parked[0]
    op.parts = parts
    op.count = count
    op.holds = True
    self.more = zmq_msg_more(&parts[count - 1])
    if op.purpose == FOR_MESSAGE and self.more:
        self.more = -1
        return take_rest(socket, op)
    return 1


cdef int give_back(Operation op) except -1:
    """The message of an operation that nobody picked up, to the head of the socket's queue."""
    cdef Engine self = <Engine>op.socket._engine
    cdef Parked parked
    cdef Py_ssize_t i = 0
    if self is None or zmq_guard_state(&op.socket.guard) in (ZMQ_GUARD_CLOSED, ZMQ_GUARD_FORKED):
        operation_clear(op)
        return 0
    parked = Parked.__new__(Parked)
    memcpy(&parked.one, &op.one, sizeof(zmq_msg_t))
    parked.parts = &parked.one if op.parts == &op.one else op.parts
    parked.count = op.count
    parked.arrival = op.arrival
    op.holds = False
    op.count = 0
    op.parts = &op.one
    while i < len(self.parked) and (<Parked>self.parked[i]).arrival < parked.arrival:
        i += 1
    self.parked.insert(i, parked)
    if self.receivers.live or self.watchers.live:
        engine_schedule(self)
    return 0


cdef object message_object(Operation op):
    """What a received message is to its caller, who has it from here on."""
    cdef Py_ssize_t i, size
    cdef zmq_msg_t *part
    cdef Py_buffer view
    cdef list found
    if op.purpose == FOR_PART:
        if op.copy:
            value = bytes_from_message(&op.one)
        else:
            value = frame_of(&op.one, op.track)
    elif op.purpose == FOR_BUFFER:
        PyObject_GetBuffer(op.source, &view, PyBUF_WRITABLE | PyBUF_ANY_CONTIGUOUS)
        size = min(<Py_ssize_t>view.len, <Py_ssize_t>zmq_msg_size(&op.one))
        memcpy(view.buf, zmq_msg_data(&op.one), size)
        PyBuffer_Release(&view)
        value = size
    elif op.copy:
        found = []
        for i in range(op.count):
            found.append(bytes_from_message(&op.parts[i]))
        value = found
    else:
        found = [Frame.__new__(Frame) for _ in range(op.count)]
        for i in range(op.count):
            zmq_msg_move(&(<Frame>found[i]).msg, &op.parts[i])
            if op.track:
                (<Frame>found[i]).tracker = FINISHED
        value = found
    operation_clear(op)
    return value


cdef Frame frame_of(zmq_msg_t *message, bint track):
    cdef Frame frame = Frame.__new__(Frame)
    zmq_msg_move(&frame.msg, message)
    if track:
        frame.tracker = FINISHED
    return frame


# ---- sending

cdef object one_part(Operation op, Socket socket, object data, bint copy, bint track,
                     object routing_id, object group):
    """Make the only part; returns the tracker where one is wanted."""
    cdef MessageTracker tracker
    tracker = message_from_object(
        &op.one, data, copy, track, socket.copy_below, stays_inside(socket))
    op.count = 1
    if routing_id is not None or group is not None:
        address_message(&op.one, routing_id, group)
    if not track:
        return None
    return FINISHED if tracker is None else tracker


cdef int build_parts(Operation op, Socket socket) except -1:
    """Make all parts from op.source; its value becomes the tracker where one is wanted."""
    sequence, copy, track = op.source
    cdef Py_ssize_t count = len(sequence)
    cdef list trackers = [] if track else None
    if count == 0:
        raise ValueError("a message has at least one part, this one has none")
    if count > 1 and op.parts == &op.one:
        op.parts = <zmq_msg_t *>malloc(count * sizeof(zmq_msg_t))
        if op.parts == NULL:
            op.parts = &op.one
            raise MemoryError(f"no memory for a message of {count} parts")
    op.count = 0
    while op.count < count:
        make_part(socket, &op.parts[op.count], sequence[op.count], op.count, copy, track, trackers)
        op.count += 1
    if not track:
        op.value = None
    elif not trackers:
        op.value = FINISHED
    else:
        op.value = trackers[0] if len(trackers) == 1 else MessageTracker(*trackers)
    return 0


cdef int give_message(Engine self, Socket socket, Operation op) except -1:
    """Hand a sender's message to libzmq; 0 when there is no room."""
    cdef int rc
    cdef Py_ssize_t i
    if op.count == 0:
        return 1                    # a flush: everybody before it has sent
    if socket.midway:               # goes on with a message, which never has to wait for room
        send_waiting(socket, op.parts, op.count, op.flags & ~ZMQ_DONTWAIT, BY_OPTION)
        rc = SEND_OK
    else:
        rc = try_parts(socket, op)
    while rc == SEND_AGAIN:         # the peer died in the middle: nothing of the message arrived
        for i in range(op.count):
            zmq_msg_close(&op.parts[i])
        op.count = 0
        build_parts(op, socket)
        rc = try_parts(socket, op)
    if rc == SEND_FAILED:
        if last_error() == EAGAIN:
            return 0
        return fail()
    socket.midway = op.flags & ZMQ_SNDMORE
    op.source = None
    operation_clear(op)
    return 1


cdef int try_parts(Socket socket, Operation op) except -3:
    cdef int rc
    cdef int flags = op.flags | ZMQ_DONTWAIT
    enter(socket, "send")
    rc = send_parts_nogil(socket.handle, socket.kind, op.parts, op.count, op.flags, flags)
    if rc == SEND_FAILED and last_error() == EAGAIN and nudge(socket.handle, ZMQ_POLLOUT):
        rc = send_parts_nogil(socket.handle, socket.kind, op.parts, op.count, op.flags, flags)
    zmq_guard_leave(&socket.guard)
    return rc
