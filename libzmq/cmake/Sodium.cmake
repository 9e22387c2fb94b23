# zmq_add_libsodium(<target> <source folder>): libsodium as a static library of this build.
# Its own configure needs a POSIX shell, is absent from git archives (the Debian source is one), and drops -O
# when CFLAGS is set.  What it would find out is found out here.  The SIMD files are chosen among at run time; each
# says in a `#pragma GCC target` what it may use.
include_guard(GLOBAL)
include(CheckCSourceCompiles)
include(CheckIncludeFile)
include(CheckSymbolExists)
set(_ZMQ_SODIUM_NOTHING "${CMAKE_CURRENT_LIST_DIR}/unused_sodium.c")
set(_ZMQ_X25519_LADDER "${CMAKE_CURRENT_LIST_DIR}/x25519_ladder.c")

# Sets <out> to the definitions `HAVE_X=1` of every header and function the platform has.
function(_zmq_sodium_platform out)
  set(definitions "")
  set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE=1)
  foreach(header IN ITEMS cet.h sys/auxv.h sys/mman.h sys/param.h sys/random.h)
    string(MAKE_C_IDENTIFIER "HAVE_${header}" have)
    string(TOUPPER "${have}" have)
    check_include_file(${header} ${have})
    if(${have})
      list(APPEND definitions ${have}=1)
    endif()
  endforeach()
  foreach(pair IN ITEMS
      arc4random@stdlib.h arc4random_buf@stdlib.h clock_gettime@time.h explicit_bzero@string.h
      getauxval@sys/auxv.h getentropy@unistd.h getpid@unistd.h getrandom@sys/random.h madvise@sys/mman.h
      memset_s@string.h mlock@sys/mman.h mmap@sys/mman.h mprotect@sys/mman.h nanosleep@time.h
      posix_memalign@stdlib.h raise@signal.h sysconf@unistd.h)
    string(REPLACE "@" ";" pair "${pair}")
    list(POP_FRONT pair symbol header)
    string(TOUPPER "HAVE_${symbol}" have)
    check_symbol_exists(${symbol} ${header} ${have})
    if(${have})
      list(APPEND definitions ${have}=1)
    endif()
  endforeach()
  set(${out} "${definitions}" PARENT_SCOPE)
endfunction()

