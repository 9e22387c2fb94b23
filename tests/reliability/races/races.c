/* races TRIAL ROUNDS: threads that do to libzmq, at the same time, what the API allows.

   Each round has a context of its own, which must end. A sanitizer looks on; the program itself only
   says that it came through. `closed` to `conflate` are about inproc connections whose address
   nobody has bound yet (libzmq/cmake/InprocRepairs.cmake), `watermarks` about peers that go while a
   limit is set, `everything` talks, monitors, unbinds, shuts down and closes over every transport. */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum { SOCKETS = 4, ADDRESSES = 3, ROUND_SECONDS = 60 };

static const int connecting[] = {ZMQ_DEALER, ZMQ_ROUTER, ZMQ_SUB, ZMQ_PUSH, ZMQ_REQ};
static const int binding[] = {ZMQ_PAIR, ZMQ_PUB, ZMQ_SUB, ZMQ_ROUTER, ZMQ_DEALER, ZMQ_PULL, ZMQ_PUSH};
static const int pairs[][2] = {{ZMQ_DEALER, ZMQ_ROUTER}, {ZMQ_PUSH, ZMQ_PULL}, {ZMQ_SUB, ZMQ_PUB},
                               {ZMQ_REQ, ZMQ_REP}, {ZMQ_PAIR, ZMQ_PAIR}, {ZMQ_XSUB, ZMQ_XPUB}};
#define COUNT(array) ((int) (sizeof (array) / sizeof *(array)))

static pthread_barrier_t start;
static int number;            /* of the round */
static int conflate;          /* the trial's sockets keep one message */
static int disconnecting;     /* they disconnect before they close */
static char endpoint[256];
static pthread_t watchers[SOCKETS + 1];
static atomic_int watched;

static void set (void *socket, int option, int value)
{
    zmq_setsockopt (socket, option, &value, sizeof value);
}

static void *new_socket (void *context, int kind)
{
    void *socket = zmq_socket (context, kind);
    if (socket == NULL)
        return NULL; /* the context ends */
    set (socket, ZMQ_LINGER, 0);
    set (socket, ZMQ_RCVTIMEO, 20);
    set (socket, ZMQ_SNDTIMEO, 20);
    if (conflate)
        set (socket, ZMQ_CONFLATE, 1);
    return socket;
}

static const char *address (char *text, int n)
{
    sprintf (text, "inproc://nobody-%d", n);
    return text;
}

static void idle (int most)
{
    for (volatile int i = rand () % most; i > 0; i--)
        ;
}

static void run (pthread_t *threads, int count, void *(*function) (void *), void *argument)
{
    for (int i = 0; i < count; i++) {
        const int failed = pthread_create (threads + i, NULL, function, argument);
        assert (!failed);
        (void) failed;
    }
}

static void join (pthread_t *threads, int count)
{
    for (int i = 0; i < count; i++)
        pthread_join (threads[i], NULL);
}

/* Connected to nobody, and given up. */
static void *give_up (void *context)
{
    char text[64];
    void *socket = new_socket (context, connecting[number / COUNT (binding) % COUNT (connecting)]);
    assert (socket);
    for (int n = 0; n < ADDRESSES; n++)
        zmq_connect (socket, address (text, n));
    zmq_send (socket, "before", 6, ZMQ_DONTWAIT);
    pthread_barrier_wait (&start);
    zmq_send (socket, "while", 5, ZMQ_DONTWAIT);
    idle (1000);
    if (disconnecting) {
        for (int n = 0; n < ADDRESSES; n++)
            zmq_disconnect (socket, address (text, n));
        zmq_recv (socket, text, sizeof text, ZMQ_DONTWAIT);
    }
    zmq_close (socket);
    return NULL;
}

