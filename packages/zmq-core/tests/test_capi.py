"""Other people's compiled code: libzmq through core's table, and core's classes by cimport.

Neither links libzmq: an extension is compiled outside the repository with nothing but what an
installed zmq-core ships, and then talks through the very sockets that Python made.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest

import zmq
from zmq import backend

THROUGH_THE_TABLE = """
#include "zmq_capi.h"
#include <string.h>

static PyObject *greet(PyObject *self, PyObject *address) {
    void *socket = PyLong_AsVoidPtr(address);
    zmq_msg_t message;
    if (zmq_msg_init_size(&message, 5) < 0) return PyErr_NoMemory();
    memcpy(zmq_msg_data(&message), "hello", 5);
    if (zmq_msg_send(&message, socket, ZMQ_DONTWAIT) < 0)
        return PyErr_Format(PyExc_OSError, "%s", zmq_strerror(zmq_errno()));
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"greet", greet, METH_O, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "table", NULL, -1, methods};

PyMODINIT_FUNC PyInit_table(void) {
    PyObject *core = PyImport_ImportModule("zmq.backend.cython._zmq");
    PyObject *capsule = core ? PyObject_GetAttrString(core, "_C_API") : NULL;
    if (capsule == NULL || zmq_capi_import(capsule) < 0) return NULL;
    return PyModule_Create(&module);
}
"""

BY_CIMPORT = """
# cython: language_level=3
cimport zmq
from zmq cimport libzmq
from zmq.backend.cython.libzmq cimport zmq_msg_t, zmq_msg_init, zmq_msg_recv, zmq_msg_size, \\
    zmq_msg_close

import zmq as py_zmq

cdef extern from "zmq_capi.h":
    int zmq_capi_import(object) except -1

zmq_capi_import(py_zmq.backend.cython._zmq._C_API)

def receive_size(zmq.Socket socket):
    cdef zmq_msg_t message
    zmq_msg_init(&message)
    with nogil:
        zmq_msg_recv(&message, socket.handle, 0)
    size = zmq_msg_size(&message)
    zmq_msg_close(&message)
    return size

def version():
    cdef int major = 0, minor = 0, patch = 0
    libzmq.zmq_version(&major, &minor, &patch)
    return major, minor, patch

cdef class Counting(zmq.Socket):
    cdef readonly int calls
    def close(self, linger=None):
        self.calls += 1
        return zmq.Socket.close(self, linger)
"""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


def compile_c(folder, name):
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")
    includes = [f"-I{path}" for path in [sysconfig.get_path("include"), *zmq.get_includes()]]
    flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wno-unused-function"]
    target = folder / f"{name}{sysconfig.get_config_var('EXT_SUFFIX')}"
    run(*compiler, *flags, *includes, folder / f"{name}.c", "-o", target)
    symbols = run("nm", "--dynamic", "--undefined-only", target)
    assert "zmq_" not in symbols, "libzmq's functions must come through the table"
    return target


def in_a_new_process(folder, text):
    script = folder / "main.py"
    script.write_text(textwrap.dedent(text))
    environment = {"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_through_the_table(tmp_path):
    (tmp_path / "table.c").write_text(THROUGH_THE_TABLE)
    compile_c(tmp_path, "table")
    assert (
        in_a_new_process(
            tmp_path,
            """
            import table, zmq
            with zmq.Context() as context:
                with context.socket(zmq.PAIR) as a, context.socket(zmq.PAIR) as b:
                    a.bind("inproc://table")
                    b.connect("inproc://table")
                    table.greet(a.underlying)
                    print(b.recv())
            """,
        )
        == "b'hello'\n"
    )


def test_by_cimport(tmp_path):
    (tmp_path / "classes.pyx").write_text(BY_CIMPORT)
    includes = [argument for path in zmq.get_includes() for argument in ("-I", path)]
    run(sys.executable, "-m", "cython", "-3", *includes, tmp_path / "classes.pyx")
    compile_c(tmp_path, "classes")
    assert in_a_new_process(
        tmp_path,
        """
        import classes, zmq
        assert classes.version() == zmq.zmq_version_info()
        with zmq.Context() as context:
            a = context.socket(zmq.PAIR)
            b = classes.Counting(context, zmq.PAIR)
            a.bind("inproc://classes")
            b.connect("inproc://classes")
            a.send(bytes(1234))
            print(classes.receive_size(b))
            b.send(b"back")
            print(a.recv())
            a.close()
            b.close()
            print(b.calls)
        """,
    ).split() == ["1234", "b'back'", "1"]


def test_a_newer_module_refuses_an_older_core(tmp_path):
    folder = Path(next(path for path in zmq.get_includes() if path.endswith("include")))
    text = (folder / "zmq_capi.h").read_text(encoding="utf-8")
    newer = text.replace("#define ZMQ_CAPI_ABI 1\n", "#define ZMQ_CAPI_ABI 999\n")
    assert newer != text
    (tmp_path / "zmq_capi.h").write_text(newer)  # found first: beside the source
    (tmp_path / "table.c").write_text(THROUGH_THE_TABLE)
    compile_c(tmp_path, "table")
    with pytest.raises(AssertionError, match=r"ABI 1 .*ABI 999 .*pip install -U zmq-core"):
        in_a_new_process(tmp_path, "import table")


def test_the_extension_exports_nothing_else():
    symbols = run("nm", "--dynamic", "--defined-only", backend._backend.__file__)
    names = [line.split()[-1] for line in symbols.splitlines()]
    assert names == ["PyInit__zmq"]
