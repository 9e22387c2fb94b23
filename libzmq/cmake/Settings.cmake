# zmq_setting(<name> <default> <meaning>): one build setting.
# -D<name>=… wins over the environment variable of the same name, which wins over the default.  Only -D is
# remembered in CMakeCache.txt: a build folder is used again and again, and a variable that was exported for
# one build must not silently govern the next.
include_guard(GLOBAL)

macro(zmq_setting name default meaning)
  if(NOT DEFINED CACHE{${name}})
    if("$ENV{${name}}" STREQUAL "")
      set(${name} "${default}")
    else()
      set(${name} "$ENV{${name}}")
      message(STATUS "${name}=${${name}} (environment): ${meaning}")
    endif()
  endif()
endmacro()
