"""Programs of others over ``zmq.green``: a call through zerorpc, and a distributed run of locust.

They pull in many packages, so they are no part of the suite. In an environment that has these
distributions installed::

    pip install --no-deps zerorpc locust      # they would bring another binding
    pip install msgpack future configargparse flask flask-cors flask-login geventhttpclient \
        psutil python-engineio 'python-socketio[client]' requests werkzeug
    python -m tests.loops.downstream [zerorpc] [locust]

It ends with status 0 when each did what it should, and says what that was.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ZERORPC = """
import gevent, zerorpc, zmq.green

class Service:
    def add(self, one, two):
        return one + two

    def fail(self):
        raise ValueError("on purpose")

    @zerorpc.stream
    def count(self, end):
        return iter(range(end))

server = zerorpc.Server(Service())
server.bind("tcp://127.0.0.1:*")
endpoint = server._events._socket.get(zmq.green.LAST_ENDPOINT).rstrip(b"\\0").decode()
serving = gevent.spawn(server.run)
client = zerorpc.Client(timeout=10)
client.connect(endpoint)
sums = [client.add(number, 1) for number in range(200)]
assert sums == list(range(1, 201)), sums
assert list(client.count(500)) == list(range(500))
try:
    client.fail()
except zerorpc.RemoteError as error:
    assert error.name == "ValueError", error
else:
    raise AssertionError("the remote error was not raised")
client.close()
server.stop()
serving.get(timeout=10)
server.close()
print(f"{len(sums)} calls, a stream of 500, a remote error")
"""

LOCUSTFILE = """
from locust import User, constant, task

class Quick(User):
    wait_time = constant(0.01)

    @task
    def work(self):
        self.environment.events.request.fire(
            request_type="CALL", name="work", response_time=1, response_length=0, exception=None,
            context={})
"""


def zerorpc() -> str:
    """A server and a client of zerorpc in one process: calls, a stream, a remote error."""
    return _run([sys.executable, "-c", ZERORPC]).stdout.strip()


def locust() -> str:
    """A headless master and two workers; the requests that the master counted."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "locustfile.py")
        file.write_text(LOCUSTFILE)
        command = [sys.executable, "-m", "locust", "-f", str(file)]
        port = str(_free_port())
        workers = [
            subprocess.Popen(
                [*command, "--worker", "--master-port", port],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        try:
            run = ["--headless", "--json", "--expect-workers=2", "-u", "10", "-r", "10", "-t", "4"]
            master = _run([*command, "--master", "--master-bind-port", port, *run])
            ended = [worker.communicate(timeout=30) for worker in workers]
        finally:
            for worker in workers:
                worker.kill()
    for worker, (_, told) in zip(workers, ended):
        if worker.returncode != 0 or "Traceback" in told:
            raise RuntimeError(f"a worker ended with {worker.returncode}:\n{told}")
    if "Traceback" in master.stderr:
        raise RuntimeError(f"the master ended with:\n{master.stderr}")
    (counted,) = json.loads(master.stdout)
    if counted["num_requests"] == 0 or counted["num_failures"]:
        raise RuntimeError(f"the master counted {counted}")
    return f"{counted['num_requests']} requests of 10 users in 2 workers, no failure"


def _free_port() -> int:
    # locust's master takes a number only
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[:4]} ended with {done.returncode}:\n{done.stderr}")
    return done


def main() -> None:
    """Run those that were asked for."""
    known: dict[str, Any] = {"zerorpc": zerorpc, "locust": locust}
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("programs", nargs="*", metavar="program", help="zerorpc, locust")
    chosen = parser.parse_args().programs or list(known)
    for name in chosen:
        if name not in known:
            parser.error(f"{name!r} is none of {', '.join(known)}")
    for name in chosen:
        print(f"{name}: {known[name]()}", flush=True)


if __name__ == "__main__":
    main()
