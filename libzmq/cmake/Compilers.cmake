# How everything that ends in the extension is compiled; included (not add_subdirectory'd) by libzmq/ and by
# each compiled package, because these are directory settings.
#
# -O3 is given as a compile *option*: those follow CMAKE_<LANG>_FLAGS (= $CFLAGS) and the build type's flags on
# the command line, and the last -O wins.  libsodium without optimisation is 10 times slower, and a
# distribution's CFLAGS="-O2 -g" or pip's CFLAGS=-fPIC must not decide that.  Debug builds keep their -O0.
# libzmq and the extension go down to -O2 (Libzmq.cmake, zmq_compact_extension): as fast, and much smaller.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
if(NOT MSVC)
  add_compile_options(
    $<$<AND:$<COMPILE_LANGUAGE:C,CXX>,$<NOT:$<CONFIG:Debug>>>:-O3>
    $<$<COMPILE_LANGUAGE:C,CXX>:-ffunction-sections> $<$<COMPILE_LANGUAGE:C,CXX>:-fdata-sections>)
endif()

zmq_setting(ZMQ_LTO OFF "link-time optimisation of libzmq, libsodium and the extension")
if(ZMQ_LTO)
  set(CMAKE_POLICY_DEFAULT_CMP0069 NEW)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

# pip builds in a new folder each time: without BASEDIR and NOHASHDIR every file would miss ccache.
zmq_setting(ZMQ_CCACHE ON "use ccache when it is installed")
if(ZMQ_CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER AND NOT MSVC)
  find_program(ZMQ_CCACHE_PROGRAM ccache)
  mark_as_advanced(ZMQ_CCACHE_PROGRAM)
  if(ZMQ_CCACHE_PROGRAM)
    foreach(language IN ITEMS C CXX)
      set(CMAKE_${language}_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
        "CCACHE_BASEDIR=${CMAKE_BINARY_DIR}" CCACHE_NOHASHDIR=1 "${ZMQ_CCACHE_PROGRAM}")
    endforeach()
  endif()
endif()

# Code that runs once needs no alignment; loops that matter here are short, and their bodies calls.
set(ZMQ_UNALIGNED "")
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  set(ZMQ_UNALIGNED -fno-align-functions -fno-align-jumps -fno-align-loops)
endif()

# zmq_compact_extension(<target>): the C that Cython writes, half of the size it has with -O3 and, with LTO, a tenth
# faster.  Argument parsing and errors are most of it: Cython asks for each of its helpers to be inlined everywhere
# (CYTHON_INLINE), the compiler chooses better; and ZMQ_COLD marks what is seldom called (zmq-core's cmake/cold.py).
# Strings that Cython packs are in the wheel larger than what the wheel packs, and are unpacked at each import.
function(zmq_compact_extension target)
  if(MSVC)
    target_compile_definitions(${target} PRIVATE ZMQ_COLD= ZMQ_INLINE=)
    return()
  endif()
  target_compile_definitions(${target} PRIVATE
    CYTHON_INLINE= CYTHON_COMPRESS_STRINGS=0 "ZMQ_COLD=__attribute__((cold))" ZMQ_INLINE=inline)
  target_compile_options(${target} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-O2;${ZMQ_UNALIGNED}>)
endfunction()
