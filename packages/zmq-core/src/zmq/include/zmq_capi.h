/* The C API of zmq-core, for extension modules of other distributions.
 *
 * zmq-core links libzmq statically with hidden symbols, so nobody else can (or should) link it: two
 * copies of libzmq cannot share a socket.  A module of another distribution includes this header
 * instead of zmq.h, calls `zmq_capi_import(capsule)` once with the object `_C_API` of
 * zmq.backend.cython._zmq, and then uses zmq_msg_recv() & co. as usual: the names go through core's
 * table.  Sockets cross as addresses (`socket.underlying`), so no class layout is shared.
 *
 * ABI rule: the table only grows at its end.  ZMQ_CAPI_ABI changes only when an entry that exists
 * changes, and then the major version of zmq-core does.
 */
#ifndef ZMQ_CAPI_H
#define ZMQ_CAPI_H

#include <Python.h>
#include <stddef.h>
#include <stdint.h>

#ifdef ZMQ_CAPI_PROVIDER
#include "zmq.h"
#else
/* The few types of zmq.h that the table needs: consumers build without libzmq's headers. */
typedef struct zmq_msg_t {
    union {
        unsigned char bytes[64];
        void *align;
    } _;
} zmq_msg_t;
typedef void(zmq_free_fn)(void *data, void *hint);
#if defined _WIN64
typedef unsigned long long zmq_fd_t;
#elif defined _WIN32
typedef unsigned int zmq_fd_t;
#else
typedef int zmq_fd_t;
#endif
typedef struct zmq_pollitem_t {
    void *socket;
    zmq_fd_t fd;
    short events;
    short revents;
} zmq_pollitem_t;
#include "zmq_constants.h"
#endif

#define ZMQ_CAPI_ABI 1
#define ZMQ_CAPI_NAME "zmq-core.C_API.1" /* no module path: a vendored copy works unchanged */

#define ZMQ_CAPI_FUNCTIONS(X)                                                                        \
    X(void, zmq_version, (int *major, int *minor, int *patch))                                       \
    X(int, zmq_errno, (void))                                                                        \
    X(const char *, zmq_strerror, (int errnum))                                                      \
    X(void *, zmq_ctx_new, (void))                                                                   \
    X(int, zmq_ctx_term, (void *context))                                                            \
    X(int, zmq_ctx_shutdown, (void *context))                                                        \
    X(int, zmq_ctx_set, (void *context, int option, int value))                                      \
    X(int, zmq_ctx_get, (void *context, int option))                                                 \
    X(void *, zmq_socket, (void *context, int type))                                                 \
    X(int, zmq_close, (void *socket))                                                                \
    X(int, zmq_setsockopt, (void *socket, int option, const void *value, size_t size))               \
    X(int, zmq_getsockopt, (void *socket, int option, void *value, size_t *size))                    \
    X(int, zmq_bind, (void *socket, const char *endpoint))                                           \
    X(int, zmq_connect, (void *socket, const char *endpoint))                                        \
    X(int, zmq_unbind, (void *socket, const char *endpoint))                                         \
    X(int, zmq_disconnect, (void *socket, const char *endpoint))                                     \
    X(int, zmq_socket_monitor, (void *socket, const char *endpoint, int events))                     \
    X(int, zmq_send, (void *socket, const void *data, size_t size, int flags))                       \
    X(int, zmq_send_const, (void *socket, const void *data, size_t size, int flags))                 \
    X(int, zmq_recv, (void *socket, void *data, size_t size, int flags))                             \
    X(int, zmq_msg_init, (zmq_msg_t * msg))                                                          \
    X(int, zmq_msg_init_size, (zmq_msg_t * msg, size_t size))                                        \
    X(int, zmq_msg_init_data,                                                                        \
      (zmq_msg_t * msg, void *data, size_t size, zmq_free_fn *release, void *hint))                  \
    X(int, zmq_msg_send, (zmq_msg_t * msg, void *socket, int flags))                                 \
    X(int, zmq_msg_recv, (zmq_msg_t * msg, void *socket, int flags))                                 \
    X(int, zmq_msg_close, (zmq_msg_t * msg))                                                         \
    X(int, zmq_msg_move, (zmq_msg_t * dest, zmq_msg_t * src))                                        \
    X(int, zmq_msg_copy, (zmq_msg_t * dest, zmq_msg_t * src))                                        \
    X(void *, zmq_msg_data, (zmq_msg_t * msg))                                                       \
    X(size_t, zmq_msg_size, (const zmq_msg_t *msg))                                                  \
    X(int, zmq_msg_more, (const zmq_msg_t *msg))                                                     \
    X(int, zmq_msg_get, (const zmq_msg_t *msg, int property))                                        \
    X(int, zmq_msg_set, (zmq_msg_t * msg, int property, int value))                                  \
    X(const char *, zmq_msg_gets, (const zmq_msg_t *msg, const char *property))                      \
    X(int, zmq_poll, (zmq_pollitem_t * items, int count, long timeout))                              \
    X(int, zmq_proxy, (void *frontend, void *backend, void *capture))                                \
    X(int, zmq_has, (const char *capability))                                                        \
    X(int, zmq_curve_keypair, (char *public_key, char *secret_key))                                  \
    X(int, zmq_curve_public, (char *public_key, const char *secret_key))

