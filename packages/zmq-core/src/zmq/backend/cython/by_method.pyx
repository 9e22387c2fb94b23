# Messages of the formats, and of classes that override send() or recv(): through the method.

cdef object send_bytes(Socket self, bytes data, int flags):
    """`send(data, flags)` for a class that does not override it."""
    cdef int rc
    if (PyBytes_GET_SIZE(data) <= HOLD_MAX and not self.midway
            and not (self.inproc and zmq_inproc_waiters())):
        enter(self, "send")
        rc = zmq_send(
            self.handle, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), flags | ZMQ_DONTWAIT)
        leave(self)
        if rc >= 0:
            self.midway = flags & ZMQ_SNDMORE
            return None
        if last_error() != EAGAIN:
            fail()
    return send_one(self, data, flags, True, False, None, None, None)


cdef list list_of_messages(object messages):
    if isinstance(messages, (str, bytes, bytearray, Frame)):
        raise TypeError(
            f"send_many() takes a sequence of messages, not {type(messages).__name__}: "
            f"{shorten(messages)}; send() sends a single one")
    return list(messages)


cdef list list_of_parts(object parts):
    """From any iterable that is meant to be a whole message."""
    if isinstance(parts, (str, bytes, bytearray, Frame)):
        raise TypeError(
            "a multipart message is a sequence of parts, not "
            f"{type(parts).__name__}: {shorten(parts)}; send() sends a single one")
    return list(parts)


cdef object send_parts_by_method(Socket self, object parts, int flags, bint copy, bint track,
                                 dict kwargs):
    """A whole message through the class's own `send`, part by part."""
    last = len(parts) - 1
    if last < 0:
        raise ValueError("a message has at least one part, this one has none")
    for i, part in enumerate(parts):
        if not PyBytes_CheckExact(part) and not isinstance(part, Frame):
            check_buffer(part)
    for part in parts[:last]:
        self.send(part, flags | ZMQ_SNDMORE, copy=copy, track=track, **kwargs)
    return self.send(parts[last], flags, copy=copy, track=track, **kwargs)


cdef list recv_parts_by_method(Socket self, int flags, bint copy, bint track):
    """A whole message through the class's own `recv`, part by part."""
    parts = [self.recv(flags, copy=copy, track=track)]
    while get_option(self, ZMQ_RCVMORE):
        parts.append(self.recv(flags, copy=copy, track=track))
    return parts


cdef object CORE_SEND = Socket.send
cdef object CORE_RECV = Socket.recv
