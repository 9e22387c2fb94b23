# Socket: the handle, its life, and the calls of a program.
#
# Life: closed until __init__ succeeded -> open -> closed, once. `guard` knows which.


cdef class Socket:
    """A ZeroMQ socket.

    Parameters
    ----------
    context : Context
        Where it lives.
    socket_type : SocketType
        Its kind: ``zmq.REQ``, ``zmq.PUB``, ...
    shadow : int, default 0
        The address of a libzmq socket that somebody else owns, to use instead of making one.
    copy_threshold : int or None
        Bytes below which messages are copied even with ``copy=False``; None takes
        ``zmq.COPY_THRESHOLD``.
    shared : bool, default False
        Whether any number of threads may use it at the same time. A call that waits then lets the
        others in, and a message is whole, also when its parts are sent or received one by one: each
        thread sends and receives messages of its own. A call costs a little more, and event loops
        refuse such a socket.

        .. versionadded:: 28.0

    Raises
    ------
    ZMQError
        EINVAL for an unknown type, EMFILE when the context's MAX_SOCKETS is reached.
    TypeError
        When `context` is no Context.

    Notes
    -----
    A socket is used by one thread at a time; a second one gets `ConcurrentUseError`, unless the
    socket is shared. Source: zmq_socket(3).
    """

    def __cinit__(self, *args, **kwargs):
        self.handle = NULL
        self.fd_poller = NULL
        self.borrowed = self.inproc = self.outside = self.midway = self.own_send = self.own_recv = False
        self.followed = False
        self.kind = -1
        self.copy_below = 0
        self.endpoints = []
        self.made_at = ""
        zmq_guard_init(&self.guard)

    def __init__(self, context=None, socket_type=-1, shadow=0, copy_threshold=None, *,
                 bint shared=False):
        if self.handle != NULL:
            raise RuntimeError(f"{describe(self)} is open already: __init__ runs once")
        if context is not None and not isinstance(context, Context):
            raise TypeError(f"context must be a zmq.Context, not {shorten(context)}")
        self.copy_below = default_copy_threshold() if copy_threshold is None else copy_threshold
        self.context = context
        if shadow:
            self.handle = <void *><uintptr_t>shadow
            self.borrowed = self.inproc = self.outside = True
            self.kind = int_option(self.handle, ZMQ_TYPE)
        else:
            if context is None:
                raise TypeError("a socket needs a context: zmq.Context().socket(type)")
            self.kind = socket_type
            socket_open(self)
            zmq_count_add(ZMQ_COUNT_SOCKETS, 1)
            self.context._open[<uintptr_t>self.handle] = owners[<uintptr_t>self.handle] = _ref(self)
            self.made_at = made_where()
        self.own_send = type(self).send is not CORE_SEND
        self.own_recv = type(self).recv is not CORE_RECV
        if shared:
            socket_share(self)
        zmq_guard_open(&self.guard)
        if shadow:
            shadow_made(self)

    def __dealloc__(self):
        if zmq_guard_state(&self.guard) == ZMQ_GUARD_FREE and not self.borrowed and not leaving():
            zmq_draft_fd_forget(&self.fd_poller)
            zmq_close(self.handle)
            zmq_count_add(ZMQ_COUNT_SOCKETS, -1)
        zmq_guard_close(&self.guard)

    def __del__(self):
        if leaving() or self.closed or self.borrowed:
            return
        PyErr_ResourceWarning(self, 1, "unclosed socket %R, made at %U: call close()",
                              <PyObject *>self, <PyObject *>self.made_at)
        socket_close(self, None)

    def __reduce__(self):
        raise no_pickle(self)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def __repr__(self):
        state = ", closed" if self.closed else ""
        return f"<zmq.{type(self).__name__} at {<uintptr_t><PyObject *>self:#x}{state}>"

    # ---- life

    cdef tuple story(self):
        """What is told of it when its context does not end."""
        cdef int linger = 0
        cdef size_t size = sizeof(int)
        known = zmq_getsockopt(self.handle, ZMQ_LINGER, &linger, &size) == 0
        return self.kind, tuple(self.endpoints), linger if known else None, self.made_at

    @property
    def closed(self):
        """bool: whether it was closed (or inherited through a fork, where it is dead)."""
        cdef int state = zmq_guard_state(&self.guard)
        return state == ZMQ_GUARD_CLOSED or state == ZMQ_GUARD_FORKED

    @property
    def shared(self):
        """bool: whether any number of threads may use it at the same time."""
        return self.sharing is not None

    @property
    def underlying(self):
        """int: the address of libzmq's socket, for other bindings in this process; 0 when closed."""
        return 0 if self.closed else <uintptr_t>self.handle

    @property
    def copy_threshold(self):
        """int: bytes below which messages are copied even with ``copy=False``."""
        return self.copy_below

    @copy_threshold.setter
    def copy_threshold(self, Py_ssize_t value):
        self.copy_below = value

    def close(self, linger=None):
        """Close the socket. A second call does nothing.

        Parameters
        ----------
        linger : int or None
            Milliseconds that the context goes on sending what is queued; -1 is for ever, 0 throws
            it away, None keeps the socket's LINGER.

        Raises
        ------
        ConcurrentUseError
            When another thread is in a call on this socket.

        Notes
        -----
        Source: zmq_close(3).
        """
        socket_close(self, linger)

    # ---- endpoints

    def bind(self, addr):
        """Accept connections on an endpoint.

        Parameters
        ----------
        addr : str or bytes
            Such as ``"tcp://127.0.0.1:5555"``, ``"tcp://*:*"``, ``"ipc:///tmp/sock"``,
            ``"inproc://name"``.

        Raises
        ------
        ZMQError
            When libzmq refuses; the text names the address.

        Notes
        -----
        Source: zmq_bind(3).
        """
        endpoint_call(self, BIND, addr)

    def connect(self, addr):
        """Connect to an endpoint, now or as soon as it is there.

        Parameters
        ----------
        addr : str or bytes

        Raises
        ------
        ZMQError
            When libzmq refuses; the text names the address.

        Notes
        -----
        Source: zmq_connect(3).
        """
        endpoint_call(self, CONNECT, addr)

    def unbind(self, addr):
        """Stop accepting connections on an endpoint.

        Parameters
        ----------
        addr : str or bytes
            As LAST_ENDPOINT gave it.

        Raises
        ------
        ZMQError
            ENOENT when it is not bound.

        Notes
        -----
        Source: zmq_unbind(3).
        """
        endpoint_call(self, UNBIND, addr)

    def disconnect(self, addr):
        """Disconnect from an endpoint.

        Parameters
        ----------
        addr : str or bytes

        Raises
        ------
        ZMQError
            ENOENT when it is not connected; EFSM between two frames of a message that is being
            received: libzmq would drop the rest.

        Notes
        -----
        Source: zmq_disconnect(3).
        """
        endpoint_call(self, DISCONNECT, addr)

    def monitor(self, addr, int events=0xFFFF):
        """Publish the socket's connection events on an inproc endpoint.

        Parameters
        ----------
        addr : str, bytes or None
            An ``inproc://`` endpoint to bind; None stops monitoring.
        events : Event, default all
            A mask.

        Raises
        ------
        ZMQError
            EPROTONOSUPPORT when `addr` is not inproc.

        Notes
        -----
        Connect the PAIR socket that reads the events before anything happens: libzmq waits until
        there is room for an event, on whatever thread it happened. Source: zmq_socket_monitor(3).
        """
        cdef bytes name
        cdef const char *text = NULL
        cdef int rc, state, number
        cdef double deadline = zmq_clock() + REAPING_S
        if addr is not None:
            name = endpoint_bytes(addr)
            text = name
        else:
            # libzmq has a lock for this: the thread that reads the events may end them while
            # another one waits on the socket, which cannot be closed as long as this has the GIL
            state = zmq_guard_state(&self.guard)
            if state == ZMQ_GUARD_BUSY and self.sharing is None:
                if zmq_socket_monitor(self.handle, NULL, events) < 0:
                    fail()
                return
        while True:
            enter(self, "monitor")
            zmq_guard_block(&self.guard, "monitor")
            with nogil:             # the end is an event of its own, and waits for room
                rc = zmq_socket_monitor(self.handle, text, events)
                number = last_error()
            zmq_guard_unblock(&self.guard)
            leave(self)
            if rc >= 0 or number != EMFILE or zmq_clock() > deadline or not zmq_descriptors_left(1):
                break
            nap()                   # it takes a socket, as in socket_open()
        if rc < 0:
            fail_with(number, f"addr={addr!r}")

    def join(self, group):
        """Join a group (DISH sockets, draft).

        Parameters
        ----------
        group : str or bytes
            At most 15 bytes.

        Notes
        -----
        Source: zmq_join(3).
        """
        group_call(self, zmq_join, "join", group)

    def leave(self, group):
        """Leave a group (DISH sockets, draft).

        Parameters
        ----------
        group : str or bytes

        Notes
        -----
        Source: zmq_leave(3).
        """
        group_call(self, zmq_leave, "leave", group)

    # ---- options

    def get(self, int option):
        """The value of a socket option.

        Parameters
        ----------
        option : SocketOption

        Returns
        -------
        int or bytes
            By the option's type; text comes without its closing zero.

        Raises
        ------
        ZMQError
            EINVAL for an unknown option, or one that this socket does not have.

        Notes
        -----
        Source: zmq_getsockopt(3).
        """
        return get_option(self, option)

    def getsockopt(self, int option):
        """The same as `get`."""
        return get_option(self, option)

    def set(self, int option, optval):
        """Set a socket option.

        Parameters
        ----------
        option : SocketOption
        optval : int or bytes
            By the option's type.

        Raises
        ------
        ZMQError
            EINVAL for an unknown option or a value that libzmq refuses.
        TypeError
            When the type of `optval` is not the option's; text needs `set_string`.

        Notes
        -----
        Source: zmq_setsockopt(3).
        """
        set_option(self, option, optval)

    def setsockopt(self, int option, optval):
        """The same as `set`."""
        set_option(self, option, optval)

    def poll(self, timeout=None, int flags=1):
        """Wait until the socket is ready.

        Parameters
        ----------
        timeout : float or None
            Milliseconds; None and negative numbers wait for ever.
        flags : PollEvent, default POLLIN
            What to wait for: POLLIN, POLLOUT or both.

        Returns
        -------
        int
            The events that are there; 0 when the time is over.

        Notes
        -----
        Source: zmq_poll(3).
        """
        cdef int events
        cdef double deadline = NEVER if timeout is None else deadline_of(timeout)
        enter(self, "poll")
        events = int_option(self.handle, ZMQ_EVENTS)
        leave(self)
        if events < 0:
            fail()
        if self.sharing is not None:
            events = sharing_option(self, ZMQ_EVENTS, events)
        if events & flags or deadline <= zmq_clock():
            return events & flags
        return wait_ready(self, flags, deadline, "poll")

    # ---- messages

    def send(self, data, int flags=0, bint copy=True, bint track=False, routing_id=None,
             group=None, *, timeout=None):
        """Send one part of a message.

        Parameters
        ----------
        data : bytes, Frame or buffer
            Its content.
        flags : Flag, default 0
            ``zmq.DONTWAIT`` to raise `Again` rather than wait; ``zmq.SNDMORE`` when more parts of
            the same message follow.
        copy : bool, default True
            False lends `data`'s memory to libzmq (from `copy_threshold` bytes on); it must not
            change until libzmq is done.
        track : bool, default False
            Whether to return a MessageTracker.
        routing_id : int, optional
            The peer, for SERVER and PEER sockets (draft).
        group : str or bytes, optional
            The group, for RADIO sockets (draft).
        timeout : float, optional
            Milliseconds to wait at most, -1 for ever; without it SNDTIMEO decides.

        Returns
        -------
        MessageTracker or None
            A tracker if `track`.

        Raises
        ------
        Again
            When there is no room, with DONTWAIT or at the end of the time.
        TypeError
            When `data` is text, or has no buffer.
        ContextTerminated
            When the context was terminated meanwhile.
        ZMQError
            For what else libzmq refuses.

        Notes
        -----
        Source: zmq_msg_send(3).
        """
        cdef int rc
        if (PyBytes_CheckExact(data) and PyBytes_GET_SIZE(data) <= HOLD_MAX
                and (copy or PyBytes_GET_SIZE(data) < self.copy_below)
                and not self.midway and routing_id is None and group is None and timeout is None
                and not (self.inproc and zmq_inproc_waiters())):
            enter(self, "send")
            rc = zmq_send(
                self.handle, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), flags | ZMQ_DONTWAIT)
            leave(self)
            if rc >= 0:
                self.midway = flags & ZMQ_SNDMORE
                return FINISHED if track else None
            if last_error() != EAGAIN:
                fail()
        return send_one(self, data, flags, copy, track, routing_id, group, timeout)

    def recv(self, int flags=0, bint copy=True, bint track=False, *, timeout=None):
        """Receive one part of a message.

        Parameters
        ----------
        flags : Flag, default 0
            ``zmq.DONTWAIT`` to raise `Again` rather than wait.
        copy : bool, default True
            False returns a Frame that holds libzmq's memory.
        track : bool, default False
            Whether the Frame has a tracker.
        timeout : float, optional
            Milliseconds to wait at most, -1 for ever; without it RCVTIMEO decides.

        Returns
        -------
        bytes or Frame

        Raises
        ------
        Again
            When there is nothing, with DONTWAIT or at the end of the time.
        ContextTerminated
            When the context was terminated meanwhile.

        Notes
        -----
        Source: zmq_msg_recv(3).
        """
        cdef zmq_msg_t message
        cdef Frame frame
        cdef int rc
        cdef double deadline = BY_OPTION if timeout is None else deadline_of(timeout)
        if not copy:
            return recv_frame(self, flags, track, deadline)
        if self.sharing is not None:
            frame = sharing_recv(self, flags, False, deadline)
            return bytes_from_message(&frame.msg)
        zmq_msg_init(&message)
        enter(self, "recv")
        rc = zmq_msg_recv(&message, self.handle, flags | ZMQ_DONTWAIT)
        leave(self)
        if rc < 0:                  # and the message is empty still: there is nothing to close
            if last_error() != EAGAIN or flags & ZMQ_DONTWAIT:
                fail()
            recv_waiting(self, &message, flags, deadline)
        return take_bytes(&message)

    def try_recv(self, bint copy=True):
        """Receive one part if it is there; never waits, and raises nothing when it is not.

        Parameters
        ----------
        copy : bool, default True
            False returns a Frame.

        Returns
        -------
        bytes, Frame or None
            None when nothing is there.

        .. versionadded:: 28.0
        """
        cdef zmq_msg_t message
        cdef Frame frame
        cdef int rc
        if self.sharing is not None:
            try:
                frame = sharing_recv(self, ZMQ_DONTWAIT, False, BY_OPTION)
            except _Again:
                return None
            return bytes_from_message(&frame.msg) if copy else frame
        zmq_msg_init(&message)
        enter(self, "recv")
        rc = zmq_msg_recv(&message, self.handle, ZMQ_DONTWAIT)
        leave(self)
        if rc < 0:
            zmq_msg_close(&message)
            if last_error() == EAGAIN:
                return None
            fail()
        return part_object(&message, copy, False)

    def recv_into(self, buffer, /, *, int nbytes=0, int flags=0, timeout=None):
        """Receive one part into memory of yours.

        Parameters
        ----------
        buffer : writable buffer
            Where its content goes; contiguous.
        nbytes : int, default 0
            Bytes to use of `buffer`; 0 uses all.
        flags : Flag, default 0
            ``zmq.DONTWAIT`` to raise `Again` rather than wait.
        timeout : float, optional
            Milliseconds to wait at most, -1 for ever; without it RCVTIMEO decides.

        Returns
        -------
        int
            Bytes written. A longer part is cut off, its rest is lost.

        Raises
        ------
        ValueError
            When `nbytes` is negative or larger than `buffer`.
        BufferError, TypeError
            When `buffer` cannot be written, or is not contiguous.

        Notes
        -----
        Source: zmq_recv(3).
        """
        cdef Py_buffer view
        cdef Frame frame
        cdef Py_ssize_t room, size
        cdef char *memory
        cdef double deadline = deadline_of(timeout)
        PyObject_GetBuffer(buffer, &view, PyBUF_WRITABLE | PyBUF_ANY_CONTIGUOUS)
        try:
            room = view.len
            if nbytes < 0 or nbytes > room:
                raise ValueError(f"nbytes={nbytes}: the buffer has {room} bytes")
            if nbytes:
                room = nbytes
            frame = recv_frame(self, flags, False, deadline)
            size = min(room, <Py_ssize_t>zmq_msg_size(&frame.msg))
            memory = <char *>zmq_msg_data(&frame.msg)
            if size <= HOLD_MAX:
                memcpy(view.buf, memory, size)
            else:
                with nogil:
                    memcpy(view.buf, memory, size)
            return size
        finally:
            PyBuffer_Release(&view)

    def send_multipart(self, msg_parts, int flags=0, bint copy=True, bint track=False, *,
                       timeout=None, **kwargs):
        """Send a whole message: all of its parts, or none.

        Parameters
        ----------
        msg_parts : iterable of bytes, Frame or buffer
            The parts; each is looked at before the first is sent.
        flags, copy, track, timeout
            As for `send`.
        **kwargs
            Further arguments of a subclass's `send`.

        Returns
        -------
        MessageTracker or None
            A tracker of all parts, if `track`.

        Raises
        ------
        ValueError
            When there are no parts.
        TypeError
            When a part is not bytes-like; the text says which.
        Again, ContextTerminated, ZMQError
            As for `send`.
        """
        if not PyList_CheckExact(msg_parts) and not PyTuple_CheckExact(msg_parts):
            msg_parts = list_of_parts(msg_parts)
        if self.sharing is not None and not (<Sharing>self.sharing).own_send and not kwargs:
            if flags & ZMQ_SNDMORE or unsent_parts(<Sharing>self.sharing):
                return sharing_send_parts(self, msg_parts, flags, copy, track, timeout)
        elif self.own_send or kwargs:
            return send_parts_by_method(self, msg_parts, flags, copy, track, kwargs)
        return send_parts(self, msg_parts, flags, copy, track, timeout)

    def recv_multipart(self, int flags=0, bint copy=True, bint track=False, *, timeout=None):
        """Receive a whole message.

        Parameters
        ----------
        flags, copy, track, timeout
            As for `recv`.

        Returns
        -------
        list of bytes or list of Frame

        Raises
        ------
        Again, ContextTerminated, ZMQError
            As for `recv`.
        """
        cdef double deadline = BY_OPTION if timeout is None else deadline_of(timeout)
        if self.own_recv:
            if self.sharing is not None and not (<Sharing>self.sharing).own_recv:
                return sharing_recv_parts(self, flags, copy, track, deadline)
            return recv_parts_by_method(self, flags, copy, track)
        return recv_parts(self, flags, copy, track, deadline)

    def send_many(self, messages, int flags=0, bint copy=True, *, bint multipart=False,
                  timeout=None):
        """Send many messages, giving up the GIL once for about a hundred.

        Parameters
        ----------
        messages : iterable of bytes, Frame or buffer; with `multipart`, of lists of those
            Each is a message of its own.
        flags : Flag, default 0
            ``zmq.DONTWAIT`` to send only what there is room for.
        copy : bool, default True
            As for `send`.
        multipart : bool, default False
            Whether each message is a sequence of parts.
        timeout : float, optional
            Milliseconds to wait at most, in all; without it SNDTIMEO decides.

        Returns
        -------
        int
            How many were sent: all of them, but with DONTWAIT or a timeout perhaps fewer, the first
            ones.

        Raises
        ------
        TypeError, ContextTerminated, ZMQError
            As for `send`. How many were sent before is the exception's attribute ``sent``.

        .. versionadded:: 28.0
        """
        return send_batch(self, list_of_messages(messages), flags, copy, multipart, timeout)

    def recv_many(self, Py_ssize_t limit=1000, int flags=0, bint copy=True, *,
                  bint multipart=False, timeout=None):
        """Wait for a message, then receive what else is there.

        Parameters
        ----------
        limit : int, default 1000
            How many parts (with `multipart`, messages) at most; more only to complete a message.
        flags : Flag, default 0
            ``zmq.DONTWAIT`` to raise `Again` rather than wait for the first.
        copy : bool, default True
            False returns Frames.
        multipart : bool, default False
            Whether messages are received as lists of parts.
        timeout : float, optional
            Milliseconds to wait for the first; without it RCVTIMEO decides.

        Returns
        -------
        list of bytes or list of Frame; with `multipart`, list of lists of those
            At least one. Without `multipart`, parts of one message stand one after the other, as
            `recv` would give them.

        Raises
        ------
        ValueError
            When `limit` is less than 1.
        Again, ContextTerminated, ZMQError
            As for `recv`, and only when nothing was received.

        .. versionadded:: 28.0
        """
        return recv_batch(self, limit, flags, copy, multipart, timeout)

    def send_string(self, u, int flags=0, bint copy=True, encoding="utf-8", **kwargs):
        """Send text as one part.

        Parameters
        ----------
        u : str
        flags, copy
            As for `send`.
        encoding : str, default "utf-8"

        Raises
        ------
        TypeError
            When `u` is not str.
        """
        if not isinstance(u, str):
            raise TypeError(f"send_string() sends str, not {type(u).__name__}: {shorten(u)}")
        data = u.encode(encoding)
        if self.own_send or kwargs or not copy:
            return self.send(data, flags, copy=copy, **kwargs)
        return send_bytes(self, data, flags)

    def recv_string(self, int flags=0, encoding="utf-8", *, timeout=None):
        """Receive one part as text.

        Parameters
        ----------
        flags, timeout
            As for `recv`.
        encoding : str, default "utf-8"

        Returns
        -------
        str

        Raises
        ------
        UnicodeDecodeError
            When it is not text in that encoding; the bytes are in the exception's ``object``.
        """
        if self.own_recv:
            return self.recv(flags).decode(encoding)
        cdef Frame frame = recv_frame(
            self, flags, False, BY_OPTION if timeout is None else deadline_of(timeout))
        return bytes_from_message(&frame.msg).decode(encoding)