# Sets <out> to the definitions that switch on the processor's own code, <out_asm> to whether the .S files count.
function(_zmq_sodium_processor out out_asm)
  set(definitions "")
  set(asm FALSE)
  check_c_source_compiles("
    #if !defined(__x86_64__) || defined(__ILP32__)
    #error other processor
    #endif
    int main(void) { return 0; }" ZMQ_TARGET_X86_64)
  check_c_source_compiles("
    #ifndef __aarch64__
    #error other processor
    #endif
    int main(void) { return 0; }" ZMQ_TARGET_AARCH64)
  if(ZMQ_TARGET_X86_64)
    foreach(feature IN ITEMS CPUID MMINTRIN_H EMMINTRIN_H PMMINTRIN_H TMMINTRIN_H SMMINTRIN_H AVXINTRIN_H
        AVX2INTRIN_H AVX512FINTRIN_H WMMINTRIN_H RDRAND)
      list(APPEND definitions HAVE_${feature}=1)
    endforeach()
    list(APPEND definitions CPU_UNALIGNED_ACCESS=1)
    if(NOT WIN32)
      set(asm TRUE)
      list(APPEND definitions HAVE_AMD64_ASM=1 HAVE_AVX_ASM=1
        ASM_HIDE_SYMBOL=$<IF:$<PLATFORM_ID:Darwin>,.private_extern,.hidden>)
    endif()
  elseif(ZMQ_TARGET_AARCH64)
    list(APPEND definitions HAVE_ARMCRYPTO=1)
  endif()
  set(${out} "${definitions}" PARENT_SCOPE)
  set(${out_asm} ${asm} PARENT_SCOPE)
endfunction()

# clang ignores `#pragma GCC target` (libsodium >= 1.0.19 says it in clang's way too): the same as options.
function(_zmq_sodium_targets_for_clang)
  foreach(file IN LISTS ARGN)
    file(STRINGS "${file}" pragmas REGEX "# *pragma (GCC target|clang attribute)")
    if(NOT pragmas OR pragmas MATCHES "clang attribute")
      continue()
    endif()
    string(REGEX MATCHALL "\"[^\"]+\"" features "${pragmas}")
    list(TRANSFORM features REPLACE "\"" "")
    string(REPLACE "," ";" features "${features}")
    list(TRANSFORM features PREPEND "-m")
    set_source_files_properties("${file}" PROPERTIES COMPILE_OPTIONS "${features}")
  endforeach()
endfunction()

# sodium_init() chooses the processor's best code for every algorithm, and by naming them makes the linker take them all.
# libzmq uses crypto_box, crypto_secretbox and curve25519 only: what those do not need has nothing to choose, and would
# run its portable code.
set(_ZMQ_SODIUM_CHOICES onetimeauth_poly1305 scalarmult_curve25519 stream_salsa20)

function(_zmq_sodium_choose target file)
  file(STRINGS "${file}" choices REGEX "_crypto_[a-z0-9_]+_pick_best_implementation")
  list(TRANSFORM choices REPLACE ".*_crypto_([a-z0-9_]+)_pick_best_implementation.*" "\\1")
  list(REMOVE_ITEM choices ${_ZMQ_SODIUM_CHOICES})
  list(TRANSFORM choices REPLACE "(.+)" "_crypto_\\1_pick_best_implementation=zmq_nothing_to_choose")
  set_property(SOURCE "${file}" APPEND PROPERTY COMPILE_DEFINITIONS ${choices})
  target_sources(${target} PRIVATE "${_ZMQ_SODIUM_NOTHING}")
endfunction()

function(zmq_add_libsodium target source)
  set(root "${source}/src/libsodium")
  if(NOT EXISTS "${root}/include/sodium.h")
    message(FATAL_ERROR "no libsodium source tree: ${source} has no src/libsodium/include/sodium.h")
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${root}/*.c")
  set(include "${CMAKE_CURRENT_BINARY_DIR}/${target}-include")   # the source tree may be read-only
  file(COPY "${root}/include/" DESTINATION "${include}")
  configure_file("${source}/builds/msvc/version.h" "${include}/sodium/version.h" COPYONLY)

  set(definitions CONFIGURED=1 DEV_MODE=1)
  if(CMAKE_C_BYTE_ORDER STREQUAL "BIG_ENDIAN")
    list(APPEND definitions NATIVE_BIG_ENDIAN=1)
  else()
    list(APPEND definitions NATIVE_LITTLE_ENDIAN=1)
  endif()
  if(MSVC)                             # the rest libsodium's headers find out from _MSC_VER
    list(APPEND definitions inline=__inline _CRT_SECURE_NO_WARNINGS=1)
  else()
    _zmq_sodium_platform(platform)
    _zmq_sodium_processor(processor asm)
    list(APPEND definitions _GNU_SOURCE=1 HAVE_ATOMIC_OPS=1 HAVE_C11_MEMORY_FENCES=1 HAVE_GCC_MEMORY_FENCES=1
      HAVE_INLINE_ASM=1 HAVE_INTTYPES_H=1 HAVE_STDINT_H=1 HAVE_WEAK_SYMBOLS=1 HAVE_PTHREAD=1 TLS=_Thread_local
      ${platform} ${processor})
    if(CMAKE_SIZEOF_VOID_P EQUAL 8)
      list(APPEND definitions HAVE_TI_MODE=1)
    endif()
    if(asm)
      file(GLOB_RECURSE assembly CONFIGURE_DEPENDS "${root}/*.S")
      list(APPEND sources ${assembly})
      set(x25519 "${root}/crypto_scalarmult/curve25519/ref10/x25519_ref10.c")
      if(x25519 IN_LIST sources AND assembly MATCHES "sandy2x")
        list(REMOVE_ITEM sources "${x25519}")
        list(APPEND sources "${_ZMQ_X25519_LADDER}")
      endif()
    endif()
  endif()

  add_library(${target} STATIC ${sources})
  target_compile_definitions(${target} PRIVATE ${definitions} PUBLIC SODIUM_STATIC=1)
  target_include_directories(${target} SYSTEM PRIVATE "${root}" "${include}/sodium" PUBLIC "${include}")
  set_target_properties(${target} PROPERTIES C_STANDARD 11 C_EXTENSIONS ON)
  _zmq_sodium_choose(${target} "${root}/sodium/core.c")
  if(NOT MSVC)
    cmake_path(RELATIVE_PATH root BASE_DIRECTORY "${CMAKE_BINARY_DIR}" OUTPUT_VARIABLE relative)
    target_compile_options(${target} PRIVATE           # __FILE__ in an assertion: no path of this machine
      "-fmacro-prefix-map=${root}/=" "-fmacro-prefix-map=${relative}/=")
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C>:-w;-UNDEBUG;-fno-strict-aliasing;-fwrapv>)
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:C>:-flax-vector-conversions>)
    elseif(ZMQ_TARGET_X86_64)
      _zmq_sodium_targets_for_clang(${sources})
    endif()
    # its authors' -O3 for what each message passes; handshakes do not feel the difference
    set(passed ${sources})
    list(FILTER passed INCLUDE REGEX "/crypto_(stream/salsa20|onetimeauth|secretbox|box)/")
    target_compile_options(${target} PRIVATE $<$<AND:$<COMPILE_LANGUAGE:C>,$<NOT:$<CONFIG:Debug>>>:-O2>)
    set_property(SOURCE ${passed} APPEND PROPERTY COMPILE_OPTIONS $<$<NOT:$<CONFIG:Debug>>:-O3>)
    find_package(Threads REQUIRED)
    target_link_libraries(${target} PUBLIC Threads::Threads)
  endif()
endfunction()
