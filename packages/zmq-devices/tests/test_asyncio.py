"""Devices that are awaited."""

from __future__ import annotations

import asyncio

import pytest

import zmq
from zmq.devices import asyncio as devices

ANY = "tcp://127.0.0.1:*"


def streamer(cls=devices.Proxy, *types):
    device = cls(*types or (zmq.PULL, zmq.PUSH))
    device.bind_in(ANY)
    device.bind_out(ANY)
    return device


def pass_one(connect, endpoints):
    source, sink = connect(zmq.PUSH, endpoints["in"][0]), connect(zmq.PULL, endpoints["out"][0])
    source.send(b"hello")
    assert sink.recv() == b"hello"


@pytest.mark.parametrize(
    ("cls", "types"),
    [
        (devices.Device, (zmq.QUEUE, zmq.PULL, zmq.PUSH)),
        (devices.Proxy, (zmq.PULL, zmq.PUSH)),
        (devices.ProxySteerable, (zmq.PULL, zmq.PUSH)),
        (devices.MonitoredQueue, (zmq.PULL, zmq.PUSH)),
    ],
)
def test_run_until_stopped(cls, types, connect):
    async def main():
        device = streamer(cls, *types)
        task = asyncio.ensure_future(device.run())
        await asyncio.sleep(0)
        pass_one(connect, await device.wait_ready())
        await device.pause()
        await device.resume()
        assert (await device.statistics()).frontend.messages_in == 1
        with pytest.raises(RuntimeError, match="runs already"):
            await device.run()
        device.stop()
        await task
        assert (await device.statistics()).backend.messages_out == 1

    asyncio.run(main())


def test_the_loop_goes_on_meanwhile(connect):
    async def main():
        ticks = 0
        async with streamer() as device:
            endpoints = await device.wait_ready()
            passing = asyncio.get_running_loop().run_in_executor(None, pass_one, connect, endpoints)
            while not passing.done():
                ticks += 1
                await asyncio.sleep(0.001)
            await passing
        assert ticks > 0

    asyncio.run(main())


async def takes_connections(host, port):
    try:
        _, writer = await asyncio.open_connection(host, port)
        writer.close()
        await writer.wait_closed()
    except ConnectionRefusedError:
        return False
    except ConnectionResetError:
        return True  # it was in the listener's queue when that was closed
    return True


def test_cancelling_stops_it_at_once():
    async def main():
        device = streamer()
        task = asyncio.ensure_future(device.run())
        await asyncio.sleep(0)
        endpoint = (await device.wait_ready())["in"][0]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)
        assert device._worker.done
        host, port = endpoint[len("tcp://") :].split(":")
        # libzmq's own thread closes the listener, in a moment
        while await takes_connections(host, port):
            pass

    asyncio.run(main())


def test_errors_reach_the_coroutine():
    async def main():
        device = streamer()
        device.bind_in("tcp://no port")
        with pytest.raises(zmq.ZMQError, match="no port"):
            await device.run()
        with pytest.raises(zmq.ZMQError, match="no port"):
            async with device:
                pytest.fail("it cannot start")
        with pytest.raises(RuntimeError, match="does not run"):
            await streamer().statistics()

    asyncio.run(main())


def test_the_end_of_the_loop_ends_it():
    loop = asyncio.new_event_loop()
    device = streamer()
    task = loop.create_task(device.run())
    loop.run_until_complete(asyncio.sleep(0))
    loop.run_until_complete(device.wait_ready())
    worker = device._worker
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    assert worker.done
