/* Linux's epoll, for sets of many descriptors; elsewhere `zmq_epoll_new` says ENOSYS. */
#ifndef ZMQ_EPOLL_H
#define ZMQ_EPOLL_H

#include <errno.h>
#include "zmq_capi.h"

enum { ZMQ_EPOLL_BATCH = 64 };

/* How many forks lie between this process and the one that was started: a child shares its parent's
 * epoll descriptors, and must make its own. */
static unsigned zmq_fork_count;
static inline unsigned zmq_forks(void) { return zmq_fork_count; }
#ifndef _WIN32
#include <pthread.h>
static void zmq_count_fork(void) { zmq_fork_count++; }
static inline void zmq_count_forks(void) { pthread_atfork(NULL, NULL, zmq_count_fork); }
#else
static inline void zmq_count_forks(void) {}
#endif

#ifdef __linux__
#include <sys/epoll.h>
#include <unistd.h>

static inline int zmq_epoll_new(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline void zmq_epoll_close(int set) { close(set); }

/* Add or change what is waited for; `events` are libzmq's. */
static inline int zmq_epoll_set(int set, int fd, int events, int add) {
    struct epoll_event event = {0};
    event.events = (events & ZMQ_POLLIN ? EPOLLIN : 0) | (events & ZMQ_POLLOUT ? EPOLLOUT : 0) |
                   (events & ZMQ_POLLPRI ? EPOLLPRI : 0);
    event.data.fd = fd;
    return epoll_ctl(set, add ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
}

static inline int zmq_epoll_remove(int set, int fd) {
    struct epoll_event unused = {0};
    return epoll_ctl(set, EPOLL_CTL_DEL, fd, &unused);
}

/* At most ZMQ_EPOLL_BATCH descriptors that are ready, with libzmq's events. */
static inline int zmq_epoll_wait(int set, int *fds, short *events, int milliseconds) {
    struct epoll_event found[ZMQ_EPOLL_BATCH];
    int i, n = epoll_wait(set, found, ZMQ_EPOLL_BATCH, milliseconds);
    for (i = 0; i < n; i++) {
        unsigned bits = found[i].events;
        fds[i] = found[i].data.fd;
        events[i] = (short)((bits & EPOLLIN ? ZMQ_POLLIN : 0) | (bits & EPOLLOUT ? ZMQ_POLLOUT : 0) |
                            (bits & EPOLLPRI ? ZMQ_POLLPRI : 0) |
                            (bits & ~(unsigned)(EPOLLIN | EPOLLOUT | EPOLLPRI) ? ZMQ_POLLERR : 0));
    }
    return n;
}

#else

static inline int zmq_epoll_new(void) { return errno = ENOSYS, -1; }
static inline void zmq_epoll_close(int set) { (void)set; }
static inline int zmq_epoll_set(int set, int fd, int events, int add) {
    (void)set, (void)fd, (void)events, (void)add;
    return errno = ENOSYS, -1;
}
static inline int zmq_epoll_remove(int set, int fd) {
    (void)set, (void)fd;
    return errno = ENOSYS, -1;
}
static inline int zmq_epoll_wait(int set, int *fds, short *events, int milliseconds) {
    (void)set, (void)fds, (void)events, (void)milliseconds;
    return errno = ENOSYS, -1;
}

#endif
#endif
