# Frame(...) and MessageTracker() without a tuple and a dict of their arguments: the constructors that
# CPython calls directly (PEP 590, "tp_vectorcall"). They take the usual forms and leave all others,
# and subclasses, to the ordinary way.

cdef extern from "Python.h":
    ctypedef object (*vectorcallfunc)(object, PyObject *const *, size_t, PyObject *)
    ctypedef struct PyTypeObject:
        vectorcallfunc tp_vectorcall
    Py_ssize_t PyVectorcall_NARGS(size_t nargsf) noexcept


cdef object construct(object cls, PyObject *const *args, Py_ssize_t count, PyObject *keywords):
    """The ordinary way."""
    cdef Py_ssize_t i
    cdef tuple names = () if keywords == NULL else <tuple>keywords
    positional = [<object>args[i] for i in range(count)]
    return type.__call__(
        cls, *positional, **{name: <object>args[count + i] for i, name in enumerate(names)})


cdef object new_frame(object cls, PyObject *const *args, size_t flagged, PyObject *keywords):
    """``Frame(data, track=..., copy=...)``."""
    cdef Py_ssize_t count = PyVectorcall_NARGS(flagged), i
    cdef object data = None, track = False, copy = None, name
    cdef Frame frame
    if count > 1:
        return construct(cls, args, count, keywords)
    if count == 1:
        data = <object>args[0]
    if keywords != NULL:
        for i in range(len(<tuple>keywords)):
            name = (<tuple>keywords)[i]
            if name is "copy":
                copy = <object>args[count + i]
            elif name is "track":
                track = <object>args[count + i]
            else:
                return construct(cls, args, count, keywords)
    frame = Frame.__new__(Frame)
    frame_fill(frame, data, track, copy, None)
    return frame


cdef object new_tracker(object cls, PyObject *const *args, size_t flagged, PyObject *keywords):
    """``MessageTracker()``."""
    if PyVectorcall_NARGS(flagged) or keywords != NULL:
        return construct(cls, args, PyVectorcall_NARGS(flagged), keywords)
    return MessageTracker.__new__(MessageTracker)


(<PyTypeObject *>Frame).tp_vectorcall = new_frame
(<PyTypeObject *>MessageTracker).tp_vectorcall = new_tracker
