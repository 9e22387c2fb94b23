# From errno to an exception: the one place.

(ZMQError, Again, ContextTerminated, InterruptedSystemCall, ConcurrentUseError, ForkedError,
 NotDone, TerminationTimeout) = _ours("error", (
    "ZMQError", "Again", "ContextTerminated", "InterruptedSystemCall", "ConcurrentUseError",
    "ForkedError", "NotDone", "TerminationTimeout"))

cdef object _ZMQError = ZMQError
cdef object _Again = Again
cdef object _ContextTerminated = ContextTerminated
cdef object _InterruptedSystemCall = InterruptedSystemCall
cdef object _ConcurrentUseError = ConcurrentUseError
cdef object _ForkedError = ForkedError
cdef object _NotDone = NotDone
cdef object _TerminationTimeout = TerminationTimeout


cdef extern from *:
    """
    #include <errno.h>
    #define zmq_errno_set(number) (errno = (number))
    """
    void errno_set "zmq_errno_set"(int number) nogil


cdef int fail(object detail=None) except -1:
    """Raise what libzmq's errno says; `detail` is added to its text."""
    if last_error() == EAGAIN:
        # The most frequent of all. A `raise` costs a line of traceback in each function that it
        # passes, more than all the rest; the exception is made when somebody looks.
        PyErr_SetNone(_Again)
        return -1
    return fail_with(last_error(), detail)


cdef int fail_with(int number, object detail=None) except -1:
    if number == EAGAIN:
        PyErr_SetNone(_Again)
        return -1
    if number == ENOMEM and detail is None:
        raise MemoryError("libzmq could not allocate memory")
    text = zmq_strerror(number).decode("utf-8", "replace")
    if detail is None:
        detail = advice("of_message")(number)
    if detail:
        text = f"{text} ({detail})"
    if number == ZMQ_ETERM:
        raise _ContextTerminated(number, text)
    if number == EINTR:
        raise _InterruptedSystemCall(number, text)
    error = _ZMQError(number, text)
    errno_set(number)               # the first advice is an import, which leaves another
    raise error


cdef object no_pickle(object what):
    """The error for a pickle of what a handle stands behind."""
    return TypeError(f"cannot pickle {type(what).__name__!r} object: it belongs to its process")


cdef object advice(str name):
    """A function of _advice.py; it is imported when the first error is made."""
    try:
        (function,) = _ours("_advice", (name,))
    except ImportError:             # the interpreter ends: the error itself is what counts
        return _no_advice
    return function


def _no_advice(*args, **kwargs):
    return ""


def strerror(int errno):
    """The text for an error number, libzmq's own included.

    Parameters
    ----------
    errno : int

    Returns
    -------
    str

    Notes
    -----
    Source: zmq_strerror(3).
    """
    return zmq_strerror(errno).decode("utf-8", "replace")


def zmq_errno():
    """The error number of libzmq's last failure in this thread.

    Source: zmq_errno(3).
    """
    return last_error()
