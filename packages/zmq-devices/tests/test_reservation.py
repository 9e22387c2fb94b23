"""Ports that are chosen before they are bound."""

from __future__ import annotations

import socket
import sys

import pytest

import zmq
from zmq.devices import ThreadDevice


def device(**options):
    made = ThreadDevice(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    return made, made.bind_in_to_random_port("tcp://127.0.0.1", **options)


def test_nobody_else_gets_the_port():
    made, port = device()
    with socket.socket() as other:
        if sys.platform.startswith("linux"):
            with pytest.raises(OSError, match="in use"):
                other.bind(("127.0.0.1", port))
    with made:
        assert made.wait_ready()["in"] == [f"tcp://127.0.0.1:{port}"]


def test_two_never_get_the_same():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        start = free.getsockname()[1]
    window = {"min_port": start, "max_port": start + 3, "max_tries": 200}
    found = []

    def take_them_all():
        for _ in range(4):
            found.append(device(**window))  # noqa: PERF401 - an error leaves what came before

    with pytest.raises(zmq.ZMQBindError, match=rf"no free port .* between {start} and"):
        take_them_all()
    ports = [port for _, port in found]
    assert len(ports) == len(set(ports)) <= 3
    assert set(ports) <= set(range(start, start + 3))
    for made, _ in found:
        made._release_ports()


@pytest.mark.parametrize("addr", ["tcp://*", "tcp://127.0.0.1:", "tcp://lo"])
def test_ways_to_write_the_host(addr):
    made = ThreadDevice(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    port = made.bind_out_to_random_port(addr, 20_000, 30_000)
    assert 20_000 <= port < 30_000
    with made:
        assert made.wait_ready()["out"][0].endswith(f":{port}")


def test_only_tcp_has_ports():
    made = ThreadDevice(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    with pytest.raises(ValueError, match="ipc:///tmp/x"):
        made.bind_in_to_random_port("ipc:///tmp/x")
