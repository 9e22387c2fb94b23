# zmq_bundled_licenses(<libzmq's source> <libsodium's source>) sets in the caller
#   ZMQ_BUNDLED_LICENSES   list of "<library>|<file>": every licence text a binary with these libraries must carry
#   LIBZMQ_LICENSE, LIBSODIUM_LICENSE   the SPDX expressions
# libzmq became MPL-2.0 with 4.3.5; before, it is LGPL-3.0-or-later with an exception for static linking (at the
# end of COPYING.LESSER, which builds on the GPL's text).  A source without a licence text is refused.
include_guard(GLOBAL)

function(zmq_bundled_licenses libzmq libsodium)
  set(files "")
  if(EXISTS "${libzmq}/LICENSE")
    list(APPEND files "libzmq|${libzmq}/LICENSE")
    set(LIBZMQ_LICENSE "MPL-2.0" PARENT_SCOPE)
  elseif(EXISTS "${libzmq}/COPYING.LESSER")
    list(APPEND files "libzmq|${libzmq}/COPYING.LESSER" "libzmq|${libzmq}/COPYING")
    set(LIBZMQ_LICENSE "LGPL-3.0-or-later WITH AdditionRef-libzmq-linking-exception" PARENT_SCOPE)
  endif()
  if(WIN32)
    list(APPEND files "wepoll|${libzmq}/external/wepoll/license.txt")
  endif()
  if(ZMQ_DRAFTS)                                            # the websocket transport's
    list(APPEND files "sha1|${libzmq}/external/sha1/license.txt")
  endif()
  list(APPEND files "libsodium|${libsodium}/LICENSE")
  set(LIBSODIUM_LICENSE "ISC" PARENT_SCOPE)
  foreach(library IN ITEMS libzmq libsodium)
    if(NOT files MATCHES "${library}[|]")
      message(FATAL_ERROR "no licence text in ${${library}}: ${library} may not be linked in without it")
    endif()
  endforeach()
  foreach(entry IN LISTS files)
    string(REGEX REPLACE "^[^|]*[|]" "" file "${entry}")
    if(NOT EXISTS "${file}")
      message(FATAL_ERROR "the licence text ${file} is missing: the library may not be linked in without it")
    endif()
  endforeach()
  set(ZMQ_BUNDLED_LICENSES "${files}" PARENT_SCOPE)
endfunction()