static void bound (void)
{
    char text[64];
    pthread_t threads[SOCKETS];
    void *context = zmq_ctx_new ();
    void *socket = zmq_socket (context, binding[number % COUNT (binding)]);
    set (socket, ZMQ_LINGER, 0);
    run (threads, SOCKETS, give_up, context);
    pthread_barrier_wait (&start);
    idle (1000);
    for (int n = 0; n < ADDRESSES; n++) {
        zmq_bind (socket, address (text, n));
        zmq_send (socket, "back", 4, ZMQ_DONTWAIT);
        zmq_recv (socket, text, sizeof text, ZMQ_DONTWAIT);
    }
    zmq_close (socket);
    join (threads, SOCKETS);
    zmq_ctx_term (context);
}

static void ended (void)
{
    pthread_t threads[SOCKETS];
    void *context = zmq_ctx_new ();
    run (threads, SOCKETS, give_up, context);
    pthread_barrier_wait (&start);
    idle (1000);
    zmq_ctx_term (context);
    join (threads, SOCKETS);
}

static void *connect_on (void *context)
{
    char text[64];
    void *socket = new_socket (context, ZMQ_DEALER);
    assert (socket);
    pthread_barrier_wait (&start);
    for (int n = 0; zmq_connect (socket, address (text, n % 100)) == 0; n++)
        ;
    assert (errno == ETERM);
    zmq_close (socket);
    return NULL;
}

static void refused (void)
{
    pthread_t threads[SOCKETS];
    void *context = zmq_ctx_new ();
    run (threads, SOCKETS, connect_on, context);
    pthread_barrier_wait (&start);
    idle (30000);
    zmq_ctx_term (context);
    join (threads, SOCKETS);
}

static void *come_and_go (void *context)
{
    for (int n = 0; n < 50; n++) {
        void *socket = new_socket (context, ZMQ_PUSH);
        zmq_connect (socket, "inproc://limits");
        zmq_send (socket, "x", 1, 0);
        zmq_close (socket);
    }
    return NULL;
}

static void limited (void)
{
    char text[8];
    pthread_t threads[SOCKETS];
    void *context = zmq_ctx_new ();
    void *socket = new_socket (context, ZMQ_PULL);
    zmq_bind (socket, "inproc://limits");
    run (threads, SOCKETS, come_and_go, context);
    for (int came = 0; came < 50 * SOCKETS;) {
        came += zmq_recv (socket, text, sizeof text, ZMQ_DONTWAIT) >= 0;
        set (socket, ZMQ_RCVHWM, 1000 + rand () % 1000);
        set (socket, ZMQ_RCVHWM, 1000);
    }
    join (threads, SOCKETS);
    zmq_close (socket);
    zmq_ctx_term (context);
}

/* Read a monitor to its end. A socket that has connected to nobody ends with the context. */
static void *look_on (void *reader)
{
    int event = 0;
    set (reader, ZMQ_RCVTIMEO, -1);
    while (event != ZMQ_EVENT_MONITOR_STOPPED) {
        char body[512];
        if (zmq_recv (reader, body, sizeof body, 0) < 0)
            break; /* the context ends */
        event = *(unsigned char *) body | *(unsigned char *) (body + 1) << 8;
        zmq_recv (reader, body, sizeof body, 0);
    }
    zmq_close (reader);
    return NULL;
}

static void monitor (void *context, void *socket)
{
    char text[64];
    sprintf (text, "inproc://monitor-%p", socket);
    void *reader = rand () % 2 ? new_socket (context, ZMQ_PAIR) : NULL;
    if (reader == NULL)
        return;
    if (zmq_connect (reader, text) == 0 && zmq_socket_monitor (socket, text, ZMQ_EVENT_ALL) == 0)
        run (watchers + atomic_fetch_add (&watched, 1), 1, look_on, reader);
    else
        zmq_close (reader);
}

