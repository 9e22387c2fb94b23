"""Who has an object, and what becomes of it: copies, pickles, weak references, resurrection."""

from __future__ import annotations

import gc
import pickle
import sys
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
