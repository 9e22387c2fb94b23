"""The end of a context: it wakes, it waits, and it never waits in silence."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import textwrap
import threading
import time

import pytest

import zmq
from zmq import backend

NOBODY = "tcp://127.0.0.1:1"  # nothing listens there, so what is sent stays unsent


@pytest.fixture
def stubborn():
    """A context that cannot end: a message to nobody, LINGER for ever; and its open socket."""
    context = backend.Context()
    socket = context.socket(zmq.PUSH)
    socket.connect(NOBODY)
    socket.send(b"unsent")
    yield context, socket
    context.destroy(linger=0)


def test_an_open_socket_is_named(stubborn):
    context, _ = stubborn
    started = time.monotonic()
    with pytest.raises(zmq.TerminationTimeout) as caught:
        context.term(timeout=50)
    assert 0.045 < time.monotonic() - started < 2
    assert isinstance(caught.value, TimeoutError)
    text = str(caught.value)
    assert "Open sockets" in text
    assert f"PUSH {NOBODY}" in text
    assert f"made at {__file__}:" in text
    assert "linger=0" in text
    assert not context.closed
    with pytest.raises(zmq.ContextTerminated):
        context.socket(zmq.PUB)


def test_a_message_that_lingers_is_named():
    context = backend.Context()
    socket = context.socket(zmq.PUSH)
    socket.connect(NOBODY)
    socket.set(zmq.LINGER, 700)
    socket.send(b"unsent")
    socket.close()
    for call in (context.term, context.destroy):
        with pytest.raises(
            zmq.TerminationTimeout, match=f"Closed sockets.*\n *PUSH {NOBODY}, LINGER 700"
        ):
            call(timeout=20)
    context.term()  # the same termination, waited for to its end
    assert context.closed


def test_nothing_is_said_of_what_cannot_linger():
    context = backend.Context()
    unconnected, receiver = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    receiver.bind("tcp://127.0.0.1:*")
    unconnected.close()
    receiver.close(linger=0)
    keeper = context.socket(zmq.PUB)
    with pytest.raises(zmq.TerminationTimeout) as caught:
        context.term(timeout=0)
    assert "Closed sockets" not in str(caught.value)
    keeper.close()
    context.term()


def test_destroy_throws_away_what_it_is_told_to(stubborn):
    context, socket = stubborn
    started = time.monotonic()
    context.destroy(linger=0)
    assert time.monotonic() - started < 2
    assert context.closed
    assert socket.closed


def test_destroy_gives_messages_their_time():
    context, other = backend.Context(), backend.Context()
    push, pull = context.socket(zmq.PUSH), other.socket(zmq.PULL)
    pull.bind("tcp://127.0.0.1:*")
    push.connect(pull.get(zmq.LAST_ENDPOINT))
    for n in range(1000):
        push.send(b"%d" % n)
    context.destroy()
    assert [pull.recv() for _ in range(1000)] == [b"%d" % n for n in range(1000)]
    other.destroy(linger=0)


def test_the_linger_reaches_a_socket_in_which_another_thread_waits():
    context = backend.Context()
    socket = context.socket(zmq.DEALER)
    socket.connect(NOBODY)
    socket.send(b"unsent")
    woken = []

    def wait():
        try:
            socket.recv()
        except zmq.ContextTerminated:
            woken.append(True)

    thread = threading.Thread(target=wait)
    thread.start()
    with contextlib.suppress(zmq.ConcurrentUseError):
        while True:
            socket.get(zmq.TYPE)
    context.destroy(linger=0, timeout=10_000)
    thread.join()
    assert woken == [True]


def test_it_is_explained_after_three_seconds_and_once(stubborn, capfd):
    context, _ = stubborn
    for timeout, said in ((100, 0), (6000, 1), (3500, 0)):
        with pytest.raises(zmq.TerminationTimeout):
            context.term(timeout=timeout)
        assert capfd.readouterr().err.count("cannot end yet") == said


def test_a_context_that_ended_in_the_background_is_closed():
    context = backend.Context()
    socket = context.socket(zmq.PUB)
    with pytest.raises(zmq.TerminationTimeout):
        context.term(timeout=0)
    socket.close()
    deadline = time.monotonic() + 10
    while not context.closed:
        assert time.monotonic() < deadline
    with pytest.raises(zmq.ZMQError, match="closed"):
        context.get(zmq.IO_THREADS)
    context.term()


EXITS = {
    "term": """
        context = zmq.Context()
        socket = send_to_nobody(context)
        socket.close()
        context.term()
        """,
    "term with an open socket": """
        context = zmq.Context()
        socket = send_to_nobody(context)
        context.term()
        """,
    "with statements": """
        with zmq.Context() as context:
            with context.socket(zmq.PUSH) as socket:
                socket.connect("tcp://127.0.0.1:1")
                socket.send(b"unsent")
        """,
    "garbage collection": """
        def function():
            context = zmq.Context()
            send_to_nobody(context)
        function()
        for _ in range(6):
            gc.collect()  # for PyPy
        """,
    "destroy": """
        context = zmq.Context()
        socket = send_to_nobody(context)
        context.destroy()
        """,
    "end of the script": """
        context = zmq.Context()
        socket = send_to_nobody(context)
        """,
    "sys.exit": """
        context = zmq.Context()
        socket = send_to_nobody(context)
        sys.exit()
        """,
    "an exception": """
        context = zmq.Context()
        socket = send_to_nobody(context)
        raise SystemExit(0)
        """,
}
PRELUDE = """
import gc, sys, zmq

def send_to_nobody(context):
    socket = context.socket(zmq.PUSH)
    socket.connect("tcp://127.0.0.1:1")
    socket.send(b"unsent")
    return socket
"""


# The interpreter's own end throws unsent messages away; all other ways wait for them.
ENDS = {"end of the script", "sys.exit", "an exception"}


def test_every_exit_ends_or_explains_itself():
    """The eight ways out of a program with an unsent message, all at once."""
    started = time.monotonic()
    running = {
        name: subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", PRELUDE + textwrap.dedent(text)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, text in EXITS.items()
    }
    try:
        for name, process in running.items():
            assert process.stderr is not None
            first_line = process.stderr.readline()  # "" when it ended and said nothing
            assert time.monotonic() - started < 20, name
            assert (not first_line) == (name in ENDS), name
            if first_line:
                assert "cannot end yet" in first_line, name
                assert "PUSH tcp://127.0.0.1:1" in "".join(
                    process.stderr.readline() for _ in range(2)
                ), name
            else:
                assert process.wait(10) == 0, name
    finally:
        for process in running.values():
            process.kill()
            process.communicate()
