"""Request and reply: a client asks, a server answers, one question at a time.

::

    client  REQ  ---- "what is 6 x 7?" --->  REP  server
                 <---------- "42" ---------

A REQ socket sends, then receives, and so on; a REP socket the other way round. The client may
connect before the server is there, and both may come and go: ØMQ connects again by itself.

``python -m examples.request_reply``
"""

from __future__ import annotations

from threading import Thread

import zmq

GIVE_UP_MS = 10_000


def serve(server: zmq.Socket[bytes]) -> None:
    """Answer until somebody says "bye"."""
    while True:
        request = server.recv_json()
        if request == "bye":
            server.send_json("bye")
            return
        server.send_json(request["a"] * request["b"])


def main() -> None:
    """Ask three questions."""
    with zmq.Context() as context:
        context.rcvtimeo = GIVE_UP_MS  # of all sockets made from here on: nobody waits for ever
        with context.socket(zmq.REP) as server, context.socket(zmq.REQ) as client:
            port = server.bind_to_random_port("tcp://127.0.0.1")
            client.connect(f"tcp://127.0.0.1:{port}")
            # a socket may be handed to another thread, which then is the only one to use it
            thread = Thread(target=serve, args=(server,))
            thread.start()
            answers = []
            for a, b in [(6, 7), (3, 3), (0, 9)]:
                client.send_json({"a": a, "b": b})
                answers.append(client.recv_json())
            client.send_json("bye")
            client.recv_json()
            thread.join()
    print("answers:", *answers)
    assert answers == [42, 9, 0]


if __name__ == "__main__":
    main()
