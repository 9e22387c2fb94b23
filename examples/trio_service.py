"""A service in trio: workers in a nursery, time limits by cancel scopes.

::

    client  REQ  --- request --->  ROUTER  service  --- a task for each request

A task that fails cancels the others, and nothing runs on after the nursery's end. A scope that ends
while a socket waits for a message loses none: the message is the next receiver's.

With anyio on trio this works as well. It needs ``pip install trio``.

``python -m examples.trio_service``
"""

from __future__ import annotations

import trio

import zmq
import zmq.trio

GIVE_UP_S = 10
PATIENCE_S = 0.2


async def answer(socket: zmq.trio.Socket, address: bytes, request: str) -> None:
    """Answer one request; "sleep" takes too long."""
    with trio.move_on_after(PATIENCE_S) as scope:
        if request == "sleep":
            await trio.sleep_forever()
        await socket.send_multipart([address, b"", request.upper().encode()])
    if scope.cancelled_caught:
        await socket.send_multipart([address, b"", b"timed out"])


async def serve(socket: zmq.trio.Socket) -> None:
    """Start a task for each request."""
    async with trio.open_nursery() as nursery:
        while True:
            address, _, request = await socket.recv_multipart()
            nursery.start_soon(answer, socket, address, request.decode())


async def ask(context: zmq.trio.Context, endpoint: str, text: str, answers: dict[str, str]) -> None:
    """Ask once."""
    async with context.socket(zmq.REQ) as socket:
        socket.connect(endpoint)
        await socket.send_string(text)
        answers[text] = await socket.recv_string()


async def run() -> dict[str, str]:
    """Ask three things at once."""
    answers: dict[str, str] = {}
    with trio.fail_after(GIVE_UP_S):
        async with zmq.trio.Context() as context:
            router = context.socket(zmq.ROUTER)
            router.bind("tcp://127.0.0.1:*")
            endpoint = router.last_endpoint.decode()
            async with trio.open_nursery() as service:
                service.start_soon(serve, router)
                async with trio.open_nursery() as clients:
                    for text in ("one", "sleep", "two"):
                        clients.start_soon(ask, context, endpoint, text, answers)
                service.cancel_scope.cancel()
    return answers


def main() -> None:
    """Run it."""
    answers = trio.run(run)
    for text in sorted(answers):
        print(f"{text}: {answers[text]}")
    assert answers == {"one": "ONE", "sleep": "timed out", "two": "TWO"}


if __name__ == "__main__":
    main()
