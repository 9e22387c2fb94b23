# Frame: one part of a message, its memory and its metadata.

cdef dict MESSAGE_OPTIONS = {"more": 1, "srcfd": 2, "shared": 3}


@cython.freelist(64)
cdef class Frame:
    """One part of a message.

    Parameters
    ----------
    data : bytes, str-free buffer, or None
        The content; None makes an empty frame, to receive into.
    track : bool, default False
        Keep a `MessageTracker` of the memory, in `tracker`.
    copy : bool or None
        True copies `data`. False and None (the default) lend its memory to libzmq, but for `data`
        smaller than `copy_threshold`.
    copy_threshold : int or None
        Bytes below which memory is copied even with ``copy=False``; None takes
        ``zmq.COPY_THRESHOLD``.

    Attributes
    ----------
    tracker : MessageTracker or None
        Of its memory, when it was made with ``track=True``.

    Raises
    ------
    TypeError
        When `data` is text or has no buffer.
    BufferError
        When its buffer is not contiguous.

    Notes
    -----
    A frame has a buffer: ``memoryview(frame)``, ``bytes(frame)`` and ``numpy.frombuffer(frame)``
    work. A received frame's memory is libzmq's and writable. Source: zmq_msg_init(3).
    """

    def __cinit__(self):
        zmq_msg_init(&self.msg)
        zmq_count_add(ZMQ_COUNT_FRAMES, 1)

    def __init__(self, data=None, track=False, copy=None, copy_threshold=None):
        frame_fill(self, data, track, copy, copy_threshold)

    def __dealloc__(self):
        zmq_msg_drop(&self.msg)
        zmq_count_add(ZMQ_COUNT_FRAMES, -1)

    def __copy__(self):
        """A frame of the same memory: libzmq counts the references."""
        cdef Frame other = type(self).__new__(type(self))
        if zmq_msg_copy(&other.msg, &self.msg) < 0:
            fail()
        other.tracker = self.tracker
        return other

    def fast_copy(self):
        """The same as ``copy.copy(frame)``."""
        return self.__copy__()

    def __len__(self):
        return zmq_msg_size(&self.msg)

    def __bytes__(self):
        return bytes_from_message(&self.msg)

    def __getbuffer__(self, Py_buffer *view, int flags):
        self.exported_size = zmq_msg_size(&self.msg)
        if self.exported_size > HOLD_MAX:
            frame_unshare(self)
        view.buf = zmq_msg_data(&self.msg)
        view.len = self.exported_size
        view.obj = self
        view.readonly = 0
        view.format = b"B"
        view.ndim = 1
        view.shape = &self.exported_size
        view.strides = &ONE
        view.suboffsets = NULL
        view.itemsize = 1
        view.internal = NULL

    def __eq__(self, other):
        if isinstance(other, Frame):
            return memoryview(self) == memoryview(other)
        if isinstance(other, (bytes, bytearray, memoryview)):
            return memoryview(self) == other
        return NotImplemented

    def __hash__(self):
        return <Py_ssize_t><PyObject *>self >> 4

    def __repr__(self):
        cdef Py_ssize_t size = zmq_msg_size(&self.msg)
        shown = repr(PyBytes_FromStringAndSize(<char *>zmq_msg_data(&self.msg), min(size, 20)))
        if size > 20:
            shown += f"... {size} B"
        return f"<zmq.{type(self).__name__}({shown})>"

    @property
    def bytes(self):
        """bytes: the content, copied."""
        return bytes_from_message(&self.msg)

    @property
    def buffer(self):
        """memoryview: the content, not copied."""
        return memoryview(self)

    @property
    def more(self):
        """bool: whether more parts of the same message follow."""
        return zmq_msg_more(&self.msg) != 0

    @property
    def tracker_event(self):
        """MessageTracker or None: the same as `tracker`; pyzmq kept an event here."""
        return self.tracker

    def get(self, option):
        """A property of the message, or a value of its metadata.

        Parameters
        ----------
        option : MessageOption or str
            A number is a libzmq property (``zmq.MORE``, ``zmq.SRCFD``, ``zmq.SHARED``); text is a
            metadata key such as ``"User-Id"``, ``"Peer-Address"``, ``"Socket-Type"`` or
            ``"Identity"``, or ``"routing_id"`` and ``"group"`` of draft sockets.

        Returns
        -------
        int or str

        Raises
        ------
        ZMQError
            EINVAL for a key that this message does not have.

        Notes
        -----
        Source: zmq_msg_get(3), zmq_msg_gets(3).
        """
        cdef int number
        cdef const char *text
        if isinstance(option, str):
            if option == "routing_id":
                require_drafts("routing_id")
                return zmq_msg_routing_id(&self.msg)
            if option == "group":
                require_drafts("group")
                text = zmq_msg_group(&self.msg)
                return "" if text == NULL else text.decode("utf-8", "replace")
            key = option.encode()
            text = zmq_msg_gets(&self.msg, key)
            if text == NULL:
                fail(f"the message has no property {option!r}")
            return text.decode("utf-8", "replace")
        number = zmq_msg_get(&self.msg, option)
        if number < 0:
            fail(f"message option {option!r}")
        return number

    def set(self, option, value):
        """Set a property of the message.

        Parameters
        ----------
        option : int or str
            A libzmq property, or ``"routing_id"`` (value: int) or ``"group"`` (value: str or bytes)
            of draft sockets.

        Raises
        ------
        ZMQError
            When libzmq refuses it.

        Notes
        -----
        Source: zmq_msg_set(3), zmq_msg_set_routing_id(3), zmq_msg_set_group(3).
        """
        cdef int rc
        if isinstance(option, str):
            if option == "routing_id":
                require_drafts("routing_id")
                rc = zmq_msg_set_routing_id(&self.msg, value)
            elif option == "group":
                require_drafts("group")
                group = value.encode() if isinstance(value, str) else value
                rc = zmq_msg_set_group(&self.msg, group)
            else:
                raise ValueError(
                    f"message property {option!r} cannot be set; only 'routing_id' and 'group' can")
        else:
            rc = zmq_msg_set(&self.msg, option, value)
        if rc < 0:
            fail(f"message option {option!r}, value {shorten(value)}")

    @property
    def routing_id(self):
        """int: which peer a message of a SERVER socket came from or goes to (draft)."""
        return self.get("routing_id")

    @routing_id.setter
    def routing_id(self, value):
        self.set("routing_id", value)

    @property
    def group(self):
        """str: the group of a RADIO or DISH message (draft)."""
        return self.get("group")

    @group.setter
    def group(self, value):
        self.set("group", value)

    def __getitem__(self, key):
        return self.get(key)

    def __getattr__(self, key):
        option = MESSAGE_OPTIONS.get(key.lower())
        if option is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {key!r}")
        cdef int number = zmq_msg_get(&self.msg, option)
        if number < 0:
            raise AttributeError(f"this message has no {key}")
        return number

    def __reduce__(self):
        return type(self), (bytes_from_message(&self.msg),)


