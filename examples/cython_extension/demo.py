"""A Cython extension over zmq-core: ``tally`` counts messages without the GIL.

``tally.pyx`` takes the very sockets that Python made, and calls libzmq on them, without linking
it: ``zmq.get_includes()`` tells where the headers are, ``setup.py`` is all that it needs.

``pip install ./examples/cython_extension``, then ``python examples/cython_extension/demo.py``
"""

from __future__ import annotations

from threading import Thread

from tally import tally  # type: ignore[import-not-found]  # it is built by pip

import zmq

MESSAGES = 50_000


def send(push: zmq.Socket[bytes]) -> None:
    """Send messages of 0 to 99 bytes."""
    with push:
        push.send_many(bytes(number % 100) for number in range(MESSAGES))


def main() -> None:
    """Count them."""
    with zmq.Context() as context, context.socket(zmq.PULL) as pull:
        pull.bind("tcp://127.0.0.1:*")
        push = context.socket(zmq.PUSH)
        push.connect(pull.last_endpoint.decode())
        thread = Thread(target=send, args=(push,))
        thread.start()
        count, size = tally(pull, MESSAGES)
        thread.join()
    print(f"{count} messages, {size} bytes")
    assert count == MESSAGES
    assert size == sum(number % 100 for number in range(MESSAGES))


if __name__ == "__main__":
    main()
