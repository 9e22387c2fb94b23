"""Who has an object, and what becomes of it: copies, pickles, weak references, resurrection."""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
import textwrap
import weakref

import pytest

MAKE = {
    "Context": lambda zmq, context: context,
    "Socket": None,  # by the fixture `sockets`
    "Frame": lambda zmq, context: zmq.Frame(b"x" * 100_000, copy=False),
    "MessageTracker": lambda zmq, context: (
        zmq.Frame(b"x" * 100_000, copy=False, track=True).tracker
    ),
    "Poller": lambda zmq, context: zmq.Poller(),
}


@pytest.mark.parametrize("kind", MAKE)
def test_weak_references(zmq, context, sockets, kind):
    thing = sockets(zmq.PAIR) if kind == "Socket" else MAKE[kind](zmq, context)
    assert weakref.ref(thing)() is thing
    assert weakref.WeakKeyDictionary({thing: 1})[thing] == 1


@pytest.mark.parametrize("kind", ["Frame", "MessageTracker"])
def test_a_weak_reference_keeps_nothing(zmq, context, collect, kind):
    thing = MAKE[kind](zmq, context)
    told = []
    reference = weakref.ref(thing, told.append)
    del thing
    collect()
    assert reference() is None
    assert told == [reference]


@pytest.mark.parametrize("kind", ["Context", "Socket", "MessageTracker"])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_handle_has_no_pickle(zmq, context, sockets, kind, protocol):
    thing = sockets(zmq.PAIR) if kind == "Socket" else MAKE[kind](zmq, context)
    with pytest.raises(TypeError, match=f"cannot pickle '{kind}' object: it belongs to its"):
        pickle.dumps(thing, protocol)


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="PyPy has no tracemalloc")
def test_a_warning_knows_where_it_was_made(zmq, collect):
    """What tracemalloc and Python's development mode show: its ``source`` is the object.

    With the core's classes: Python 3.11 finds no traceback of any object with a ``__dict__``.
    """
    import tracemalloc

    alive = {}

    def drop(kind):
        del alive[kind]
        collect()

    tracemalloc.start(20)
    try:
        alive["context"] = zmq.backend.Context()
        alive["socket"] = alive["context"].socket(zmq.PAIR)
        for kind in ("socket", "context"):
            with pytest.warns(ResourceWarning, match=f"unclosed {kind}") as caught:
                drop(kind)
            where = tracemalloc.get_object_traceback(caught.pop().source)
            assert any(__file__ in line for line in where.format())
    finally:
        tracemalloc.stop()


LATE = """
    import sys
    import zmq
    from zmq import backend

    class Late:
        def __init__(self):
            self.me = self
            self.context = zmq.Context()
            self.socket = self.context.socket(zmq.PUSH)
            self.socket.connect("tcp://127.0.0.1:1")
            self.frame = zmq.Frame(bytes(100_000), copy=False)
            self.tracker = self.socket.send(bytes(100_000), copy=False, track=True)
        {finalizer}

    {keeper} = Late()
"""
# what is left open when the interpreter ends is left to the end of the process
CLOSES = "def __del__(self): self.socket.close(0), self.context.term()"


@pytest.mark.parametrize("keeper", ["late", "sys.late", "zmq.late", "backend.late", "Late.late"])
@pytest.mark.parametrize("finalizer", ["", CLOSES], ids=["left", "closed late"])
def test_finalizers_need_no_globals(zmq, keeper, finalizer):
    """Nothing is said when objects go after the modules that made them."""
    name = "cffi" if zmq.backend._backend.__name__.endswith(".cffi") else "cython"
    code = textwrap.dedent(LATE).format(keeper=keeper, finalizer=finalizer)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYZMQ_BACKEND": name},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture(params=["by count", "from a cycle"])
def cycle(request, zmq):
    """Whether the object goes with a cycle that it is in."""
    cffi = zmq.backend._backend.__name__.endswith(".cffi")
    if request.param == "from a cycle" and cffi and sys.implementation.name == "cpython":
        pytest.skip(
            "CFFI's handles end with the cycle on CPython, whatever comes back; not on PyPy"
        )
    return request.param == "from a cycle"


@pytest.mark.parametrize("end", ["close", "drop"])
def test_a_socket_that_its_finalizer_brings_back(zmq, context, collect, cycle, end):
    """It works, and ends once: by close(), or when it goes again."""
    kept = []

    class Lazarus(zmq.Socket):
        me = None  # sockets take no attributes that nobody declared

        def __del__(self):
            kept.append(self)

    back = Lazarus(context, zmq.PAIR)
    with context.socket(zmq.PAIR) as other:
        other.linger = 0
        back.bind("inproc://back")
        other.connect("inproc://back")
        if cycle:
            back.me = back
        del back
        gc.collect()
        collect()
        back = kept.pop()
        back.me = None
        other.send(b"x")
        assert back.recv() == b"x"
        if end == "close":
            back.close()
        del back
        collect()
        assert not kept  # a finalizer runs once
    context.term()


def test_a_context_that_its_finalizer_brings_back(zmq, collect, cycle):
    kept = []

    class Lazarus(zmq.Context):
        me = None

        def __del__(self):
            kept.append(self)

    back = Lazarus()
    if cycle:
        back.me = back
    del back
    gc.collect()
    collect()
    back = kept.pop()
    back.me = None
    back.socket(zmq.PAIR).close()
    back.term()
    assert back.closed
