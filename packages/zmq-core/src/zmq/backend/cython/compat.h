/* What an older, or not draft-enabled, libzmq lacks: constants from the generated table, and
 * functions that fail with ENOTSUP instead of failing to link. */
#ifndef ZMQ_COMPAT_H
#define ZMQ_COMPAT_H

#include <errno.h>
#ifdef ZMQ_CFFI
#include <zmq.h>
#else
#include "zmq_capi.h"
#endif
#include "zmq_constants.h"
#include "zmq_build_info.h"

#if defined __OPTIMIZE__ || (defined _MSC_VER && defined NDEBUG)
#define ZMQ_OPTIMISED 1
#else
#define ZMQ_OPTIMISED 0
#endif

#ifdef ZMQ_BUILD_DRAFT_API
#define ZMQ_COMPILED_WITH_DRAFTS 1
#else
#define ZMQ_COMPILED_WITH_DRAFTS 0
static inline int zmq_join(void *socket, const char *group) {
    (void)socket, (void)group;
    return errno = ENOTSUP, -1;
}
static inline int zmq_leave(void *socket, const char *group) {
    (void)socket, (void)group;
    return errno = ENOTSUP, -1;
}
static inline int zmq_msg_set_routing_id(zmq_msg_t *msg, uint32_t routing_id) {
    (void)msg, (void)routing_id;
    return errno = ENOTSUP, -1;
}
static inline uint32_t zmq_msg_routing_id(zmq_msg_t *msg) {
    (void)msg;
    return 0;
}
static inline int zmq_msg_set_group(zmq_msg_t *msg, const char *group) {
    (void)msg, (void)group;
    return errno = ENOTSUP, -1;
}
static inline const char *zmq_msg_group(zmq_msg_t *msg) {
    (void)msg;
    return NULL;
}
#endif

#ifdef _WIN32
#define ZMQ_IPC_PATH_MAX_LEN 0
static inline void *zmq_socket_masked(void *context, int type) { return zmq_socket(context, type); }
#else
#include <signal.h>
/* libzmq's threads, which the first socket starts, block all signals a moment after they began to run.
 * A signal that one of them gets before that wakes nobody who waits in the main thread. */
static inline void *zmq_socket_masked(void *context, int type) {
    sigset_t all, before;
    void *socket;
    int number;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    socket = zmq_socket(context, type);
    number = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = number;
    return socket;
}
#include <sys/un.h>
#define ZMQ_IPC_PATH_MAX_LEN ((int)sizeof(((struct sockaddr_un *)0)->sun_path) - 1)
#endif

#endif
