# zmq_add_libzmq(<source folder> <libsodium target>): adds libzmq's own CMake project, which makes the target
# libzmq-static, and refuses a result without CURVE (libsodium's) or IPC.
#
# Its CMakeLists.txt predates much of CMake; what it needs is set in this function's scope only:
# - a policy version CMake 4 still accepts; CMP0077, or its option()s ignore the values below; CMP0063, or
#   static libraries ignore hidden visibility;
# - ENABLE_DRAFTS explicitly: it switches drafts on where the *superproject* has a .git folder;
# - a find module of ours for libsodium, or it takes the system's.  SODIUM_LIBRARIES stays empty, a target in it
#   breaks its export(); the caller links both, in the right order;
# - ENABLE_LIBSODIUM_RANDOMBYTES_CLOSE off: closing the generator with one context crashes other threads'.
#
# What a message passes on its way is compiled with -O2 (-O3 is no faster, and larger), the rest (options, addresses,
# handshakes, connecting, listening, and the socket types of the draft API) for size.  A file that upstream adds is "the
# rest" until it is named here.
#
# Every check of an assertion calls one function (asserts.hpp).  Two files catch an exception, and nothing throws one
# but an allocation that fails; in all others it ends the process, so they are compiled without what would unwind them.
include_guard(GLOBAL)
include("${CMAKE_CURRENT_LIST_DIR}/Repairs.cmake")
set(_ZMQ_ASSERTS "${CMAKE_CURRENT_LIST_DIR}/asserts")

set(_ZMQ_HOT_FILES clock curve_mechanism_base dealer decoder_allocators dist epoll fq kqueue lb mailbox mechanism_base
  msg mtrie object pair pipe poll polling_util proxy pub pull push raw_decoder raw_encoder rep req router select
  session_base signaler socket_base socket_poller stream_engine_base sub tcp trie v1_decoder v1_encoder v2_decoder v2_encoder
  v3_1_encoder ws_decoder ws_encoder ws_engine xpub xsub zmq)
set(_ZMQ_CATCHING_FILES ctx socket_poller)

# Compile the sources of a target of libzmq for speed or for size.
function(_zmq_optimise target source)
  if(EXISTS "${source}/src/err.hpp")
    target_sources(${target} PRIVATE "${_ZMQ_ASSERTS}/asserts.cpp")
    target_include_directories(${target} PRIVATE "${source}/src")
    target_compile_options(${target} PRIVATE
      "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-include \"${_ZMQ_ASSERTS}/asserts.hpp\">")
  endif()
  foreach(folder IN ITEMS "${_ZMQ_ASSERTS}" "${source}/src" "${CMAKE_CURRENT_BINARY_DIR}/repaired")
    cmake_path(RELATIVE_PATH folder BASE_DIRECTORY "${CMAKE_BINARY_DIR}" OUTPUT_VARIABLE relative)
    target_compile_options(${target} PRIVATE         # __FILE__ in an assertion: the file's name, no path of this machine
      "-fmacro-prefix-map=${folder}/=" "-fmacro-prefix-map=${relative}/=")
  endforeach()
  target_compile_options(${target} PRIVATE $<$<NOT:$<CONFIG:Debug>>:${ZMQ_UNALIGNED}>)
  get_target_property(files ${target} SOURCES)
  foreach(file IN LISTS files)
    cmake_path(GET file STEM name)
    if(NOT file MATCHES "[.](c|cc|cpp)$")
      continue()
    elseif(name IN_LIST _ZMQ_HOT_FILES)
      set(level -O2)
    else()
      set(level -Os)
    endif()
    set(exceptions "")
    if(file MATCHES "[.]cpp$" AND NOT name IN_LIST _ZMQ_CATCHING_FILES)
      set(exceptions -fno-exceptions -fno-rtti)
    endif()
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${source}")
    set_property(SOURCE "${file}" TARGET_DIRECTORY ${target} APPEND PROPERTY
      COMPILE_OPTIONS ${exceptions} $<$<NOT:$<CONFIG:Debug>>:${level}>)
  endforeach()