cdef Py_ssize_t ONE = 1


cdef int frame_unshare(Frame self) except -1:
    """Its memory may be written, and must not be that of a bytes object that was handed over."""
    cdef zmq_msg_t copy
    cdef PyObject *found = zmq_handover_find(zmq_msg_data(&self.msg), zmq_msg_size(&self.msg))
    if found == NULL:
        return 0
    data = <object>found
    Py_DECREF(data)
    message_from_bytes(&copy, data)
    zmq_msg_move(&self.msg, &copy)
    return 0


cdef int frame_fill(
        Frame self, object data, bint track, object copy, object copy_threshold) except -1:
    """Give a new frame its content."""
    cdef Py_ssize_t copy_below
    if zmq_msg_size(&self.msg) != 0:
        raise TypeError(f"{self!r} has its content already: make another frame")
    zmq_msg_close(&self.msg)
    zmq_msg_init(&self.msg)
    if data is not None:
        if copy:
            message_from_copy(&self.msg, data)
        else:
            copy_below = default_copy_threshold() if copy_threshold is None else copy_threshold
            self.tracker = message_from_object(&self.msg, data, False, track, copy_below)
    if track and self.tracker is None:
        self.tracker = FINISHED
    return 0


cdef int require_drafts(str what) except -1:
    if not ZMQ_COMPILED_WITH_DRAFTS:
        raise _ZMQError(ENOTSUP, f"{what} is draft API: build zmq-core with ZMQ_DRAFT_API=1")
    return 0
