/* The half of the CFFI back end that must not be interrupted: what the Cython back end does with the
 * GIL held.
 *
 * cffi gives the GIL up for every call, and between two calls Python may run signal handlers and other
 * threads.  So each function here does one whole thing: it enters the guard, does its work, leaves,
 * and keeps errno; a multipart message is sent or taken in one call. */

#include "compat.h"
#include "descriptors.h"
#include "draft_fd.h"
#define ZMQ_LOAN_KEEPS
#include "counters.h"
#include "option_types.h"
#include "zmq_guard.h"
#include <string.h>
#ifdef _WIN32
#define zc_yield() SwitchToThread()
#else
#include <sched.h>
#include <signal.h>
#define zc_yield() sched_yield()
#endif
#include "core_api.h"

static atomic_int zc_is_leaving;

static int told(int rc) { return rc == -1 ? ZC_FAILED - zmq_errno() : rc; }

void zc_init(void) {
    static atomic_int done;
    if (atomic_exchange(&done, 1))
        return;
    zmq_loan_init();
    zmq_guard_watch_forks();
    zmq_loan_watch_forks();
}

void zc_leaving(void) { atomic_store(&zc_is_leaving, 1); }
long zc_count(int what) { return zmq_count(what); }
int zc_errno(void) { return zmq_errno(); }
unsigned long zc_thread(void) { return zmq_guard_thread(); }

int zc_msg_copy(zmq_msg_t *to, zmq_msg_t *from) { return told(zmq_msg_copy(to, from)); }
int zc_msg_get(zmq_msg_t *message, int property) { return told(zmq_msg_get(message, property)); }

int zc_msg_set(zmq_msg_t *message, int property, int value) {
    return told(zmq_msg_set(message, property, value));
}

int zc_keypair(char *public_key, char *secret_key) {
    return told(zmq_curve_keypair(public_key, secret_key));
}

int zc_public(char *public_key, const char *secret_key) {
    return told(zmq_curve_public(public_key, secret_key));
}

int zc_descriptors_left(int wanted) { return zmq_descriptors_left(wanted); }
int zc_descriptors_per_thread(void) { return ZMQ_DESCRIPTORS_PER_THREAD; }

/* ---- contexts */

struct zc_context {
    void *handle;
    zmq_guard guard;
    int borrowed;
    atomic_int users;  /* threads inside a call */
    atomic_int ending; /* no more calls */
    atomic_int counted;
};

zc_context *zc_context_new(void) {
    zc_context *context = (zc_context *)calloc(1, sizeof(zc_context));
    if (context != NULL)
        zmq_guard_init(&context->guard);
    return context;
}

void zc_context_free(zc_context *context) {
    zmq_guard_close(&context->guard);
    free(context);
}

int zc_context_open(zc_context *context, void *borrowed) {
    context->borrowed = borrowed != NULL;
    context->handle = borrowed != NULL ? borrowed : zmq_ctx_new();
    if (context->handle == NULL)
        return told(-1);
    if (!context->borrowed) {
        atomic_store(&context->counted, 1);
        zmq_count_add(ZMQ_COUNT_CONTEXTS, 1);
    }
    zmq_guard_open(&context->guard);
    return 0;
}

void *zc_context_handle(zc_context *context) { return context->handle; }
int zc_context_state(zc_context *context) { return zmq_guard_state(&context->guard); }

static int context_enter(zc_context *context) {
    int state;
    atomic_fetch_add(&context->users, 1);
    state = zmq_guard_state(&context->guard);
    if (state == ZMQ_GUARD_FREE && !atomic_load(&context->ending))
        return 0;
    atomic_fetch_sub(&context->users, 1);
    if (state != ZMQ_GUARD_FREE)
        return ZC_REFUSED - state;
    return ZC_FAILED - ETERM;
}

static void context_leave(zc_context *context) { atomic_fetch_sub(&context->users, 1); }

int zc_context_get(zc_context *context, int option) {
    int rc = context_enter(context);
    if (rc == 0) {
        rc = told(zmq_ctx_get(context->handle, option));
        context_leave(context);
    }
    return rc;
}

int zc_context_set(zc_context *context, int option, int value) {
    int rc = context_enter(context);
    if (rc == 0) {
        rc = told(zmq_ctx_set(context->handle, option, value));
        context_leave(context);
    }
    return rc;
}

