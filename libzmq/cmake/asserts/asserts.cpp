// What a failed assertion of libzmq does; see asserts.hpp, which comes before this file, too.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace
{
void end (const char *reason_)
{
    fflush (stderr);
    zmq::zmq_abort (reason_);
}
}

void zmq::assertion_failed (const char *text_, const char *file_, int line_)
{
    fprintf (stderr, "Assertion failed: %s (%s:%d)\n", text_, file_, line_);
    end (text_);
    abort ();
}

void zmq::call_failed (int errno_, const char *file_, int line_)
{
    const char *reason = strerror (errno_);
    fprintf (stderr, "%s (%s:%d)\n", reason, file_, line_);
    end (reason);
    abort ();
}

void zmq::allocation_failed (const char *file_, int line_)
{
    fprintf (stderr, "FATAL ERROR: OUT OF MEMORY (%s:%d)\n", file_, line_);
    end ("FATAL ERROR: OUT OF MEMORY");
    abort ();
}
