"""cmake/cold.py: what is not in hot.txt is compiled for size."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parent.parent / "cmake" / "cold.py"
MODULE = "3zmq_7backend_6cython_4_zmq_"
C = f"""\
static int __pyx_f_{MODULE}send_one(int); /* proto */
static PyObject *__pyx_pw_{MODULE}6Socket_41send(PyObject *self) {{
static PyObject *__pyx_pf_{MODULE}6Socket_8monitor(PyObject *self) {{
static PyObject *__pyx_pw_{MODULE}18build_info(PyObject *self) {{
static PyObject *__pyx_tp_new_{MODULE}Frame(PyTypeObject *t) {{
static void __Pyx_AddTraceback(const char *name);
static int __Pyx_PyObject_IsTrue(PyObject *);
static const char __pyx_k_send_one[] = "send_one()";
    return __pyx_f_{MODULE}send_one(1);
"""


@pytest.fixture
def cold():
    spec = importlib.util.spec_from_file_location("cold", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_names(cold):
    for mangled, name in (
        (f"f_{MODULE}send_one", "send_one"),
        (f"pw_{MODULE}6Socket_41send", "Socket.send"),
        (f"pf_{MODULE}5Frame___cinit__", "Frame.__cinit__"),
        (f"pw_{MODULE}18build_info", "build_info"),
        (f"getprop_{MODULE}5Frame_more", "Frame.more"),
        (f"tp_new_{MODULE}Frame", "Frame.tp_new"),
        ("pymod_exec__zmq", "pymod_exec__zmq"),
    ):
        assert cold.name(mangled) == name


def test_functions_are_marked_but_the_hot_ones(cold):
    marked = [
        line.partition("(")[0].split()[-1].lstrip("*").replace(MODULE, "")
        for line in cold.mark(C, ["send_*", "Socket.send", "Frame.tp_new"]).splitlines()
        if line.startswith("static ZMQ_COLD ")
    ]
    assert marked == ["__pyx_pf_6Socket_8monitor", "__pyx_pw_18build_info", "__Pyx_AddTraceback"]


def test_nothing_else_is_touched(cold):
    assert cold.mark(C, ["*"]).replace("ZMQ_COLD ", "") == C


def test_a_line_that_fits_nothing_stops_the_build(cold, tmp_path):
    source, hot = tmp_path / "a.c", tmp_path / "hot.txt"
    source.write_text(C)
    hot.write_text("send_one  # of a comment\nSocket.snd\n")
    with pytest.raises(SystemExit, match=r"no function of the module is called Socket\.snd"):
        cold.main(source, tmp_path / "b.c", hot)
    assert not (tmp_path / "b.c").exists()
