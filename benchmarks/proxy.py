"""Proxies against libzmq's own ``zmq_proxy``, interleaved in one run.

Two measures, for each loop and message size:

* ``cpu``: what one message costs the proxy's thread. The messages wait in its queue (inproc, no
  limits) before it starts, so nothing but the loop is measured, whatever else the machine does;
* ``tcp``: messages a second from a process through the proxy's to a third.

Rounds alternate between the loops; a ratio compares each round with libzmq's of the same turn, and
the median of the ratios is printed (over 1: faster than libzmq). The monitored queue is compared
with ``zmq_proxy`` and a capture socket, although it sends one part more, the prefix, per message.

    python benchmarks/proxy.py [--rounds 9] [--sizes 16 1024 65536]
"""

from __future__ import annotations

import argparse
import ctypes
import multiprocessing
import re
import statistics
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import zmq
from zmq import backend
from zmq.backend.cython import _zmq

Loop = Callable[[backend.Socket, backend.Socket], None]


def libzmq_proxy() -> Callable[[int, int, int], int]:
    """``zmq_proxy`` out of core's table of libzmq's functions: it is linked in, and hidden."""
    header = (Path(zmq.__file__).parent / "include/zmq_capi.h").read_text(encoding="utf-8")
    table = header[header.index("#define ZMQ_CAPI_FUNCTIONS") : header.index("typedef struct {")]
    names = re.findall(r"X\([^,]*,\s*(zmq_\w+)", table)
    pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
    pointer_of.restype = ctypes.c_void_p
    pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]
    capsule = _zmq._C_API
    address = pointer_of(capsule, re.findall(r'ZMQ_CAPI_NAME "([^"]+)', header)[0].encode())
    pointers = ctypes.cast(address + 8, ctypes.POINTER(ctypes.c_void_p))
    prototype = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_void_p] * 3)  # gives the GIL up
    return prototype(pointers[names.index("zmq_proxy")])


def loops() -> dict[str, tuple[Loop, int]]:
    """Name -> (loop, whether it has a monitor: 0 or 1)."""
    native = libzmq_proxy()

    def monitor(socket: backend.Socket) -> backend.Socket:
        return backend.Socket(socket.context, zmq.PUB)  # nobody listens: only the loop is measured

    def steered(front: backend.Socket, back: backend.Socket) -> None:
        with backend.Socket(front.context, zmq.PAIR) as control:
            control.bind("inproc://control")
            backend.proxy_steerable(front, back, None, control)

    def native_plain(front: backend.Socket, back: backend.Socket) -> None:
        native(front.underlying, back.underlying, 0)

    def native_capture(front: backend.Socket, back: backend.Socket) -> None:
        with monitor(front) as seen:
            native(front.underlying, back.underlying, seen.underlying)

    def monitored(front: backend.Socket, back: backend.Socket) -> None:
        with monitor(front) as seen:
            backend.monitored_queue(front, back, seen)

    return {
        "zmq_proxy": (native_plain, 0),
        "proxy": (backend.proxy, 0),
        "proxy_steerable": (steered, 0),
        "zmq_proxy + capture": (native_capture, 1),
        "monitored_queue": (monitored, 1),
    }


REFERENCE = ("zmq_proxy", "zmq_proxy + capture")


def run_until_terminated(loop: Loop, front: backend.Socket, back: backend.Socket) -> None:
    """Relay until the context ends, and close the ends."""
    try:
        loop(front, back)
    except zmq.ContextTerminated:
        pass
    finally:
        front.close(linger=0)
        back.close(linger=0)


