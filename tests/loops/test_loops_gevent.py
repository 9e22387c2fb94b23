"""gevent, as programs use it: with the standard library monkey-patched, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

PATCH = "import gevent.monkey; gevent.monkey.patch_all()\n"

PROGRAMS = {
    # a plain thread is a greenlet then: both sides run in one thread of the system
    "request and reply between threads": """
        import threading
        import zmq.green as zmq

        context = zmq.Context()
        reply = context.socket(zmq.REP)
        reply.bind("tcp://127.0.0.1:*")

        def serve():
            for _ in range(100):
                reply.send(b"re:" + reply.recv())

        server = threading.Thread(target=serve)
        server.start()
        request = context.socket(zmq.REQ)
        request.connect(reply.last_endpoint.decode())
        for number in range(100):
            request.send(b"%d" % number)
            assert request.recv(timeout=10_000) == b"re:%d" % number
        server.join()
        context.destroy(linger=0)
        """,
    "a receive lets time.sleep of others end": """
        import threading, time
        import zmq.green as zmq

        slept = []

        def sleep():
            time.sleep(0.02)
            slept.append(True)

        with zmq.Context() as context, context.socket(zmq.PULL) as pull:
            pull.bind("inproc://nobody")
            threading.Thread(target=sleep).start()
            try:
                pull.recv(timeout=500)
            except zmq.Again:
                assert slept
            else:
                raise AssertionError("there was nothing to receive")
        """,
    "gevent.Timeout, and nothing is lost": """
        import gevent
        import zmq.green as zmq

        with zmq.Context() as context, context.socket(zmq.PAIR) as a, context.socket(zmq.PAIR) as b:
            a.bind("inproc://pair")
            b.connect("inproc://pair")
            with gevent.Timeout(0.02, False):
                a.recv()
                raise AssertionError("there was nothing to receive")
            b.send(b"late")
            assert a.recv(timeout=10_000) == b"late"
        """,
    "a poller beside a descriptor": """
        import os
        import gevent
        import zmq.green as zmq

        with zmq.Context() as context, context.socket(zmq.PAIR) as a, context.socket(zmq.PAIR) as b:
            a.bind("inproc://pair")
            b.connect("inproc://pair")
            out, into = os.pipe()
            poller = zmq.Poller()
            poller.register(a, zmq.POLLIN)
            poller.register(out, zmq.POLLIN)
            gevent.spawn(os.write, into, b"x")
            assert dict(poller.poll(10_000)) == {out: zmq.POLLIN}
            os.read(out, 1)
            gevent.spawn(b.send, b"y")
            assert dict(poller.poll(10_000)) == {a: zmq.POLLIN}
            os.close(out)
            os.close(into)
        """,
    # libzmq's own threads and the library's real ones know nothing of greenlets
    "a context ends in another greenlet": """
        import gevent
        import zmq.green as zmq

        context = zmq.Context()
        pull = context.socket(zmq.PULL)
        pull.bind("inproc://nobody")
        ended = gevent.spawn(context.term)
        try:
            pull.recv(timeout=10_000)
        except zmq.ContextTerminated:
            pull.close()
        else:
            raise AssertionError("there was nothing to receive")
        ended.get(timeout=10)
        assert context.closed
        """,
    "synchronous sockets in real threads": """
        import gevent
        import zmq

        with zmq.Context() as context, context.socket(zmq.PAIR) as a, context.socket(zmq.PAIR) as b:
            a.bind("inproc://pair")
            b.connect("inproc://pair")
            pool = gevent.get_hub().threadpool
            received = pool.spawn(a.recv)
            b.send(b"to a thread")
            assert received.get(timeout=10) == b"to a thread"
        """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_monkey_patched_program(name: str) -> None:
    program = PATCH + textwrap.dedent(PROGRAMS[name]) + "\nprint('to its end')\n"
    run = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", program],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "to its end\n", "")