int zc_context_shutdown(zc_context *context) {
    int rc = context_enter(context);
    if (rc == 0) {
        rc = told(zmq_ctx_shutdown(context->handle));
        context_leave(context);
    }
    return rc;
}

/* Its end was noted, or it was borrowed and is given back. */
void zc_context_close(zc_context *context) {
    zmq_guard_close(&context->guard);
    if (atomic_exchange(&context->counted, 0))
        zmq_count_add(ZMQ_COUNT_CONTEXTS, -1);
}

/* Blocks until the context has ended; to be called once, on a thread of its own. */
int zc_context_end(zc_context *context) {
    int rc;
#ifndef _WIN32
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
#endif
    atomic_store(&context->ending, 1);
    while (atomic_load(&context->users) > 0)
        zc_yield();
    while ((rc = zmq_ctx_term(context->handle)) < 0 && zmq_errno() == EINTR) {
    }
    return rc;
}

/* ---- sockets */

struct zc_socket {
    void *handle;
    zmq_guard guard;
    int kind;
    int borrowed;
    void *fd_poller;   /* behind FD of a thread-safe socket, or NULL */
    atomic_int midway; /* a part with SNDMORE went out: the message is not complete */
};

/* Inside for a moment: who comes then waits for its end, as they would for the GIL. */
enum { BRIEFLY = 4 };

static int enter(zc_socket *socket, const char *op, int how) {
    for (;;) {
        int expected = ZMQ_GUARD_FREE;
        if (atomic_compare_exchange_strong(&socket->guard.state, &expected, how)) {
            socket->guard.thread = zmq_guard_thread();
            socket->guard.op = op;
            return 0;
        }
        if (expected != BRIEFLY)
            return ZC_REFUSED - expected;
        zc_yield();
    }
}

static void leave(zc_socket *socket, int how) {
    atomic_compare_exchange_strong(&socket->guard.state, &how, ZMQ_GUARD_FREE);
}

/* Enter, evaluate, leave; errno stays. */
#define ENTERED(socket, op, how, call)                                                               \
    int mode = (how);                                                                                \
    int rc = enter(socket, op, mode);                                                                \
    if (rc < 0)                                                                                      \
        return rc;                                                                                   \
    rc = told(call);                                                                                 \
    leave(socket, mode);                                                                             \
    return rc

#define UNLESS_WAITING(flags) ((flags) & ZMQ_DONTWAIT ? BRIEFLY : ZMQ_GUARD_BUSY)

zc_socket *zc_socket_new(void) {
    zc_socket *socket = (zc_socket *)calloc(1, sizeof(zc_socket));
    if (socket != NULL) {
        zmq_guard_init(&socket->guard);
        socket->kind = -1;
    }
    return socket;
}

void zc_socket_free(zc_socket *socket) {
    if (zmq_guard_state(&socket->guard) == ZMQ_GUARD_FREE && !socket->borrowed &&
        !atomic_load(&zc_is_leaving))
        zc_socket_close(socket, 0, 0);
    zmq_guard_close(&socket->guard);
    free(socket);
}

int zc_socket_open(zc_socket *socket, zc_context *context, int kind) {
    int rc = context_enter(context);
    if (rc < 0)
        return rc;
    socket->kind = kind;
    socket->handle = zmq_socket_masked(context->handle, kind);
    if (socket->handle == NULL)
        rc = told(-1);
    context_leave(context);
    if (rc < 0)
        return rc;
    zmq_count_add(ZMQ_COUNT_SOCKETS, 1);
    zmq_guard_open(&socket->guard);
    return 0;
}

void zc_socket_borrow(zc_socket *socket, void *handle) {
    size_t size = sizeof(int);
    socket->handle = handle;
    socket->borrowed = 1;
    zmq_getsockopt(handle, ZMQ_TYPE, &socket->kind, &size);
    zmq_guard_open(&socket->guard);
}

/* Close all but libzmq's socket. */
int zc_socket_abandon(zc_socket *socket) {
    int rc = enter(socket, "close", BRIEFLY);
    if (rc < 0)
        return rc;
    zmq_guard_close(&socket->guard);
    if (!socket->borrowed)
        zmq_count_add(ZMQ_COUNT_SOCKETS, -1);
    zmq_draft_fd_forget(&socket->fd_poller);
    return 0;
}

