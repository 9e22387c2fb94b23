"""Malformed greetings and handshakes against a CURVE server whose authenticator is on.

    python greeting_storm.py --count 1000000 --workers 2

Three kinds of processes: a server; workers that open connections, each with one mutated greeting
or handshake; and this one, where an honest client connects, asks and closes all the while, and a
stranger, whose key is good but not allowed, is refused. Prints figures as JSON; the exit status is
1 when a bound is broken. A small count is part of the test suite, the full one is run for a
release. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import random
import selectors
import socket as sockets
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zmq
import zmq.auth
from zmq.auth.thread import ThreadAuthenticator

GREETING = b"\xff" + bytes(7) + b"\x01\x7f" + b"\x03\x00" + b"CURVE".ljust(20, b"\0") + bytes(32)
CONCURRENT = 64  # connections of a worker at one time
PATIENCE = 0.5  # seconds that a connection may take


# -- the server -------------------------------------------------------------------------------


def serve(public: str) -> int:
    """Echo for the client with `public`, until standard input ends; then print the counters."""
    server_public, secret = zmq.curve_keypair()
    logging.getLogger("zmq.auth").setLevel(logging.CRITICAL)
    context: zmq.Context[Any] = zmq.Context()
    with ThreadAuthenticator(context) as auth, context.socket(zmq.REP) as server:
        auth.configure_curve("*", {public.encode(): True})
        server.linger = 0
        server.curve_server, server.curve_secretkey = True, secret
        # with the usual 100 the kernel drops what arrives while a storm fills the queue, the
        # honest client's SYN too, which it repeats after 1 and 3 seconds
        server.backlog = 4096
        server.bind("tcp://127.0.0.1:*")
        print(server.last_endpoint.decode(), server_public.decode(), flush=True)
        poller = zmq.Poller()
        poller.register(server, zmq.POLLIN)
        poller.register(sys.stdin.fileno(), zmq.POLLIN)
        while True:
            ready = dict(poller.poll())
            if server in ready:
                server.send_multipart(server.recv_multipart())
            elif ready:
                break
        stats = auth.stats()
        print(json.dumps({"allowed": stats.allowed, "denied": stats.denied}), flush=True)
    context.term()
    return 0


# -- the workers ------------------------------------------------------------------------------


def record_hello(server_key: bytes) -> bytes:
    """Return the HELLO that a real client sends to the holder of `server_key`."""
    with zmq.Context() as context, context.socket(zmq.REQ) as client:
        client.linger = 0
        client.curve_publickey, client.curve_secretkey = zmq.curve_keypair()
        client.curve_serverkey = server_key
        with sockets.create_server(("127.0.0.1", 0)) as listener:
            client.connect(f"tcp://127.0.0.1:{listener.getsockname()[1]}")
            connection, _ = listener.accept()
            with connection:
                connection.sendall(GREETING[:32] + b"\x01" + GREETING[33:])
                received = b""
                while len(received) < 64 + 202:
                    received += connection.recv(4096)
    return received[64:266]


def payload(chance: random.Random, hello: bytes) -> bytes:
    """Return what one hostile connection sends: near to a handshake, or far from it."""
    initiate = b"\x04" + bytes([chance.randrange(256)]) + b"\x08INITIATE" + chance.randbytes(250)
    whole = {
        0: GREETING + hello + initiate,
        1: GREETING + hello,
        2: GREETING + b"\x04\xc8\x05HELLO\x01\x00" + chance.randbytes(192),
        3: GREETING.replace(b"CURVE", b"PLAIN") + b"\x04\x0f\x05HELLO\x04root\x04root",
        4: GREETING.replace(b"CURVE", b"NULL\0") + b"\x04\x29\x05READY" + chance.randbytes(35),
        5: b"\xff" + bytes(8) + b"\x7f\x01\x00" + chance.randbytes(30),  # ZMTP 2
        6: b"\x01\x00" + chance.randbytes(30),  # ZMTP 1
        7: b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        8: GREETING + b"\x06" + struct.pack("!Q", 2**63) + b"x" * 20,
        9: chance.randbytes(chance.randrange(1, 300)),
    }[chance.randrange(10)]
    data = bytearray(whole)
    for _ in range(chance.choice([0, 1, 1, 2, 8])):
        data[chance.randrange(len(data))] = chance.choice(
            [0, 1, 4, 127, 255, chance.randrange(256)]
        )
    return bytes(data[: chance.choice([len(data), len(data), chance.randrange(1, len(data) + 1)])])


class Connection:
    """One hostile connection: sends its payload in one or two parts, reads a bit, resets."""

    def __init__(self, address: tuple[str, int], data: bytes, cut: int) -> None:
        self.socket = sockets.socket()
        self.socket.setblocking(False)
        # a reset instead of TIME_WAIT: or the ports of this machine are used up within seconds
        self.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
        self.parts = [data[:cut], data[cut:]]
        self.deadline = time.monotonic() + PATIENCE
        self.socket.connect_ex(address)

    def step(self, events: int) -> bool:
        """Go on; False when it is over."""
        try:
            if events & selectors.EVENT_WRITE and self.parts:
                self.socket.send(self.parts.pop(0))
            if events & selectors.EVENT_READ:
                return bool(self.socket.recv(4096)) and bool(self.parts)
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True


def work(endpoint: str, server_key: str, count: int, seed: int) -> int:
    """Open `count` hostile connections."""
    chance = random.Random(seed)
    hello = record_hello(server_key.encode())
    host, _, port = endpoint[len("tcp://") :].rpartition(":")
    address = (host, int(port))
    left = count
    with selectors.DefaultSelector() as selector:
        open_now: dict[sockets.socket, Connection] = {}
        while left or open_now:
            while left and len(open_now) < CONCURRENT:
                left -= 1
                data = payload(chance, hello)
                connection = Connection(address, data, chance.choice([len(data), 10, 64, 100]))
                open_now[connection.socket] = connection
                selector.register(connection.socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
            over = []
            for key, events in selector.select(PATIENCE):
                connection = open_now[key.fileobj]  # type: ignore[index]
                if not connection.step(events):
                    over.append(connection)
                elif not connection.parts:
                    selector.modify(connection.socket, selectors.EVENT_READ)
            now = time.monotonic()
            over += [c for c in open_now.values() if c.deadline < now and c not in over]
            for connection in over:
                selector.unregister(connection.socket)
                del open_now[connection.socket]
                connection.socket.close()
    return 0


# -- the honest ones --------------------------------------------------------------------------


def ask(
    context: zmq.Context[Any], endpoint: str, server_key: bytes, keys: tuple[bytes, bytes]
) -> float:
    """Connect, ask and close; return the seconds that it took, infinity for more than ten."""
    with context.socket(zmq.REQ) as client:
        client.linger = 0
        client.curve_publickey, client.curve_secretkey = keys
        client.curve_serverkey = server_key
        started = time.monotonic()
        client.connect(endpoint)
        client.send(b"hello")
        if client.poll(10_000) and client.recv() == b"hello":
            return time.monotonic() - started
        return float("inf")


def is_refused(context: zmq.Context[Any], endpoint: str, server_key: bytes) -> bool:
    """Return whether a stranger is told that it is refused."""
    with context.socket(zmq.REQ) as stranger:
        stranger.linger = 0
        stranger.curve_publickey, stranger.curve_secretkey = zmq.curve_keypair()
        stranger.curve_serverkey = server_key
        try:
            zmq.auth.connect(stranger, endpoint)
        except zmq.error.HandshakeError as error:
            return "(400)" in str(error)
    return False


def usage(pid: int) -> tuple[int, int]:
    """Return a process' open descriptors and resident kilobytes."""
    process = Path(f"/proc/{pid}")
    descriptors = sum(1 for _ in (process / "fd").iterdir())
    pages = int((process / "statm").read_text().split()[1])
    return descriptors, pages * os.sysconf("SC_PAGE_SIZE") // 1024


