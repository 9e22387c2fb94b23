"""libzmq's C API, for Cython.

In zmq-core itself libzmq is linked in.  In other distributions `zmq_capi.h` sends each name through
core's table: call `zmq_capi_import(module._C_API)` once, link nothing.
"""

cdef extern from "zmq_capi.h" nogil:
    ctypedef struct zmq_msg_t:
        pass
    ctypedef int zmq_fd_t
    ctypedef struct zmq_pollitem_t:
        void *socket
        zmq_fd_t fd
        short events
        short revents
    ctypedef void zmq_free_fn(void *data, void *hint) noexcept

    enum: ZMQ_DONTWAIT
    enum: ZMQ_SNDMORE
    enum: ZMQ_POLLIN
    enum: ZMQ_POLLOUT
    enum: ZMQ_POLLERR
    enum: ZMQ_POLLPRI
    enum: ZMQ_ROUTING_ID
    enum: ZMQ_RCVMORE
    enum: ZMQ_FD
    enum: ZMQ_EVENTS
    enum: ZMQ_TYPE
    enum: ZMQ_LINGER
    enum: ZMQ_RCVTIMEO
    enum: ZMQ_SNDTIMEO
    enum: ZMQ_LAST_ENDPOINT
    enum: ZMQ_IO_THREADS
    enum: ZMQ_MAX_SOCKETS
    enum: ZMQ_SHARED
    enum: ZMQ_CURVE_PUBLICKEY
    enum: ZMQ_CURVE_SECRETKEY
    enum: ZMQ_CURVE_SERVERKEY
    enum: ZMQ_REP
    enum: ZMQ_DEALER
    enum: ZMQ_PUSH
    enum: ZMQ_PAIR

    void zmq_version(int *major, int *minor, int *patch)
    int zmq_errno()
    const char *zmq_strerror(int errnum)
    void *zmq_ctx_new()
    int zmq_ctx_term(void *context)
    int zmq_ctx_shutdown(void *context)
    int zmq_ctx_set(void *context, int option, int value)
    int zmq_ctx_get(void *context, int option)
    void *zmq_socket(void *context, int type)
    int zmq_close(void *socket)
    int zmq_setsockopt(void *socket, int option, const void *value, size_t size)
    int zmq_getsockopt(void *socket, int option, void *value, size_t *size)
    int zmq_bind(void *socket, const char *endpoint)
    int zmq_connect(void *socket, const char *endpoint)
    int zmq_unbind(void *socket, const char *endpoint)
    int zmq_disconnect(void *socket, const char *endpoint)
    int zmq_socket_monitor(void *socket, const char *endpoint, int events)
    int zmq_send(void *socket, const void *data, size_t size, int flags)
    int zmq_send_const(void *socket, const void *data, size_t size, int flags)
    int zmq_recv(void *socket, void *data, size_t size, int flags)
    int zmq_msg_init(zmq_msg_t *msg)
    int zmq_msg_init_size(zmq_msg_t *msg, size_t size)
    int zmq_msg_init_data(zmq_msg_t *msg, void *data, size_t size, zmq_free_fn *free, void *hint)
    int zmq_msg_send(zmq_msg_t *msg, void *socket, int flags)
    int zmq_msg_recv(zmq_msg_t *msg, void *socket, int flags)
    int zmq_msg_close(zmq_msg_t *msg)
    int zmq_msg_move(zmq_msg_t *dest, zmq_msg_t *src)
    int zmq_msg_copy(zmq_msg_t *dest, zmq_msg_t *src)
    void *zmq_msg_data(zmq_msg_t *msg)
    size_t zmq_msg_size(const zmq_msg_t *msg)
    int zmq_msg_more(const zmq_msg_t *msg)
    int zmq_msg_get(const zmq_msg_t *msg, int property)
    int zmq_msg_set(zmq_msg_t *msg, int property, int value)
    const char *zmq_msg_gets(const zmq_msg_t *msg, const char *property)
    int zmq_poll(zmq_pollitem_t *items, int count, long timeout)
    int zmq_proxy(void *frontend, void *backend, void *capture)
    int zmq_has(const char *capability)
    int zmq_curve_keypair(char *public_key, char *secret_key)
    int zmq_curve_public(char *public_key, const char *secret_key)
