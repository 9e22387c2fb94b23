"""Several hosts whose network delays, loses and parts them: nothing promised may be lost.

Host 0 has a ROUTER that answers and a sequenced publisher; host 1 a client that asks again until it
is answered; host 2 a subscriber. Every request must be answered, and rightly; every message must
come, once and in order.

::

    python -m tests.soak.hosts --minutes 3       as root, with iproute2
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import threading
import time
from typing import Any, Callable

import zmq
from tests.soak.network import Network
from zmq.devices.sequence import Lost, Message, Publisher, Subscriber

MODULE = "tests.soak.hosts"
QUICK = {zmq.RECONNECT_IVL: 5, zmq.RECONNECT_IVL_MAX: 50, zmq.LINGER: 0}
BEATS = {zmq.HEARTBEAT_IVL: 200, zmq.HEARTBEAT_TIMEOUT: 1000}
OPTIONS = {**QUICK, **BEATS}
PATIENCE_S = 60  # after the last fault


def tell(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


# ---- what runs on the hosts


def server(address: str) -> None:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        for option, value in BEATS.items():
            router.set(option, value)
        router.linger = 0
        router.bind(f"tcp://{address}:*")
        over = threading.Event()
        threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
        tell(endpoint=router.last_endpoint.decode())
        while not over.is_set():
            if router.poll(100):
                peer, number, body = router.recv_multipart()
                router.send_multipart([peer, number, body[::-1]])


def client(endpoint: str, seconds: str) -> None:
    number = retried = wrong = 0
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        for option, value in OPTIONS.items():
            dealer.set(option, value)
        dealer.connect(endpoint)
        end = time.monotonic() + float(seconds)
        give_up = end + PATIENCE_S
        while time.monotonic() < end:
            body = b"%d " % number * (number % 500)
            answered = False
            while not answered and time.monotonic() < give_up:
                dealer.send_multipart([b"%d" % number, body], timeout=1000 * PATIENCE_S)
                until = time.monotonic() + 1
                while not answered and dealer.poll(max(0, (until - time.monotonic()) * 1000)):
                    found, answer = dealer.recv_multipart()
                    answered = found == b"%d" % number  # else of an earlier try
                    wrong += answered and answer != body[::-1]
                retried += not answered
            if not answered:
                break
            number += 1
        tell(done=number, retried=retried, lost=int(not answered), wrong=wrong)


def publisher(address: str, seconds: str) -> None:
    with Publisher(
        window=100_000, window_bytes=100_000_000, heartbeat_ms=100, options=BEATS
    ) as source:
        data, replay = source.bind(f"tcp://{address}:*", f"tcp://{address}:*")
        tell(endpoints=[data, replay])
        sys.stdin.readline()
        end, sent = time.monotonic() + float(seconds), 0
        while time.monotonic() < end:
            source.send(b"topic", b"%d" % sent, b"x" * (sent * 37 % 2000))
            sent += 1
            if sent % 20 == 0:
                time.sleep(0.05)
        source.send(b"topic", b"end", b"%d" % sent)
        sys.stdin.read()


def subscriber(data: str, replay: str) -> None:
    expected = fetched = lost = wrong = 0
    with Subscriber(retry_ms=300, options=OPTIONS) as sink:
        sink.connect(data, replay)
        sink.subscribe(b"topic", oldest=True)
        tell(ready=True)
        while True:
            event = sink.recv(timeout=1000 * PATIENCE_S)
            if isinstance(event, Lost):
                lost += event.last - event.first + 1
                expected = event.last
            elif isinstance(event, Message):
                fetched += event.fetched
                if event.parts[0] == b"end":
                    wrong += int(event.parts[1]) != expected
                    break
                wrong += event.parts[0] != b"%d" % expected
                expected += 1
    tell(done=expected, fetched=fetched, lost=lost, wrong=wrong)


ROLES: dict[str, Callable[..., None]] = {
    role.__name__: role for role in (server, client, publisher, subscriber)
}

# ---- what runs beside the network


def trouble(network: Network, seconds: float, seed: int) -> int:
    """One fault after the other for so long; how many there were."""
    rng = random.Random(seed)
    end = time.monotonic() + seconds
    faults = 0
    while time.monotonic() < end:
        fault = rng.choice(["part one", "part all", "delay", "lose"])
        if fault == "part one":
            network.partition(*rng.choice([(0, 1, 0), (0, 0, 1)]))
        elif fault == "part all":
            network.partition(0, 1, 2)
        elif fault == "delay":
            network.delay_s, network.jitter_s = rng.uniform(0.005, 0.15), rng.uniform(0, 0.05)
        else:
            network.loss = rng.uniform(0.01, 0.2)
        faults += 1
        time.sleep(rng.uniform(0.1, 3))
        network.heal()
        time.sleep(rng.uniform(0.1, 1))
    return faults


def answer(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args} ended with {process.wait(10)}")
    return json.loads(line)


def hosts(seconds: float, seed: int) -> dict[str, dict[str, int]]:
    """Run it; what the client and the subscriber counted, and what the network did."""
    network = Network(3, seed)
    started: list[subprocess.Popen[str]] = []

    def start(host: int, role: str, *words: object) -> subprocess.Popen[str]:
        started.append(network.python(host, "-m", MODULE, "--role", role, *map(str, words)))
        return started[-1]

    try:
        serving = start(0, "server", network.address(0))
        source = start(0, "publisher", network.address(0), seconds)
        asking = start(1, "client", answer(serving)["endpoint"], seconds)
        listening = start(2, "subscriber", *answer(source)["endpoints"])
        answer(listening)
        assert source.stdin is not None
        source.stdin.write("go\n")
        source.stdin.flush()
        faults = trouble(network, seconds, seed)
        told = {"requests": answer(asking), "sequence": answer(listening)}
        told["network"] = {
            "faults": faults, "frames": network.carried, "dropped": network.dropped
        }  # fmt: skip
        return told
    finally:
        for process in started:
            process.kill()
            process.communicate()
        network.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--role", choices=ROLES, help=argparse.SUPPRESS)
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role:
        ROLES[options.role](*options.words)
        return 0
    told = hosts(options.minutes * 60, options.seed)
    for name, facts in told.items():
        print(f"{name:10}", ", ".join(f"{key} {value}" for key, value in facts.items()))
    return int(any(facts.get("lost") or facts.get("wrong") for facts in told.values()))


if __name__ == "__main__":
    sys.exit(main())
