# zmq_find_installed(<system|prefix>): the imported target zmq_installed, and in the caller LIBZMQ_ORIGIN,
# LIBZMQ_INCLUDE and ZMQ_INSTALL_RPATH (empty for the system's, which the loader finds by itself).
include_guard(GLOBAL)

function(zmq_find_installed prefix)
  set(only "")
  if(NOT prefix STREQUAL "system")
    if(NOT IS_DIRECTORY "${prefix}")
      message(FATAL_ERROR "ZMQ_PREFIX=${prefix} is no folder; expected `system` or the prefix of an installed libzmq")
    endif()
    set(only PATHS "${prefix}" PATH_SUFFIXES include lib lib64 "lib/${CMAKE_LIBRARY_ARCHITECTURE}" NO_DEFAULT_PATH)
  endif()
  # not cached: the next build in this folder may ask for another prefix
  find_path(include_dir zmq.h ${only} NO_CACHE)
  find_library(library NAMES zmq libzmq ${only} NO_CACHE)
  if(NOT include_dir OR NOT library)
    message(FATAL_ERROR "ZMQ_PREFIX=${prefix}: no installed libzmq found there.\n"
      "  zmq.h: ${include_dir}\n  library: ${library}\n"
      "  Install libzmq with its headers (Debian: libzmq3-dev, Fedora: zeromq-devel, Homebrew: zeromq), name "
      "another prefix, or unset ZMQ_PREFIX to build libzmq from source.\n")
  endif()
  cmake_path(GET library FILENAME file)
  cmake_path(GET library PARENT_PATH library_dir)
  message(STATUS "libzmq: ${library}")
  add_library(zmq_installed UNKNOWN IMPORTED GLOBAL)
  set_target_properties(zmq_installed PROPERTIES
    IMPORTED_LOCATION "${library}" INTERFACE_INCLUDE_DIRECTORIES "${include_dir}")
  set(ZMQ_INSTALL_RPATH "" PARENT_SCOPE)
  if(NOT prefix STREQUAL "system")
    set(ZMQ_INSTALL_RPATH "${library_dir}" PARENT_SCOPE)
  endif()
  set(LIBZMQ_ORIGIN "${file}" PARENT_SCOPE)
  set(LIBZMQ_INCLUDE "${include_dir}" PARENT_SCOPE)
endfunction()
