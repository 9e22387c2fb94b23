# zmq_poll: many sockets and file descriptors at once.


def zmq_poll(sockets, timeout=-1):
    """Wait until one of several sockets or file descriptors is ready.

    Parameters
    ----------
    sockets : iterable of (object, int)
        What to wait for and which events (POLLIN, POLLOUT, POLLERR). The object is a Socket, a file
        descriptor, or something with a ``fileno()``.
    timeout : float or None
        Milliseconds; None and negative numbers wait for ever.

    Returns
    -------
    list of (object, int)
        Those that are ready, with their events.

    Raises
    ------
    TypeError
        When an object cannot be waited for.
    ConcurrentUseError
        When another thread is in a call on one of the sockets.

    Notes
    -----
    Source: zmq_poll(3).
    """
    cdef list wanted = list(sockets)
    cdef Py_ssize_t count = len(wanted), i
    cdef double deadline = NEVER if timeout is None else deadline_of(timeout)
    cdef zmq_pollitem_t *items
    cdef int rc
    items = <zmq_pollitem_t *>malloc((count + 1) * sizeof(zmq_pollitem_t))
    if items == NULL:
        raise MemoryError(f"no memory to poll {count} sockets")
    try:
        for i in range(count):
            what, events = wanted[i]
            fill_item(&items[i], what, events)
        for what, _ in wanted:
            if is_shared(what):
                return sharing_poll(wanted, items, count, deadline)
        rc = poll_items(wanted, items, count, deadline)
        if rc == 0:
            return []
        return [(wanted[i][0], items[i].revents) for i in range(count) if items[i].revents]
    finally:
        free(items)


cdef int fill_item(zmq_pollitem_t *item, object what, object events) except -1:
    item.socket = NULL
    item.fd = 0
    item.events = events
    item.revents = 0
    if isinstance(what, Socket):
        item.socket = (<Socket>what).handle
        return 0
    if not isinstance(what, int):
        fileno = getattr(what, "fileno", None)
        if fileno is None:
            raise TypeError(
                "only Sockets, file descriptors and objects with fileno() can be polled, not "
                f"{shorten(what)}")
        what = fileno()
    if what < 0:
        raise ValueError(f"a file descriptor is not negative: {what!r}")
    item.fd = what
    return 0


cdef int poll_items(list wanted, zmq_pollitem_t *items, Py_ssize_t count,
                    double deadline) except -1:
    cdef int rc, number
    cdef long left
    cdef list entered
    while True:
        left = poll_ms(deadline)
        entered = enter_all(wanted)
        with nogil:
            rc = zmq_poll_items(items, <int>count, left)
            number = last_error()
        leave_all(entered)
        if rc > 0:
            return rc
        if rc < 0:
            if number != EINTR:
                fail_with(number)
            PyErr_CheckSignals()
        if poll_ms(deadline) == 0:
            return 0


cdef list enter_all(list wanted):
    """Mark every socket; all or none. A socket that stands there twice is entered once."""
    cdef list entered = []
    cdef Socket socket
    cdef set seen = set()
    try:
        for what, _ in wanted:
            if isinstance(what, Socket) and id(what) not in seen:
                socket = <Socket>what
                enter(socket, "poll")
                zmq_guard_block(&socket.guard, "poll")
                seen.add(id(what))
                entered.append(socket)
    except BaseException:
        leave_all(entered)
        raise
    return entered


cdef int leave_all(list entered) except -1:
    cdef Socket socket
    for socket in entered:
        zmq_guard_unblock(&socket.guard)
        leave(socket)
    return 0
