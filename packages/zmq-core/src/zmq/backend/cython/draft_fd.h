/* A descriptor for thread-safe (draft) sockets, which libzmq gives none: that of a zmq_poller with the
 * socket in it.  It becomes readable with every command for the socket, and stays so until the poller
 * is asked, which reading EVENTS does first. */
#ifndef ZMQ_DRAFT_FD_H
#define ZMQ_DRAFT_FD_H
#include "compat.h"
#ifdef ZMQ_BUILD_DRAFT_API
/* 0, or -1 with errno; `poller` is the socket's own, NULL at first. */
static int zmq_draft_fd(void *socket, void **poller, zmq_fd_t *fd) {
    if (*poller == NULL) {
        void *made = zmq_poller_new();
        if (made == NULL)
            return -1;
        if (zmq_poller_add(made, socket, NULL, ZMQ_POLLIN) < 0) {
            int number = errno;
            zmq_poller_destroy(&made);
            errno = number;
            return -1;
        }
        *poller = made;
    }
    return zmq_poller_fd(*poller, fd);
}

static inline void zmq_draft_fd_still(void *poller) {
    zmq_poller_event_t event;
    if (poller != NULL)
        zmq_poller_wait(poller, &event, 0);
}

/* Before the socket is closed. */
static inline void zmq_draft_fd_forget(void **poller) {
    if (*poller != NULL)
        zmq_poller_destroy(poller);
}
#else
static inline int zmq_draft_fd(void *socket, void **poller, zmq_fd_t *fd) {
    (void)socket, (void)poller, (void)fd;
    return errno = EINVAL, -1;
}
static inline void zmq_draft_fd_still(void *poller) { (void)poller; }
static inline void zmq_draft_fd_forget(void **poller) { (void)poller; }
#endif
#endif
