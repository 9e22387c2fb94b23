# Proxies: messages from one socket to another, without the GIL.  The loop is relay.pyx's.

cdef class Relay:
    """Messages from one socket to another, both ways, until somebody says otherwise.

    What every proxy runs on. A message that its target had no room for stays in the relay, at most
    one for each direction, and goes out first when `run` is called again.

    Parameters
    ----------
    frontend, backend : Socket
        The ends; they may be the same socket, which then gets back what it receives.
    capture : Socket, optional
        Gets a copy of every message, before it goes on. While it has no room nothing is relayed.
    control : Socket, optional
        As for `proxy_steerable`.
    wake : int or object with ``fileno()``, optional
        Makes `run` return when it is readable: a socket, as from ``socket.socketpair()`` (or any
        other descriptor, except on Windows).
    in_prefix, out_prefix : bytes, optional
        Goes as a part of its own before what the capture socket gets of the frontend's (`in_prefix`)
        and the backend's messages.
    swap : bool, default False
        The first two parts of every message change places: what goes from one ROUTER to another.

    Raises
    ------
    TypeError
        When an end is no Socket or a prefix not bytes.

    Notes
    -----
    A ROUTER with ROUTER_MANDATORY drops what it cannot deliver here as well; `statistics` counts it.

    .. versionadded:: 28.0
    """

    cdef relay_state state
    cdef readonly Socket frontend
    cdef readonly Socket backend
    cdef readonly Socket capture
    cdef readonly Socket control
    cdef object wake

    def __init__(self, Socket frontend not None, Socket backend not None, Socket capture=None,
                 Socket control=None, *, wake=None, bytes in_prefix=None, bytes out_prefix=None,
                 bint swap=False):
        cdef relay_way *way
        cdef int side
        cdef list sockets = [frontend, backend]
        if self.frontend is not None:
            raise RuntimeError("a Relay is set up once: make another one for other sockets")
        self.frontend = frontend
        self.backend = backend
        self.capture = capture
        self.control = control
        for side in range(2):
            way = &self.state.ways[side]
            way.source = (<Socket>sockets[side]).handle
            way.target = (<Socket>sockets[1 - side]).handle
            way.target_kind = (<Socket>sockets[1 - side]).kind
            if relay_grow(&way.parts, &way.room) < 0:
                raise MemoryError("no memory for a relay's messages")
            prefix = (in_prefix, out_prefix)[side]
            if prefix is not None:
                message_from_bytes(&way.prefix, prefix)
                way.has_prefix = True
        if frontend is backend:
            self.state.ways[1].source = NULL
        if capture is not None:
            self.state.capture = capture.handle
            self.state.capture_kind = capture.kind
        if control is not None:
            self.state.control = control.handle
            self.state.control_kind = control.kind
        if wake is not None:
            self.wake = wake
            self.state.wake = wake if isinstance(wake, int) else wake.fileno()
            self.state.has_wake = True
        self.state.swap = swap

    def __dealloc__(self):
        relay_free(&self.state)

    def run(self):
        """Relay until the control socket says TERMINATE or `wake` is readable.

        Returns
        -------
        bool
            True when `wake` is readable; whoever reads it may call `run` again. False after
            TERMINATE.

        Raises
        ------
        ContextTerminated
            When the context was terminated.
        ConcurrentUseError
            When another thread is in a call on one of the sockets.
        """
        cdef list sockets = [(self.frontend, 0), (self.backend, 0)]
        cdef list entered
        cdef int rc, number
        if self.frontend is None:
            raise RuntimeError("this Relay was never set up: its class did not call __init__")
        sockets += [(socket, 0) for socket in (self.capture, self.control) if socket is not None]
        self.state.breath = 0.1 if in_main_thread() else NEVER
        for socket, _ in sockets:
            if is_shared(socket):
                raise ValueError(f"{describe(socket)} is shared by threads: a proxy needs one of "
                                 "its own, made without shared=True")
        while True:
            entered = enter_all(sockets)
            with nogil:
                rc = relay_run(&self.state)
                number = last_error()
            leave_all(entered)
            if rc == RELAY_TERMINATED or rc == RELAY_WOKEN:
                return rc == RELAY_WOKEN
            if rc == RELAY_FAILED and number != EINTR:
                fail_with(number)
            PyErr_CheckSignals()

    @property
    def paused(self):
        """bool: whether it takes no messages; to be set between two calls of `run`."""
        return self.state.paused

    @paused.setter
    def paused(self, bint value):
        self.state.paused = value

    @property
    def held(self):
        """int: messages that were taken and had no room yet; 0, 1 or 2."""
        return (self.state.ways[0].count > 0) + (self.state.ways[1].count > 0)

    def statistics(self):
        """What went through so far.

        Returns
        -------
        tuple of int
            Of the frontend, then of the backend: messages and bytes received, messages and bytes
            sent; at last how many messages were dropped, because a ROUTER could not deliver them or
            a peer died in the middle.
        """
        cdef uint64_t counts[8]
        relay_counts(&self.state, counts)
        return (counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6],
                counts[7], self.state.ways[0].dropped + self.state.ways[1].dropped)


