"""Hostile ZAP requests and monitor frames: nobody comes in, nothing breaks, nothing leaks.

    python zap_storm.py --count 100000

Prints figures as JSON; the exit status is 1 when a bound is broken. A small count is part of the
test suite, the full one is run for a release.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import random
import secrets
import struct
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zmq
from zmq.auth.handshake import HandshakeWatch
from zmq.auth.thread import ThreadAuthenticator

if TYPE_CHECKING:
    from zmq.auth import Credentials

KEY = zmq.curve_keypair()[0]
PASSWORD = secrets.token_hex(16)
HERE = "tcp://127.0.0.1:1"
FRAMES = [
    *(b"", b"1.0", b"1", b"global", b"127.0.0.1", b"NULL", b"PLAIN", b"CURVE", b"GSSAPI"),
    *(
        b"alice",
        b"secret",
        b"alice\0",
        b"\xff\xfe",
        bytes(32),
        bytes(31),
        b"x" * 256,
        b"y" * 70_000,
    ),
]
WINDOW = 50  # requests under way


class Formatting(logging.Handler):
    """Formats each record, as a real log would, and drops it."""

    def emit(self, record: logging.LogRecord) -> None:
        self.format(record)


def request(chance: random.Random) -> list[bytes]:
    """Return a request that no rule of `storm` lets in: near to valid ones, or far from them."""
    kind = chance.random()
    if kind < 0.3:
        return [chance.choice(FRAMES) for _ in range(chance.randrange(12))]
    if kind < 0.5:
        return [chance.randbytes(chance.randrange(40)) for _ in range(chance.randrange(12))]
    credentials = {
        b"NULL": [],
        b"PLAIN": [b"alice", chance.choice([b"Secret", b"secret ", b"", b"\xff"])],
        b"CURVE": [chance.randbytes(32)],
        b"GSSAPI": [b"alice@REALM"],
    }
    mechanism = chance.choice(list(credentials))
    domain = chance.choice([b"", b"global", b"vault"])
    address = chance.choice([b"127.0.0.1", b"127.0.0.1", b"127.0.0.2"])
    frames = [b"1.0", b"1", domain, address, b"", mechanism, *credentials[mechanism]]
    for _ in range(chance.choice([0, 0, 1, 2])):
        at = chance.randrange(len(frames))
        frames[at] = chance.choice([chance.choice(FRAMES), frames[at][:-1], frames[at] * 2])
    return frames


def usage() -> tuple[int, int]:
    """Return open descriptors and resident kilobytes, when libzmq has done its closing."""
    gc.collect()
    pause, seen = threading.Event(), -1
    while seen != (seen := sum(1 for _ in Path("/proc/self/fd").iterdir())):
        pause.wait(0.1)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return seen, pages * os.sysconf("SC_PAGE_SIZE") // 1024


def storm_of_requests(context: zmq.Context[Any], count: int, chance: random.Random) -> int:
    """Send `count` requests over two kinds of sockets; return the number of replies."""
    replies = sent = 0
    with context.socket(zmq.DEALER) as client:
        client.linger = 0
        client.connect("inproc://zeromq.zap.01")
        while replies < count:
            while sent < min(count, replies + WINDOW):
                envelope = [] if chance.random() < 0.1 else [b""]
                client.send_multipart([*envelope, *request(chance)] or [b""])
                sent += 1
            if not client.poll(10_000):
                break
            reply = client.recv_multipart()
            assert b"200" not in reply[:4], reply
            replies += 1
    return replies


def storm_of_events(count: int, chance: random.Random) -> int:
    """Feed watches with `count` messages, none of which is a success there; return successes."""
    successes = 0
    good = int(zmq.EVENT_HANDSHAKE_SUCCEEDED)
    for _ in range(count):
        watch = HandshakeWatch(HERE)
        where = chance.choice([b"", b"\xff", b"tcp://127.0.0.1:2", HERE.encode() + b"\0"])
        event = chance.choice([good, chance.randrange(65536)])
        frames = [struct.pack("=HI", event, chance.randrange(2**32)), where]
        if event != good and chance.random() < 0.5:
            frames[1] = HERE.encode()
        if chance.random() < 0.3:
            frames[0] = frames[0][: chance.randrange(6)]
        if chance.random() < 0.1:
            frames = [chance.randbytes(chance.randrange(9)) for _ in range(chance.randrange(5))]
        watch.feed(frames)
        str(watch.error(1.0))
        successes += watch.succeeded
    return successes


def honest(context: zmq.Context[Any]) -> bytes:
    """Ask once as a peer that is allowed; return the status."""
    with context.socket(zmq.REQ) as client:
        client.linger = 0
        client.connect("inproc://zeromq.zap.01")
        client.send_multipart(
            [b"1.0", b"1", b"", b"127.0.0.1", b"", b"PLAIN", b"alice", PASSWORD.encode()]
        )
        return client.recv_multipart()[2] if client.poll(1000) else b"no answer"


async def fragile(credentials: Credentials) -> bool:
    """A provider that fails in every way."""
    if len(credentials.claim) % 2:
        raise KeyError(credentials.claim)
    return "yes"  # type: ignore[return-value]


def main() -> int:
    """Run the storm; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resident", type=int, default=2048, help="kB that it may grow")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    log = logging.getLogger("zmq.auth.storm")
    log.propagate = False
    log.addHandler(Formatting())

    context: zmq.Context[Any] = zmq.Context()
    auth = ThreadAuthenticator(context, log=log)
    auth.allow("127.0.0.1")
    auth.configure_plain("*", {"alice": PASSWORD})
    auth.configure_plain("global", fragile)
    auth.configure_curve("*", {KEY: True})
    # GSSAPI needs no credentials beyond Kerberos', NULL none at all: rules must refuse them
    auth.configure_domain("*", allow=["127.0.0.1"], mechanisms=["PLAIN", "CURVE"])
    auth.start()
    storm_of_requests(context, max(200, options.count // 20), chance)  # caches fill
    before, allowed = usage(), auth.stats().allowed
    started = time.monotonic()
    replies = storm_of_requests(context, options.count, chance)
    seconds = time.monotonic() - started
    hostile_allowed = auth.stats().allowed - allowed
    successes = storm_of_events(options.count, chance)
    status = honest(context)
    after = usage()
    alive = auth.is_alive()
    reasons = {reason.name: number for reason, number in auth.stats().reasons.items()}
    auth.stop()
    context.term()
    print(
        json.dumps(
            {
                "requests": options.count,
                "replies": replies,
                "requests per second": round(options.count / seconds),
                "accepted": hostile_allowed,
                "monitor messages": options.count,
                "false successes": successes,
                "honest peer": status.decode(),
                "descriptors": after[0] - before[0],
                "resident kB": after[1] - before[1],
                "reasons": reasons,
            }
        )
    )
    good = replies == options.count and not hostile_allowed and not successes
    flat = after[0] <= before[0] and after[1] - before[1] < options.resident
    return 0 if good and flat and alive and status == b"200" else 1


if __name__ == "__main__":
    sys.exit(main())
