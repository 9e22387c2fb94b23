/* The limit: the benchmarks' cases in C, on the same libzmq.
 *
 *     reference <case> <count> [<argument>...]
 *
 * prints the seconds that `count` operations took, without what is needed before and after.  Each case
 * does what the Python case of its name does: it copies a message in, and copies it out as a new object.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define MUST(condition)                                                                       \
    do {                                                                                      \
        if (!(condition)) {                                                                   \
            fprintf (stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition,               \
                     zmq_strerror (zmq_errno ()));                                            \
            _exit (1);                                                                        \
        }                                                                                     \
    } while (0)

static char *payload; /* of the size in use */

static double now (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void send_copy (void *socket, size_t size, int flags)
{
    zmq_msg_t message;
    MUST (zmq_msg_init_size (&message, size) == 0);
    memcpy (zmq_msg_data (&message), payload, size);
    MUST (zmq_msg_send (&message, socket, flags) >= 0);
}

/* As a Python program gets it: in memory of its own. Returns whether more follows. */
static int recv_copy (void *socket)
{
    zmq_msg_t message;
    int more;
    size_t size;
    char *copy;
    zmq_msg_init (&message);
    MUST (zmq_msg_recv (&message, socket, 0) >= 0);
    size = zmq_msg_size (&message);
    copy = malloc (size + 33);
    memcpy (copy, zmq_msg_data (&message), size);
    __asm__ volatile ("" : : "r"(copy) : "memory");
    free (copy);
    more = zmq_msg_more (&message);
    zmq_msg_close (&message);
    return more;
}

static void send_parts (void *socket, size_t size, int parts)
{
    for (; parts > 1; parts--)
        send_copy (socket, size, ZMQ_SNDMORE);
    send_copy (socket, size, 0);
}

static void recv_parts (void *socket)
{
    while (recv_copy (socket))
        ;
}

static void *open_socket (void *context, int type, const char *bind, const char *connect)
{
    void *socket = zmq_socket (context, type);
    MUST (socket);
    MUST (!bind || zmq_bind (socket, bind) == 0);
    MUST (!connect || zmq_connect (socket, connect) == 0);
    return socket;
}

static void released (void *data, void *hint)
{
    (void) data;
    (void) hint;
}

/* --- one thread: single <size> <parts>, zerocopy <size>, again, getsockopt, setsockopt --- */

static double one_thread (const char *name, long count, size_t size, int parts)
{
    void *context = zmq_ctx_new ();
    void *left = open_socket (context, ZMQ_PAIR, "inproc://x", NULL);
    void *right = open_socket (context, ZMQ_PAIR, NULL, "inproc://x");
    enum { SINGLE, ZEROCOPY, AGAIN, GETSOCKOPT, SETSOCKOPT, NONE } which = SINGLE;
    const char *names[] = {"single", "zerocopy", "again", "getsockopt", "setsockopt"};
    int value = 0;
    size_t length = sizeof value;
    double started;
    while (which < NONE && strcmp (name, names[which]) != 0)
        which++;
    MUST (which < NONE);
    started = now ();
    for (long i = 0; i < count; i++) {
        if (which == SINGLE) {
            send_parts (left, size, parts);
            recv_parts (right);
        } else if (which == ZEROCOPY) {
            zmq_msg_t message;
            MUST (zmq_msg_init_data (&message, payload, size, released, NULL) == 0);
            MUST (zmq_msg_send (&message, left, 0) >= 0);
            zmq_msg_init (&message);
            MUST (zmq_msg_recv (&message, right, 0) >= 0);
            zmq_msg_close (&message);
        } else if (which == AGAIN) {
            zmq_msg_t message;
            zmq_msg_init (&message);
            MUST (zmq_msg_recv (&message, left, ZMQ_DONTWAIT) < 0);
            zmq_msg_close (&message);
        } else if (which == GETSOCKOPT) {
            MUST (zmq_getsockopt (left, ZMQ_LINGER, &value, &length) == 0);
        } else {
            MUST (zmq_setsockopt (left, ZMQ_LINGER, &value, sizeof value) == 0);
        }
    }
    started = now () - started;
    zmq_close (left);
    zmq_close (right);
    zmq_ctx_term (context);
    return started;
}

/* --- poll <sockets> --- */

static double poll_one_ready (long count, int sockets)
{
    void *context = zmq_ctx_new ();
    zmq_pollitem_t *items = calloc (sockets, sizeof *items);
    char endpoint[40];
    void *source;
    double started;
    for (int i = 0; i < sockets; i++) {
        snprintf (endpoint, sizeof endpoint, "inproc://%d", i);
        items[i].socket = open_socket (context, ZMQ_PULL, endpoint, NULL);
        items[i].events = ZMQ_POLLIN;
    }
    snprintf (endpoint, sizeof endpoint, "inproc://%d", sockets / 2);
    source = open_socket (context, ZMQ_PUSH, NULL, endpoint);
    send_copy (source, 5, 0);
    started = now ();
    for (long i = 0; i < count; i++)
        MUST (zmq_poll (items, sockets, 1000) == 1);
    started = now () - started;
    for (int i = 0; i < sockets; i++)
        zmq_close (items[i].socket);
    zmq_close (source);
    zmq_ctx_term (context);
    return started;
}

/* --- threads <size> --- */

struct work {
    void *context;
    long count;
    size_t size;
};

static void *push_thread (void *argument)
{
    struct work *work = argument;
    void *socket = open_socket (work->context, ZMQ_PUSH, NULL, "inproc://x");
    for (long i = 0; i < work->count; i++)
        send_copy (socket, work->size, 0);
    zmq_close (socket);
    return NULL;
}

static double two_threads (long count, size_t size)
{
    struct work work = {zmq_ctx_new (), count + 1, size};
    void *sink = open_socket (work.context, ZMQ_PULL, "inproc://x", NULL);
    pthread_t thread;
    double started;
    MUST (pthread_create (&thread, NULL, push_thread, &work) == 0);
    recv_parts (sink);
    started = now ();
    for (long i = 0; i < count; i++)
        recv_parts (sink);
    started = now () - started;
    pthread_join (thread, NULL);
    zmq_close (sink);
    zmq_ctx_term (work.context);
    return started;
}

/* --- processes <transport> <size> <parts>, curve <size>, reqrep <size>: the child is the other one --- */

/* The parent's endpoint and public key, and its end when all has arrived: over ipc libzmq can lose what is
   still on its way when the sender goes. */
static int from_parent[2];

static void tell (const char *endpoint, const char *key)
{
    char text[320] = {0};
    snprintf (text, 256, "%s", endpoint);
    snprintf (text + 256, 64, "%s", key);
    MUST (write (from_parent[1], text, sizeof text) == sizeof text);
}

static void *connected_child (void *context, int type)
{
    char text[320];
    void *socket = zmq_socket (context, type);
    MUST (read (from_parent[0], text, sizeof text) == sizeof text);
    if (text[256]) {
        char public_key[41], secret_key[41];
        MUST (zmq_curve_keypair (public_key, secret_key) == 0);
        zmq_setsockopt (socket, ZMQ_CURVE_SERVERKEY, text + 256, 41);
        zmq_setsockopt (socket, ZMQ_CURVE_PUBLICKEY, public_key, 41);
        zmq_setsockopt (socket, ZMQ_CURVE_SECRETKEY, secret_key, 41);
    }
    MUST (zmq_connect (socket, text) == 0);
    return socket;
}

static double parent (const char *name, long count, const char *transport, size_t size)
{
    void *context = zmq_ctx_new ();
    int ask = strcmp (name, "reqrep") == 0;
    void *socket = zmq_socket (context, ask ? ZMQ_REQ : ZMQ_PULL);
    char endpoint[256], public_key[41] = "", secret_key[41];
    size_t length = sizeof endpoint;
    double started;
    if (strcmp (name, "curve") == 0) {
        int on = 1;
        MUST (zmq_curve_keypair (public_key, secret_key) == 0);
        zmq_setsockopt (socket, ZMQ_CURVE_SERVER, &on, sizeof on);
        zmq_setsockopt (socket, ZMQ_CURVE_SECRETKEY, secret_key, 41);
    }
    MUST (zmq_bind (socket, strcmp (transport, "ipc") == 0 ? "ipc://*" : "tcp://127.0.0.1:*") == 0);
    MUST (zmq_getsockopt (socket, ZMQ_LAST_ENDPOINT, endpoint, &length) == 0);
    tell (endpoint, public_key);
    if (ask)
        send_copy (socket, size, 0);
    recv_parts (socket);
    started = now ();
    for (long i = 0; i < count; i++) {
        if (ask)
            send_copy (socket, size, 0);
        recv_parts (socket);
    }
    started = now () - started;
    close (from_parent[1]);
    zmq_close (socket);
    zmq_ctx_term (context);
    return started;
}

static void child (const char *name, long count, size_t size, int parts)
{
    void *context = zmq_ctx_new ();
    int answer = strcmp (name, "reqrep") == 0;
    char end;
    void *socket = connected_child (context, answer ? ZMQ_REP : ZMQ_PUSH);
    for (long i = 0; i <= count; i++) {
        if (answer)
            recv_parts (socket);
        send_parts (socket, size, parts);
    }
    MUST (read (from_parent[0], &end, 1) == 0);
    zmq_close (socket);
    zmq_ctx_term (context);
}

static double two_processes (
  const char *name, long count, const char *transport, size_t size, int parts)
{
    double spent;
    int status;
    pid_t pid;
    MUST (pipe (from_parent) == 0);
    pid = fork ();
    MUST (pid >= 0);
    if (pid == 0) {
        close (from_parent[1]);
        child (name, count, size, parts);
        _exit (0);
    }
    spent = parent (name, count, transport, size);
    MUST (waitpid (pid, &status, 0) == pid && status == 0);
    return spent;
}

static long number (char **argument, long otherwise)
{
    return *argument ? strtol (*argument, NULL, 10) : otherwise;
}

int main (int argc, char **argv)
{
    const char *name;
    long count;
    size_t size;
    double spent;
    if (argc < 3) {
        fprintf (stderr, "usage: %s <case> <count> [<argument>...]\n", argv[0]);
        return 2;
    }
    name = argv[1];
    count = strtol (argv[2], NULL, 10);
    size = strcmp (name, "processes") == 0 ? number (argv + 4, 0) : number (argv + 3, 0);
    payload = calloc (1, size + 8);
    if (strcmp (name, "processes") == 0)
        spent = two_processes (name, count, argv[3], size, number (argv + 5, 1));
    else if (strcmp (name, "curve") == 0 || strcmp (name, "reqrep") == 0)
        spent = two_processes (name, count, "tcp", size, 1);
    else if (strcmp (name, "threads") == 0)
        spent = two_threads (count, size);
    else if (strcmp (name, "poll") == 0)
        spent = poll_one_ready (count, (int) size);
    else
        spent = one_thread (name, count, size, argc > 4 ? number (argv + 4, 1) : 1);
    printf ("%.9f\n", spent);
    return 0;
}
