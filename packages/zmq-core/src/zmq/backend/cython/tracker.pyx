# MessageTracker: has libzmq finished with the buffers it was lent?

cdef int SLICE_MS = 50              # how long a wait may go without looking for signals


@cython.freelist(64)
cdef class MessageTracker:
    """Tells when libzmq no longer needs the memory of one or more messages.

    Parameters
    ----------
    *towatch : MessageTracker, Frame or threading.Event
        What has to be done for this tracker to be done. Frames must have been made with
        ``track=True``.

    Attributes
    ----------
    events : set of threading.Event, or None
        The events among them.
    peers : set of MessageTracker, or None
        The trackers among them, and those of the frames.

    Raises
    ------
    TypeError
        For anything else in `towatch`.
    ValueError
        For a Frame that is not tracked.

    Notes
    -----
    ``socket.send(data, copy=False, track=True)`` returns one. A message that was copied (because it
    was small, or because ``copy=True``) is done at once. Source: zmq_msg_init_data(3).
    """

    def __init__(self, *towatch):
        for item in towatch:
            if isinstance(item, Frame):
                if (<Frame>item).tracker is None:
                    raise ValueError(f"{item!r} is not tracked: make it with track=True")
                item = (<Frame>item).tracker
            if isinstance(item, MessageTracker):
                if self.peers is None:
                    self.peers = set()
                self.peers.add(item)
            elif hasattr(item, "is_set") and hasattr(item, "wait"):
                if self.events is None:
                    self.events = set()
                self.events.add(item)
            else:
                raise TypeError(
                    "MessageTracker watches MessageTracker, Frame and threading.Event objects, "
                    f"not {item!r}")

    def __dealloc__(self):
        if self.loan != NULL:
            zmq_loan_unref(<zmq_loan *>self.loan)

    def __reduce__(self):
        raise no_pickle(self)

    @property
    def done(self):
        """bool: whether libzmq is done with everything watched."""
        if self.loan != NULL and not zmq_loan_is_done(<zmq_loan *>self.loan):
            return False
        if self.events is not None:
            for event in self.events:
                if not event.is_set():
                    return False
        if self.peers is not None:
            for peer in self.peers:
                if not peer.done:
                    return False
        return True

    def wait(self, timeout=-1):
        """Wait until libzmq is done.

        Parameters
        ----------
        timeout : float or None
            Seconds; -1 (the default) and None wait for ever.

        Raises
        ------
        NotDone
            When the time is over.
        """
        cdef double deadline = -1
        if timeout is not None and timeout is not False and timeout >= 0:
            deadline = zmq_clock() + timeout
        tracker_wait(self, deadline)


cdef int tracker_wait(MessageTracker self, double deadline) except -1:
    cdef zmq_loan *loan = <zmq_loan *>self.loan
    cdef double left
    cdef int slice_ms, done
    if loan != NULL and not zmq_loan_is_done(loan):
        while True:
            slice_ms = SLICE_MS
            if deadline >= 0:
                left = deadline - zmq_clock()
                if left <= 0:
                    raise _NotDone
                if left * 1000 < slice_ms:
                    slice_ms = <int>(left * 1000) + 1
            with nogil:
                done = zmq_loan_wait(loan, slice_ms)
            if done:
                break
            PyErr_CheckSignals()
    if zmq_loans_waiting():
        zmq_loans_drain(NULL)
    if self.events is not None:
        for event in self.events:
            if not event.wait(None if deadline < 0 else max(0.0, deadline - zmq_clock())):
                raise _NotDone
    if self.peers is not None:
        for peer in self.peers:
            tracker_wait(peer, deadline)
    return 0


cdef inline MessageTracker tracker_of(zmq_loan *loan):
    cdef MessageTracker tracker = MessageTracker.__new__(MessageTracker)
    zmq_loan_ref(loan)
    tracker.loan = loan
    return tracker


_FINISHED_TRACKER = MessageTracker()
cdef MessageTracker FINISHED = _FINISHED_TRACKER
