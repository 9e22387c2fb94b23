# What happens once, when the module is imported; and what is left to the module itself.

cdef bint exiting = False
cdef object top_package = None


cdef inline bint leaving() noexcept:
    """Whether the interpreter is on its way out: nothing may be waited for, nothing warned of."""
    return exiting


def _leave():
    global exiting
    exiting = True
    zmq_stay_silent()


def _counts():
    """What is alive in this process: for leak checks.

    Returns
    -------
    dict
        ``contexts``, ``sockets``, ``frames``, and ``loans`` (buffers lent to libzmq).
    """
    if zmq_loans_waiting():
        zmq_loans_drain(NULL)
    return {
        "contexts": zmq_count(ZMQ_COUNT_CONTEXTS),
        "sockets": zmq_count(ZMQ_COUNT_SOCKETS),
        "frames": zmq_count(ZMQ_COUNT_FRAMES),
        "loans": zmq_count(ZMQ_COUNT_LOANS),
    }


cdef Py_ssize_t default_copy_threshold() except? -1:
    """zmq.COPY_THRESHOLD, which programs may change."""
    global top_package
    if top_package is None:
        top_package = _sys.modules[__name__.rpartition(".backend.")[0]]
    return top_package.COPY_THRESHOLD


IPC_PATH_MAX_LEN = ZMQ_IPC_PATH_MAX_LEN
PYZMQ_DRAFT_API = bool(ZMQ_COMPILED_WITH_DRAFTS) and has("draft")
_C_API = zmq_capi_capsule()
_OPTIMISED = bool(ZMQ_OPTIMISED)    # not the quick build of tools/rebuild.py

zmq_loan_init()
zmq_guard_watch_forks()
zmq_loan_watch_forks()
zmq_count_forks()
_atexit.register(_leave)
for _class in (Context, Socket, Frame, MessageTracker, Engine, Operation, Relay):
    _class.__module__ = __name__    # the real place: in a vendored copy it is another one
del _class

# Cython enters the module under its compile-time name as well; there a vendored copy would be taken
# for the installed zmq's.
if __name__ != "zmq.backend.cython._zmq" and (
    _sys.modules.get("zmq.backend.cython._zmq") is _sys.modules[__name__]
):
    del _sys.modules["zmq.backend.cython._zmq"]
