"""A service in asyncio: many requests at a time, each a task, and an orderly end.

::

    clients  DEALER  --- id, request --->  ROUTER  service: one task for each request
                     <-- id, answer -----

The ROUTER is read by one task, which starts another for each request; answers go back in the order
in which they are ready. The service is stopped by cancelling it: it takes no more requests, and
answers those it has. Cancelling a receive loses no message.

``python -m examples.asyncio_service``
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import zmq
import zmq.asyncio

GIVE_UP_S = 10


async def multiply(a: int, b: int) -> int:
    """The work: something that waits, as for a database."""
    await asyncio.sleep(0.05)
    return a * b


class Service:
    """Answers requests until it is cancelled.

    Attributes
    ----------
    most : int
        How many requests were worked on at the same time.
    """

    def __init__(self, socket: zmq.asyncio.Socket) -> None:
        self._socket = socket
        self._tasks: set[asyncio.Task[None]] = set()
        self.most = 0

    async def run(self) -> None:
        """Serve; when cancelled, finish what was begun."""
        try:
            async for client, number, body in self._socket:
                task = asyncio.ensure_future(self._answer(client, number, body))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                self.most = max(self.most, len(self._tasks))
        finally:
            await asyncio.gather(*self._tasks)

    async def _answer(self, client: bytes, number: bytes, body: bytes) -> None:
        answer: dict[str, Any]
        try:
            answer = {"result": await multiply(**json.loads(body))}
        except (TypeError, ValueError) as error:  # a bad request is the client's fault
            answer = {"error": str(error)}
        await self._socket.send_multipart([client, number, json.dumps(answer).encode()])


class Client:
    """Calls the service, as often at a time as it likes."""

    def __init__(self, socket: zmq.asyncio.Socket) -> None:
        self._socket = socket
        self._answers: dict[bytes, asyncio.Future[Any]] = {}

    async def call(self, **arguments: Any) -> Any:
        """Return what the service answers."""
        number = str(len(self._answers)).encode()
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_multipart([number, json.dumps(arguments).encode()])
        return await asyncio.wait_for(answer, GIVE_UP_S)

    async def listen(self) -> None:
        """Give the answers to who waits for them, until cancelled."""
        async for number, body in self._socket:
            self._answers[number].set_result(json.loads(body))


async def run() -> tuple[list[Any], Any, int]:
    """Make twenty calls at once, and a bad one."""
    async with zmq.asyncio.Context() as context:
        router, dealer = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
        router.bind("tcp://127.0.0.1:*")
        dealer.connect(router.last_endpoint.decode())
        service, client = Service(router), Client(dealer)
        serving = asyncio.ensure_future(service.run())
        listening = asyncio.ensure_future(client.listen())
        try:
            results = await asyncio.gather(*(client.call(a=n, b=n) for n in range(20)))
            bad = await client.call(a=1)
        finally:
            serving.cancel()
            listening.cancel()
            await asyncio.gather(serving, listening, return_exceptions=True)
    return [each["result"] for each in results], bad["error"], service.most


def main() -> None:
    """Run it."""
    results, error, most = asyncio.run(run())
    print("results:", *results)
    print("refused:", error)
    print(f"up to {most} requests at a time")
    assert results == [n * n for n in range(20)]
    assert "'b'" in error
    assert most > 1


if __name__ == "__main__":
    main()
