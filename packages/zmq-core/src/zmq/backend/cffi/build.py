"""Write the C source of ``_cffi``: ``python build.py <file.c>``. CMake calls it."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

ZMQ = """
typedef struct { ...; } zmq_msg_t;
typedef int... zmq_fd_t;
typedef struct { void *socket; zmq_fd_t fd; short events; short revents; ...; } zmq_pollitem_t;

void zmq_version(int *major, int *minor, int *patch);
const char *zmq_strerror(int number);
int zmq_msg_close(zmq_msg_t *message);
int zmq_msg_move(zmq_msg_t *to, zmq_msg_t *from);
void *zmq_msg_data(zmq_msg_t *message);
size_t zmq_msg_size(const zmq_msg_t *message);
int zmq_msg_more(const zmq_msg_t *message);
const char *zmq_msg_gets(const zmq_msg_t *message, const char *property);
int zmq_poll(zmq_pollitem_t *items, int count, long timeout);
int zmq_has(const char *capability);

#define ZMQ_COMPILED_WITH_DRAFTS ...
#define ZMQ_IPC_PATH_MAX_LEN ...
static char *const ZMQ_BUILD_LIBZMQ_VERSION;
static char *const ZMQ_BUILD_LIBZMQ_ROUTE;
static char *const ZMQ_BUILD_LIBZMQ_ORIGIN;
static char *const ZMQ_BUILD_LIBZMQ_PATCHES;
static char *const ZMQ_BUILD_LIBSODIUM_VERSION;
static char *const ZMQ_BUILD_LIBSODIUM_ROUTE;
static char *const ZMQ_BUILD_LIBSODIUM_ORIGIN;
static char *const ZMQ_BUILD_LIBSODIUM_PATCHES;
static char *const ZMQ_BUILD_CURVE;
static char *const ZMQ_BUILD_FLAGS;
static char *const ZMQ_BUILD_COMPILER;
#define ZMQ_BUILD_LTO ...
#define ZMQ_BUILD_DRAFTS ...
#define ZMQ_BUILD_BATCH_SIZE ...
"""


def main(target: str) -> None:
    """Write the C file."""
    ffi = importlib.import_module("cffi").FFI()  # has no types
    ffi.cdef(ZMQ)
    ffi.cdef(Path(__file__).with_name("core_api.h").read_text(encoding="utf-8"))
    ffi.set_source("_cffi", '#include "core.c"')
    ffi.emit_c_code(target)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(f"usage: {sys.argv[0]} FILE.c (where the C goes)")
    main(sys.argv[1])
