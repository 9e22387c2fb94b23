/* Terminating a context on a thread of its own, so that nobody has to wait for it in silence.
 *
 * zmq_ctx_term() blocks until the last socket is closed and the last message sent or given up.  It
 * knows no timeout.  So it runs on a bare C thread (no Python state, all signals blocked), and who
 * wants the end waits for a lock with a time of its own, and may come back later.
 *
 * A ticket is shared by the thread and the Context: it is freed by whoever lets go last.
 */
#ifndef ZMQ_TERMINATION_H
#define ZMQ_TERMINATION_H

#include <Python.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "zmq_capi.h"
#ifndef _WIN32
#include <signal.h>
#endif

struct zmq_termination {
    void *context;
    PyThread_type_lock running; /* held until zmq_ctx_term() has returned */
    atomic_int done;
    atomic_int references;
};
typedef struct zmq_termination zmq_termination;

static void zmq_termination_unref(zmq_termination *ticket) {
    if (atomic_fetch_sub(&ticket->references, 1) == 1) {
        PyThread_free_lock(ticket->running);
        free(ticket);
    }
}

static inline void zmq_termination_ref(zmq_termination *ticket) {
    atomic_fetch_add(&ticket->references, 1);
}

static void zmq_termination_run(void *argument) {
    zmq_termination *ticket = (zmq_termination *)argument;
#ifndef _WIN32
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
#endif
    while (zmq_ctx_term(ticket->context) < 0 && zmq_errno() == EINTR) {
    }
    atomic_store(&ticket->done, 1);
    PyThread_release_lock(ticket->running);
    zmq_termination_unref(ticket);
}

/* NULL when there is no memory or no thread left. */
static zmq_termination *zmq_termination_start(void *context) {
    zmq_termination *ticket = (zmq_termination *)calloc(1, sizeof(zmq_termination));
    if (ticket == NULL)
        return NULL;
    ticket->context = context;
    atomic_init(&ticket->done, 0);
    atomic_init(&ticket->references, 2);
    ticket->running = PyThread_allocate_lock();
    if (ticket->running == NULL) {
        free(ticket);
        return NULL;
    }
    PyThread_acquire_lock(ticket->running, WAIT_LOCK);
    if (PyThread_start_new_thread(zmq_termination_run, ticket) == PYTHREAD_INVALID_THREAD_ID) {
        PyThread_release_lock(ticket->running);
        PyThread_free_lock(ticket->running);
        free(ticket);
        return NULL;
    }
    return ticket;
}

static inline int zmq_termination_done(zmq_termination *ticket) { return atomic_load(&ticket->done); }

/* Without the GIL; at most so long (-1: for ever).  1 done, 0 not yet, -1 interrupted by a signal. */
static int zmq_termination_wait(zmq_termination *ticket, long long microseconds) {
    PyLockStatus status = PyThread_acquire_lock_timed(ticket->running, microseconds, 1);
    if (status == PY_LOCK_ACQUIRED) {
        PyThread_release_lock(ticket->running); /* for the next who waits */
        return 1;
    }
    return status == PY_LOCK_INTR ? -1 : 0;
}

#endif