cdef bint in_main_thread() except -1:
    threading = _sys.modules.get("threading")
    return threading is None or threading.get_ident() == threading.main_thread().ident


def proxy(Socket frontend not None, Socket backend not None, Socket capture=None):
    """Send what arrives at one socket out of the other, both ways, until the context is terminated.

    Parameters
    ----------
    frontend, backend : Socket
    capture : Socket, optional
        Gets a copy of every message.

    Raises
    ------
    ContextTerminated
        The regular end.

    Notes
    -----
    libzmq's own tears a message apart when a signal comes while it waits for room, and cannot be
    interrupted while it is busy: this is another loop, as fast. Source: zmq_proxy(3).
    """
    Relay(frontend, backend, capture).run()


def device(device_type, Socket frontend not None, Socket backend not None):
    """The old name of `proxy`; `device_type` says nothing libzmq does not know already."""
    Relay(frontend, backend).run()


def proxy_steerable(Socket frontend not None, Socket backend not None, Socket capture=None,
                    Socket control=None):
    """A proxy that obeys a control socket.

    Parameters
    ----------
    frontend, backend : Socket
    capture : Socket, optional
        Gets a copy of every message.
    control : Socket, optional
        A PAIR, PULL, SUB or REP socket. It understands ``PAUSE``, ``RESUME``, ``TERMINATE`` and
        ``STATISTICS`` (answered by PAIR and REP with eight parts of eight bytes: messages and bytes
        received and sent, of the frontend and then of the backend, in the machine's byte order). A
        REP socket answers every command, with an empty part where there is nothing to say.

    Raises
    ------
    ContextTerminated
        When the context was terminated. After ``TERMINATE`` it returns.

    Notes
    -----
    libzmq's own, which comes and goes with its versions, is not used. Source:
    zmq_proxy_steerable(3).
    """
    Relay(frontend, backend, capture, control).run()


def monitored_queue(Socket in_socket not None, Socket out_socket not None,
                    Socket mon_socket not None, bytes in_prefix not None=b"in",
                    bytes out_prefix not None=b"out"):
    """A proxy that tells its monitor which way each message goes.

    Parameters
    ----------
    in_socket, out_socket : Socket
        The ends. Between two ROUTERs the first two parts of every message, the routing ids of the
        sender and the receiver, change places, so that the peers of one can address those of the
        other.
    mon_socket : Socket
        Gets every message (as it leaves), with a prefix before it as a part of its own. Usually a
        PUB: the prefix is the topic.
    in_prefix : bytes, default b"in"
        Goes before what arrives at `in_socket`.
    out_prefix : bytes, default b"out"
        Goes before what arrives at `out_socket`.

    Raises
    ------
    ContextTerminated
        When the context was terminated: the regular end.
    TypeError
        When a prefix is not bytes.
    """
    Relay(in_socket, out_socket, mon_socket, in_prefix=in_prefix, out_prefix=out_prefix,
          swap=in_socket.kind == ZMQ_ROUTER and out_socket.kind == ZMQ_ROUTER).run()
