"""Clone: a table that many programs share, read locally, and stay in step with.

::

             XPUB    ---- updates, numbered ---->  SUB
    server   ROUTER  <--- "give me all" ---------  DEALER   client: a copy of the table
             PULL    <--- changes ---------------  PUSH

The server numbers each update, and a snapshot says which number it goes up to. A client that joins
late subscribes first, then asks for a snapshot, and skips the updates that are in it: so it misses
none and applies none twice. A gap in the numbers means that updates were lost; then it asks anew.

Subscriptions travel on another connection than the question, and might arrive after it. So the
client also subscribes to a topic that nobody else has, its welcome; the server, which sees what is
subscribed to (XPUB), answers on it; and only then the client asks.

``python -m examples.clone``
"""

from __future__ import annotations

import json
import os
from threading import Thread

import zmq

GIVE_UP_MS = 10_000
QUIT = "quit"
UPDATE = b"update"
WELCOME = b"welcome "


class Server:
    """Owns the table.

    Attributes
    ----------
    endpoints : list of str
        Of the updates, the snapshots and the changes.
    """

    def __init__(self, context: zmq.Context) -> None:
        self._table: dict[str, str] = {}
        self._number = 0
        self._updates = context.socket(zmq.XPUB)
        self._snapshots = context.socket(zmq.ROUTER)
        self._changes = context.socket(zmq.PULL)
        self._sockets = (self._updates, self._snapshots, self._changes)
        for socket in self._sockets:
            socket.bind("tcp://127.0.0.1:*")
        self.endpoints = [socket.last_endpoint.decode() for socket in self._sockets]

    def run(self) -> None:
        """Serve until somebody sets the key "quit"."""
        poller = zmq.Poller()
        for socket in self._sockets:
            poller.register(socket, zmq.POLLIN)
        while QUIT not in self._table:
            for socket, _ in poller.poll(GIVE_UP_MS):
                if socket is self._changes:
                    key, value = self._changes.recv_json()
                    self._number += 1
                    self._table[key] = value
                    self._updates.send(UPDATE, zmq.SNDMORE)
                    self._updates.send_json([self._number, key, value])
                elif socket is self._updates:
                    subscription = self._updates.recv()
                    if subscription.startswith(b"\x01" + WELCOME):
                        self._updates.send_multipart([subscription[1:], b""])
                else:
                    client, _ = self._snapshots.recv_multipart()
                    self._snapshots.send(client, zmq.SNDMORE)
                    self._snapshots.send_json([self._number, self._table])
        for socket in self._sockets:
            socket.close()


class Client:
    """A copy of the table.

    Attributes
    ----------
    table : dict of str to str
    number : int
        The last update that is in it.
    """

    def __init__(self, context: zmq.Context, endpoints: list[str]) -> None:
        kinds = (zmq.SUB, zmq.DEALER, zmq.PUSH)
        self._sockets = [context.socket(kind) for kind in kinds]
        for socket, endpoint in zip(self._sockets, endpoints):
            socket.connect(endpoint)
        self._updates, self._snapshots, self._changes = self._sockets
        welcome = WELCOME + os.urandom(8)
        self._updates.subscribe(UPDATE)
        self._updates.subscribe(welcome)
        while self._updates.recv_multipart()[0] != welcome:
            pass  # updates that will be in the snapshot
        self._join()

    def set(self, key: str, value: str) -> None:
        """Ask the server for a change; it comes back as an update, to everybody."""
        self._changes.send_json([key, value])

    def follow(self, number: int) -> None:
        """Take in updates up to this one."""
        while self.number < number:
            _, body = self._updates.recv_multipart()
            self._apply(*json.loads(body))

    def close(self) -> None:
        """Close the sockets."""
        for socket in self._sockets:
            socket.close()

    def _join(self) -> None:
        self._snapshots.send(b"give me all")
        self.number, self.table = self._snapshots.recv_json()

    def _apply(self, number: int, key: str, value: str) -> None:
        if number > self.number + 1:  # a gap: what is missing is in a new snapshot
            self._join()
        if number == self.number + 1:
            self.table[key] = value
            self.number = number


def main() -> None:
    """Two clients, one of them late, end with the same table."""
    with zmq.Context() as context:
        context.rcvtimeo = GIVE_UP_MS
        server = Server(context)
        thread = Thread(target=server.run)
        thread.start()
        early = Client(context, server.endpoints)
        for number in range(50):
            early.set(f"key-{number % 10}", str(number))
        late = Client(context, server.endpoints)
        joined_at = late.number
        for number in range(50, 100):
            early.set(f"key-{number % 10}", str(number))
        late.follow(100)
        late.set("from the late one", "yes")
        late.set(QUIT, "")
        for client in (early, late):
            client.follow(102)
            client.close()
        thread.join()
    print(f"the late client joined at update {joined_at} of 102")
    print(f"{len(early.table)} keys, and the copies are equal: {early.table == late.table}")
    assert early.table == late.table
    assert {early.table[f"key-{n}"] for n in range(10)} == {str(n) for n in range(90, 100)}
    assert early.table["from the late one"] == "yes"


if __name__ == "__main__":
    main()
