# Waiting without the GIL, for a socket to be ready or a deadline to come.
#
# A deadline is a time of `zmq_clock()` in seconds; two values are special:

cdef double BY_OPTION = -1          # whatever the socket's RCVTIMEO or SNDTIMEO says
cdef double NEVER = 1e300           # wait for ever


cdef double deadline_of(object timeout) except? -2:
    """From a `timeout=` argument: milliseconds; None is the socket's option, negative is for ever."""
    cdef double milliseconds
    if timeout is None:
        return BY_OPTION
    if PyLong_CheckExact(timeout):
        milliseconds = timeout
    else:
        milliseconds = milliseconds_of(timeout)
    if milliseconds != milliseconds:
        raise ValueError("timeout is NaN: give milliseconds, None, or -1 to wait for ever")
    if milliseconds < 0:
        return NEVER
    return zmq_clock() + milliseconds / 1000


cdef double milliseconds_of(object timeout) except? -2:
    try:
        return timeout
    except TypeError:
        raise TypeError(
            f"timeout is a number of milliseconds, or None, not {shorten(timeout)}") from None


cdef long poll_ms(double deadline) noexcept:
    """What is left until the deadline, as zmq_poll wants it, rounded up."""
    cdef double left
    if deadline >= NEVER:
        return -1
    left = (deadline - zmq_clock()) * 1000
    if left <= 0:
        return 0
    if left > 2000000000.0:
        return 2000000000
    return <long>left + (1 if left > <long>left else 0)


cdef int int_option(void *handle, int option) noexcept nogil:
    """An int option of an open socket; -1 where it has none."""
    cdef int value = -1
    cdef size_t size = sizeof(int)
    zmq_getsockopt(handle, option, &value, &size)
    return value


cdef double option_deadline(Socket socket, int option, double started) except? -2:
    """The deadline that RCVTIMEO or SNDTIMEO set for a call that started then."""
    cdef int milliseconds
    enter(socket, "wait")
    milliseconds = int_option(socket.handle, option)
    leave(socket)
    return NEVER if milliseconds < 0 else started + milliseconds / 1000.0


cdef int wait_ready(Socket socket, short events, double deadline, const char *op) except -1:
    """The events that are there, or 0 when the deadline came first.

    Signals are looked at whenever the system call was interrupted; what their handlers raise is
    raised here.
    """
    cdef zmq_pollitem_t item
    cdef int rc, number
    cdef long left
    if socket.sharing is not None:
        return sharing_wait(socket, events, deadline, op, False)
    while True:
        left = poll_ms(deadline)
        enter(socket, op)
        item.socket = socket.handle
        item.fd = 0
        item.events = events
        item.revents = 0
        zmq_guard_block(&socket.guard, op)
        with nogil:
            rc = zmq_poll_items(&item, 1, left)
        number = last_error()
        zmq_guard_unblock(&socket.guard)
        leave(socket)
        if rc > 0:
            return item.revents
        if rc < 0:
            if number != EINTR:
                fail_with(number)
            PyErr_CheckSignals()
        if poll_ms(deadline) == 0:
            return 0
