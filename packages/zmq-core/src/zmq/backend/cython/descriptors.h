/* Whether this process may open so many more descriptors.
 *
 * libzmq aborts where it cannot open one in the middle of its work: for the threads of a context,
 * which it starts with the first socket, and for a look at the network's interfaces, which is part
 * of bind().  So it is asked before; another thread may still take them in between.
 */
#ifndef ZMQ_DESCRIPTORS_H
#define ZMQ_DESCRIPTORS_H
#ifdef _WIN32
enum { ZMQ_DESCRIPTORS_PER_THREAD = 0 };
static inline int zmq_descriptors_left(int wanted) { return (void)wanted, 1; }
#else
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __linux__
enum { ZMQ_DESCRIPTORS_PER_THREAD = 2 }; /* eventfd, epoll */
#else
enum { ZMQ_DESCRIPTORS_PER_THREAD = 3 }; /* socketpair, kqueue */
#endif

/* 1 or 0; errno tells why */
static int zmq_descriptors_left(int wanted) {
    int fd, enough, number;
    if (wanted <= 0)
        return 1;
    fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fd < 0)
        return errno != EMFILE && errno != ENFILE;
    enough = zmq_descriptors_left(wanted - 1);
    number = errno;
    close(fd);
    errno = number;
    return enough;
}
#endif
#endif
