# Many messages in one call: the GIL is given up once for all of them.
#
# They mean what as many single calls mean, in the same order. Nothing is lost when they end early:
# what was sent is told, what was received is returned.

cdef enum:
    CHUNK = 128                     # messages that go out, or come in, with the GIL given up once


cdef Py_ssize_t send_batch(
        Socket socket, list messages, int flags, bint copy, bint multipart,
        object timeout) except -1:
    """How many were sent: all, or as many as there was room for in time."""
    cdef Py_ssize_t count = len(messages), sent = 0
    cdef double started = zmq_clock()
    cdef double deadline = deadline_of(timeout)
    if flags & ZMQ_SNDMORE:
        raise ValueError("send_many() sends whole messages: SNDMORE has no meaning for it")
    try:
        while True:
            if multipart or not copy or socket.own_send:
                send_each(socket, messages, &sent, copy, multipart)
            else:
                send_chunks(socket, messages, &sent)
            if sent == count or flags & ZMQ_DONTWAIT:
                return sent
            if deadline == BY_OPTION:
                deadline = option_deadline(socket, ZMQ_SNDTIMEO, started)
            if not wait_ready(socket, ZMQ_POLLOUT, deadline, "send"):
                return sent
    except BaseException as error:
        error.sent = sent
        raise


cdef int send_each(
        Socket socket, list messages, Py_ssize_t *sent, bint copy, bint multipart) except -1:
    """One by one, as far as there is room."""
    try:
        while sent[0] < len(messages):
            if multipart:
                socket.send_multipart(messages[sent[0]], ZMQ_DONTWAIT, copy)
            else:
                socket.send(messages[sent[0]], ZMQ_DONTWAIT, copy)
            sent[0] += 1
    except _Again:
        pass
    return 0


cdef int send_chunks(Socket socket, list messages, Py_ssize_t *sent) except -1:
    """Copies, as far as there is room."""
    cdef Py_buffer views[CHUNK]
    cdef Py_ssize_t held, done
    cdef int number
    while sent[0] < len(messages):
        held = done = 0
        try:
            while held < CHUNK and sent[0] + held < len(messages):
                get_message_buffer(messages[sent[0] + held], sent[0] + held, &views[held])
                held += 1
            enter(socket, "send")
            zmq_guard_block(&socket.guard, "send")
            with nogil:
                number = send_views(socket.handle, views, held, &done)
            zmq_guard_unblock(&socket.guard)
            leave(socket)
        finally:
            sent[0] += done
            for i in range(held):
                PyBuffer_Release(&views[i])
        if number == EAGAIN:
            break
        if number:
            fail_with(number)
    return 0


cdef int get_message_buffer(object message, Py_ssize_t index, Py_buffer *view) except -1:
    try:
        get_buffer(message, view)
    except (TypeError, BufferError) as error:
        raise type(error)(f"message {index}: {error}") from None
    return 0


cdef int send_views(
        void *handle, Py_buffer *views, Py_ssize_t count, Py_ssize_t *done) noexcept nogil:
    """0 when all are sent, else an error number."""
    cdef int number
    while done[0] < count:
        if zmq_send(handle, views[done[0]].buf, views[done[0]].len, ZMQ_DONTWAIT) >= 0:
            done[0] += 1
            continue
        number = last_error()
        if number == EINTR or (number == EAGAIN and nudge(handle, ZMQ_POLLOUT)):
            continue
        return number
    return 0


cdef list recv_batch(
        Socket socket, Py_ssize_t limit, int flags, bint copy, bint multipart, object timeout):
    """At least one message, unless DONTWAIT; then what is there, up to the limit."""
    cdef list result = []
    cdef zmq_msg_t first
    if limit < 1:
        raise ValueError(f"limit={limit}: at least one message")
    if multipart or socket.own_recv:
        return recv_each(socket, limit, flags, copy, multipart, timeout)
    zmq_msg_init(&first)
    try:
        recv_message(socket, &first, flags, deadline_of(timeout))
    except BaseException:
        zmq_msg_close(&first)
        raise
    more = zmq_msg_more(&first)
    result.append(part_object(&first, copy, False))
    recv_chunks(socket, result, limit, more, copy)
    return result


cdef list recv_each(
        Socket socket, Py_ssize_t limit, int flags, bint copy, bint multipart, object timeout):
    receive = socket.recv_multipart if multipart else socket.recv
    cdef dict arguments = {} if timeout is None else {"timeout": timeout}
    cdef list result = [receive(flags, copy, **arguments)]
    try:
        while len(result) < limit or (not multipart and get_option(socket, ZMQ_RCVMORE)):
            result.append(receive(ZMQ_DONTWAIT, copy))
    except _ZMQError:
        pass                        # what was received comes first
    return result


cdef int recv_chunks(
        Socket socket, list result, Py_ssize_t limit, bint more, bint copy) except -1:
    """Parts that are there, up to the limit, but to the end of a message.

    An error ends it without being raised: what was received comes first, the next call fails.
    """
    cdef zmq_msg_t parts[CHUNK]
    cdef Py_ssize_t room, taken, i
    cdef int number = 0
    while number == 0 and (len(result) < limit or more):
        room = min(CHUNK, max(limit - len(result), 1))
        taken = 0
        enter(socket, "recv")
        zmq_guard_block(&socket.guard, "recv")
        with nogil:
            number = recv_available(socket.handle, parts, room, &taken)
        zmq_guard_unblock(&socket.guard)
        leave(socket)
        if taken:
            more = zmq_msg_more(&parts[taken - 1])
        i = 0
        try:
            while i < taken:
                i += 1
                result.append(part_object(&parts[i - 1], copy, False))
        finally:
            while i < taken:
                zmq_msg_close(&parts[i])
                i += 1
    return 0


cdef int recv_available(
        void *handle, zmq_msg_t *parts, Py_ssize_t room, Py_ssize_t *taken) noexcept nogil:
    """0 when there was enough, else an error number; EAGAIN: no more is there."""
    while taken[0] < room:
        zmq_msg_init(&parts[taken[0]])
        if zmq_msg_recv(&parts[taken[0]], handle, ZMQ_DONTWAIT) < 0:
            zmq_msg_close(&parts[taken[0]])
            if last_error() == EINTR:
                continue
            return last_error()
        taken[0] += 1
    return 0