def cpu_round(loop: Loop, size: int, count: int) -> float:
    """Messages per second of the proxy thread's processor time."""
    context = backend.Context()

    def socket(kind: int) -> backend.Socket:
        made = backend.Socket(context, kind)
        for option in (zmq.SNDHWM, zmq.RCVHWM):
            made.set(option, 0)
        return made

    front, back, source, sink = map(socket, (zmq.PULL, zmq.PUSH, zmq.PUSH, zmq.PULL))
    front.bind("inproc://front")
    back.bind("inproc://back")
    source.connect("inproc://front")
    sink.connect("inproc://back")
    message = bytes(size)
    for _ in range(count):
        source.send(message, copy=size < 4096)
    spent: list[float] = []

    def run() -> None:
        started = time.thread_time()
        run_until_terminated(loop, front, back)
        spent.append(time.thread_time() - started)

    thread = threading.Thread(target=run)
    thread.start()
    for _ in range(count):
        sink.recv()
    source.close(linger=0)
    sink.close(linger=0)
    context.term()
    thread.join()
    return count / spent[0]


def tcp_source(endpoint: str, size: int, count: int, go: Connection) -> None:
    """The first process: sends when it is told to."""
    with backend.Context() as context, backend.Socket(context, zmq.PUSH) as socket:
        socket.connect(endpoint)
        message = bytes(size)
        socket.send(b"first")
        go.recv()
        for _ in range(count):
            socket.send(message)
        go.recv()


def tcp_sink(endpoint: str, count: int, go: Connection) -> None:
    """The third process: takes the time."""
    with backend.Context() as context, backend.Socket(context, zmq.PULL) as socket:
        socket.connect(endpoint)
        socket.recv()
        go.send("ready")
        socket.recv()
        started = time.perf_counter()
        for _ in range(count - 1):
            socket.recv()
        go.send(count / (time.perf_counter() - started))


def tcp_round(loop: Loop, size: int, count: int) -> float:
    """Messages per second through three processes."""
    context = backend.Context()
    front, back = backend.Socket(context, zmq.PULL), backend.Socket(context, zmq.PUSH)
    front.bind("tcp://127.0.0.1:*")
    back.bind("tcp://127.0.0.1:*")
    spawn = multiprocessing.get_context("spawn")
    source_go, source_end = spawn.Pipe()
    sink_go, sink_end = spawn.Pipe()
    endpoints = [socket.get(zmq.LAST_ENDPOINT).rstrip(b"\0").decode() for socket in (front, back)]
    processes = [
        spawn.Process(target=tcp_source, args=(endpoints[0], size, count, source_end)),
        spawn.Process(target=tcp_sink, args=(endpoints[1], count, sink_end)),
    ]
    thread = threading.Thread(target=run_until_terminated, args=(loop, front, back))
    thread.start()
    for process in processes:
        process.start()
    sink_go.recv()
    source_go.send("go")
    rate: float = sink_go.recv()
    source_go.send("end")
    for process in processes:
        process.join()
    context.term()
    thread.join()
    return rate


def report(
    measure: str, run: Callable[[Loop, int, int], float], size: int, count: int, rounds: int
) -> None:
    """Measure every loop, in turns, and print what came out."""
    rates: dict[str, list[float]] = {name: [] for name in loops()}
    for _ in range(rounds):
        for name, (loop, _) in loops().items():
            rates[name].append(run(loop, size, count))
    for name, (_, has_monitor) in loops().items():
        of = rates[REFERENCE[has_monitor]]
        ratios = [mine / theirs for mine, theirs in zip(rates[name], of)]
        print(
            f"{measure:4} {size:6} B  {name:20} {statistics.median(rates[name]):12,.0f} messages/s"
            f"  ratio {statistics.median(ratios):5.2f}  (best {max(rates[name]):,.0f})",
            flush=True,
        )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--sizes", type=int, nargs="+", default=[16, 1024, 65536])
    parser.add_argument("--measures", nargs="+", choices=["cpu", "tcp"], default=["cpu", "tcp"])
    options = parser.parse_args()
    print("libzmq", *zmq.zmq_version_info(), "- rounds", options.rounds)
    for measure in options.measures:
        for size in options.sizes:
            run, count = (cpu_round, 400_000) if measure == "cpu" else (tcp_round, 100_000)
            report(measure, run, size, count if size < 16_384 else count // 10, options.rounds)


if __name__ == "__main__":
    main()