def rest(pid: int) -> tuple[int, int]:
    """Return the usage of a process when its descriptors have come to rest."""
    pause, seen = threading.Event(), (-1, -1)
    while seen[0] != (now := usage(pid))[0]:
        seen = now
        pause.wait(0.5)
    return now


@contextlib.contextmanager
def child(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run this file in a process of its own."""
    command = [sys.executable, __file__, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None and sys.exc_info()[0]:
                process.kill()


def storm(count: int, workers: int, within: float) -> dict[str, Any]:
    """Run all of it; return the figures."""
    keys = zmq.curve_keypair()
    times: list[float] = []
    refused: list[bool] = []
    with contextlib.ExitStack() as stack:
        context = stack.enter_context(zmq.Context())
        server = stack.enter_context(child("--serve", keys[0].decode()))
        assert server.stdin
        assert server.stdout
        endpoint, server_key = server.stdout.readline().split()

        def honest() -> None:
            times.append(ask(context, endpoint, server_key.encode(), keys))
            refused.append(is_refused(context, endpoint, server_key.encode()))

        def run(number: int, seed: int) -> float:
            started = time.monotonic()
            with contextlib.ExitStack() as crew:
                each = [number // workers + (at < number % workers) for at in range(workers)]
                team = [
                    crew.enter_context(child("--work", endpoint, server_key, part, seed + at))
                    for at, part in enumerate(each)
                ]
                while any(one.poll() is None for one in team):
                    honest()
                honest()
                assert all(one.returncode == 0 for one in team)
            return time.monotonic() - started

        run(max(count // 20, 500), 1)  # caches and tables grow to their size
        before = rest(server.pid)
        seconds = run(count, 1000)
        after = rest(server.pid)
        server.stdin.close()
        stats = json.loads(server.stdout.readline())
        status = server.wait()
    return {
        "connections": count,
        "per second": round(count / seconds),
        "exit status of the server": status,
        "hostile accepted": stats["allowed"] - len(times),
        "descriptors": after[0] - before[0],
        "resident kB": after[1] - before[1],
        "honest asked": len(times),
        "honest served in time": sum(t < within for t in times),
        "honest median ms": round(sorted(times)[len(times) // 2] * 1000, 1),
        "honest worst ms": round(max(times) * 1000, 1),
        "strangers refused": f"{sum(refused)} of {len(refused)}",
    }


def main() -> int:
    """Run a part or the whole; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--within", type=float, default=1.0, help="seconds for the honest client")
    parser.add_argument("--resident", type=int, default=2048, help="kB that it may grow")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.serve)
    if options.work:
        endpoint, server_key, count, seed = options.work
        return work(endpoint, server_key, int(count), int(seed))
    figures = storm(options.count, options.workers, options.within)
    print(json.dumps(figures))
    good = (
        figures["exit status of the server"] == 0
        and figures["hostile accepted"] == 0
        and figures["descriptors"] <= 0
        and figures["resident kB"] < options.resident
        and figures["honest served in time"] == figures["honest asked"]
        and figures["strangers refused"]
        == f"{figures['honest asked']} of {figures['honest asked']}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
