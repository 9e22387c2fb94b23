/* Counts of what is alive (for the leak checks of the tests, and of users), and of threads that wait
 * on inproc.  Plain additions under the GIL, atomic ones without it. */
#ifndef ZMQ_COUNTERS_H
#define ZMQ_COUNTERS_H
#include <stdatomic.h>
#ifdef ZMQ_CFFI
#include "loans.h"
#else
#include "zerocopy.h"
#endif

enum { ZMQ_COUNT_CONTEXTS, ZMQ_COUNT_SOCKETS, ZMQ_COUNT_FRAMES, ZMQ_COUNT_LOANS };

static atomic_long zmq_counts[3];

static inline void zmq_count_add(int what, int n) {
#ifdef ZMQ_GUARD_EVERY_CALL
    atomic_fetch_add_explicit(&zmq_counts[what], n, memory_order_relaxed);
#else
    long now = atomic_load_explicit(&zmq_counts[what], memory_order_relaxed);
    atomic_store_explicit(&zmq_counts[what], now + n, memory_order_relaxed);
#endif
}

static inline long zmq_count(int what) {
    return atomic_load(what == ZMQ_COUNT_LOANS ? &zmq_loans_out : &zmq_counts[what]);
}

/* Threads inside libzmq, without the GIL, waiting on a socket that has an inproc end. */
static atomic_int zmq_inproc_waiting;
static inline int zmq_inproc_waiters(void) {
    return atomic_load_explicit(&zmq_inproc_waiting, memory_order_relaxed);
}
static inline void zmq_inproc_waiters_add(int n) {
    atomic_fetch_add_explicit(&zmq_inproc_waiting, n, memory_order_relaxed);
}

#ifndef ZMQ_CFFI
static inline void zmq_stay_silent(void) { atomic_store(&zmq_loans_silent, 1); }
#endif
#endif
