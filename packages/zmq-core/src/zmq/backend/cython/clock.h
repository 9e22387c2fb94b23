/* A monotonic clock in seconds, without the GIL. */
#ifndef ZMQ_CLOCK_H
#define ZMQ_CLOCK_H
#ifdef _WIN32
#include <windows.h>
static inline double zmq_clock(void) { return (double)GetTickCount64() / 1000.0; }
#else
#include <time.h>
static inline double zmq_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
#endif
#endif
