"""A TCP proxy that does to a connection what networks do."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass

CHUNK = 65_536


@dataclass(eq=False)
class Connection:
    """Both sockets of a forwarded connection."""

    ends: tuple[socket.socket, socket.socket]
    pumps: int = 2
    reset: bool = False


class FaultProxy:
    """Forwards connections to `target`, a port on this machine, until it is told to be worse.

    Each connection has a thread for each direction. `frozen` and `dribbling` may be changed at any
    time, from any thread.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.dribbling = False  # one byte a segment
        self._flowing = threading.Event()
        self._flowing.set()
        self._lock = threading.Lock()
        self._connections: list[Connection] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def _start(self, function: object, *arguments: object) -> None:
        thread = threading.Thread(target=function, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads = [known for known in self._threads if known.is_alive()] + [thread]
        thread.start()

    def freeze(self, frozen: bool) -> None:
        """Nothing moves, and nobody is told."""
        if frozen:
            self._flowing.clear()
        else:
            self._flowing.set()

    def cut(self) -> int:
        """End every connection in order; how many there were."""
        return self._end(reset=False)

    def reset(self) -> int:
        """End every connection with a reset, losing what is on its way; how many there were."""
        return self._end(reset=True)

    def _end(self, reset: bool) -> int:
        with self._lock:
            connections, self._connections = self._connections, []
            for connection in connections:
                connection.reset = reset
                for end in connection.ends:
                    if reset:  # what its close() does then; only reading ends before
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
        return len(connections)

    def close(self) -> None:
        """End everything."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.freeze(False)
        while self.cut() or any(thread.is_alive() for thread in self._threads):
            for thread in list(self._threads):
                thread.join(0.1)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection((near, far))
            with self._lock:
                self._connections.append(connection)
            self._start(self._pump, near, far, connection)
            self._start(self._pump, far, near, connection)

    def _pump(self, source: socket.socket, sink: socket.socket, connection: Connection) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                self._flowing.wait()
                step = 1 if self.dribbling and len(data) < 4000 else len(data)
                for start in range(0, len(data), step):
                    sink.sendall(data[start : start + step])
        with self._lock:
            if not connection.reset:
                with contextlib.suppress(OSError):
                    sink.shutdown(socket.SHUT_RDWR)
            connection.pumps -= 1
            if connection.pumps == 0:
                for end in connection.ends:
                    end.close()
                if connection in self._connections:
                    self._connections.remove(connection)
