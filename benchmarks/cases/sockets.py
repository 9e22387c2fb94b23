"""Sockets of the cases."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import zmq


def bind(socket: Any, transport: str) -> str:
    """Bind to a free address of the transport, and return it."""
    if transport == "ipc":
        folder = tempfile.mkdtemp(prefix="bench-")
        endpoint = f"ipc://{Path(folder, 'socket')}"
        socket.bind(endpoint)
        return endpoint
    socket.bind("tcp://127.0.0.1:*")
    bound = socket.getsockopt(zmq.LAST_ENDPOINT)
    return bound if isinstance(bound, str) else bound.rstrip(b"\0").decode()


@contextmanager
def inproc(kind: int, other: int, context: Any = None) -> Iterator[tuple[Any, Any]]:
    """Two sockets that are connected within the process."""
    context = context or zmq.Context()
    one, two = context.socket(kind), context.socket(other)
    one.bind("inproc://benchmark")
    two.connect("inproc://benchmark")
    try:
        yield one, two
    finally:
        one.close(linger=0)
        two.close(linger=0)
        context.term()
