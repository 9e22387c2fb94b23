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
# mailbox.cpp       Every call that does not wait, and every look at EVENTS, asks the kernel (poll, and getpid) whether a
#                   command was sent. The queue of commands knows: it is asked first, by its reader, as for every read.
#
# InprocRepairs.cmake has those of connections within the process: ctx.hpp, ctx.cpp, object.cpp, pipe.cpp,
# dbuffer.hpp.
include_guard(GLOBAL)
include("${CMAKE_CURRENT_LIST_DIR}/InprocRepairs.cmake")

# _zmq_replace(<source folder> <file> <old text> <new text>...): sets repaired_<file> to the file's text with the new
# texts, missing_<file> to whether an old one was not there.
function(_zmq_replace source file)
  set(path "${source}/src/${file}")
  set(text "")
  set(missing FALSE)
  if(EXISTS "${path}")
    file(READ "${path}" text)
  endif()
  math(EXPR last "${ARGC} - 1")
  foreach(i RANGE 2 ${last} 2)
    math(EXPR j "${i} + 1")
    string(FIND "${text}" "${ARGV${i}}" found)
    if(found EQUAL -1)
      set(missing TRUE)
    endif()
    string(REPLACE "${ARGV${i}}" "${ARGV${j}}" text "${text}")
  endforeach()
  set("repaired_${file}" "${text}" PARENT_SCOPE)
  set("missing_${file}" ${missing} PARENT_SCOPE)
endfunction()

# _zmq_use(<target> <source folder> <file>...): compiles the repaired files in place of the others. Several files are
# one repair: all of its texts are replaced, or none.
function(_zmq_use target source)
  list(LENGTH ARGN count)
  foreach(file IN LISTS ARGN)
    if(missing_${file})
      list(JOIN ARGN ", " names)
      message(STATUS "libzmq: ${names}: no repair is needed, or another one")
      if(count GREATER 1)
        return()
      endif()
    endif()
  endforeach()
  foreach(file IN LISTS ARGN)
    set(before "")
    if(EXISTS "${source}/src/${file}")
      file(READ "${source}/src/${file}" before)
    endif()
    if(repaired_${file} STREQUAL before)
      continue()
    endif()
    set(text "${repaired_${file}}")
    set(repaired "${CMAKE_CURRENT_BINARY_DIR}/repaired/${file}")
    file(CONFIGURE OUTPUT "${repaired}" CONTENT "${text}" @ONLY)
    get_target_property(files ${target} SOURCES)
    list(FILTER files EXCLUDE REGEX "(^|/)${file}$")
    set_property(TARGET ${target} PROPERTY SOURCES "${files}")
    target_sources(${target} PRIVATE "${repaired}")
    set_property(GLOBAL APPEND PROPERTY ZMQ_REPAIRED "${file}")
  endforeach()
  target_include_directories(${target} PRIVATE "${source}/src")
endfunction()

# zmq_set_batch_size(<target> <source folder> <bytes>): how much a connection reads or writes at once; libzmq has
# options for it, but only drafts may use them.
function(zmq_set_batch_size target source bytes)
  _zmq_replace("${source}" options.cpp
    "    in_batch_size (8192),\n    out_batch_size (8192),\n"
    "    in_batch_size (${bytes}),\n    out_batch_size (${bytes}),\n")
  _zmq_use(${target} "${source}" options.cpp)
endfunction()

function(zmq_repair target source)
  _zmq_replace("${source}" session_base.cpp
    "        rc = pull_msg (&msg);\n        errno_assert (rc == 0);\n"
    "        if (pull_msg (&msg) != 0) {\n            _incomplete_in = false;\n            break;\n        }\n")
  _zmq_use(${target} "${source}" session_base.cpp)
  _zmq_replace("${source}" socket_base.cpp
    "    if (options.immediate == 1)\n        pipe_->terminate (false);\n    else\n"
    "    if (options.immediate == 1) {\n        if (!pipe_->check_read ())\n            pipe_->terminate (false);\n    } else\n"
    "    term_endpoint (endpoint_->c_str ());\n"
    "    const std::pair<endpoints_t::iterator, endpoints_t::iterator> range =
      _endpoints.equal_range (*endpoint_);
    for (endpoints_t::iterator it = range.first; it != range.second; ++it)
        if (it->second.second != NULL && it->second.second->check_read ())
            it->second.second = NULL;
    term_endpoint (endpoint_->c_str ());\n")
  _zmq_use(${target} "${source}" socket_base.cpp)
  _zmq_replace("${source}" ip_resolver.cpp
    "    errno_assert (rc == 0);\n    zmq_assert (ifa != NULL);\n"
    "    if (rc != 0)\n        return -1;\n    zmq_assert (ifa != NULL);\n")
  _zmq_use(${target} "${source}" ip_resolver.cpp)
  _zmq_replace("${source}" mailbox.cpp
    "    int rc = _signaler.wait (timeout_);\n"
    "    if (timeout_ == 0 && !_cpipe.check_read ()) {
        errno = EAGAIN;
        return -1;
    }
    int rc = _signaler.wait (timeout_);\n")
  _zmq_use(${target} "${source}" mailbox.cpp)
  _zmq_repair_inproc(${target} "${source}")
endfunction()
