"""Lazy pirate: a client that does not wait for ever for a server that may be broken.

The client polls for the answer. When none comes in time it throws its socket away, for a REQ socket
that waits for an answer can send nothing, makes a new one, and asks again; after some attempts it
gives up. The server must not mind being asked twice.

The server here fails on purpose: it dies of the first request and is started again, so that the
client's second attempt is answered; and at the end it is gone for good.

``python -m examples.lazy_pirate``
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import zmq

GIVE_UP_MS = 10_000
PATIENCE_MS = 400
ATTEMPTS = 3


class ServerGone(Exception):
    """No answer, however often it was asked."""


class LazyPirate:
    """Asks, and asks again.

    Parameters
    ----------
    context
        Where to make sockets.
    endpoint
        Where the server is, or will be.
    """

    def __init__(self, context: zmq.Context, endpoint: str) -> None:
        self._context = context
        self._endpoint = endpoint
        self._socket = self._connected()
        self.retries = 0

    def ask(self, text: str) -> str:
        """Return the answer.

        Raises
        ------
        ServerGone
            After the last attempt.
        """
        for attempt in range(ATTEMPTS):
            self.retries += attempt > 0
            self._socket.send_string(text)
            if self._socket.poll(PATIENCE_MS):
                return self._socket.recv_string()
            self._socket.close(linger=0)  # 0: the request is thrown away with the socket
            self._socket = self._connected()
        raise ServerGone(f"no answer from {self._endpoint} in {ATTEMPTS} attempts")

    def close(self) -> None:
        """Close the socket."""
        self._socket.close(linger=0)

    def _connected(self) -> zmq.Socket[bytes]:
        socket = self._context.socket(zmq.REQ)
        socket.connect(self._endpoint)
        return socket


def live(endpoint: Future[str], address: str, *, answers: bool) -> None:
    """One life of the server: it binds, tells where, and dies with its context.

    One that `answers` does so until asked to leave; one that does not dies of its first request.
    """
    with zmq.Context() as context, context.socket(zmq.REP) as server:
        server.rcvtimeo = GIVE_UP_MS
        server.bind(address)
        endpoint.set_result(server.last_endpoint.decode())
        while True:
            request = server.recv_string()
            if not answers or request == "leave":
                return
            server.send_string(request.upper())


def main() -> None:
    """Ask an unreliable server."""
    with ThreadPoolExecutor() as pool, zmq.Context() as context:
        first: Future[str] = Future()
        life = pool.submit(live, first, "tcp://127.0.0.1:*", answers=False)
        endpoint = first.result()
        client = LazyPirate(context, endpoint)
        try:
            asked = pool.submit(client.ask, "one")
            life.result()  # it is dead, and has taken the request with it
            life = pool.submit(live, Future(), endpoint, answers=True)
            answers = [asked.result(), client.ask("two")]
            retries = client.retries
            print(f"answers: {', '.join(answers)}, after {retries} retries")
            try:
                client.ask("leave")
                gone = ""
            except ServerGone as error:
                gone = str(error)
                print(gone)
            life.result()
        finally:
            client.close()
    assert answers == ["ONE", "TWO"]
    assert retries >= 1
    assert gone.startswith("no answer")


if __name__ == "__main__":
    main()