int zc_socket_close(zc_socket *socket, int has_linger, int linger) {
    int rc = zc_socket_abandon(socket);
    if (rc < 0)
        return rc;
    if (has_linger)
        zmq_setsockopt(socket->handle, ZMQ_LINGER, &linger, sizeof(int));
    return told(zmq_close(socket->handle));
}

void *zc_socket_handle(zc_socket *socket) { return socket->handle; }
int zc_socket_state(zc_socket *socket) {
    int state = zmq_guard_state(&socket->guard);
    return state == BRIEFLY ? ZMQ_GUARD_FREE : state;
}

int zc_socket_kind(zc_socket *socket) { return socket->kind; }
unsigned long zc_socket_thread(zc_socket *socket) { return socket->guard.thread; }
const char *zc_socket_op(zc_socket *socket) { return socket->guard.op; }

int zc_enter(zc_socket *socket) { return enter(socket, "poll", ZMQ_GUARD_BUSY); }
void zc_leave(zc_socket *socket) { leave(socket, ZMQ_GUARD_BUSY); }

/* LINGER of a socket that another thread may be waiting in: an atomic number in libzmq, and the only
 * option that may be touched so.  A socket leaves the list of guards before it is closed, so what is
 * in the list stays open while the mutex is held. */
static int any_linger(zc_socket *socket, int *milliseconds, int set) {
    size_t size = sizeof(int);
    int rc = -1;
    zmq_mutex_lock(&zmq_guard_mutex);
    if (socket->guard.next != NULL && zmq_guard_state(&socket->guard) != ZMQ_GUARD_FORKED)
        rc = set ? zmq_setsockopt(socket->handle, ZMQ_LINGER, milliseconds, size)
                 : zmq_getsockopt(socket->handle, ZMQ_LINGER, milliseconds, &size);
    zmq_mutex_unlock(&zmq_guard_mutex);
    return rc;
}

int zc_linger(zc_socket *socket, int *milliseconds) { return any_linger(socket, milliseconds, 0); }

int zc_set_linger(zc_socket *socket, int milliseconds) {
    return any_linger(socket, &milliseconds, 1);
}

static int endpoint_call(void *handle, int what, const char *name) {
    int more = 0;
    size_t size = sizeof more;
    switch (what) {
    case ZC_BIND:
        return zmq_bind(handle, name);
    case ZC_CONNECT:
        return zmq_connect(handle, name);
    case ZC_UNBIND:
        return zmq_unbind(handle, name);
    case ZC_DISCONNECT: /* between two frames that are received it drops the rest */
        if (zmq_getsockopt(handle, ZMQ_RCVMORE, &more, &size) == 0 && more) {
            errno = EFSM;
            return -1;
        }
        return zmq_disconnect(handle, name);
    case ZC_JOIN:
        return zmq_join(handle, name);
    default:
        return zmq_leave(handle, name);
    }
}

int zc_endpoint(zc_socket *socket, int what, const char *name) {
    ENTERED(socket, what == ZC_JOIN ? "join" : what == ZC_LEAVE ? "leave" : "open an endpoint",
            ZMQ_GUARD_BUSY, endpoint_call(socket->handle, what, name));
}

int zc_monitor(zc_socket *socket, const char *endpoint, int events) {
    if (endpoint == NULL) { /* libzmq has a lock for this: another thread may be waiting meanwhile */
        int state = zc_socket_state(socket);
        int ended;
        if (state > ZMQ_GUARD_BUSY)
            return ZC_REFUSED - state;
        zmq_mutex_lock(&zmq_guard_mutex);
        ended = socket->guard.next != NULL ? told(zmq_socket_monitor(socket->handle, NULL, events)) : 0;
        zmq_mutex_unlock(&zmq_guard_mutex);
        return ended;
    }
    ENTERED(socket, "monitor", BRIEFLY, zmq_socket_monitor(socket->handle, endpoint, events));
}

int zc_option_type(int option) { return zmq_option_type(option); }