endfunction()

function(zmq_add_libzmq source sodium)
  if(NOT EXISTS "${source}/CMakeLists.txt" OR NOT EXISTS "${source}/include/zmq.h")
    message(FATAL_ERROR "no libzmq source tree: ${source} has no CMakeLists.txt or no include/zmq.h")
  endif()
  set(CMAKE_POLICY_VERSION_MINIMUM 3.5)
  set(CMAKE_POLICY_DEFAULT_CMP0063 NEW)
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)
  set(CMAKE_WARN_DEPRECATED OFF)
  foreach(option IN ITEMS BUILD_STATIC ENABLE_CURVE WITH_LIBSODIUM WITH_LIBSODIUM_STATIC)
    set(${option} ON)
  endforeach()
  foreach(option IN ITEMS BUILD_SHARED BUILD_TESTS WITH_DOCS WITH_DOC WITH_PERF_TOOL WITH_TLS WITH_LIBBSD
      ENABLE_CPACK ENABLE_CLANG ENABLE_LIBSODIUM_RANDOMBYTES_CLOSE LIBZMQ_PEDANTIC LIBZMQ_WERROR)
    set(${option} OFF)
  endforeach()
  set(ENABLE_DRAFTS ${ZMQ_DRAFTS})
  set(ENABLE_WS ${ZMQ_DRAFTS})
  set(ENABLE_RADIX_TREE ${ZMQ_DRAFTS})     # its own default: on with drafts

  set(find "${CMAKE_CURRENT_BINARY_DIR}/find")
  foreach(spelling IN ITEMS FindSodium Findsodium)         # 4.3.4, 4.3.5
    file(CONFIGURE OUTPUT "${find}/${spelling}.cmake" @ONLY CONTENT "
set(SODIUM_FOUND TRUE)
set(Sodium_FOUND TRUE)
set(sodium_FOUND TRUE)
set(SODIUM_LIBRARIES \"\")
set(SODIUM_INCLUDE_DIRS \"\$<TARGET_PROPERTY:@sodium@,INTERFACE_INCLUDE_DIRECTORIES>\")
")
  endforeach()
  set(CMAKE_MODULE_PATH "${find}")
  set(CMAKE_DISABLE_FIND_PACKAGE_PkgConfig ON)
  add_subdirectory("${source}" libzmq EXCLUDE_FROM_ALL)
  foreach(target IN ITEMS objects libzmq-static)
    if(TARGET ${target})
      zmq_repair(${target} "${source}")
      if(NOT ZMQ_BATCH_SIZE EQUAL 8192)
        zmq_set_batch_size(${target} "${source}" ${ZMQ_BATCH_SIZE})
      endif()
    endif()
  endforeach()
  if(NOT MSVC)
    foreach(target IN ITEMS objects libzmq-static)
      if(TARGET ${target})
        target_compile_options(${target} PRIVATE -w)        # theirs to heed, not our users'
        _zmq_optimise(${target} "${source}")
      endif()
    endforeach()
  endif()

  set(platform "")
  if(EXISTS "${CMAKE_CURRENT_BINARY_DIR}/libzmq/platform.hpp")
    file(READ "${CMAKE_CURRENT_BINARY_DIR}/libzmq/platform.hpp" platform)
  endif()
  foreach(feature IN ITEMS ZMQ_HAVE_CURVE ZMQ_USE_LIBSODIUM ZMQ_HAVE_IPC)
    if(NOT platform MATCHES "#define ${feature}[ \t\r\n]" AND NOT (WIN32 AND feature STREQUAL "ZMQ_HAVE_IPC"))
      message(FATAL_ERROR "libzmq would be built without ${feature}: its configuration did not define it.\n"
        "  The source of libzmq is ${source}; another one can be named with LIBZMQ_SOURCE, and an installed "
        "libzmq with ZMQ_PREFIX.")
    endif()
  endforeach()
endfunction()
