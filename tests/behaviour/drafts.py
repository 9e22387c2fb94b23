"""The draft API, over a build that has it: ``python tools/draft.py``, not part of the usual run."""

from __future__ import annotations

import select
import socket
import warnings

import pytest

REPLY_MS = 10_000


def deliver(zmq, send, receiver):
    """Send until it arrives: UDP and groups drop what comes too early."""
    for _ in range(100):
        send()
        if receiver.poll(50):
            return receiver.recv(copy=False)
    pytest.fail("nothing arrived")


def test_it_is_a_draft_build(zmq):
    assert zmq.DRAFT_API is zmq.PYZMQ_DRAFT_API is True
    assert zmq.has("draft")


@pytest.mark.parametrize("transport", ["inproc", "tcp", "ipc"])
def test_client_and_server(zmq, bound_pair, transport):
    server, client = bound_pair(zmq.SERVER, zmq.CLIENT, transport)
    client.send(b"question")
    question = server.recv(copy=False)
    assert question.bytes == b"question"
    assert question.routing_id == question["routing_id"] > 0
    server.send(b"answer", routing_id=question.routing_id)
    assert client.recv() == b"answer"
    frame = zmq.Frame(b"by frame")
    frame.routing_id = question.routing_id
    server.send(frame, copy=False)
    assert client.recv() == b"by frame"
    with pytest.raises(zmq.ZMQError) as caught:
        server.send(b"", routing_id=question.routing_id + 1)
    assert caught.value.errno == zmq.EHOSTUNREACH


def test_a_message_of_these_has_one_part(zmq, bound_pair):
    server, client = bound_pair(zmq.SERVER, zmq.CLIENT)
    with pytest.raises(zmq.ZMQError) as caught:
        client.send_multipart([b"a", b"b"])
    assert caught.value.errno == zmq.EINVAL
    client.send(b"after")
    assert server.recv() == b"after"


def test_radio_and_dish(zmq, bound_pair):
    dish, radio = bound_pair(zmq.DISH, zmq.RADIO, "tcp")
    dish.join("Grüße")
    frame = deliver(zmq, lambda: radio.send(b"content", group="Grüße"), dish)
    assert (frame.bytes, frame.group) == (b"content", "Grüße")
    named = zmq.Frame(b"by frame")
    named.group = "Grüße"
    radio.send(named, copy=False)
    while dish.recv() != b"by frame":
        pass
    with pytest.raises(zmq.ZMQError, match="Grüße"):
        dish.join("Grüße")
    dish.leave("Grüße")
    with pytest.raises(zmq.ZMQError, match="Grüße"):
        dish.leave("Grüße")
    with pytest.raises(zmq.ZMQError, match="xxxxx"):
        dish.join("x" * 300)
    with pytest.raises(TypeError, match="5"):
        dish.join(5)


def test_scatter_and_gather(zmq, bound_pair):
    gather, scatter = bound_pair(zmq.GATHER, zmq.SCATTER, "tcp")
    for n in range(100):
        scatter.send(b"%d" % n)
    assert [gather.recv() for _ in range(100)] == [b"%d" % n for n in range(100)]


@pytest.mark.parametrize("transport", ["inproc", "tcp"])
def test_channel(zmq, bound_pair, transport):
    one, other = bound_pair(zmq.CHANNEL, zmq.CHANNEL, transport)
    one.send(b"there")
    assert other.recv() == b"there"
    other.send(b"back")
    assert one.recv() == b"back"


def test_peer(zmq, bound_pair):
    """What connects learns its peer's id from zmq_connect_peer alone, which nobody offers yet."""
    peer, client = bound_pair(zmq.PEER, zmq.CLIENT, "inproc")
    client.send(b"hello")
    hello = peer.recv(copy=False)
    peer.send(b"back", routing_id=hello.routing_id)
    assert client.recv() == b"back"


def test_dgram(zmq, sockets):
    one, other = sockets(zmq.DGRAM), sockets(zmq.DGRAM)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:  # libzmq looks for no UDP port
        free.bind(("127.0.0.1", 0))
        there = f"127.0.0.1:{free.getsockname()[1]}"
    one.bind(f"udp://{there}")
    other.bind("udp://127.0.0.1:*")
    for _ in range(100):
        other.send_multipart([there.encode(), b"datagram"])
        if one.poll(50):
            break
    sender, content = one.recv_multipart()
    assert content == b"datagram"
    assert sender.startswith(b"127.0.0.1:")


@pytest.mark.parametrize("others", [0, 20])
def test_polling_thread_safe_sockets(zmq, bound_pair, sockets, others):
    server, client = bound_pair(zmq.SERVER, zmq.CLIENT)
    poller = zmq.Poller()
    for each in (server, client, *(sockets(zmq.PULL) for _ in range(others))):
        poller.register(each, zmq.POLLIN)
    assert poller.poll(0) == []
    client.send(b"x")
    assert poller.poll(REPLY_MS) == [(server, zmq.POLLIN)]
    assert server.poll(0) == zmq.POLLIN
    assert zmq.select([server, client], [], [], 0)[0] == [server]
    server.recv()
    assert poller.poll(20) == []


def test_descriptors_are_emulated_with_a_warning(zmq, bound_pair):
    server, client = bound_pair(zmq.SERVER, zmq.CLIENT, "tcp")
    with pytest.warns(zmq.error.DraftFDWarning):
        fd = server.FD
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", zmq.error.DraftFDWarning)
        assert server.get(zmq.FD) == fd
    for n in range(10):
        assert server.events & zmq.POLLIN == 0
        client.send(b"%d" % n)
        while not server.events & zmq.POLLIN:
            assert select.select([fd], [], [], 10)[0] == [fd]
        assert server.recv() == b"%d" % n


def test_event_loops_address_whole_messages():
    """By keyword, as the synchronous sockets: an asynchronous socket, and a stream."""
    import asyncio

    import zmq
    import zmq.asyncio
    from zmq.eventloop.zmqstream import ZMQStream

    async def main():
        async with zmq.asyncio.Context() as context:
            server, client = context.socket(zmq.SERVER), context.socket(zmq.CLIENT)
            server.bind("inproc://draft")
            client.connect("inproc://draft")
            await client.send(b"question")
            peer = (await server.recv(copy=False)).routing_id
            await server.send_multipart([b"answer"], routing_id=peer)
            assert await client.recv(timeout=REPLY_MS) == b"answer"
            stream = ZMQStream(zmq.Socket.shadow(server.underlying))
            stream.send(b"by stream", routing_id=peer)
            assert await client.recv(timeout=REPLY_MS) == b"by stream"

    asyncio.run(main())
