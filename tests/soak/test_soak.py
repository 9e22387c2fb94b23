"""The soaks in half a minute, and the proxy and the network that they rely on."""

from __future__ import annotations

import socket
import time
from typing import Callable

import pytest

from tests.soak import network
from tests.soak.faults import FaultProxy
from tests.soak.hosts import hosts
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


needs_namespaces = pytest.mark.skipif(
    not network.available(), reason="network namespaces need root, iproute2 and /dev/net/tun"
)


@needs_namespaces
@pytest.mark.timeout(120)
def test_hosts() -> None:
    told = hosts(SECONDS, 7)
    assert told["network"]["faults"] > 1
    assert told["network"]["dropped"] > 0
    for name in ("requests", "sequence"):
        assert told[name]["lost"] == told[name]["wrong"] == 0, told
        assert told[name]["done"] > 20, told


RECEIVE = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
    end.bind((sys.argv[1], 0))
    print(end.getsockname()[1], flush=True)
    while True:
        print(end.recv(100).decode(), flush=True)
"""
SEND = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
    for line in sys.stdin:
        port, text = line.split()
        end.sendto(text.encode(), (sys.argv[1], int(port)))
"""


@needs_namespaces
def test_the_network_does_what_it_says() -> None:
    net = network.Network(2)
    receiver = net.python(1, "-c", RECEIVE, net.address(1))
    sender = net.python(0, "-c", SEND, net.address(1))
    try:
        port = receiver.stdout.readline().strip()

        def send(text: str) -> None:
            sender.stdin.write(f"{port} {text}\n")
            sender.stdin.flush()

        def wait_for(fact: Callable[[], bool]) -> None:
            end = time.monotonic() + 10
            while not fact():
                assert time.monotonic() < end
                time.sleep(0.001)

        send("through")
        assert receiver.stdout.readline() == "through\n"
        net.partition(0, 1)
        dropped = net.dropped
        send("parted")
        wait_for(lambda: net.dropped > dropped)
        net.heal()
        net.loss = 1.0
        dropped = net.dropped
        send("lost")
        wait_for(lambda: net.dropped > dropped)
        net.heal()
        net.delay_s = 0.2
        began = time.monotonic()
        send("late")
        assert receiver.stdout.readline() == "late\n"
        assert time.monotonic() - began >= 0.2
    finally:
        for process in (receiver, sender):
            process.kill()
            process.communicate()
        net.close()


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
