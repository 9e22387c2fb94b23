/* A large bytes object that stays in the process: handed over, not copied.
 *
 * A socket that has inproc ends only lends libzmq the memory of the bytes objects it sends, and the
 * socket that receives such a message finds the object again by the address of its memory, and
 * returns that very object.  It cannot change, so nobody can tell it from a copy, but by `is`.
 *
 * Invariants: with the GIL (without one: with the mutex), every loan made here and not yet released
 * is in the table, so an address that is found belongs to a living object.  Only Python's own code may
 * look, since the memory must not be written: a Frame makes itself a copy before it shows it.
 */
#ifndef ZMQ_HANDOVER_H
#define ZMQ_HANDOVER_H

#include <Python.h>
#include <stdint.h>

enum { ZMQ_HANDOVER_BUCKETS = 1024 };

static struct zmq_loan *zmq_handed_over[ZMQ_HANDOVER_BUCKETS];
static atomic_long zmq_handed_over_count;

#ifdef Py_GIL_DISABLED
static PyMutex zmq_handover_mutex;
#define ZMQ_HANDOVER_LOCK() PyMutex_Lock(&zmq_handover_mutex)
#define ZMQ_HANDOVER_UNLOCK() PyMutex_Unlock(&zmq_handover_mutex)
#else
#define ZMQ_HANDOVER_LOCK() ((void)0)
#define ZMQ_HANDOVER_UNLOCK() ((void)0)
#endif

static inline struct zmq_loan **zmq_handover_bucket(const void *memory) {
    uintptr_t address = (uintptr_t)memory;
    return &zmq_handed_over[(address >> 5 ^ address >> 15) % ZMQ_HANDOVER_BUCKETS];
}

static void zmq_handover_add(zmq_loan *loan) {
    zmq_loan **bucket = zmq_handover_bucket(loan->view.buf);
    ZMQ_HANDOVER_LOCK();
    loan->neighbour = *bucket;
    *bucket = loan;
    loan->handed_over = 1;
    atomic_fetch_add_explicit(&zmq_handed_over_count, 1, memory_order_relaxed);
    ZMQ_HANDOVER_UNLOCK();
}

/* Before the memory is released. */
static void zmq_handover_remove(zmq_loan *loan) {
    zmq_loan **place = zmq_handover_bucket(loan->view.buf);
    ZMQ_HANDOVER_LOCK();
    while (*place != loan)
        place = &(*place)->neighbour;
    *place = loan->neighbour;
    atomic_fetch_sub_explicit(&zmq_handed_over_count, 1, memory_order_relaxed);
    ZMQ_HANDOVER_UNLOCK();
}

/* The object whose memory this is, as a new reference; NULL, without an exception, for other memory. */
static inline PyObject *zmq_handover_find(const void *memory, size_t size) {
    PyObject *object = NULL;
    zmq_loan *loan;
    if (atomic_load_explicit(&zmq_handed_over_count, memory_order_relaxed) == 0)
        return NULL;
    ZMQ_HANDOVER_LOCK();
    for (loan = *zmq_handover_bucket(memory); loan != NULL; loan = loan->neighbour)
        if (loan->view.buf == memory && (size_t)loan->view.len == size) {
            object = loan->view.obj;
            Py_INCREF(object);
            break;
        }
    ZMQ_HANDOVER_UNLOCK();
    return object;
}

#endif
