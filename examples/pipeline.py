"""Pipeline: a ventilator spreads tasks over workers, a sink collects the results.

::

                           worker  PULL ... PUSH
    ventilator  PUSH  -->  worker  PULL ... PUSH  -->  PULL  sink
                           worker  PULL ... PUSH

A PUSH socket deals its messages out to everybody who is connected, in turn. So the first worker to
connect would get all that is sent before the second is there: each worker says first that it has
come, and the ventilator begins when all have.

This is the bare pattern. ``examples/wordcount`` has it with processes, CURVE, a limit on what is in
flight, and workers that may die.

``python -m examples.pipeline``
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import zmq

GIVE_UP_MS = 10_000
WORKERS = 3
TASKS = 300
STOP = b"stop"


def work(context: zmq.Context, tasks_from: str, results_to: str, name: str) -> None:
    """Square numbers until told to stop."""
    with context.socket(zmq.PULL) as tasks, context.socket(zmq.PUSH) as results:
        tasks.connect(tasks_from)
        results.connect(results_to)
        results.send_json({"worker": name})  # here I am
        while True:
            task = tasks.recv()
            if task == STOP:
                return
            results.send_json({"worker": name, "result": int(task) ** 2})


def main() -> None:
    """Add the squares of the numbers below 300, with three workers."""
    with zmq.Context() as context, ThreadPoolExecutor(WORKERS) as pool:
        context.rcvtimeo = GIVE_UP_MS
        with context.socket(zmq.PUSH) as ventilator, context.socket(zmq.PULL) as sink:
            ventilator.bind("tcp://127.0.0.1:*")
            sink.bind("tcp://127.0.0.1:*")
            ends = (ventilator.last_endpoint.decode(), sink.last_endpoint.decode())
            running = [pool.submit(work, context, *ends, f"worker-{i}") for i in range(WORKERS)]
            for _ in range(WORKERS):
                print(sink.recv_json()["worker"], "is there")
            for number in range(TASKS):
                ventilator.send_string(str(number))
            total, done = 0, Counter[str]()
            for _ in range(TASKS):
                message = sink.recv_json()
                total += message["result"]
                done[message["worker"]] += 1
            for _ in range(WORKERS):
                ventilator.send(STOP)
            for each in running:
                each.result()
    print(f"the sum is {total};", ", ".join(f"{name} did {done[name]}" for name in sorted(done)))
    assert total == sum(number**2 for number in range(TASKS))
    assert set(done.values()) == {TASKS // WORKERS}


if __name__ == "__main__":
    main()
