# Context: libzmq's I/O threads and the sockets that live on them.


cdef class Context:
    """The home of sockets: it owns libzmq's I/O threads.

    Parameters
    ----------
    io_threads : int, default 1
        How many threads do the network's work. One is enough for about a gigabyte a second.
    shadow : int, default 0
        The address of a libzmq context that somebody else owns, to use instead of making one. A
        shadow does not terminate it.

    Raises
    ------
    ValueError
        When `io_threads` is negative.
    ZMQError
        When libzmq cannot make one (EMFILE: too many open files).

    Notes
    -----
    Contexts are thread-safe. After a fork a child's inherited contexts are dead: make a new one.
    Source: zmq_ctx_new(3).
    """

    def __cinit__(self, *args, **kwargs):
        self.handle = NULL
        self.termination = NULL
        self.borrowed = self.explained = self.started = False
        self.made_at = ""
        self._open = {}
        self._lingering = []
        zmq_guard_init(&self.guard)

    def __init__(self, io_threads=1, shadow=0):
        if self.handle != NULL:
            raise RuntimeError(f"{describe(self)} is open already: __init__ runs once")
        if shadow:
            self.handle = <void *><uintptr_t>shadow
            self.borrowed = True
        else:
            if io_threads < 0:
                raise ValueError(f"io_threads must be 0 or more, not {io_threads}")
            self.handle = zmq_ctx_new()
            if self.handle == NULL:
                fail("no context could be made")
            zmq_count_add(ZMQ_COUNT_CONTEXTS, 1)
            self.made_at = made_where()
        zmq_guard_open(&self.guard)
        if not shadow and io_threads != 1:
            self.set(ZMQ_IO_THREADS, io_threads)

    def __dealloc__(self):
        if zmq_guard_state(&self.guard) == ZMQ_GUARD_FREE and not self.borrowed and not leaving():
            # left open by a subclass's own __del__: it ends in the background
            zmq_count_add(ZMQ_COUNT_CONTEXTS, -1)
            if self.termination == NULL:
                self.termination = zmq_termination_start(self.handle)
        if self.termination != NULL:
            zmq_termination_unref(self.termination)
        zmq_guard_close(&self.guard)

    def __del__(self):
        if leaving() or self.closed or self.borrowed:
            return
        PyErr_ResourceWarning(self, 1, "unclosed context %R, made at %U: call term() or destroy()",
                              <PyObject *>self, <PyObject *>self.made_at)
        context_destroy(self, None, NEVER)

    def __reduce__(self):
        raise no_pickle(self)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        context_destroy(self, None, NEVER)

    def __repr__(self):
        state = "closed" if self.closed else f"{len(self._open)} open sockets"
        return f"<zmq.{type(self).__name__} at {<uintptr_t><PyObject *>self:#x}, {state}>"

    @property
    def closed(self):
        """bool: whether it was terminated (or inherited through a fork, where it is dead)."""
        cdef int state = zmq_guard_state(&self.guard)
        if self.termination != NULL and zmq_termination_done(self.termination):
            context_ended(self)
            return True
        return state == ZMQ_GUARD_CLOSED or state == ZMQ_GUARD_FORKED

    @property
    def underlying(self):
        """int: the address of libzmq's context, for other bindings in this process."""
        enter_context(self, "underlying")
        return <uintptr_t>self.handle

    def _sockets(self):
        """list of Socket: those of this context that are open, for reports and warnings."""
        found = [reference() for reference in list(self._open.values())]
        return [socket for socket in found if socket is not None]

    def socket(self, int socket_type, *, bint shared=False):
        """A new socket of this context.

        Parameters
        ----------
        socket_type : SocketType
        shared : bool, default False
            Whether any number of threads may use it at the same time (see `Socket`).

        Raises
        ------
        ZMQError
            EINVAL for an unknown type, EMFILE when MAX_SOCKETS is reached.
        """
        return Socket(self, socket_type, shared=shared)

    def get(self, int option):
        """The value of a context option.

        Parameters
        ----------
        option : ContextOption

        Returns
        -------
        int

        Raises
        ------
        ZMQError
            EINVAL for an unknown option.

        Notes
        -----
        Source: zmq_ctx_get(3).
        """
        cdef int value
        enter_context(self, "get")
        value = zmq_ctx_get(self.handle, option)
        if value < 0:
            fail(context_option_name(option))
        return value

    def set(self, int option, optval):
        """Set a context option.

        Parameters
        ----------
        option : ContextOption
        optval : int

        Raises
        ------
        ZMQError
            EINVAL for an unknown option or a value that libzmq refuses.
        TypeError
            When `optval` is no int.

        Notes
        -----
        Source: zmq_ctx_set(3).
        """
        cdef int value
        if not PyIndex_Check(optval):
            raise TypeError(f"{context_option_name(option)} takes an int, not {shorten(optval)}")
        try:
            value = optval
        except OverflowError:
            raise ValueError(
                f"{context_option_name(option)}: {optval!r} does not fit into 32 bits") from None
        enter_context(self, "set")
        if zmq_ctx_set(self.handle, option, value) < 0:
            fail(f"{context_option_name(option)}, value {optval!r}")

    def term(self, timeout=None):
        """Terminate: wait until all sockets are closed and their messages sent, then free it.

        Blocking calls on its sockets raise `ContextTerminated`. A second call does nothing.

        Parameters
        ----------
        timeout : float, optional
            Milliseconds to wait at most; None and negative numbers wait for ever, and say on stderr
            after three seconds what for.

        Raises
        ------
        TerminationTimeout
            When the time is over; its text lists the sockets. Termination goes on: calling again
            waits again.

        Notes
        -----
        It waits for sockets that are open, and, within their LINGER, for messages not sent yet.
        Source: zmq_ctx_term(3).

        .. versionchanged:: 28.0
            `timeout`.
        """
        context_term(self, NEVER if timeout is None else deadline_of(timeout))

    def destroy(self, linger=None, timeout=None):
        """Close all its sockets, then terminate.

        Parameters
        ----------
        linger : int or None
            Milliseconds to go on sending what is queued, for each socket; None keeps their LINGER.
            libzmq does not let it change on a socket whose calls raised `ContextTerminated` already.
        timeout : float, optional
            As for `term`.

        Raises
        ------
        TerminationTimeout
            When the time is over.

        Notes
        -----
        It may be called while other threads wait on its sockets: they get `ContextTerminated`, and
        only then their sockets are closed.

        .. versionchanged:: 28.0
            `timeout`.
        """
        context_destroy(self, linger, NEVER if timeout is None else deadline_of(timeout))


cdef str context_option_name(int option):
    try:
        return f"context option {_ContextOption(option).name}"
    except ValueError:
        return f"context option {option}"
