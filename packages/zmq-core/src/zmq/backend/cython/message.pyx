# Between Python objects and zmq_msg_t.

cdef enum:
    HOLD_MAX = 8192                 # bytes; a copy up to this size is made with the GIL held


cdef inline int message_from_bytes(zmq_msg_t *message, object data) except -1:
    """A copy of a bytes object."""
    cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
    return message_from_memory(message, PyBytes_AS_STRING(data), size)


cdef int message_from_memory(zmq_msg_t *message, const void *memory, Py_ssize_t size) except -1:
    """A copy of memory that somebody else keeps alive meanwhile."""
    if zmq_msg_init_size(message, size) < 0:
        zmq_msg_init(message)
        return fail()
    if size <= HOLD_MAX:
        memcpy(zmq_msg_data(message), memory, size)
    else:
        with nogil:
            memcpy(zmq_msg_data(message), memory, size)
    return 0


cdef int message_from_copy(zmq_msg_t *message, object data) except -1:
    """A copy of any contiguous buffer."""
    cdef Py_buffer view
    if PyBytes_CheckExact(data):
        return message_from_bytes(message, data)
    get_buffer(data, &view)
    try:
        return message_from_memory(message, view.buf, view.len)
    finally:
        PyBuffer_Release(&view)


cdef MessageTracker message_from_loan(zmq_msg_t *message, object data, bint track):
    """The object's own memory, lent until libzmq is done; the tracker where one is wanted."""
    cdef zmq_loan *loan
    cdef MessageTracker tracker = None
    if not PyBytes_CheckExact(data):
        check_buffer(data)
    try:
        loan = zmq_loan_new(<PyObject *>data, PyBUF_ANY_CONTIGUOUS)
    except BufferError:
        raise not_contiguous(data) from None
    if track:
        tracker = tracker_of(loan)
    if zmq_msg_init_data(message, loan.view.buf, loan.view.len, zmq_loan_return, loan) < 0:
        zmq_loan_return(NULL, loan)
        zmq_msg_init(message)
        fail()
    return tracker


cdef int message_handed_over(zmq_msg_t *message, object data) except -1:
    """A large bytes object, whole, for a receiver in this process (handover.h)."""
    cdef zmq_loan *loan = zmq_loan_new(<PyObject *>data, PyBUF_ANY_CONTIGUOUS)
    zmq_handover_add(loan)
    if zmq_msg_init_data(message, loan.view.buf, loan.view.len, zmq_loan_return, loan) < 0:
        zmq_loan_return(NULL, loan)
        zmq_msg_init(message)
        return fail()
    return 0


cdef inline bint stays_inside(Socket socket) noexcept:
    """Whether all that it sends goes to sockets of this process."""
    return socket.inproc and not socket.outside


cdef int get_buffer(object data, Py_buffer *view) except -1:
    check_buffer(data)
    try:
        PyObject_GetBuffer(data, view, PyBUF_ANY_CONTIGUOUS)
    except BufferError:
        raise not_contiguous(data) from None
    return 0


cdef int check_buffer(object data) except -1:
    if isinstance(data, str):
        raise TypeError(
            f"a message is bytes, not str: {shorten(data)}; encode it, or use send_string()")
    if not PyObject_CheckBuffer(data):
        raise TypeError(
            "a message is bytes, a Frame, or an object with a buffer (bytearray, memoryview, "
            f"array...), not {type(data).__name__}: {shorten(data)}")
    return 0


cdef object not_contiguous(object data):
    return BufferError(
        f"the memory of this {type(data).__name__} is not contiguous: send a contiguous copy, "
        "such as bytes(data) or numpy.ascontiguousarray(data)")


cdef str shorten(object value):
    try:
        text = repr(value)
    except Exception:
        return f"<{type(value).__name__}>"
    return text if len(text) <= 60 else text[:57] + "..."


cdef MessageTracker message_from_object(
        zmq_msg_t *message, object data, bint copy, bint track, Py_ssize_t copy_below,
        bint inside=False):
    """Any message a program may send; `inside` when all its receivers are in this process.

    Returns the tracker where `track` asks for one and the memory is lent; None else. On failure
    `message` needs no closing.
    """
    cdef Frame frame
    if PyBytes_CheckExact(data):
        if copy or PyBytes_GET_SIZE(data) < copy_below:
            if inside and PyBytes_GET_SIZE(data) > HOLD_MAX:
                message_handed_over(message, data)
            else:
                message_from_bytes(message, data)
            return None
        return message_from_loan(message, data, track)
    if isinstance(data, Frame):
        frame = <Frame>data
        if track and frame.tracker is None:
            raise ValueError(f"{data!r} is not tracked: make it with track=True")
        zmq_msg_init(message)
        if zmq_msg_copy(message, &frame.msg) < 0:
            fail()
        return frame.tracker
    if not copy:
        check_buffer(data)
        if copy_below > 0 and buffer_size(data) < copy_below:
            copy = True
    if copy:
        message_from_copy(message, data)
        return None
    return message_from_loan(message, data, track)


cdef Py_ssize_t buffer_size(object data) except -1:
    cdef Py_buffer view
    cdef Py_ssize_t size
    get_buffer(data, &view)
    size = view.len
    PyBuffer_Release(&view)
    return size


cdef inline object bytes_from_message(zmq_msg_t *message):
    """Its content as bytes; the message is left to the caller to close."""
    cdef size_t size = zmq_msg_size(message)
    cdef object data
    cdef char *memory
    cdef PyObject *found
    if size <= HOLD_MAX:
        return PyBytes_FromStringAndSize(<char *>zmq_msg_data(message), size)
    found = zmq_handover_find(zmq_msg_data(message), size)
    if found != NULL:
        data = <object>found
        Py_DECREF(data)             # data has a reference of its own
        return data
    data = PyBytes_FromStringAndSize(NULL, size)
    memory = PyBytes_AS_STRING(data)
    with nogil:
        memcpy(memory, zmq_msg_data(message), size)
    return data


cdef inline object take_bytes(zmq_msg_t *message):
    """Its content as bytes; the message is closed, also on failure."""
    try:
        return bytes_from_message(message)
    finally:
        zmq_msg_drop(message)
