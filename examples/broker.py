"""A broker between clients and workers that do not know each other: ROUTER and DEALER.

::

    client  REQ -->                               --> REP  worker
    client  REQ -->  ROUTER  [ broker ]  DEALER   --> REP  worker
    client  REQ -->                               --> REP  worker

Both sides connect to the broker, so clients and workers may come and go. The ROUTER puts the
client's address in front of each request, the DEALER deals requests out to the workers, and the
answer finds its way back by that address; `zmq.proxy` passes all of it on, in C, without the GIL.

Everything ends with the context: `Context.term` wakes whoever waits in it with `ContextTerminated`,
and returns when all have closed their sockets.

``python -m examples.broker``
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import zmq

CLIENTS, WORKERS, REQUESTS = 4, 3, 25


def broker(frontend: zmq.Socket[bytes], backend: zmq.Socket[bytes]) -> None:
    """Pass messages on until the context ends."""
    with frontend, backend, suppress(zmq.ContextTerminated):
        zmq.proxy(frontend, backend)


def work(context: zmq.Context, endpoint: str, name: str) -> int:
    """Answer requests until the context ends; return how many."""
    answered = 0
    with context.socket(zmq.REP) as socket:
        socket.connect(endpoint)
        try:
            while True:
                socket.send_string(f"{socket.recv_string()} from {name}")
                answered += 1
        except zmq.ContextTerminated:
            return answered


def ask(context: zmq.Context, endpoint: str, name: str) -> list[str]:
    """Ask, and return the answers."""
    with context.socket(zmq.REQ) as socket:
        socket.connect(endpoint)
        answers = []
        for number in range(REQUESTS):
            socket.send_string(f"{name}.{number}")
            answers.append(socket.recv_string(timeout=10_000))
        return answers


def main() -> None:
    """Let four clients ask three workers."""
    with ThreadPoolExecutor(1 + CLIENTS + WORKERS) as pool:
        context = zmq.Context()
        frontend, backend = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
        frontend.bind("tcp://127.0.0.1:*")
        backend.bind("tcp://127.0.0.1:*")
        front, back = frontend.last_endpoint.decode(), backend.last_endpoint.decode()
        try:
            passing = pool.submit(broker, frontend, backend)
            workers = [pool.submit(work, context, back, f"worker-{i}") for i in range(WORKERS)]
            clients = [pool.submit(ask, context, front, f"client-{i}") for i in range(CLIENTS)]
            answers = [each.result() for each in clients]
        finally:
            context.term()
        passing.result()
        counts = [each.result() for each in workers]
    print(f"{CLIENTS} clients got {sum(map(len, answers))} answers; the workers gave", *counts)
    for client, texts in enumerate(answers):
        asked = [text.partition(" from ")[0] for text in texts]
        assert asked == [f"client-{client}.{number}" for number in range(REQUESTS)]
    assert sum(counts) == CLIENTS * REQUESTS


if __name__ == "__main__":
    main()
