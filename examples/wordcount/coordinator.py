"""Ventilator and sink: one loop that hands out chunks, takes in results and watches the workers."""

from __future__ import annotations

import json
import multiprocessing
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from typing import Callable, Protocol

import zmq

from .ledger import Ledger
from .worker import STOP, work

#: Chunks per worker: one in its hands, the others on the way, so that it never waits for the next.
CREDIT = 4

LOOK_AFTER_WORKERS_MS = 100
GRACE_SECONDS = 5


class Reporter(Protocol):
    """Where a run tells how it goes."""

    def started(self, endpoint: str, workers: list[BaseProcess]) -> None:
        """The workers are started and will connect to `endpoint`."""

    def advanced(self, counted: int) -> None:
        """Results for `counted` more bytes of text have arrived."""

    def lost(self, worker: str, requeued: int) -> None:
        """A worker has ended before its time; `requeued` chunks go to the others."""


@dataclass
class Outcome:
    """What a run counted, and what went over the wire for it."""

    words: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    wire_bytes: int = 0
    text_bytes: int = 0
    seconds: float = 0.0


class RunFailed(Exception):
    """The run cannot come to a result."""


@contextmanager
def deferred_interrupt() -> Iterator[Callable[[], None]]:
    """Hold Ctrl-C back until the function that this yields is called, or the block ends.

    KeyboardInterrupt may come between any two instructions, also between the making of a socket or
    a process and the note of it, which could then never be closed.
    """
    interrupts: list[int] = []

    def check() -> None:
        if interrupts:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, lambda number, _frame: interrupts.append(number))
    try:
        yield check
        check()
    finally:
        signal.signal(signal.SIGINT, before)


class Coordinator:
    """One run, from the first chunk to the last result.

    Parameters
    ----------
    chunks
        The texts to count.
    workers
        The number of processes, at least 1.
    reporter
        Is told how the run goes.
    patience
        Seconds without any result after which the run is given up.
    fault
        One of `worker.FAULTS`, for the first worker; None for none.
    """

    def __init__(
        self,
        chunks: Iterator[bytes],
        workers: int,
        reporter: Reporter,
        *,
        patience: float,
        fault: str | None = None,
    ) -> None:
        self._ledger = Ledger(chunks, CREDIT)
        self._reporter = reporter
        self._patience = patience
        self._faults = [fault, *[None] * (workers - 1)]
        self._processes: dict[bytes, BaseProcess] = {}
        self._greeted: set[bytes] = set()
        self._outcome = Outcome()

    def run(self) -> Outcome:
        """Count all chunks.

        Raises
        ------
        RunFailed
            No worker is left, or none has answered for `patience` seconds.
        KeyboardInterrupt
            Ctrl-C; like after any other end, all processes are ended and all sockets closed.
        """
        server_key, secret_key = zmq.curve_keypair()
        with deferred_interrupt() as check_interrupt, zmq.Context() as context:
            ventilator, sink = context.socket(zmq.ROUTER), context.socket(zmq.PULL)
            with ventilator, sink:
                for socket in (ventilator, sink):
                    socket.setsockopt(zmq.CURVE_SERVER, 1)
                    socket.setsockopt(zmq.CURVE_SECRETKEY, secret_key)
                    socket.setsockopt(zmq.LINGER, 0)
                    socket.bind("tcp://127.0.0.1:*")
                try:
                    self._start(_endpoint(ventilator), _endpoint(sink), server_key)
                    self._count(ventilator, sink, check_interrupt)
                    for worker in self._processes:
                        ventilator.send_multipart([worker, STOP, b""])
                    self._join()
                finally:
                    self._end()
        return self._outcome

    def _start(self, ventilator_at: str, sink_at: str, server_key: bytes) -> None:
        # spawn: a forked child would inherit the sockets and I/O threads of this context
        spawn = multiprocessing.get_context("spawn")
        for index, fault in enumerate(self._faults):
            name = f"worker-{index}"
            arguments = (name.encode(), ventilator_at, sink_at, server_key, fault)
            process = spawn.Process(target=work, args=arguments, name=name, daemon=True)
            process.start()
            self._processes[name.encode()] = process
        self._reporter.started(ventilator_at, list(self._processes.values()))

    def _count(
        self,
        ventilator: zmq.Socket[bytes],
        sink: zmq.Socket[bytes],
        check_interrupt: Callable[[], None],
    ) -> None:
        poller = zmq.Poller()
        poller.register(ventilator, zmq.POLLIN)
        poller.register(sink, zmq.POLLIN)
        started = answered = time.monotonic()
        while not self._ledger.finished:
            ready = dict(poller.poll(LOOK_AFTER_WORKERS_MS))
            check_interrupt()
            if not ready:
                self._look_after_workers()
                if time.monotonic() - answered > self._patience:
                    raise RunFailed(f"no answer from any worker for {self._patience:g} seconds")
            if ventilator in ready:
                worker, _hello = ventilator.recv_multipart()
                if worker in self._processes:  # not one that has died since
                    self._greeted.add(worker)
                    self._ledger.join(worker)
                started = answered = time.monotonic()
            if sink in ready:
                self._settle(sink.recv_multipart())
                answered = time.monotonic()
            # Nobody begins before all are there: a fair start, and a fair measurement.
            if self._processes.keys() <= self._greeted:
                for worker, number, text in self._ledger.assign():
                    ventilator.send_multipart([worker, b"%d" % number, text])
                    self._outcome.messages += 1
                    self._outcome.wire_bytes += len(text)
        self._outcome.seconds = time.monotonic() - started

    def _settle(self, message: list[bytes]) -> None:
        worker, number, words = message
        size = self._ledger.settle(worker, int(number))
        self._outcome.messages += 1
        self._outcome.wire_bytes += len(words)
        if size is not None:
            self._outcome.words.update(json.loads(words))
            self._outcome.text_bytes += size
            self._reporter.advanced(size)

    def _look_after_workers(self) -> None:
        for worker, process in list(self._processes.items()):
            if not process.is_alive():
                del self._processes[worker]
                self._reporter.lost(process.name, self._ledger.leave(worker))
        if not self._processes:
            raise RunFailed("no worker is left")

    def _join(self) -> None:
        deadline = time.monotonic() + GRACE_SECONDS
        for process in self._processes.values():
            process.join(max(0.0, deadline - time.monotonic()))

    def _end(self) -> None:
        for process in self._processes.values():
            process.terminate()
        self._join()
        for process in self._processes.values():
            process.kill()
            process.join()


def _endpoint(socket: zmq.Socket[bytes]) -> str:
    endpoint = socket.getsockopt(zmq.LAST_ENDPOINT)
    assert isinstance(endpoint, bytes)
    return endpoint.decode()