static void *talk (void *context)
{
    char text[64];
    void *socket = new_socket (context, pairs[number % COUNT (pairs)][0]);
    if (socket == NULL)
        return NULL;
    monitor (context, socket);
    zmq_setsockopt (socket, ZMQ_SUBSCRIBE, "", 0);
    if (zmq_connect (socket, endpoint) == 0)
        for (int n = 0; n < 10; n++) {
            zmq_send (socket, "hello", 5, rand () % 2 ? ZMQ_DONTWAIT : 0);
            zmq_recv (socket, text, sizeof text, rand () % 2 ? ZMQ_DONTWAIT : 0);
            if (rand () % 10 == 0)
                set (socket, ZMQ_SNDHWM, 5);
        }
    if (rand () % 3 == 0)
        zmq_disconnect (socket, endpoint);
    if (rand () % 3 == 0)
        zmq_socket_monitor (socket, NULL, 0);
    zmq_close (socket);
    return NULL;
}

static void *blocked (void *socket)
{
    char text[64];
    set (socket, ZMQ_RCVTIMEO, -1);
    while (zmq_recv (socket, text, sizeof text, 0) >= 0)
        ;
    assert (errno == ETERM);
    zmq_close (socket);
    return NULL;
}

static void everything (void)
{
    static const char *const addresses[] = {"tcp://127.0.0.1:*", "ipc://everything", "inproc://everything"};
    char text[64];
    size_t size = sizeof endpoint;
    pthread_t threads[SOCKETS], waiting;
    void *context = zmq_ctx_new ();
    void *socket = new_socket (context, pairs[number % COUNT (pairs)][1]);
    zmq_setsockopt (socket, ZMQ_SUBSCRIBE, "", 0);
    watched = 0;
    monitor (context, socket);
    zmq_bind (socket, addresses[number / COUNT (pairs) % COUNT (addresses)]);
    zmq_getsockopt (socket, ZMQ_LAST_ENDPOINT, endpoint, &size);
    run (&waiting, 1, blocked, new_socket (context, ZMQ_PULL));
    run (threads, SOCKETS, talk, context);
    for (int n = 0; n < 40; n++) {
        const int came = zmq_recv (socket, text, sizeof text, n % 4 ? ZMQ_DONTWAIT : 0);
        zmq_send (socket, text, came > 0 ? came : 1, ZMQ_DONTWAIT | (rand () % 3 ? 0 : ZMQ_SNDMORE));
        if (n == 20 && rand () % 4 == 0)
            zmq_unbind (socket, endpoint);
    }
    if (rand () % 3 == 0)
        zmq_ctx_shutdown (context);
    zmq_close (socket);
    join (threads, SOCKETS);
    zmq_ctx_shutdown (context);
    join (watchers, watched);
    zmq_ctx_term (context);
    pthread_join (waiting, NULL);
}

static const struct {
    const char *name;
    void (*round) (void);
    int disconnecting, conflate;
} trials[] = {{"closed", bound, 0, 0},     {"disconnected", bound, 1, 0}, {"conflate", bound, 1, 1},
              {"ended", ended, 0, 0},      {"connecting", refused, 0, 0}, {"watermarks", limited, 0, 0},
              {"everything", everything, 0, 0}};

int main (int argc, char **argv)
{
    for (int n = 0; argc == 3 && n < COUNT (trials); n++) {
        if (strcmp (trials[n].name, argv[1]) != 0)
            continue;
        disconnecting = trials[n].disconnecting;
        conflate = trials[n].conflate;
        pthread_barrier_init (&start, NULL, SOCKETS + 1);
        const int rounds = atoi (argv[2]);
        for (number = 0; number < rounds; number++) {
            alarm (ROUND_SECONDS); /* it hangs */
            trials[n].round ();
        }
        pthread_barrier_destroy (&start);
        printf ("%s: %d rounds\n", argv[1], rounds);
        return 0;
    }
    fprintf (stderr, "races TRIAL ROUNDS, of");
    for (int n = 0; n < COUNT (trials); n++)
        fprintf (stderr, " %s", trials[n].name);
    fprintf (stderr, "\n");
    return 2;
}