static int get_option(zc_socket *socket, int option, void *value, size_t *size) {
    int rc;
    if (option == ZMQ_EVENTS)
        zmq_draft_fd_still(socket->fd_poller);
    rc = zmq_getsockopt(socket->handle, option, value, size);
    if (rc < 0 && option == ZMQ_FD && zmq_errno() == EINVAL)
        rc = zmq_draft_fd(socket->handle, &socket->fd_poller, (zmq_fd_t *)value);
    return rc;
}

int zc_get(zc_socket *socket, int option, void *value, size_t *size) {
    ENTERED(socket, "get", BRIEFLY, get_option(socket, option, value, size));
}

int zc_has_draft_fd(zc_socket *socket) { return socket->fd_poller != NULL; }

int zc_set(zc_socket *socket, int option, const void *value, size_t size) {
    ENTERED(socket, "set", BRIEFLY, zmq_setsockopt(socket->handle, option, value, size));
}

int zc_get_int(zc_socket *socket, int option, int *value) {
    size_t size = sizeof(int);
    ENTERED(socket, "poll", BRIEFLY, zmq_getsockopt(socket->handle, option, value, &size));
}

/* ---- messages */

void zc_message_clear(zc_message *message) {
    for (size_t i = 0; i < message->count; i++) {
        zmq_msg_close(&message->parts[i]);
        zmq_msg_init(&message->parts[i]);
    }
    message->count = 0;
}

/* Frees what it has; the struct itself is the caller's. */
void zc_message_end(zc_message *message) {
    for (size_t i = 0; i < message->room; i++)
        zmq_msg_close(&message->parts[i]);
    free(message->parts);
    message->parts = NULL;
    message->count = message->room = 0;
}

static int message_grow(zc_message *message) {
    size_t room = message->room ? 2 * message->room : 4;
    zmq_msg_t *grown = (zmq_msg_t *)realloc(message->parts, room * sizeof(zmq_msg_t));
    if (grown == NULL) {
        errno = ENOMEM;
        return -1;
    }
    message->parts = grown;
    while (message->room < room)
        zmq_msg_init(&grown[message->room++]);
    return 0;
}

/* NULL without memory. */
zmq_msg_t *zc_message_add(zc_message *message) {
    if (message->count == message->room && message_grow(message) < 0)
        return NULL;
    return &message->parts[message->count++];
}

int zc_message_copy(zmq_msg_t *to, const void *data, size_t size) {
    if (zmq_msg_init_size(to, size) < 0) {
        zmq_msg_init(to);
        return ZC_FAILED - ENOMEM;
    }
    memcpy(zmq_msg_data(to), data, size);
    return 0;
}

static void loan_return(void *data, void *hint) {
    (void)data;
    zmq_loan_home((zmq_loan *)hint);
}

int zc_message_lend(zmq_msg_t *to, void *data, size_t size, zmq_loan *loan) {
    if (zmq_msg_init_data(to, data, size, loan_return, loan) == 0)
        return 0;
    loan_return(NULL, loan);
    zmq_msg_init(to);
    return ZC_FAILED - ENOMEM;
}

int zc_message_address(zmq_msg_t *message, int has_id, uint32_t id, const char *group) {
    if (has_id && zmq_msg_set_routing_id(message, id) < 0)
        return told(-1);
    if (group != NULL && zmq_msg_set_group(message, group) < 0)
        return told(-1);
    return 0;
}

/* Make libzmq look at its commands, which a send does only once in a while. */
static int has_room(void *handle) {
    int events = 0;
    size_t size = sizeof(int);
    return zmq_getsockopt(handle, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLOUT);
}

