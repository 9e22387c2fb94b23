# zmq_repair(<target> <source folder>): compiles corrected copies of files of libzmq in which an ordinary event ends
# in abort(), and of one that is slow without need.  The fetched sources stay as they are; a text that is not there (a
# version without the fault, or one that words it otherwise) is left alone, and said.
#
# session_base.cpp  A peer's connection breaks while the socket that sends it a long message is being closed with
#                   LINGER 0: the pipe gives no more parts, and the session asserts that it does ("Resource
#                   temporarily unavailable (session_base.cpp)").  The rest goes with the pipe.
# socket_base.cpp   A connection breaks whose socket has IMMEDIATE, or RECONNECT_IVL -1: the messages that had come over
#                   it are dropped, and when one of them is half read, the fair queue asserts that the rest is there
#                   ("!_more (fq.cpp)"). The pipe ends by itself when it is read to its end, as that of a bound
#                   socket; only an empty one is ended at once.
# ip_resolver.cpp   bind() while the process has no descriptor left: getifaddrs() fails with EMFILE, which is an
#                   error like others.
# ctx.cpp           zmq_ctx_term() with as many inproc connections to nobody as the context has places for sockets:
#                   it makes a socket for each and asserts that it can.  One place is kept for them, because all
#                   others may belong to sockets that wait for just that; the reaper gives it back each time, when it
#                   gets the lock. Not as one that terminates, or it would end with the last socket so far.
# mailbox.cpp       Every call that does not wait, and every look at EVENTS, asks the kernel (poll, and getpid) whether a
#                   command was sent. The queue of commands knows: it is asked first, by its reader, as for every read.
include_guard(GLOBAL)

# The texts come in pairs: the old one, the new one.
function(_zmq_replace target source file)
  set(path "${source}/src/${file}")
  set(text "")
  if(EXISTS "${path}")
    file(READ "${path}" text)
  endif()
  set(repaired "${CMAKE_CURRENT_BINARY_DIR}/repaired/${file}")
  set(before "${text}")
  math(EXPR last "${ARGC} - 1")
  foreach(i RANGE 3 ${last} 2)
    math(EXPR j "${i} + 1")
    string(FIND "${text}" "${ARGV${i}}" found)
    if(found EQUAL -1)
      message(STATUS "libzmq: ${file} needs no repair, or another one")
    endif()
    string(REPLACE "${ARGV${i}}" "${ARGV${j}}" text "${text}")
  endforeach()
  if(text STREQUAL before)
    return()
  endif()
  file(CONFIGURE OUTPUT "${repaired}" CONTENT "${text}" @ONLY)
  get_target_property(files ${target} SOURCES)
  list(FILTER files EXCLUDE REGEX "(^|/)${file}$")
  set_property(TARGET ${target} PROPERTY SOURCES "${files}")
  target_sources(${target} PRIVATE "${repaired}")
  set_property(GLOBAL APPEND PROPERTY ZMQ_REPAIRED "${file}")
  target_include_directories(${target} PRIVATE "${source}/src")
endfunction()

# zmq_set_batch_size(<target> <source folder> <bytes>): how much a connection reads or writes at once; libzmq has
# options for it, but only drafts may use them.
function(zmq_set_batch_size target source bytes)
  _zmq_replace(${target} "${source}" options.cpp
    "    in_batch_size (8192),\n    out_batch_size (8192),\n"
    "    in_batch_size (${bytes}),\n    out_batch_size (${bytes}),\n")
endfunction()

function(zmq_repair target source)
  _zmq_replace(${target} "${source}" session_base.cpp
    "        rc = pull_msg (&msg);\n        errno_assert (rc == 0);\n"
    "        if (pull_msg (&msg) != 0) {\n            _incomplete_in = false;\n            break;\n        }\n")
  _zmq_replace(${target} "${source}" socket_base.cpp
    "    if (options.immediate == 1)\n        pipe_->terminate (false);\n    else\n"
    "    if (options.immediate == 1) {\n        if (!pipe_->check_read ())\n            pipe_->terminate (false);\n    } else\n"
    "    term_endpoint (endpoint_->c_str ());\n"
    "    const std::pair<endpoints_t::iterator, endpoints_t::iterator> range =
      _endpoints.equal_range (*endpoint_);
    for (endpoints_t::iterator it = range.first; it != range.second; ++it)
        if (it->second.second != NULL && it->second.second->check_read ())
            it->second.second = NULL;
    term_endpoint (endpoint_->c_str ());\n")
  _zmq_replace(${target} "${source}" ip_resolver.cpp
    "    errno_assert (rc == 0);\n    zmq_assert (ifa != NULL);\n"
    "    if (rc != 0)\n        return -1;\n    zmq_assert (ifa != NULL);\n")
  _zmq_replace(${target} "${source}" mailbox.cpp
    "    int rc = _signaler.wait (timeout_);\n"
    "    if (timeout_ == 0 && !_cpipe.check_read ()) {
        errno = EAGAIN;
        return -1;
    }
    int rc = _signaler.wait (timeout_);\n")
  _zmq_replace(${target} "${source}" ctx.cpp
    "#include <sstream>\n"
    "#include <algorithm>\n#include <sstream>\n"
    "    const int slot_count = mazmq + ios + term_and_reaper_threads_count;\n"
    "    const int slot_count = mazmq + ios + term_and_reaper_threads_count + 1;\n"
    "    for (int32_t i = static_cast<int32_t> (_slots.size ()) - 1;\n"
    "    for (int32_t i = static_cast<int32_t> (_slots.size ()) - 2;\n"
    "    pending_connections_t copy = _pending_connections;\n"
    "    pending_connections_t copy = _pending_connections;
    const uint32_t kept = static_cast<uint32_t> (_slots.size ()) - 1;
    if (!copy.empty () && _slots[kept] == NULL
        && std::find (_empty_slots.begin (), _empty_slots.end (), kept)
             == _empty_slots.end ())
        _empty_slots.push_back (kept);\n"
    "        zmq_assert (s);\n        s->bind (p->first.c_str ());\n"
    "        for (int i = 0; !s && errno == EMFILE && i < 5000; i++) {
            _slot_sync.unlock ();
            zmq_poll (NULL, 0, 1);
            _slot_sync.lock ();
            _terminating = false;
            s = create_socket (ZMQ_PAIR);
        }
        if (!s)
            break;
        s->bind (p->first.c_str ());\n")
endfunction()
