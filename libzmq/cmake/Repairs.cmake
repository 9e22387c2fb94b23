# zmq_repair(<target> <source folder>): compiles corrected copies of files of libzmq in which an ordinary event ends
# in abort().  The fetched sources stay as they are; a text that is not there (a version without the fault, or one
# that words it otherwise) is left alone, and said.
#
# session_base.cpp  A peer's connection breaks while the socket that sends it a long message is being closed with
#                   LINGER 0: the pipe gives no more parts, and the session asserts that it does ("Resource
#                   temporarily unavailable (session_base.cpp)").  The rest goes with the pipe.
# ip_resolver.cpp   bind() while the process has no descriptor left: getifaddrs() fails with EMFILE, which is an
#                   error like others.
# ctx.cpp           zmq_ctx_term() with as many inproc connections to nobody as the context has places for sockets:
#                   it makes a socket for each and asserts that it can.  The reaper gives the places back, when it
#                   gets the lock.
include_guard(GLOBAL)

function(_zmq_replace target source file old new)
  set(path "${source}/src/${file}")
  set(text "")
  if(EXISTS "${path}")
    file(READ "${path}" text)
  endif()
  string(FIND "${text}" "${old}" found)
  if(found EQUAL -1)
    message(STATUS "libzmq: ${file} needs no repair, or another one")
    return()
  endif()
  string(REPLACE "${old}" "${new}" text "${text}")
  set(repaired "${CMAKE_CURRENT_BINARY_DIR}/repaired/${file}")
  file(CONFIGURE OUTPUT "${repaired}" CONTENT "${text}" @ONLY)
  get_target_property(files ${target} SOURCES)
  list(FILTER files EXCLUDE REGEX "(^|/)${file}$")
  set_property(TARGET ${target} PROPERTY SOURCES "${files}")
  target_sources(${target} PRIVATE "${repaired}")
  target_include_directories(${target} PRIVATE "${source}/src")
endfunction()

function(zmq_repair target source)
  _zmq_replace(${target} "${source}" session_base.cpp
    "        rc = pull_msg (&msg);\n        errno_assert (rc == 0);\n"
    "        if (pull_msg (&msg) != 0) {\n            _incomplete_in = false;\n            break;\n        }\n")
  _zmq_replace(${target} "${source}" ip_resolver.cpp
    "    errno_assert (rc == 0);\n    zmq_assert (ifa != NULL);\n"
    "    if (rc != 0)\n        return -1;\n    zmq_assert (ifa != NULL);\n")
  _zmq_replace(${target} "${source}" ctx.cpp
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
