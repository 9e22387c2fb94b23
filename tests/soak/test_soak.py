"""The soak in twenty seconds, and the proxy that it relies on."""

from __future__ import annotations

import socket

import pytest

from tests.soak.faults import FaultProxy
from tests.soak.soak import GROWTH_KIB, TRIALS

SECONDS = 6


@pytest.mark.timeout(90)
@pytest.mark.parametrize("name", TRIALS)
def test_soak(name: str) -> None:
    told = TRIALS[name](SECONDS, 7)
    assert told["lost"] == told["wrong"] == 0, told
    assert told["faults"] > 3, told
    assert told["KiB gained"] < GROWTH_KIB, told
    assert told.get("requests", told.get("messages", 0)) > 20, told


def test_the_proxy_does_what_it_says() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = FaultProxy(server.getsockname()[1])
        try:
            with socket.create_connection(("127.0.0.1", proxy.port), 5) as client:
                peer, _ = server.accept()
                with peer:
                    client.sendall(b"through")
                    assert peer.recv(100) == b"through"
                    proxy.freeze(True)
                    client.sendall(b"frozen")
                    peer.settimeout(0.05)
                    with pytest.raises(socket.timeout):
                        peer.recv(100)
                    peer.settimeout(5)
                    proxy.freeze(False)
                    assert peer.recv(100) == b"frozen"
                    proxy.dribbling = True
                    client.sendall(b"drop")
                    got = b""
                    while len(got) < 4:
                        got += peer.recv(100)
                    assert got == b"drop"
                    assert proxy.reset() == 1
                    with pytest.raises(ConnectionResetError):
                        client.recv(100)
        finally:
            proxy.close()
