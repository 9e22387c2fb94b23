/* The guard of zmq_guard.h without the GIL, under ThreadSanitizer: the compare-and-swap must keep two
 * threads out of one handle, and make what one did there visible to the next.
 *
 * usage: guard_threads <threads> <rounds>; 0 and the number of entries and refusals, or 1 with what
 * went wrong.  ThreadSanitizer adds its own reports, and its own exit status.
 */
#define ZMQ_CAPI_PROVIDER 1
#define ZMQ_CFFI 1 /* the mark on every call, and no Python.h */
#include "zmq_guard.h"
#include <stdio.h>
#include <stdlib.h>

static zmq_guard guard;
static long inside;   /* not atomic: the guard is what protects it */
static long entered;
static int rounds;
static atomic_long refused;
static atomic_int wrong;

static void *hammer(void *unused) {
    (void)unused;
    for (int i = 0; i < rounds; i++) {
        int state = zmq_guard_enter(&guard, "hammer");
        if (state != ZMQ_GUARD_FREE) {
            if (state != ZMQ_GUARD_BUSY && state != ZMQ_GUARD_CLOSED)
                atomic_store(&wrong, 1);
            atomic_fetch_add(&refused, 1);
            if (state == ZMQ_GUARD_CLOSED)
                break;
            continue;
        }
        if (inside++ != 0)
            atomic_store(&wrong, 2);
        entered++;
        if (i % 3 == 0) { /* as a call that gives the GIL up */
            zmq_guard_block(&guard, "wait");
            zmq_guard_unblock(&guard);
        }
        inside--;
        zmq_guard_leave(&guard);
    }
    return NULL;
}

/* Others open and close handles of their own: the list has its own lock. */
static void *churn(void *unused) {
    (void)unused;
    for (int i = 0; i < rounds / 10; i++) {
        zmq_guard own;
        zmq_guard_init(&own);
        zmq_guard_open(&own);
        if (zmq_guard_enter(&own, "close") != ZMQ_GUARD_FREE)
            atomic_store(&wrong, 3);
        zmq_guard_close(&own);
        if (zmq_guard_enter(&own, "late") != ZMQ_GUARD_CLOSED)
            atomic_store(&wrong, 4);
    }
    return NULL;
}

int main(int argc, char **argv) {
    int number = argc > 1 ? atoi(argv[1]) : 4;
    pthread_t threads[64];
    rounds = argc > 2 ? atoi(argv[2]) : 100000;
    zmq_guard_init(&guard);
    zmq_guard_open(&guard);
    for (int i = 0; i < number; i++)
        pthread_create(&threads[i], NULL, i % 4 == 3 ? churn : hammer, NULL);
    for (int i = 0; i < number; i++)
        pthread_join(threads[i], NULL);
    if (zmq_guard_enter(&guard, "close") != ZMQ_GUARD_FREE)
        atomic_store(&wrong, 5);
    zmq_guard_close(&guard);
    if (zmq_guard_list.next != &zmq_guard_list)
        atomic_store(&wrong, 6);
    printf("%ld %ld %d\n", entered, atomic_load(&refused), atomic_load(&wrong));
    return atomic_load(&wrong) != 0;
}
