"""``python -m examples.web [--port 8000]``: serve the page until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import math
import signal
import sys
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType

import zmq

ENDPOINT = "inproc://sensor"
INTERVAL_S = 0.1
BEAT_MS = 1000  # after so much silence, see whether the page is still there
PAGE = Path(__file__).with_name("page.html")


def measure(sensor: zmq.Socket[bytes], stop: threading.Event) -> None:
    """Publish a value, ten times a second."""
    with sensor:
        number = 0
        while not stop.wait(INTERVAL_S):
            value = 20 + 5 * math.sin(number / 10)
            sensor.send_json({"number": number, "value": round(value, 2)})
            number += 1


class Handler(BaseHTTPRequestHandler):
    """The page, and its stream of events."""

    context: zmq.Context
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # the base class's name
        """Answer a request."""
        if self.path == "/":
            self._page()
        elif self.path == "/events":
            self._events()
        else:
            self.send_error(404)

    def _page(self) -> None:
        body = PAGE.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _events(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        try:
            with self.context.socket(zmq.SUB) as subscriber:
                subscriber.rcvhwm = 10  # a page that is slow misses some: the newest count
                subscriber.subscribe("")
                subscriber.connect(ENDPOINT)
                while True:
                    if subscriber.poll(BEAT_MS):
                        self.wfile.write(b"data: " + subscriber.recv() + b"\n\n")
                    else:
                        self.wfile.write(b": still here\n\n")
        except (ConnectionError, zmq.ContextTerminated):
            pass  # the page was closed, or the program ends

    def log_message(self, format: str, *args: object) -> None:
        """Be silent."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="Show in a browser what a SUB socket receives.")
    parser.add_argument("--port", type=int, default=8000, help="0: one that is free (%(default)s)")
    options = parser.parse_args(arguments)

    stop = threading.Event()

    def told(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, told)
    context = Handler.context = zmq.Context()
    sensor = context.socket(zmq.XPUB)
    sensor.bind(ENDPOINT)
    with ThreadingHTTPServer(("127.0.0.1", options.port), Handler) as server:
        threads = [
            threading.Thread(target=measure, args=(sensor, stop)),
            threading.Thread(target=server.serve_forever),
        ]
        for thread in threads:
            thread.start()
        print(f"http://127.0.0.1:{server.server_port}/", flush=True)
        stop.wait()
        server.shutdown()
        context.term()  # ends the streams, and waits until they have closed their sockets
        for thread in threads:
            thread.join()
    print("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
