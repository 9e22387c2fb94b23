# Socket and context options: from Python values to libzmq's types and back.

cdef extern from "option_types.h" nogil:
    enum: ZOPT_INT
    enum: ZOPT_INT64
    enum: ZOPT_UINT64
    enum: ZOPT_BYTES
    enum: ZOPT_FD
    enum: ZOPT_UNKNOWN
    int zmq_option_type(int option)

cdef enum:
    OPTION_BYTES_MAX = 1024         # bytes; longer than any option that libzmq can be asked for


cdef inline bint is_curve_key(int option) noexcept:
    return option in (ZMQ_CURVE_PUBLICKEY, ZMQ_CURVE_SECRETKEY, ZMQ_CURVE_SERVERKEY)


cdef object get_option(Socket socket, int option):
    cdef int kind = zmq_option_type(option)
    cdef char text[OPTION_BYTES_MAX]
    cdef int64_t wide = 0
    cdef zmq_fd_t fd = 0
    cdef int number = 0
    cdef size_t size
    cdef int rc
    enter(socket, "get")
    if kind == ZOPT_BYTES:
        # a CURVE key is given as Z85 text only into exactly the room for it
        size = 41 if is_curve_key(option) else OPTION_BYTES_MAX
        rc = zmq_getsockopt(socket.handle, option, text, &size)
    elif kind == ZOPT_INT64 or kind == ZOPT_UINT64:
        size = sizeof(wide)
        rc = zmq_getsockopt(socket.handle, option, &wide, &size)
    elif kind == ZOPT_FD:
        size = sizeof(fd)
        rc = zmq_getsockopt(socket.handle, option, &fd, &size)
        if rc < 0 and last_error() == EINVAL:
            rc = zmq_draft_fd(socket.handle, &socket.fd_poller, &fd)
    else:
        if socket.fd_poller != NULL and option == ZMQ_EVENTS:
            zmq_draft_fd_still(socket.fd_poller)
        size = sizeof(number)
        rc = zmq_getsockopt(socket.handle, option, &number, &size)
    leave(socket)
    if rc < 0:
        refuse_option(socket, option, True)
    if kind == ZOPT_BYTES:
        # libzmq counts the closing zero of its strings; a routing id may end in one of its own
        if size > 0 and option != ZMQ_ROUTING_ID and text[size - 1] == 0:
            size -= 1
        return PyBytes_FromStringAndSize(text, size)
    if kind == ZOPT_INT64:
        return wide
    if kind == ZOPT_UINT64:
        return <uint64_t>wide
    if kind == ZOPT_FD:
        if socket.fd_poller != NULL:
            warn_of_draft_fd()
        return fd
    if socket.sharing is not None:
        return sharing_option(socket, option, number)
    if socket._engine is not None:
        return engine_option(socket, option, number)
    return number


cdef int warn_of_draft_fd() except -1:
    import warnings
    warnings.warn(_DraftFDWarning(), stacklevel=2)
    return 0


cdef int set_option(Socket socket, int option, object value) except -1:
    cdef int kind = zmq_option_type(option)
    cdef const char *text = NULL
    cdef Py_ssize_t size = 0
    cdef int rc
    if isinstance(value, str):
        told = shown_value(option, value)
        if kind == ZOPT_BYTES or kind == ZOPT_UNKNOWN:
            raise TypeError(f"{option_name(option)} takes bytes, not str: {told}; use set_string()")
        raise TypeError(f"{option_name(option)} takes an int, not {told}")
    if isinstance(value, (bytearray, memoryview)):
        value = bytes(value)
    if not isinstance(value, bytes) and (kind != ZOPT_BYTES or value is not None):
        return set_int_option(socket, option, kind, value)
    if kind != ZOPT_BYTES and kind != ZOPT_UNKNOWN:
        raise TypeError(f"{option_name(option)} takes an int, not {shorten(value)}")
    if value is not None:
        text = PyBytes_AS_STRING(value)
        size = PyBytes_GET_SIZE(value)
    enter(socket, "set")
    rc = zmq_setsockopt(socket.handle, option, text, size)
    leave(socket)
    if rc < 0:
        refuse_option(socket, option, False, value)
    return 0


cdef int set_int_option(Socket socket, int option, int kind, object value) except -1:
    cdef int64_t wide = 0
    cdef uint64_t wide_unsigned = 0
    cdef int number = 0
    cdef int bits = 32
    cdef int rc
    if kind == ZOPT_BYTES:
        raise TypeError(f"{option_name(option)} takes bytes, not {shown_value(option, value)}")
    if not PyIndex_Check(value):
        raise TypeError(f"{option_name(option)} takes an int, not {shorten(value)}")
    try:
        if kind == ZOPT_INT64:
            bits = 64
            wide = value
        elif kind == ZOPT_UINT64:
            bits = 64
            wide_unsigned = value
        else:
            number = value
    except OverflowError:
        raise ValueError(
            f"{option_name(option)}: {shorten(value)} does not fit into {bits} bits") from None
    enter(socket, "set")
    if kind == ZOPT_INT64:
        rc = zmq_setsockopt(socket.handle, option, &wide, sizeof(wide))
    elif kind == ZOPT_UINT64:
        rc = zmq_setsockopt(socket.handle, option, &wide_unsigned, sizeof(wide_unsigned))
    else:
        rc = zmq_setsockopt(socket.handle, option, &number, sizeof(number))
    leave(socket)
    if rc < 0:
        refuse_option(socket, option, False, value)
    return 0


cdef int refuse_option(Socket socket, int option, bint reading, object value=None) except -1:
    cdef int number = last_error()
    told = option_name(option)
    if not reading:
        told = f"{told}, value {shown_value(option, value)}"
    if number == EINVAL:
        told = f"{told}: {advice('of_option')(option, socket.kind, reading=reading)}"
    return fail_with(number, told)


cdef str shown_value(int option, object value):
    return advice("shown")(option, value, shorten(value))


cdef str option_name(int option):
    try:
        return f"option {_SocketOption(option).name}"
    except ValueError:
        return f"option {option}"


(_DraftFDWarning,) = _ours("error", ("DraftFDWarning",))
(_SocketOption, _ContextOption, _SocketType) = _ours(
    "constants", ("SocketOption", "ContextOption", "SocketType"))
