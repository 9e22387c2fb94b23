/* Python buffers lent to libzmq, and how they come home; what of it needs no Python is in loans.h.
 *
 * zmq_msg_init_data() gives libzmq a pointer into a Python object; libzmq calls back, on one of its
 * own threads, when the last reference to the message is gone.  That thread must not touch Python:
 * it would need the GIL, and at exit or after a fork it could never have it.  So the callback only
 *   1. sets the loan's `done` flag (what a MessageTracker reads),
 *   2. wakes whoever waits for a flag,
 *   3. pushes the loan on a lock-free stack, and, when the stack was empty, asks the interpreter for
 *      a pending call.
 * The buffers are released by that pending call, or by the next call of ours that looks at the
 * stack, whichever comes first: with the GIL, on a Python thread.
 */
#ifndef ZMQ_ZEROCOPY_H
#define ZMQ_ZEROCOPY_H

#include <Python.h>
/* held until libzmq is done: the object can neither go nor be resized */
#define ZMQ_LOAN_KEEPS Py_buffer view;
#include "loans.h"

static atomic_int zmq_loans_silent; /* interpreter exit: no more pending calls */

/* With the GIL.  Releases the buffers of all that came home; returns 0 (it is a pending call). */
static int zmq_loans_drain(void *unused) {
    zmq_loan *loan = zmq_loans_take();
    (void)unused;
    while (loan != NULL) {
        zmq_loan *next = loan->next;
        PyBuffer_Release(&loan->view);
        zmq_loan_taken(loan);
        loan = next;
    }
    return 0;
}

/* With the GIL.  NULL with an exception set when `object` has no contiguous buffer. */
static zmq_loan *zmq_loan_new(PyObject *object, int flags) {
    zmq_loan *loan;
    if (zmq_loans_waiting())
        zmq_loans_drain(NULL);
    loan = (zmq_loan *)malloc(sizeof(zmq_loan));
    if (loan == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    if (PyObject_GetBuffer(object, &loan->view, flags) < 0) {
        free(loan);
        return NULL;
    }
    zmq_loan_out(loan);
    return loan;
}

/* libzmq's free function: any thread, no GIL. */
static void zmq_loan_return(void *data, void *hint) {
    (void)data;
    if (zmq_loan_home((zmq_loan *)hint) &&
        !atomic_load_explicit(&zmq_loans_silent, memory_order_relaxed))
        Py_AddPendingCall(zmq_loans_drain, NULL);
}

#endif
