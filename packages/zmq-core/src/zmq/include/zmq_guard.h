/* The in-use mark of a libzmq handle, and what a fork does to it.
 *
 * libzmq's sockets are not thread-safe: two threads inside one socket abort the process or tear a
 * message.  Each handle of ours carries a guard with one word of state; every call into libzmq
 * enters it first.  One word answers three questions at once (is another thread inside? was it
 * closed? was it inherited through fork()?), so that the hot path pays for one comparison.
 *
 * With the GIL, a call that keeps the GIL cannot meet a second thread: `zmq_guard_enter` only looks.
 * A call that gives the GIL up marks the guard with `zmq_guard_block` before and clears the mark
 * after.  Without the GIL (Py_GIL_DISABLED), and from cffi (ZMQ_CFFI), which gives it up for every call,
 * every call takes the mark by compare-and-swap.
 *
 * Guards of open handles stand in one list, so that the child of a fork can mark them all: libzmq's
 * threads do not exist there, and any call would hang.
 */
#ifndef ZMQ_GUARD_H
#define ZMQ_GUARD_H

#ifndef ZMQ_CFFI
#include <Python.h>
#endif
#include <stdatomic.h>
#include <stddef.h>

#ifdef _WIN32
#include <windows.h>
typedef SRWLOCK zmq_mutex_t;
#define ZMQ_MUTEX_INIT SRWLOCK_INIT
#define zmq_mutex_lock(m) AcquireSRWLockExclusive(m)
#define zmq_mutex_unlock(m) ReleaseSRWLockExclusive(m)
#else
#include <pthread.h>
typedef pthread_mutex_t zmq_mutex_t;
#define ZMQ_MUTEX_INIT PTHREAD_MUTEX_INITIALIZER
#define zmq_mutex_lock(m) pthread_mutex_lock(m)
#define zmq_mutex_unlock(m) pthread_mutex_unlock(m)
#endif

enum zmq_guard_state {
    ZMQ_GUARD_FREE = 0,   /* open, nobody inside */
    ZMQ_GUARD_BUSY = 1,   /* open, `thread` is inside, doing `op` */
    ZMQ_GUARD_CLOSED = 2, /* not open yet, or closed */
    ZMQ_GUARD_FORKED = 3  /* open in the parent process, dead here */
};

typedef struct zmq_guard {
    atomic_int state;
    unsigned long thread; /* the last one that blocked here (each one, without the GIL) */
    const char *op;       /* what it does, a static string */
    struct zmq_guard *prev, *next;
} zmq_guard;

/* What only the providing module (_zmq) needs: consumers that cimport the classes need the layout. */
#ifdef ZMQ_CAPI_PROVIDER

#if defined Py_GIL_DISABLED || defined ZMQ_CFFI
#define ZMQ_GUARD_EVERY_CALL
#endif

/* as Python's threading.get_ident() has it */
static inline unsigned long zmq_guard_thread(void) {
#ifndef ZMQ_CFFI
    return PyThread_get_thread_ident();
#elif defined _WIN32
    return GetCurrentThreadId();
#else
    return (unsigned long)pthread_self();
#endif
}

static zmq_mutex_t zmq_guard_mutex = ZMQ_MUTEX_INIT;
static zmq_guard zmq_guard_list = {ZMQ_GUARD_FREE, 0, NULL, &zmq_guard_list, &zmq_guard_list};

static inline int zmq_guard_state(zmq_guard *g) {
    return atomic_load_explicit(&g->state, memory_order_acquire);
}

static inline void zmq_guard_init(zmq_guard *g) {
    atomic_init(&g->state, ZMQ_GUARD_CLOSED);
    g->thread = 0;
    g->op = "";
    g->prev = g->next = NULL;
}

static inline void zmq_guard_open(zmq_guard *g) {
    zmq_mutex_lock(&zmq_guard_mutex);
    g->prev = &zmq_guard_list;
    g->next = zmq_guard_list.next;
    g->next->prev = g->prev->next = g;
    zmq_mutex_unlock(&zmq_guard_mutex);
    atomic_store_explicit(&g->state, ZMQ_GUARD_FREE, memory_order_release);
}

/* The caller has entered.  The state never goes back to free. */
static inline void zmq_guard_close(zmq_guard *g) {
    int forked = zmq_guard_state(g) == ZMQ_GUARD_FORKED;
    zmq_mutex_lock(&zmq_guard_mutex);
    if (g->next != NULL) {
        g->prev->next = g->next;
        g->next->prev = g->prev;
        g->prev = g->next = NULL;
    }
    zmq_mutex_unlock(&zmq_guard_mutex);
    if (!forked)
        atomic_store_explicit(&g->state, ZMQ_GUARD_CLOSED, memory_order_release);
}

/* 0: entered.  Else the state that forbids it. */
static inline int zmq_guard_enter(zmq_guard *g, const char *op) {
#ifdef ZMQ_GUARD_EVERY_CALL
    int expected = ZMQ_GUARD_FREE;
    if (!atomic_compare_exchange_strong_explicit(&g->state, &expected, ZMQ_GUARD_BUSY,
                                                 memory_order_acquire, memory_order_relaxed))
        return expected;
    g->thread = zmq_guard_thread();
    g->op = op;
    return 0;
#else
    (void)op;
    return atomic_load_explicit(&g->state, memory_order_relaxed);
#endif
}

static inline void zmq_guard_leave(zmq_guard *g) {
#ifdef ZMQ_GUARD_EVERY_CALL
    int expected = ZMQ_GUARD_BUSY;
    atomic_compare_exchange_strong_explicit(&g->state, &expected, ZMQ_GUARD_FREE,
                                            memory_order_release, memory_order_relaxed);
#else
    (void)g;
#endif
}

/* Entered already, about to give up the GIL. */
static inline void zmq_guard_block(zmq_guard *g, const char *op) {
    g->thread = zmq_guard_thread();
    g->op = op;
#ifndef ZMQ_GUARD_EVERY_CALL
    atomic_store_explicit(&g->state, ZMQ_GUARD_BUSY, memory_order_relaxed);
#endif
}

/* Has the GIL again. */
static inline void zmq_guard_unblock(zmq_guard *g) {
#ifndef ZMQ_GUARD_EVERY_CALL
    if (atomic_load_explicit(&g->state, memory_order_relaxed) == ZMQ_GUARD_BUSY)
        atomic_store_explicit(&g->state, ZMQ_GUARD_FREE, memory_order_relaxed);
#else
    (void)g;
#endif
}

#ifndef _WIN32
static void zmq_guard_before_fork(void) { zmq_mutex_lock(&zmq_guard_mutex); }
static void zmq_guard_in_parent(void) { zmq_mutex_unlock(&zmq_guard_mutex); }
static void zmq_guard_in_child(void) {
    for (zmq_guard *g = zmq_guard_list.next; g != &zmq_guard_list; g = g->next)
        atomic_store_explicit(&g->state, ZMQ_GUARD_FORKED, memory_order_relaxed);
    zmq_mutex_unlock(&zmq_guard_mutex);
}
static inline int zmq_guard_watch_forks(void) {
    return pthread_atfork(zmq_guard_before_fork, zmq_guard_in_parent, zmq_guard_in_child);
}
#else
static inline int zmq_guard_watch_forks(void) { return 0; }
#endif

#endif /* ZMQ_CAPI_PROVIDER */
#endif
