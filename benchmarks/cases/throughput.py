"""Messages in one direction, between two processes or two threads."""

from __future__ import annotations

import threading
from time import perf_counter
from typing import Any

import zmq

from .beside import beside, until_done
from .sockets import bind

Keys = dict[str, str]


def source(endpoint: str, count: int, size: int, parts: int, keys: Keys | None = None) -> float:
    """The other process: one message to say that it is there, and `count` more."""
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        if keys is not None:
            socket.curve_serverkey = keys["server"].encode()
            socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
        socket.connect(endpoint)
        send(socket, count + 1, size, parts)
        until_done()
    return 0.0


def send(socket: Any, count: int, size: int, parts: int) -> None:
    """Send `count` messages."""
    if parts == 1:
        message = bytes(size)
        for _ in range(count):
            socket.send(message)
    else:
        frames = [bytes(size)] * parts
        for _ in range(count):
            socket.send_multipart(frames)


def processes(
    count: int, size: int, transport: str = "tcp", parts: int = 1, curve: bool = False
) -> float:
    """PUSH in one process, PULL in the other."""
    with zmq.Context() as context, context.socket(zmq.PULL) as sink:
        keys = None
        if curve:
            public, secret = zmq.curve_keypair()
            keys = {"server": public.decode()}
            sink.curve_server = True
            sink.curve_publickey, sink.curve_secretkey = public, secret
        endpoint = bind(sink, transport)
        with beside(source, endpoint=endpoint, count=count, size=size, parts=parts, keys=keys):
            take = sink.recv if parts == 1 else sink.recv_multipart
            take()
            started = perf_counter()
            for _ in range(count):
                take()
            return perf_counter() - started


BATCH = 500


def batch_source(endpoint: str, count: int, size: int) -> float:
    """The other process: one message to say that it is there, and `count` more, in batches."""
    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.connect(endpoint)
        socket.send(b"there")
        batch = [bytes(size)] * BATCH
        for _ in range(count // BATCH):
            socket.send_many(batch)
        socket.send_many(batch[: count % BATCH])
        until_done()
    return 0.0


def batches(count: int, size: int) -> float:
    """`send_many` and `recv_many`; without them one by one."""
    if not hasattr(zmq.Socket, "recv_many"):
        return processes(count, size)
    with zmq.Context() as context, context.socket(zmq.PULL) as sink:
        endpoint = bind(sink, "tcp")
        with beside(batch_source, endpoint=endpoint, count=count, size=size):
            sink.recv()
            started = perf_counter()
            received = 0
            while received < count:
                received += len(sink.recv_many())
            return perf_counter() - started


def threads(count: int, size: int) -> float:
    """PUSH in one thread, PULL in the other."""
    with zmq.Context() as context, context.socket(zmq.PULL) as sink:
        sink.bind("inproc://threads")

        def work() -> None:
            with context.socket(zmq.PUSH) as socket:
                socket.connect("inproc://threads")
                send(socket, count + 1, size, 1)

        thread = threading.Thread(target=work)
        thread.start()
        sink.recv()
        started = perf_counter()
        for _ in range(count):
            sink.recv()
        spent = perf_counter() - started
        thread.join()
        return spent
