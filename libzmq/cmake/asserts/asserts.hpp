// libzmq's assertions, each one call instead of three: there are a thousand, which is 20 KB of code.
//
// Included before every file of libzmq. What they print and how they end are as in its err.hpp: a line on stderr, then
// zmq::zmq_abort(). asserts.cpp has the functions.
#include "err.hpp"

namespace zmq
{
__attribute__ ((cold, noinline, noreturn)) void
assertion_failed (const char *text_, const char *file_, int line_);
__attribute__ ((cold, noinline, noreturn)) void
call_failed (int errno_, const char *file_, int line_);
__attribute__ ((cold, noinline, noreturn)) void
allocation_failed (const char *file_, int line_);
}

#undef zmq_assert
#define zmq_assert(x)                                                          \
    do {                                                                       \
        if (unlikely (!(x)))                                                   \
            zmq::assertion_failed (#x, __FILE__, __LINE__);                    \
    } while (false)

#undef errno_assert
#define errno_assert(x)                                                        \
    do {                                                                       \
        if (unlikely (!(x)))                                                   \
            zmq::call_failed (errno, __FILE__, __LINE__);                      \
    } while (false)

#undef posix_assert
#define posix_assert(x)                                                        \
    do {                                                                       \
        const int posix_assert_code = (x);                                     \
        if (unlikely (posix_assert_code))                                      \
            zmq::call_failed (posix_assert_code, __FILE__, __LINE__);          \
    } while (false)

#undef alloc_assert
#define alloc_assert(x)                                                        \
    do {                                                                       \
        if (unlikely (!(x)))                                                   \
            zmq::allocation_failed (__FILE__, __LINE__);                       \
    } while (false)