static int send_parts(zc_socket *socket, zc_message *message, int flags, int first_flags) {
    /* These drop a broken message's tail, or roll it back, and say so to a call that does not wait */
    int tells = socket->kind == ZMQ_PUSH || socket->kind == ZMQ_DEALER || socket->kind == ZMQ_PAIR;
    size_t count = message->count;
    zmq_msg_t *parts = message->parts;
    for (size_t i = 0; i < count; i++) {
        int more = i + 1 < count ? ZMQ_SNDMORE : flags & ZMQ_SNDMORE;
        int rc;
        if (i == 0) {
            if (zmq_msg_send(parts, socket->handle, (first_flags & ~ZMQ_SNDMORE) | more) < 0)
                return -1;
            continue;
        }
        do
            rc = zmq_msg_send(&parts[i], socket->handle, more | (tells ? ZMQ_DONTWAIT : 0));
        while (rc < 0 && zmq_errno() == EINTR);
        if (rc < 0 && tells && zmq_errno() == EAGAIN) {
            while (socket->kind != ZMQ_PAIR && more) { /* libzmq swallows the tail */
                i++;
                more = i + 1 < count ? ZMQ_SNDMORE : flags & ZMQ_SNDMORE;
                if (i == count || zmq_msg_send(&parts[i], socket->handle, more | ZMQ_DONTWAIT) < 0)
                    break;
            }
            return ZC_AGAIN;
        }
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int send_message(zc_socket *socket, zc_message *message, int flags, int first_flags) {
    int rc = send_parts(socket, message, flags, first_flags);
    if (rc == -1 && zmq_errno() == EAGAIN && first_flags & ZMQ_DONTWAIT) {
        if (has_room(socket->handle))
            rc = send_parts(socket, message, flags, first_flags);
        else
            errno = EAGAIN;
    }
    if (rc == 0) {
        message->count = 0; /* libzmq emptied the parts */
        atomic_store(&socket->midway, flags & ZMQ_SNDMORE);
    } else if (rc == ZC_AGAIN)
        zc_message_clear(message);
    return rc;
}

/* ZC_AGAIN: the peer died in the middle and nothing arrived; the parts are gone. */
int zc_send_message(zc_socket *socket, zc_message *message, int flags, int first_flags) {
    ENTERED(socket, "send", UNLESS_WAITING(first_flags),
            send_message(socket, message, flags, first_flags));
}

static int send_bytes(zc_socket *socket, const void *data, size_t size, int flags) {
    int rc;
    if (atomic_load(&socket->midway))
        return ZC_AGAIN;
    rc = zmq_send(socket->handle, data, size, flags | ZMQ_DONTWAIT);
    if (rc >= 0)
        atomic_store(&socket->midway, flags & ZMQ_SNDMORE);
    return rc;
}

/* Without waiting.  ZC_AGAIN: it goes on with a message, and that must not be tried so: when the peer
 * died in the middle, libzmq says EAGAIN to a call that does not wait, and would take the tail of the
 * message for a message of its own. */
int zc_send(zc_socket *socket, const void *data, size_t size, int flags) {
    ENTERED(socket, "send", BRIEFLY, send_bytes(socket, data, size, flags));
}

int zc_recv(zc_socket *socket, zmq_msg_t *message, int flags) {
    ENTERED(socket, "recv", UNLESS_WAITING(flags),
            zmq_msg_recv(message, socket->handle, flags));
}

static int recv_part(zmq_msg_t *part, void *handle) {
    int rc;
    do
        rc = zmq_msg_recv(part, handle, ZMQ_DONTWAIT);
    while (rc < 0 && zmq_errno() == EINTR);
    return rc;
}

/* With ENOMEM the message is thrown away to its end. */
static int recv_rest(void *handle, zc_message *message) {
    while (zmq_msg_more(&message->parts[message->count - 1])) {
        zmq_msg_t *part = zc_message_add(message);
        if (part == NULL) {
            zmq_msg_t *last = &message->parts[message->count - 1];
            while (zmq_msg_more(last) && recv_part(last, handle) >= 0) {
            }
            zc_message_clear(message);
            errno = ENOMEM;
            return -1;
        }
        if (recv_part(part, handle) < 0)
            return -1;
    }
    return 0;
}

static int recv_message(zc_socket *socket, zc_message *message, int flags) {
    zmq_msg_t *first = zc_message_add(message);
    if (first == NULL)
        return -1;
    if (zmq_msg_recv(first, socket->handle, flags) < 0) {
        message->count--;
        return -1;
    }
    return recv_rest(socket->handle, message);
}

int zc_recv_message(zc_socket *socket, zc_message *message, int flags) {
    ENTERED(socket, "recv", UNLESS_WAITING(flags),
            recv_message(socket, message, flags));
}

int zc_poll_entered(zmq_pollitem_t *items, int count, long timeout) {
    return told(zmq_poll(items, count, timeout));
}

int zc_poll(zmq_pollitem_t *items, zc_socket **sockets, int count, long timeout, int *refused) {
    int how = timeout == 0 ? BRIEFLY : ZMQ_GUARD_BUSY;
    int rc = 0, entered = 0;
    for (; entered < count; entered++) {
        zc_socket *socket = sockets[entered];
        if (socket == NULL)
            continue;
        rc = enter(socket, "poll", how);
        if (rc < 0) {
            *refused = entered;
            break;
        }
        items[entered].socket = socket->handle;
    }
    if (rc == 0)
        rc = zc_poll_entered(items, count, timeout);
    while (entered-- > 0)
        if (sockets[entered] != NULL)
            leave(sockets[entered], how);
    return rc;
}

/* ---- on sockets that were entered before */

int zc_give(zc_socket *socket, zc_message *message) {
    int rc;
    do
        rc = send_message(socket, message, 0, ZMQ_DONTWAIT);
    while (rc == -1 && zmq_errno() == EINTR);
    return told(rc);
}

/* The whole message without waiting; EAGAIN when there is none. */
int zc_take(zc_socket *socket, zc_message *message) {
    int rc;
    do
        rc = recv_message(socket, message, ZMQ_DONTWAIT);
    while (rc < 0 && zmq_errno() == EINTR && message->count == 0);
    return told(rc);
}

void zc_swap(zc_message *message) {
    zmq_msg_t first;
    if (message->count < 2)
        return;
    memcpy(&first, &message->parts[0], sizeof(first));
    memcpy(&message->parts[0], &message->parts[1], sizeof(first));
    memcpy(&message->parts[1], &first, sizeof(first));
}

int zc_copy(zc_message *to, zc_message *from) {
    for (size_t i = 0; i < from->count; i++) {
        zmq_msg_t *part = zc_message_add(to);
        if (part == NULL || zmq_msg_copy(part, &from->parts[i]) < 0)
            return told(-1);
    }
    return 0;
}

int zc_has_room(zc_socket *socket) { return has_room(socket->handle); }

/* ---- frames */

zmq_msg_t *zc_frame_new(void) {
    zmq_msg_t *frame = (zmq_msg_t *)malloc(sizeof(zmq_msg_t));
    if (frame != NULL) {
        zmq_msg_init(frame);
        zmq_count_add(ZMQ_COUNT_FRAMES, 1);
    }
    return frame;
}

void zc_frame_free(zmq_msg_t *frame) {
    zmq_msg_close(frame);
    free(frame);
    zmq_count_add(ZMQ_COUNT_FRAMES, -1);
}

uint32_t zc_frame_routing_id(zmq_msg_t *frame) { return zmq_msg_routing_id(frame); }
const char *zc_frame_group(zmq_msg_t *frame) { return zmq_msg_group(frame); }

#if !defined PYPY_VERSION && PY_VERSION_HEX < 0x030C0000
/* Give a class written in Python a buffer through its __buffer__, as CPython 3.12 and PyPy do. */
static int frame_get_buffer(PyObject *frame, Py_buffer *view, int flags) {
    int rc;
    PyObject *memory = PyObject_CallMethod(frame, "__buffer__", "i", flags);
    if (memory == NULL)
        return -1;
    rc = PyObject_GetBuffer(memory, view, flags);
    Py_DECREF(memory);
    return rc;
}

void zc_buffers(void *type) {
    ((PyTypeObject *)type)->tp_as_buffer->bf_getbuffer = frame_get_buffer;
}
#else
void zc_buffers(void *type) { (void)type; }
#endif

/* ---- loans */

/* NULL without memory. */
zmq_loan *zc_loan_new(void) {
    zmq_loan *loan = (zmq_loan *)malloc(sizeof(zmq_loan));
    if (loan != NULL)
        zmq_loan_out(loan);
    return loan;
}

zmq_loan *zc_loans_take(void) { return zmq_loans_take(); }
zmq_loan *zc_loan_next(zmq_loan *loan) { return loan->next; }
void zc_loan_taken(zmq_loan *loan) { zmq_loan_taken(loan); }
void zc_loan_ref(zmq_loan *loan) { zmq_loan_ref(loan); }
void zc_loan_unref(zmq_loan *loan) { zmq_loan_unref(loan); }
int zc_loan_done(zmq_loan *loan) { return zmq_loan_is_done(loan); }
int zc_loan_wait(zmq_loan *loan, int milliseconds) { return zmq_loan_wait(loan, milliseconds); }
int zc_loans_waiting(void) { return zmq_loans_waiting(); }
