# cython: language_level=3str, freethreading_compatible=True, binding=False
# cython: embedsignature=True, embedsignature.format=clinic
# cython: boundscheck=False, wraparound=False, initializedcheck=False, auto_pickle=False
"""libzmq for Python: the compiled core.

One extension module out of one file per object; the order below is the order of dependence.

Rules that hold in every file:

* every call on a handle goes through its guard (`guard.pyx`, `zmq_guard.h`), entered *after* all
  Python objects were looked at: between entering and leaving no Python code can run, except where
  the GIL is given up, and there the guard is marked;
* a multipart message is one thing: frames are built before the first is sent, and taken as C
  messages before the first becomes a Python object;
* one place turns libzmq's errno into an exception (`errors.pyx`);
* there is no `import` statement for a module of ours: Cython would look it up by its compile-time
  name, and a vendored copy would get the installed package's classes.
"""

include "imports.pyx"
include "errors.pyx"
include "guard.pyx"
include "tracker.pyx"
include "message.pyx"
include "frame.pyx"
include "construct.pyx"
include "wait.pyx"
include "options.pyx"
include "send.pyx"
include "recv.pyx"
include "batch.pyx"
include "shared.pyx"
include "termination.pyx"
include "context.pyx"
include "shadow.pyx"
include "socket.pyx"
include "socket_life.pyx"
include "endpoints.pyx"
include "by_method.pyx"
include "engine_queue.pyx"
include "engine_operation.pyx"
include "engine_outcome.pyx"
include "engine_message.pyx"
include "engine.pyx"
include "engine_loop.pyx"
include "poll.pyx"
include "pollset.pyx"
include "relay.pyx"
include "proxy.pyx"
include "utils.pyx"
include "module.pyx"
