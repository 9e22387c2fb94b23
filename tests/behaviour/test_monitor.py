"""Monitors: what happens to a socket's connections, as messages."""

import asyncio
import importlib
import struct
import threading

import pytest


@pytest.fixture
def monitoring(zmq):
    return importlib.import_module(f"{zmq.__name__}.utils.monitor")


@pytest.fixture
def watched(zmq, sockets):
    """A REP and its monitor's socket."""
    rep = sockets(zmq.REP)
    monitor = rep.get_monitor_socket()
    monitor.rcvtimeo = 10_000
    yield rep, monitor
    monitor.close()


def receive_until(zmq, monitoring, monitor, event):
    found = []
    while not found or found[-1]["event"] != event:
        found.append(monitoring.recv_monitor_message(monitor))
    return found


def test_events(zmq, monitoring, sockets, watched):
    rep, monitor = watched
    assert monitor.type == zmq.PAIR
    rep.bind("tcp://127.0.0.1:*")
    req = sockets(zmq.REQ)
    req.connect(rep.last_endpoint)
    messages = receive_until(zmq, monitoring, monitor, zmq.EVENT_HANDSHAKE_SUCCEEDED)
    events = [message["event"] for message in messages]
    assert zmq.Event.LISTENING in events
    assert zmq.Event.ACCEPTED in events
    first = messages[0]
    assert set(first) == {"event", "value", "endpoint"}
    assert isinstance(first["event"], zmq.Event)
    assert isinstance(first["value"], int)
    assert first["endpoint"] == rep.last_endpoint


def test_a_chosen_event(zmq, monitoring, sockets):
    rep = sockets(zmq.REP)
    with rep.get_monitor_socket(zmq.EVENT_ACCEPTED, "inproc://chosen") as monitor:
        rep.bind("tcp://127.0.0.1:*")
        sockets(zmq.REQ).connect(rep.last_endpoint)
        message = monitoring.recv_monitor_message(monitor)
        assert message["event"] is zmq.Event.ACCEPTED


def test_it_is_the_same_until_disabled(zmq, monitoring, watched):
    rep, monitor = watched
    assert rep.get_monitor_socket() is monitor
    rep.disable_monitor()
    receive_until(zmq, monitoring, monitor, zmq.EVENT_MONITOR_STOPPED)
    with rep.get_monitor_socket() as other:
        assert other is not monitor
        rep.bind("tcp://127.0.0.1:*")
        assert monitoring.recv_monitor_message(other)["event"] is zmq.Event.LISTENING


def test_closing_the_socket_stops_the_monitor(zmq, monitoring, watched):
    rep, monitor = watched
    rep.close()
    receive_until(zmq, monitoring, monitor, zmq.EVENT_MONITOR_STOPPED)


def test_the_monitor_may_be_closed_first(zmq, monitoring, sockets):
    rep = sockets(zmq.REP)
    rep.get_monitor_socket().close()
    rep.bind("tcp://127.0.0.1:*")
    req = sockets(zmq.REQ)
    req.connect(rep.last_endpoint)
    req.send(b"question")  # libzmq still works: its thread does not wait for a monitor
    assert rep.recv() == b"question"
    with rep.get_monitor_socket() as monitor:
        rep.bind("tcp://127.0.0.1:*")
        assert monitoring.recv_monitor_message(monitor)["event"] is zmq.Event.LISTENING


def test_many_sockets_one_after_the_other(zmq, context):
    """Their descriptors are the same numbers again; the monitors' endpoints are not."""
    for monitor_first in [True, False] * 40:
        socket = context.socket(zmq.PUSH)
        monitor = socket.get_monitor_socket()
        pair = (monitor, socket) if monitor_first else (socket, monitor)
        for each in pair:
            each.close()


def test_disable_without_a_monitor(zmq, sockets):
    sockets(zmq.PUSH).disable_monitor()


def test_monitor_needs_inproc(zmq, sockets):
    with pytest.raises(zmq.ZMQError, match="tcp") as caught:
        sockets(zmq.PUSH).monitor("tcp://127.0.0.1:*")
    assert caught.value.errno == zmq.EPROTONOSUPPORT
    with pytest.raises(TypeError):
        sockets(zmq.PUSH).monitor(3)


def test_again(zmq, monitoring, watched):
    with pytest.raises(zmq.Again):
        monitoring.recv_monitor_message(watched[1], zmq.DONTWAIT)


def test_of_an_asynchronous_socket(zmq, monitoring):
    """A socket whose recv_multipart is awaited gives something to await."""

    class Later:
        async def recv_multipart(self, flags):
            return [struct.pack("=hi", zmq.EVENT_LISTENING, 7), b"tcp://x"]

    async def main():
        return await monitoring.recv_monitor_message(Later())

    expected = {"event": zmq.Event.LISTENING, "value": 7, "endpoint": b"tcp://x"}
    assert asyncio.run(main()) == expected


@pytest.mark.parametrize("parts", [[], [b"1"], [b"12", b"x"], [b"123456"], [b"123456", b"", b""]])
def test_what_is_no_monitor_message(monitoring, parts):
    with pytest.raises(RuntimeError, match="monitor"):
        monitoring.parse_monitor_message(parts)


def test_why_a_handshake_failed_has_a_name(zmq, monitoring):
    head = struct.pack(
        "=hi", zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, zmq.PROTOCOL_ERROR_ZAP_BAD_VERSION
    )
    message = monitoring.parse_monitor_message([head, b""])
    assert message["value"] is zmq.Event.PROTOCOL_ERROR_ZAP_BAD_VERSION


def test_monitoring_ends_while_another_thread_waits_on_the_socket(zmq, monitoring, bound_pair):
    push, pull = bound_pair(zmq.PUSH, zmq.PULL)
    monitor = pull.get_monitor_socket()
    received = []
    thread = threading.Thread(target=lambda: received.append(pull.recv()))
    thread.start()
    pull.disable_monitor()
    receive_until(zmq, monitoring, monitor, zmq.EVENT_MONITOR_STOPPED)
    monitor.close()
    push.send(b"x")
    thread.join()
    assert received == [b"x"]


def test_a_reader_that_closes_behind_its_socket(zmq):
    """libzmq's reaper must not wait for it: closed sockets would be kept for ever."""
    with zmq.Context() as context:
        context.max_sockets = 60
        for _ in range(100):
            socket = context.socket(zmq.PULL)
            reader = socket.get_monitor_socket()
            socket.bind("tcp://127.0.0.1:*")
            socket.close()
            reader.close()
