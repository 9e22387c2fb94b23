"""Threads, forks, signals, and the end of the process."""

import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest


def run(zmq, program, **environment):
    """Run a program over this back end; its output."""
    backend = zmq.backend._backend.__name__.partition(".backend.")[2].partition(".")[0]
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)],
        env={**os.environ, "PYZMQ_BACKEND": backend, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
        check=True,
    ).stdout


def test_one_context_in_many_threads(zmq, context):
    failed = []

    def work(number):
        try:
            for i in range(10):
                with context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
                    pull.bind(f"inproc://{number}-{i}")
                    push.connect(f"inproc://{number}-{i}")
                    push.send(b"%d" % i)
                    if pull.recv(timeout=10_000) != b"%d" % i:
                        failed.append((number, i))
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_socket_in_two_threads_is_an_error_not_a_crash(zmq, bound_pair):
    push, pull = bound_pair(zmq.PUSH, zmq.PULL)
    received = []
    thread = threading.Thread(target=lambda: received.append(pull.recv()), name="receiver")
    thread.start()
    with pytest.raises(zmq.ConcurrentUseError, match="receiver"):  # noqa: PT012
        while True:
            pull.try_recv()
    push.send(b"x")
    thread.join()
    assert received == [b"x"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_with_open_sockets(zmq, bound_pair):
    push, pull = bound_pair(zmq.PUSH, zmq.PULL, "tcp")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            push.close()
            try:
                pull.recv()
            except zmq.ForkedError:
                status = 0
            with zmq.Context() as context, context.socket(zmq.PAIR):
                pass
        finally:
            os._exit(status)
    os.close(reader)
    os.close(writer)
    assert os.waitpid(child, 0)[1] == 0
    push.send(b"x")
    assert pull.recv() == b"x"


def test_nothing_left_open_holds_up_the_end(zmq):
    program = """
        import zmq
        context = zmq.Context.instance()
        sockets = [context.socket(kind) for kind in (zmq.PUB, zmq.REQ, zmq.ROUTER)]
        other = zmq.Context().socket(zmq.PULL)
        other.bind("tcp://127.0.0.1:*")
        print("end")
    """
    assert run(zmq, program) == "end\n"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer signals on this system")
def test_an_interrupted_call_goes_on(zmq, bound_pair):
    push, pull = bound_pair(zmq.PUSH, zmq.PULL)
    calls = []

    def handler(number, frame):
        calls.append(number)
        push.send(b"from the handler")

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        assert pull.recv() == b"from the handler"
    finally:
        signal.signal(signal.SIGALRM, before)
    assert calls == [signal.SIGALRM]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer signals on this system")
def test_ctrl_c_in_a_blocking_call(zmq, bound_pair):
    _, pull = bound_pair(zmq.PUSH, zmq.PULL)
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with pytest.raises(KeyboardInterrupt):
            pull.recv()
    finally:
        signal.signal(signal.SIGALRM, before)
