/* What core.c offers to Python.  Read twice: by the C compiler, and by cffi as declarations (so: no
 * directives, no macros).
 *
 * A function that can fail returns 0 or more; ZC_FAILED - <errno> (a signal handler may run, and call
 * libzmq, before errno is looked at); or, when the guard refuses, ZC_REFUSED - <state of the guard>. */

enum { ZC_FAILED = -1000, ZC_REFUSED = -100, ZC_AGAIN = -2 };
enum { ZC_FREE = 0, ZC_BUSY = 1, ZC_CLOSED = 2, ZC_FORKED = 3 };
enum { ZC_BIND, ZC_CONNECT, ZC_UNBIND, ZC_DISCONNECT, ZC_JOIN, ZC_LEAVE };
enum { ZC_INT, ZC_INT64, ZC_UINT64, ZC_BYTES, ZC_FD, ZC_UNKNOWN };

typedef struct zc_context zc_context;
typedef struct zc_socket zc_socket;
typedef struct zmq_loan zmq_loan;
typedef struct zc_message { /* a whole message, or some of its parts; all `room` are initialized */
    zmq_msg_t *parts;
    size_t count;
    size_t room;
} zc_message;

void zc_init(void);
void zc_leaving(void); /* the interpreter goes: nothing is closed any more */
long zc_count(int what);
int zc_errno(void);
int zc_descriptors_left(int wanted); /* whether this process may open so many more */
int zc_descriptors_per_thread(void);

/* libzmq's own, with its errno in the result */
int zc_msg_copy(zmq_msg_t *to, zmq_msg_t *from);
int zc_msg_get(zmq_msg_t *message, int property);
int zc_msg_set(zmq_msg_t *message, int property, int value);
int zc_keypair(char *public_key, char *secret_key);
int zc_public(char *public_key, const char *secret_key);

/* contexts: thread-safe, and never used after their end began */
zc_context *zc_context_new(void);
void zc_context_free(zc_context *context);
int zc_context_open(zc_context *context, void *borrowed);
void *zc_context_handle(zc_context *context);
int zc_context_state(zc_context *context);
int zc_context_get(zc_context *context, int option);
int zc_context_set(zc_context *context, int option, int value);
int zc_context_shutdown(zc_context *context);
void zc_context_close(zc_context *context);
int zc_context_end(zc_context *context);

/* sockets */
zc_socket *zc_socket_new(void);
void zc_socket_free(zc_socket *socket);
int zc_socket_open(zc_socket *socket, zc_context *context, int kind);
void zc_socket_borrow(zc_socket *socket, void *handle);
int zc_socket_abandon(zc_socket *socket);
int zc_socket_close(zc_socket *socket, int has_linger, int linger);
void *zc_socket_handle(zc_socket *socket);
int zc_socket_state(zc_socket *socket);
int zc_socket_kind(zc_socket *socket);
unsigned long zc_socket_thread(zc_socket *socket);
const char *zc_socket_op(zc_socket *socket);
unsigned long zc_thread(void);
int zc_enter(zc_socket *socket);
void zc_leave(zc_socket *socket);
int zc_linger(zc_socket *socket, int *milliseconds);
int zc_set_linger(zc_socket *socket, int milliseconds);
int zc_endpoint(zc_socket *socket, int what, const char *name);
int zc_monitor(zc_socket *socket, const char *endpoint, int events);
int zc_option_type(int option);
int zc_get(zc_socket *socket, int option, void *value, size_t *size);
int zc_has_draft_fd(zc_socket *socket); /* whether FD was asked for, and is emulated */
int zc_set(zc_socket *socket, int option, const void *value, size_t size);
int zc_get_int(zc_socket *socket, int option, int *value);

/* messages; a failure leaves the message with the caller */
void zc_message_end(zc_message *message);
zmq_msg_t *zc_message_add(zc_message *message);
void zc_message_clear(zc_message *message);
int zc_message_copy(zmq_msg_t *to, const void *data, size_t size);
int zc_message_lend(zmq_msg_t *to, void *data, size_t size, zmq_loan *loan);
int zc_message_address(zmq_msg_t *message, int has_id, uint32_t id, const char *group);
int zc_send(zc_socket *socket, const void *data, size_t size, int flags);
int zc_send_message(zc_socket *socket, zc_message *message, int flags, int first_flags);
int zc_recv(zc_socket *socket, zmq_msg_t *message, int flags);
int zc_recv_message(zc_socket *socket, zc_message *message, int flags);
int zc_poll(zmq_pollitem_t *items, zc_socket **sockets, int count, long timeout, int *refused);
int zc_poll_entered(zmq_pollitem_t *items, int count, long timeout);

/* the same on a socket that was entered before */
int zc_give(zc_socket *socket, zc_message *message);
int zc_take(zc_socket *socket, zc_message *message);
void zc_swap(zc_message *message); /* the first two parts change places */
int zc_copy(zc_message *to, zc_message *from);
int zc_has_room(zc_socket *socket);

/* frames */
zmq_msg_t *zc_frame_new(void);
void zc_frame_free(zmq_msg_t *frame);
uint32_t zc_frame_routing_id(zmq_msg_t *frame);
const char *zc_frame_group(zmq_msg_t *frame);
void zc_buffers(void *type);

/* loans */
zmq_loan *zc_loan_new(void);
zmq_loan *zc_loans_take(void);
zmq_loan *zc_loan_next(zmq_loan *loan);
void zc_loan_taken(zmq_loan *loan);
void zc_loan_ref(zmq_loan *loan);
void zc_loan_unref(zmq_loan *loan);
int zc_loan_done(zmq_loan *loan);
int zc_loan_wait(zmq_loan *loan, int milliseconds);
int zc_loans_waiting(void);
