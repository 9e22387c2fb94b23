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
 * stack, whichever comes first: with the GIL, on a Python thread.  A message that a Python thread
 * closes itself, by zmq_msg_drop(), takes none of these ways round.
 */
#ifndef ZMQ_ZEROCOPY_H
#define ZMQ_ZEROCOPY_H

#include <Python.h>
/* held until libzmq is done: the object can neither go nor be resized */
#define ZMQ_LOAN_KEEPS Py_buffer view; int handed_over; struct zmq_loan *neighbour;
#include <zmq.h>
#include "loans.h"
#include "handover.h"

#ifdef _MSC_VER
static __declspec(thread) int zmq_loans_at_hand;
#else
static _Thread_local int zmq_loans_at_hand; /* this thread has the GIL, and is closing a message */
#endif
static atomic_int zmq_loans_silent; /* interpreter exit: no more pending calls */

static inline void zmq_loan_release(zmq_loan *loan) {
    if (loan->handed_over)
        zmq_handover_remove(loan);
    PyBuffer_Release(&loan->view);
}

/* With the GIL.  Releases the buffers of all that came home; returns 0 (it is a pending call). */
static int zmq_loans_drain(void *unused) {
    zmq_loan *loan = zmq_loans_take();
    (void)unused;
    while (loan != NULL) {
        zmq_loan *next = loan->next;
        zmq_loan_release(loan);
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
    loan->handed_over = 0;
    zmq_loan_out(loan);
    return loan;
}

/* libzmq's free function: any thread, no GIL. */
static void zmq_loan_return(void *data, void *hint) {
    (void)data;
    if (zmq_loans_at_hand) {
        zmq_loan *loan = (zmq_loan *)hint;
        int at_hand = zmq_loans_at_hand;
        zmq_loans_at_hand = 0; /* a buffer's owner may run Python code, which may give up the GIL */
        zmq_loan_release(loan);
        zmq_loans_at_hand = at_hand;
        zmq_loan_finish(loan);
        zmq_loan_taken(loan);
    } else if (zmq_loan_home((zmq_loan *)hint) &&
        !atomic_load_explicit(&zmq_loans_silent, memory_order_relaxed))
        Py_AddPendingCall(zmq_loans_drain, NULL);
}

/* zmq_msg_close() with the GIL, on no socket's way: what was lent is released at once. */
static inline void zmq_msg_drop(zmq_msg_t *message) {
    zmq_loans_at_hand++;
    zmq_msg_close(message);
    zmq_loans_at_hand--;
}

#endif
