/* What is lent to libzmq, and how it comes home: the part that knows nothing of Python.
 *
 * The includer defines ZMQ_LOAN_KEEPS, the members that keep the memory alive (or nothing).
 *
 * Invariants: a loan has one reference of libzmq's (given up by whoever takes it from the stack) and
 * one for each tracker; it is freed with the last.  Coming home allocates nothing and takes a lock
 * only while somebody waits.
 */
#ifndef ZMQ_LOANS_H
#define ZMQ_LOANS_H

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include "zmq_guard.h"

typedef struct zmq_loan {
    struct zmq_loan *next;
    ZMQ_LOAN_KEEPS
    atomic_int done;
    atomic_int references;
} zmq_loan;

static _Atomic(zmq_loan *) zmq_loans_returned;
static atomic_long zmq_loans_out; /* made and not yet taken from the stack */

static inline int zmq_loan_is_done(zmq_loan *loan) { return atomic_load(&loan->done); }

static inline void zmq_loan_unref(zmq_loan *loan) {
    if (atomic_fetch_sub(&loan->references, 1) == 1)
        free(loan);
}

static inline void zmq_loan_ref(zmq_loan *loan) { atomic_fetch_add(&loan->references, 1); }

static inline int zmq_loans_waiting(void) {
    return atomic_load_explicit(&zmq_loans_returned, memory_order_relaxed) != NULL;
}

/* ---- waiting for a flag: one mutex and condition for the process, used only while somebody waits */

static atomic_int zmq_loan_waiters;
#ifdef _WIN32
static SRWLOCK zmq_loan_mutex = SRWLOCK_INIT;
static CONDITION_VARIABLE zmq_loan_cond = CONDITION_VARIABLE_INIT;
#else
static pthread_mutex_t zmq_loan_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t zmq_loan_cond;
#endif

static void zmq_loan_init(void) {
#ifndef _WIN32
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
#ifndef __APPLE__
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
    pthread_cond_init(&zmq_loan_cond, &attributes);
    pthread_condattr_destroy(&attributes);
#endif
}

#ifndef _WIN32
/* The child of a fork: whoever held the mutex is not here. */
static void zmq_loan_in_child(void) {
    pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
    zmq_loan_mutex = fresh;
    atomic_store(&zmq_loan_waiters, 0);
    zmq_loan_init();
}
static inline int zmq_loan_watch_forks(void) { return pthread_atfork(NULL, NULL, zmq_loan_in_child); }
#else
static inline int zmq_loan_watch_forks(void) { return 0; }
#endif

static inline void zmq_loan_wake(void) {
#ifdef _WIN32
    AcquireSRWLockExclusive(&zmq_loan_mutex);
    WakeAllConditionVariable(&zmq_loan_cond);
    ReleaseSRWLockExclusive(&zmq_loan_mutex);
#else
    pthread_mutex_lock(&zmq_loan_mutex);
    pthread_cond_broadcast(&zmq_loan_cond);
    pthread_mutex_unlock(&zmq_loan_mutex);
#endif
}

/* What is waited for: that a loan is done, or, without one, that any came home. */
static inline int zmq_loan_awaited(zmq_loan *loan) {
    return loan != NULL ? zmq_loan_is_done(loan) : zmq_loans_waiting();
}

/* Without the GIL.  At most `milliseconds`; 1 when what is waited for is there. */
static int zmq_loan_wait(zmq_loan *loan, int milliseconds) {
#ifdef _WIN32
    AcquireSRWLockExclusive(&zmq_loan_mutex);
    atomic_fetch_add(&zmq_loan_waiters, 1);
    if (!zmq_loan_awaited(loan))
        SleepConditionVariableSRW(&zmq_loan_cond, &zmq_loan_mutex, (DWORD)milliseconds, 0);
    atomic_fetch_sub(&zmq_loan_waiters, 1);
    ReleaseSRWLockExclusive(&zmq_loan_mutex);
#else
    struct timespec until;
#ifdef __APPLE__
    clock_gettime(CLOCK_REALTIME, &until);
#else
    clock_gettime(CLOCK_MONOTONIC, &until);
#endif
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += (milliseconds % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec += 1;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&zmq_loan_mutex);
    atomic_fetch_add(&zmq_loan_waiters, 1);
    while (!zmq_loan_awaited(loan))
        if (pthread_cond_timedwait(&zmq_loan_cond, &zmq_loan_mutex, &until) != 0)
            break;
    atomic_fetch_sub(&zmq_loan_waiters, 1);
    pthread_mutex_unlock(&zmq_loan_mutex);
#endif
    return zmq_loan_awaited(loan);
}

/* ---- the way of a loan */

static inline void zmq_loan_out(zmq_loan *loan) {
    atomic_init(&loan->done, 0);
    atomic_init(&loan->references, 1);
    atomic_fetch_add_explicit(&zmq_loans_out, 1, memory_order_relaxed);
}

/* The flag of a loan, and whoever waits for it. */
static inline void zmq_loan_finish(zmq_loan *loan) {
    atomic_store(&loan->done, 1);
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load(&zmq_loan_waiters) != 0)
        zmq_loan_wake();
}

/* Any thread, no GIL.  Whether it is the first on the stack. */
static inline int zmq_loan_home(zmq_loan *loan) {
    zmq_loan *head = atomic_load_explicit(&zmq_loans_returned, memory_order_relaxed);
    atomic_store(&loan->done, 1);
    do {
        loan->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&zmq_loans_returned, &head, loan,
                                                    memory_order_release, memory_order_relaxed));
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load(&zmq_loan_waiters) != 0)
        zmq_loan_wake();
    return head == NULL;
}

/* All that came home, linked by `next`; the caller releases and unrefs each. */
static inline zmq_loan *zmq_loans_take(void) {
    return atomic_exchange_explicit(&zmq_loans_returned, NULL, memory_order_acquire);
}

static inline void zmq_loan_taken(zmq_loan *loan) {
    atomic_fetch_sub_explicit(&zmq_loans_out, 1, memory_order_relaxed);
    zmq_loan_unref(loan);
}

#endif