typedef struct {
    unsigned abi;
    unsigned size; /* sizeof(zmq_capi_t) in the zmq-core that provides it */
#define X(result, name, arguments) result(*name##_p) arguments;
    ZMQ_CAPI_FUNCTIONS(X)
#undef X
} zmq_capi_t;

#ifdef ZMQ_CAPI_PROVIDER

static const zmq_capi_t zmq_capi_table = {ZMQ_CAPI_ABI, sizeof(zmq_capi_t),
#define X(result, name, arguments) name,
                                          ZMQ_CAPI_FUNCTIONS(X)
#undef X
};

static PyObject *zmq_capi_capsule(void) {
    return PyCapsule_New((void *)&zmq_capi_table, ZMQ_CAPI_NAME, NULL);
}

#else /* a consumer */

static const zmq_capi_t *zmq_capi;

/* 0, or -1 with ImportError set. */
static int zmq_capi_import(PyObject *capsule) {
    const zmq_capi_t *table = (const zmq_capi_t *)PyCapsule_GetPointer(capsule, ZMQ_CAPI_NAME);
    if (table == NULL)
        return -1;
    if (table->abi != ZMQ_CAPI_ABI || table->size < sizeof(zmq_capi_t)) {
        PyErr_Format(PyExc_ImportError,
                     "the installed zmq-core is too old for this module: its C API has ABI %u and "
                     "%u bytes, ABI %u and %u bytes are needed; upgrade it: pip install -U zmq-core",
                     table->abi, table->size, (unsigned)ZMQ_CAPI_ABI, (unsigned)sizeof(zmq_capi_t));
        return -1;
    }
    zmq_capi = table;
    return 0;
}

#define zmq_version zmq_capi->zmq_version_p
#define zmq_errno zmq_capi->zmq_errno_p
#define zmq_strerror zmq_capi->zmq_strerror_p
#define zmq_ctx_new zmq_capi->zmq_ctx_new_p
#define zmq_ctx_term zmq_capi->zmq_ctx_term_p
#define zmq_ctx_shutdown zmq_capi->zmq_ctx_shutdown_p
#define zmq_ctx_set zmq_capi->zmq_ctx_set_p
#define zmq_ctx_get zmq_capi->zmq_ctx_get_p
#define zmq_socket zmq_capi->zmq_socket_p
#define zmq_close zmq_capi->zmq_close_p
#define zmq_setsockopt zmq_capi->zmq_setsockopt_p
#define zmq_getsockopt zmq_capi->zmq_getsockopt_p
#define zmq_bind zmq_capi->zmq_bind_p
#define zmq_connect zmq_capi->zmq_connect_p
#define zmq_unbind zmq_capi->zmq_unbind_p
#define zmq_disconnect zmq_capi->zmq_disconnect_p
#define zmq_socket_monitor zmq_capi->zmq_socket_monitor_p
#define zmq_send zmq_capi->zmq_send_p
#define zmq_send_const zmq_capi->zmq_send_const_p
#define zmq_recv zmq_capi->zmq_recv_p
#define zmq_msg_init zmq_capi->zmq_msg_init_p
#define zmq_msg_init_size zmq_capi->zmq_msg_init_size_p
#define zmq_msg_init_data zmq_capi->zmq_msg_init_data_p
#define zmq_msg_send zmq_capi->zmq_msg_send_p
#define zmq_msg_recv zmq_capi->zmq_msg_recv_p
#define zmq_msg_close zmq_capi->zmq_msg_close_p
#define zmq_msg_move zmq_capi->zmq_msg_move_p
#define zmq_msg_copy zmq_capi->zmq_msg_copy_p
#define zmq_msg_data zmq_capi->zmq_msg_data_p
#define zmq_msg_size zmq_capi->zmq_msg_size_p
#define zmq_msg_more zmq_capi->zmq_msg_more_p
#define zmq_msg_get zmq_capi->zmq_msg_get_p
#define zmq_msg_set zmq_capi->zmq_msg_set_p
#define zmq_msg_gets zmq_capi->zmq_msg_gets_p
#define zmq_poll zmq_capi->zmq_poll_p
#define zmq_proxy zmq_capi->zmq_proxy_p
#define zmq_has zmq_capi->zmq_has_p
#define zmq_curve_keypair zmq_capi->zmq_curve_keypair_p
#define zmq_curve_public zmq_capi->zmq_curve_public_p

#endif
#endif
