"""What a forked child does with what it inherited: it must end at once, and the parent go on.

`count` is how many times each combination is tried.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import time
from typing import Any, Callable

import zmq
from tests.reliability.harness import Outcome, program

MODULE = "tests.reliability.forks"
PATIENCE_S = 5  # after which a child hangs
MULTIPROCESSING = ("fork", "forkserver", "spawn")


def poller(socket: Any) -> None:
    poller = zmq.Poller()
    poller.register(socket)
    poller.poll()


def own(_: Any) -> None:
    """A new context, with sockets that talk."""
    with zmq.Context() as context:
        push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        pull.bind("tcp://127.0.0.1:*")
        push.connect(pull.getsockopt(zmq.LAST_ENDPOINT))
        push.send(b"child")
        assert pull.recv() == b"child"
        push.close()
        pull.close()


def instance(socket: Any) -> None:
    assert zmq.Context.instance() is not socket.context
    zmq.Context.instance().socket(zmq.PUB).close()
    zmq.Context.instance().term()


CHILDREN: dict[str, Callable[[Any], object]] = {
    "exit": lambda s: None,
    "close": lambda s: s.close(),
    "close and term": lambda s: (s.close(), s.context.term()),
    "destroy": lambda s: s.context.destroy(linger=0),
    "send": lambda s: s.send(b"from the child"),
    "send_multipart": lambda s: s.send_multipart([b"from", b"the child"]),
    "recv": lambda s: s.recv(),
    "recv_multipart": lambda s: s.recv_multipart(),
    "poll": lambda s: s.poll(),
    "Poller": poller,
    "get": lambda s: s.getsockopt(zmq.EVENTS),
    "connect": lambda s: s.connect("tcp://127.0.0.1:1"),
    "new socket": lambda s: s.context.socket(zmq.PUB),
    "new context": own,
    "instance": instance,
    "collect": lambda s: gc.collect(),
    "exec": lambda s: os.execv(sys.executable, [sys.executable, "-c", ""]),
}
REFUSED = {"send", "send_multipart", "recv", "recv_multipart", "poll", "Poller", "get", "connect",
           "new socket"}  # fmt: skip


def trials() -> list[str]:
    return [*CHILDREN, *(f"multiprocessing {method}" for method in MULTIPROCESSING)]


def perform(name: str, count: float) -> dict[str, Any]:
    told: dict[str, int] = {}
    for _ in range(int(count)):
        method = name.removeprefix("multiprocessing ")
        how = by_multiprocessing(method) if method != name else by_fork(name)
        told[how] = told.get(how, 0) + 1
    return told


def by_fork(name: str) -> str:
    context = zmq.Context.instance()
    socket, peer = context.socket(zmq.DEALER), context.socket(zmq.DEALER)
    socket.bind("tcp://127.0.0.1:*")
    peer.connect(socket.getsockopt(zmq.LAST_ENDPOINT))
    peer.send(b"before")
    socket.recv()
    pid = os.fork()
    if pid == 0:
        status = 0
        try:
            CHILDREN[name](socket)
            if name == "exit":
                os.close(2)
                sys.exit(0)
        except zmq.ZMQError as error:
            status = 3 if type(error).__name__ == "ForkedError" else 4
        except SystemExit:
            raise
        except BaseException:  # noqa: BLE001 - it is told
            status = 5
        finally:
            os._exit(status)
    how = ended(pid)
    try:  # the parent is undisturbed
        peer.rcvtimeo = socket.rcvtimeo = 5000
        peer.send(b"after")
        if socket.recv() != b"after":
            how += ", disturbs the parent"
        socket.send(b"answer")
        if peer.recv() != b"answer":
            how += ", disturbs the parent"
    except zmq.ZMQError:
        how += ", disturbs the parent"
    context.destroy(linger=0)
    return how


def ended(pid: int) -> str:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return {0: "ends", 3: "ForkedError", 4: "ZMQError"}.get(code, f"status {code}")
        time.sleep(0.002)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return "hangs"


def by_multiprocessing(method: str) -> str:
    context = zmq.Context()
    pull = context.socket(zmq.PULL)
    pull.bind("tcp://127.0.0.1:*")
    pull.rcvtimeo = 20_000
    address = pull.getsockopt(zmq.LAST_ENDPOINT).decode()
    start = multiprocessing.get_context(method)
    workers = [start.Process(target=report, args=(address,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    got = [pull.recv() for _ in workers]
    for worker in workers:
        worker.join(PATIENCE_S)
        if worker.exitcode is None:
            worker.kill()
            return "hangs"
    context.destroy(linger=0)
    return "ends" if got == [b"child"] * 2 and not any(w.exitcode for w in workers) else "fails"


def report(address: str) -> None:
    with zmq.Context() as context:
        push = context.socket(zmq.PUSH)
        push.connect(address)
        push.send(b"child")
        push.close()


def judge(name: str, outcome: Outcome) -> str:
    if outcome.ended != "ended":
        return outcome.ended
    wanted = {"ForkedError"} if name in REFUSED else {"ends"}
    return "" if set(outcome.measured) == wanted else f"not {wanted}"


if __name__ == "__main__":
    sys.exit(
        program(
            MODULE, __doc__, trials, perform, judge,
            count=3, unit="times each", seconds=lambda count: 20 + 12 * count,
        )
    )  # fmt: skip
