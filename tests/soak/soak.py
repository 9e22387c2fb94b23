"""Traffic through a network that fails, for as long as wanted: nothing promised may be lost.

requests   DEALER to ROUTER with retries; connections are cut, reset, frozen and dribble. Every
           request must be answered, and rightly.
stream     PUSH to PULL; the connection freezes and dribbles. Every message must come, in order.
sequence   the sequenced publisher and subscriber of zmq.devices; all faults. Every message must
           come, once and in order; what has left the publisher's window is named as lost.

Memory and descriptors are looked at from the first third on: they must not grow.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import zmq
from tests.reliability.harness import descriptors, memory_kib
from tests.soak.faults import FaultProxy
from zmq.devices.sequence import Lost, Message, Publisher, Subscriber

GROWTH_KIB = 4096  # an hour may not gain this; neither may the shortest run
QUICK = {zmq.RECONNECT_IVL: 5, zmq.RECONNECT_IVL_MAX: 50, zmq.LINGER: 0}
BEATS = {zmq.HEARTBEAT_IVL: 200, zmq.HEARTBEAT_TIMEOUT: 1000}


def port_of(endpoint: str | bytes) -> int:
    text = endpoint if isinstance(endpoint, str) else endpoint.decode()
    return int(text.rpartition(":")[2])


def trouble(proxies: list[FaultProxy], over: threading.Event, cuts: bool, seed: int) -> int:
    """One fault after the other, until it is over; how many there were."""
    rng = random.Random(seed)
    faults = 0
    while not over.wait(rng.uniform(0.02, 0.4)):
        proxy = rng.choice(proxies)
        fault = rng.choice(["freeze", "dribble", "cut", "reset"] if cuts else ["freeze", "dribble"])
        faults += 1
        if fault == "cut":
            proxy.cut()
        elif fault == "reset":
            proxy.reset()
        elif fault == "freeze":
            proxy.freeze(True)
            over.wait(rng.uniform(0.05, 1.5))
            proxy.freeze(False)
        else:
            proxy.dribbling = not proxy.dribbling
    for proxy in proxies:
        proxy.freeze(False)
        proxy.dribbling = False
    return faults


class Watch:
    """Memory and descriptors, from the first third of the time on."""

    def __init__(self, seconds: float) -> None:
        self.begin = time.monotonic() + seconds / 3
        self.before: tuple[int, int] | None = None
        self.highest = 0

    def look(self) -> None:
        if self.before is None and time.monotonic() > self.begin:
            self.before = memory_kib(), descriptors()
        self.highest = max(self.highest, descriptors())

    def told(self) -> dict[str, int]:
        memory, _ = self.before or (memory_kib(), 0)
        return {"KiB gained": memory_kib() - memory, "most descriptors": self.highest}


def requests(seconds: float, seed: int) -> dict[str, int]:
    context: Any = zmq.Context()
    server = context.socket(zmq.ROUTER)
    server.linger = 0
    for option, value in BEATS.items():
        server.set(option, value)
    server.bind("tcp://127.0.0.1:*")
    proxy = FaultProxy(port_of(server.last_endpoint))
    over, ended = threading.Event(), threading.Event()

    def serve() -> None:
        while not ended.is_set():
            if server.poll(100):
                peer, number, body = server.recv_multipart()
                server.send_multipart([peer, number, body[::-1]])

    threads = [threading.Thread(target=serve)]
    faults: list[int] = []
    threads.append(
        threading.Thread(target=lambda: faults.append(trouble([proxy], over, True, seed)))
    )
    client = context.socket(zmq.DEALER)
    for option, value in {**QUICK, **BEATS}.items():
        client.set(option, value)
    client.connect(f"tcp://127.0.0.1:{proxy.port}")
    for thread in threads:
        thread.start()
    watch, number, retried, wrong = Watch(seconds), 0, 0, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        body = b"%d " % number * (number % 500)
        answered = False
        while not answered:
            client.send_multipart([b"%d" % number, body], timeout=10_000)
            until = time.monotonic() + 0.5
            while not answered and client.poll(max(0, (until - time.monotonic()) * 1000)):
                found, answer = client.recv_multipart()
                answered = found == b"%d" % number  # else of an earlier try
                wrong += answered and answer != body[::-1]
            retried += not answered
        number += 1
        watch.look()
    over.set()
    ended.set()
    for thread in threads:
        thread.join()
    proxy.close()
    context.destroy(linger=0)
    return {"requests": number, "retried": retried, "lost": 0, "wrong": wrong,
            "faults": faults[0], **watch.told()}  # fmt: skip


def stream(seconds: float, seed: int) -> dict[str, int]:
    context: Any = zmq.Context()
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.rcvtimeo = 15_000
    pull.bind("tcp://127.0.0.1:*")
    proxy = FaultProxy(port_of(pull.last_endpoint))
    push.connect(f"tcp://127.0.0.1:{proxy.port}")
    over = threading.Event()
    faults: list[int] = []
    sent = [0]
    end = time.monotonic() + seconds

    def produce() -> None:
        while time.monotonic() < end:
            push.send_multipart([b"%d" % sent[0], b"x" * (sent[0] * 37 % 5000), b"%d" % sent[0]])
            sent[0] += 1
            if sent[0] % 50 == 0:
                over.wait(0.01)
        push.send(b"end")

    threads = [
        threading.Thread(target=produce),
        threading.Thread(target=lambda: faults.append(trouble([proxy], over, False, seed))),
    ]
    for thread in threads:
        thread.start()
    watch, expected, wrong = Watch(seconds), 0, 0
    while (parts := pull.recv_multipart()) != [b"end"]:
        number = int(parts[0])
        wrong += parts != [b"%d" % expected, b"x" * (expected * 37 % 5000), b"%d" % expected]
        expected = number + 1
        watch.look()
    over.set()
    for thread in threads:
        thread.join()
    proxy.close()
    context.destroy(linger=0)
    return {"messages": sent[0], "lost": sent[0] - expected, "wrong": wrong,
            "faults": faults[0], **watch.told()}  # fmt: skip


def sequence(seconds: float, seed: int) -> dict[str, int]:
    over, ended = threading.Event(), threading.Event()
    faults: list[int] = []
    sent = [0]
    options = {**QUICK, **BEATS}
    context: Any = zmq.Context()
    with Publisher(
        window=20_000, window_bytes=3_000_000, heartbeat_ms=100, options=BEATS, context=context
    ) as publisher:
        data, replay = publisher.bind("tcp://127.0.0.1:*", "tcp://127.0.0.1:*")
        proxies = [FaultProxy(port_of(data)), FaultProxy(port_of(replay))]

        def produce() -> None:
            while not ended.is_set():
                publisher.send(b"topic", b"%d" % sent[0], b"x" * (sent[0] * 37 % 2000))
                sent[0] += 1
                if sent[0] % 20 == 0:
                    ended.wait(0.05)

        threads = [
            threading.Thread(target=produce),
            threading.Thread(target=lambda: faults.append(trouble(proxies, over, True, seed))),
        ]
        with Subscriber(retry_ms=300, options=options, context=context) as subscriber:
            subscriber.connect(*(f"tcp://127.0.0.1:{proxy.port}" for proxy in proxies))
            subscriber.subscribe(b"topic", oldest=True)
            for thread in threads:
                thread.start()
            watch = Watch(seconds)
            expected, wrong, lost, fetched = 0, 0, 0, 0
            end = time.monotonic() + seconds
            while not ended.is_set() or expected < sent[0]:
                event = subscriber.recv(timeout=20_000)
                if isinstance(event, Message):
                    if expected == 0:
                        expected = event.sequence
                    wrong += event.sequence != expected or event.parts[0] != b"%d" % (expected - 1)
                    expected = event.sequence + 1
                    fetched += event.fetched
                elif isinstance(event, Lost):
                    wrong += event.first != expected
                    lost += event.last - event.first + 1
                    expected = event.last + 1
                else:
                    wrong += 1
                if time.monotonic() > end and not ended.is_set():
                    over.set()
                    ended.set()
                    threads[0].join()
                watch.look()
                if ended.is_set() and expected == sent[0] + 1:
                    break
        for thread in threads:
            thread.join()
        for proxy in proxies:
            proxy.close()
    context.destroy(linger=0)
    return {"messages": sent[0], "fetched": fetched, "lost": lost, "wrong": wrong,
            "faults": faults[0], **watch.told()}  # fmt: skip


TRIALS: dict[str, Callable[[float, int], dict[str, int]]] = {
    "requests": requests,
    "stream": stream,
    "sequence": sequence,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10, help="in all (default 10)")
    parser.add_argument("--only", choices=list(TRIALS))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    names = [options.only] if options.only else list(TRIALS)
    bad = 0
    for name in names:
        told = TRIALS[name](options.minutes * 60 / len(names), options.seed)
        fine = not told["lost"] and not told["wrong"] and told["KiB gained"] < GROWTH_KIB
        bad += not fine
        print(f"{name:10}", *(f"{key} {value}," for key, value in told.items()),
              "fine" if fine else "NOT FINE", flush=True)  # fmt: skip
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
