"""Services by name: a broker that knows which workers offer what, after the guide's Majordomo.

::

    client  REQ  --- "add", [1, 2] --->  ROUTER  --->  DEALER  worker "add"
                 --- "upper", "x"  --->  broker  --->  DEALER  worker "upper"

Clients name a service, not a server. Workers say which service they offer and when they are free;
a request waits until a worker of its service is. What the broker does with a message is decided in
`Directory`, which has no socket and can be tested by itself.

Between the parts, after the addresses that ROUTER adds and takes:

====================  ===================================
client to broker      ``""``, ``ask``, service, body
broker to client      ``""``, ``answer`` or ``error``, body
worker to broker      ``ready``, service
broker to worker      ``work``, client, body; or ``leave``
worker to broker      ``done``, client, body
====================  ===================================

The guide's Majordomo has heartbeats, too: see ``examples/heartbeats.py``.

``python -m examples.majordomo``
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import zmq

GIVE_UP_MS = 10_000
Message = list[bytes]
SERVICES: dict[str, Callable[[Any], Any]] = {"add": sum, "upper": str.upper}


class Directory:
    """Who offers what, who is free, and which requests wait. Messages in, messages out.

    Parameters
    ----------
    services
        What there is, or will be when its workers come: requests for it wait so long.
    """

    def __init__(self, services: Iterable[str]) -> None:
        self._services = {service.encode() for service in services}
        self._free: dict[bytes, deque[bytes]] = defaultdict(deque)  # service -> workers
        self._waiting: dict[bytes, deque[tuple[bytes, bytes]]] = defaultdict(deque)
        self._service: dict[bytes, bytes] = {}  # worker -> service

    def handle(self, message: Message) -> Iterator[Message]:
        """Take one message of the ROUTER socket; yield those to send."""
        sender, kind, *rest = message
        if kind == b"ready":
            (service,) = rest
            self._service[sender] = service
            yield from self._release(sender)
        elif kind == b"done":
            client, body = rest
            yield [client, b"", b"answer", body]
            yield from self._release(sender)
        elif rest[0] == b"ask":  # from a REQ socket: kind is the empty part that it adds
            _, service, body = rest
            if service not in self._services:
                yield [sender, b"", b"error", b"nobody offers " + service]
            elif self._free[service]:
                yield [self._free[service].popleft(), b"work", sender, body]
            else:
                self._waiting[service].append((sender, body))

    def _release(self, worker: bytes) -> Iterator[Message]:
        service = self._service[worker]
        if self._waiting[service]:
            client, body = self._waiting[service].popleft()
            yield [worker, b"work", client, body]
        else:
            self._free[service].append(worker)

    def workers(self) -> list[bytes]:
        """All workers that have come."""
        return list(self._service)


def serve(router: zmq.Socket[bytes], stop: zmq.Socket[bytes]) -> None:
    """Run the broker until something comes from `stop`; then send the workers away."""
    directory = Directory(SERVICES)
    poller = zmq.Poller()
    poller.register(router, zmq.POLLIN)
    poller.register(stop, zmq.POLLIN)
    while True:
        ready = dict(poller.poll(GIVE_UP_MS))
        if router in ready:
            for message in directory.handle(router.recv_multipart()):
                router.send_multipart(message)
        if stop in ready or not ready:
            for worker in directory.workers():
                router.send_multipart([worker, b"leave"])
            return


def work(context: zmq.Context, endpoint: str, service: str, function: Callable[[Any], Any]) -> int:
    """Offer a function as a service until sent away; return how often it was called."""
    calls = 0
    with context.socket(zmq.DEALER) as socket:
        socket.connect(endpoint)
        socket.send_multipart([b"ready", service.encode()])
        while True:
            kind, *rest = socket.recv_multipart()
            if kind == b"leave":
                return calls
            client, body = rest
            answer = function(json.loads(body))
            calls += 1
            socket.send_multipart([b"done", client, json.dumps(answer).encode()])


def ask(socket: zmq.Socket[bytes], service: str, argument: Any) -> Any:
    """Call a service; raises LookupError when nobody offers it."""
    socket.send_multipart([b"ask", service.encode(), json.dumps(argument).encode()])
    kind, body = socket.recv_multipart()
    if kind == b"error":
        raise LookupError(body.decode())
    return json.loads(body)


def main() -> None:
    """Offer two services with three workers, and use them."""
    with zmq.Context() as context, ThreadPoolExecutor() as pool:
        context.rcvtimeo = GIVE_UP_MS
        router, client = context.socket(zmq.ROUTER), context.socket(zmq.REQ)
        stop, stopped = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        with router, client, stop, stopped:
            router.bind("tcp://127.0.0.1:*")
            endpoint = router.last_endpoint.decode()
            stopped.bind("inproc://stop")
            stop.connect("inproc://stop")
            broker = pool.submit(serve, router, stopped)
            workers = [
                pool.submit(work, context, endpoint, service, SERVICES[service])
                for service in ("add", "add", "upper")
            ]
            client.connect(endpoint)
            try:
                answers = [ask(client, "upper", "ferry")]
                answers += [ask(client, "add", [n, n]) for n in range(5)]
                try:
                    ask(client, "sing", None)
                    refusal = ""
                except LookupError as error:
                    refusal = str(error)
            finally:
                stop.send(b"")
            broker.result()
            calls = [each.result() for each in workers]
    print("answers:", *answers)
    print("refused:", refusal)
    assert answers == ["FERRY", 0, 2, 4, 6, 8]
    assert refusal == "nobody offers sing"
    assert sum(calls) == len(answers)


if __name__ == "__main__":
    main()
