"""Devices in threads and processes: what they pass on, and how they end."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import zmq
from zmq import devices
from zmq.devices import (
    Device,
    ProcessDevice,
    ProcessMonitoredQueue,
    ProcessProxy,
    ProcessProxySteerable,
    ProxySteerable,
    Statistics,
    ThreadDevice,
    ThreadMonitoredQueue,
    ThreadProxy,
    ThreadProxySteerable,
    Traffic,
)
from zmq.devices._steering import steering

# Python 3.12 and 3.13 fork by default, and warn of it: libzmq's threads are not in the child's way
pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded, use of fork:DeprecationWarning"
)

ANY = "tcp://127.0.0.1:*"
PLAIN = [ThreadDevice, ProcessDevice]
PROXIES = [ThreadProxy, ProcessProxy]


def queue(cls, *types):
    """A queue of that class, bound to random ports on both sides."""
    device = cls(*types) if types else cls(zmq.QUEUE, zmq.ROUTER, zmq.DEALER)
    device.bind_in(ANY)
    device.bind_out(ANY)
    return device


def ask(client, server, question):
    client.send_multipart(question)
    assert server.recv_multipart() == question
    server.send_multipart([*question, b"answer"])
    assert client.recv_multipart() == [*question, b"answer"]


def fill(socket):
    """Send until nothing goes any more; SNDTIMEO is how long that has to last."""
    with contextlib.suppress(zmq.Again):
        while True:
            socket.send(b"x" * 1_000_000)


@pytest.mark.parametrize("cls", PLAIN)
def test_a_queue(cls, connect):
    with queue(cls) as device:
        endpoints = device.wait_ready()
        client = connect(zmq.REQ, endpoints["in"][0])
        server = connect(zmq.REP, endpoints["out"][0])
        ask(client, server, [b"question", b"x" * 100_000])
        traffic = device.statistics()
        assert traffic.frontend.messages_in == traffic.backend.messages_out == 1
        assert traffic.frontend.bytes_in == 5 + len(b"question") + 100_000  # and a routing id
        assert traffic.dropped == 0
        assert not device.done
    assert device.done
    assert device.statistics() == traffic


@pytest.mark.parametrize("cls", PROXIES)
@pytest.mark.parametrize("side", ["in", "out", "mon"])
def test_every_side_can_connect_bind_and_set_options(cls, side, connect):
    device = cls(zmq.PULL, zmq.PUSH, zmq.PUSH)
    ports = {
        name: getattr(device, f"bind_{name}_to_random_port")("tcp://127.0.0.1")
        for name in ("in", "out", "mon")
        if name != side
    }
    public, secret = zmq.curve_keypair()
    outside = connect.make(
        {"in": zmq.PUSH, "out": zmq.PULL, "mon": zmq.PULL}[side],
        curve_server=True,
        curve_secretkey=secret,
    )
    outside.bind(ANY)
    mine, my_secret = zmq.curve_keypair()
    for option, value in [
        (zmq.CURVE_SERVERKEY, public),
        (zmq.CURVE_PUBLICKEY, mine),
        (zmq.CURVE_SECRETKEY, my_secret),
    ]:
        getattr(device, f"setsockopt_{side}")(option, value)
    getattr(device, f"connect_{side}")(outside.last_endpoint.decode())
    with device:
        sockets = {
            name: outside
            if name == side
            else connect(zmq.PUSH if name == "in" else zmq.PULL, f"tcp://127.0.0.1:{ports[name]}")
            for name in ("in", "out", "mon")
        }
        sockets["in"].send_multipart([b"a", b"b"])
        assert sockets["out"].recv_multipart() == [b"a", b"b"]
        assert sockets["mon"].recv_multipart() == [b"a", b"b"]


@pytest.mark.parametrize("cls", [ThreadMonitoredQueue, ProcessMonitoredQueue])
def test_a_monitored_queue_between_routers(cls, connect):
    device = queue(cls, zmq.ROUTER, zmq.ROUTER, zmq.PUSH, b"from in", b"from out")
    device.bind_mon(ANY)
    with device:
        endpoints = device.wait_ready()
        alice = connect(zmq.DEALER, endpoints["in"][0], routing_id=b"alice")
        bob = connect(zmq.DEALER, endpoints["out"][0], routing_id=b"bob")
        seen = connect(zmq.PULL, endpoints["mon"][0])
        # the ROUTER knows a peer only when its handshake is over; until then it drops
        while not bob.poll(20):
            alice.send_multipart([b"bob", b"hello"])
        assert bob.recv_multipart() == [b"alice", b"hello"]
        bob.send_multipart([b"alice", b"welcome"])
        assert alice.recv_multipart() == [b"bob", b"welcome"]
        message = seen.recv_multipart()
        assert message == [b"from in", b"bob", b"alice", b"hello"]
        while message[0] == b"from in":
            message = seen.recv_multipart()
        assert message == [b"from out", b"alice", b"bob", b"welcome"]


@pytest.mark.parametrize("cls", [ThreadProxySteerable, ProcessProxySteerable])
def test_a_steerable_proxy(cls, connect):
    device = queue(cls, zmq.PULL, zmq.PUSH, zmq.PUB, zmq.REP)
    device.bind_ctrl(ANY)
    with device:
        endpoints = device.wait_ready()
        source = connect(zmq.PUSH, endpoints["in"][0])
        sink = connect(zmq.PULL, endpoints["out"][0])
        control = connect(zmq.REQ, endpoints["ctrl"][0])

        def tell(command):
            control.send(command)
            return control.recv_multipart()

        assert tell(b"PAUSE") == [b""]
        source.send(b"one")
        assert sink.poll(50) == 0
        assert tell(b"RESUME") == [b""]
        assert sink.recv() == b"one"
        assert len(tell(b"STATISTICS")) == 8
        assert tell(b"TERMINATE") == [b""]
        device.join()
        assert device.done


@pytest.mark.parametrize("cls", PLAIN)
def test_pause_and_resume(cls, connect):
    with queue(cls, zmq.STREAMER, zmq.PULL, zmq.PUSH) as device:
        endpoints = device.wait_ready()
        source = connect(zmq.PUSH, endpoints["in"][0])
        sink = connect(zmq.PULL, endpoints["out"][0])
        source.send(b"before")
        assert sink.recv() == b"before"
        device.pause()
        source.send(b"held back")
        assert sink.poll(50) == 0
        assert device.statistics().frontend.messages_in == 1
        device.resume()
        assert sink.recv() == b"held back"


@pytest.mark.parametrize("cls", PROXIES)
def test_it_stops_at_once(cls, connect):
    """Idle, paused, under load, and while the out side has no room."""
    for state in ("idle", "paused", "full", "busy"):
        device = queue(cls, zmq.PULL, zmq.PUSH)
        device.setsockopt_in(zmq.RCVHWM, 10)
        device.setsockopt_out(zmq.SNDHWM, 10)
        with device:
            endpoints = device.wait_ready()
            source = connect(zmq.PUSH, endpoints["in"][0], sndhwm=10)
            sink = connect(zmq.PULL, endpoints["out"][0]) if state == "busy" else None
            if state == "paused":
                device.pause()
            if state == "full":  # all the way back to the source
                source.sndtimeo = 300
                fill(source)
            if state == "busy":
                for _ in range(5_000):
                    source.send(b"x" * 1000)
                    while sink.poll(0):
                        sink.recv()
            started = time.monotonic()
            device.stop()
            device.join()
            # a second and a half where a process has to wait for LINGER; an eternity is the failure
            assert time.monotonic() - started < (1.5 if cls is ProcessProxy else 0.5)


@pytest.mark.parametrize("cls", PLAIN)
def test_stop_before_and_after(cls):
    device = queue(cls)
    device.stop()
    with device:
        pass
    device.stop()
    device.join()
    for call in (device.pause, device.resume):
        with pytest.raises(RuntimeError, match="has ended"):
            call()
    with device:  # again
        assert device.wait_ready()["in"]
    assert device.done


@pytest.mark.parametrize("cls", PLAIN)
def test_what_it_takes_to_start_and_to_ask(cls):
    with pytest.raises(TypeError, match="in_type must be specified"):
        cls()
    with pytest.raises(TypeError, match="out_type must be specified"):
        cls(zmq.QUEUE, zmq.ROUTER)
    device = queue(cls)
    for call in (device.join, device.wait_ready, device.statistics, device.pause):
        with pytest.raises(RuntimeError, match=r"call start\(\) first"):
            call()
    with device, pytest.raises(RuntimeError, match="runs already"):
        device.start()


@pytest.mark.parametrize("cls", PLAIN)
def test_an_error_reaches_everybody_who_asks(cls, caplog):
    device = queue(cls)
    device.bind_out("tcp://no port")
    device.start()
    for call in (device.wait_ready, device.join, device.join):
        with pytest.raises(zmq.ZMQError, match="no port") as caught:
            call()
        assert caught.value.errno == zmq.EINVAL
    assert device.done
    if cls is ThreadDevice:  # and nobody has to ask: it is logged
        assert "ended with an error" in caplog.text
        assert "no port" in caplog.text
    else:
        assert "Traceback" in str(caught.value.__cause__)
    with pytest.raises(zmq.ZMQError), device:
        pass


class Unpicklable(Exception):
    def __init__(self, one, two):
        super().__init__(one)
        self.hook = lambda: two


class Broken(ProcessDevice):
    def run_device(self):
        raise Unpicklable("cannot go through a pipe", 2)


class Killed(ProcessDevice):
    def run_device(self):
        os.kill(os.getpid(), signal.SIGKILL)


def test_an_error_that_cannot_be_pickled():
    device = queue(Broken)
    device.start()
    with pytest.raises(RuntimeError, match="Unpicklable: cannot go through a pipe"):
        device.join()


def test_a_process_that_is_killed():
    device = queue(Killed)
    device.start()
    with pytest.raises(RuntimeError, match="signal 9"):
        device.wait_ready()
    with pytest.raises(RuntimeError, match="signal 9"):
        device.join()


def test_a_process_is_stopped_by_sigterm_and_not_by_ctrl_c():
    with queue(ProcessDevice) as device:
        os.kill(device.launcher.pid, signal.SIGINT)
        device.statistics()
        device.launcher.terminate()
        device.join()
        assert device.launcher.exitcode == 0


def test_the_end_of_the_context_is_a_regular_end(connect):
    context = zmq.Context()
    device = queue(ThreadDevice)
    device.context_factory = lambda: context
    device.start()
    device.wait_ready()
    context.term()
    device.join()
    assert device.done


def test_inproc_endpoints_share_the_instance(connect):
    device = ThreadDevice(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    device.bind_in("inproc://device-in")
    device.bind_out("inproc://device-out")
    context = zmq.Context.instance()
    with device, context.socket(zmq.PUSH) as source, context.socket(zmq.PULL) as sink:
        source.connect("inproc://device-in")
        sink.connect("inproc://device-out")
        source.send(b"near")
        assert sink.recv() == b"near"


@pytest.mark.parametrize("cls", [Device, ProxySteerable])
def test_in_the_thread_that_starts_it(cls, connect):
    device = queue(cls) if cls is Device else queue(cls, zmq.ROUTER, zmq.DEALER)
    thread = threading.Thread(target=device.start)
    device.bind_in("inproc://there is more")
    thread.start()
    while device._pilot is None:
        pass
    endpoints = device.wait_ready()
    ask(connect(zmq.REQ, endpoints["in"][0]), connect(zmq.REP, endpoints["out"][0]), [b"question"])
    assert not device.done
    device.stop()
    thread.join()
    device.join()
    assert device.done
    assert device.statistics().frontend.messages_in == 1


def test_run_is_enough():
    """As programs do that start the thread themselves."""
    device = queue(Device)
    thread = threading.Thread(target=device.run)
    thread.start()
    while device._pilot is None:
        pass
    device.wait_ready()
    device.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_answers_from_many_threads_at_once():
    with queue(ThreadDevice) as device:
        answers = []

        def run():
            answers.extend(device.statistics() for _ in range(50))

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [Statistics()] * 200


def test_messages_without_room_count_as_dropped_when_it_stops(connect):
    device = ThreadProxy(zmq.PULL, zmq.PUSH)
    device.bind_in(ANY)
    device.setsockopt_in(zmq.RCVHWM, 1)
    device.setsockopt_out(zmq.SNDHWM, 1)
    device.setsockopt_out(zmq.LINGER, 0)
    sink = connect.make(zmq.PULL, rcvhwm=1)
    sink.bind(ANY)
    device.connect_out(sink.last_endpoint.decode())
    with device:
        source = connect(zmq.PUSH, device.wait_ready()["in"][0], sndtimeo=300, sndhwm=1)
        fill(source)
    traffic = device.statistics()
    taken, given = traffic.frontend.messages_in, traffic.backend.messages_out
    assert taken - given == traffic.dropped <= 1


class Stuck:
    """A relay that holds a message, and is told to end after one question."""

    paused = False
    held = 1

    def __init__(self):
        self.rounds = iter([True, False])

    def run(self):
        return next(self.rounds)

    def statistics(self):
        return (3, 30, 1, 10, 1, 10, 2, 20, 4)


def test_what_is_held_counts_as_dropped_in_the_end_only():
    pilot, helm = steering()
    pilot.end.send(b"S")
    helm.steer(Stuck())
    now = Statistics(Traffic(3, 30, 1, 10), Traffic(1, 10, 2, 20), 4)
    assert pilot.ask(b"S", 10) == now
    helm.close()
    assert pilot.final() == (now.__replace__(dropped=5), None)
    pilot.close()


PROGRAM = """
import sys, zmq
from zmq.devices import ProcessProxy, ThreadProxy
if __name__ == "__main__":
    device = {cls}(zmq.PULL, zmq.PUSH)
    device.bind_in("tcp://127.0.0.1:*")
    device.bind_out("tcp://127.0.0.1:*")
    device.start()
    device.wait_ready()
    if "process" in sys.argv:
        print(device.launcher.pid, flush=True)
    {end}
"""


def program(cls, end, *arguments):
    return subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", PROGRAM.format(cls=cls.__name__, end=end), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("cls", PROXIES)
def test_the_end_of_the_program_stops_it(cls):
    child = program(cls, "device.pause()")
    out, err = child.communicate(timeout=20)
    assert (child.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize("cls", PROXIES)
def test_an_error_shows_on_stderr_even_if_nobody_asks(cls):
    child = program(
        cls,
        "device.stop(); device.join(); device.bind_in('tcp://no port'); "
        "device.start(); device.launcher.join()",
    )
    _, err = child.communicate(timeout=20)
    assert "ended with an error" in err
    assert "no port" in err


@pytest.mark.parametrize("cls", PROXIES)
def test_ctrl_c(cls):
    child = program(cls, "print('ready', flush=True); device.join()")
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=20)
    assert err.rstrip().endswith("KeyboardInterrupt")
    assert child.returncode == -signal.SIGINT


def test_a_process_ends_with_the_one_that_started_it():
    child = program(ProcessProxy, "device.join()", "process")
    pid = int(child.stdout.readline())
    child.kill()
    child.communicate(timeout=20)  # the device held its stdout as well: it has ended
    deadline = time.monotonic() + 10
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
        if stat.rpartition(")")[2].split()[0] == "Z":  # a zombie that nobody waits for
            break
        assert time.monotonic() < deadline


@pytest.mark.leaks("the end of a device that nobody asks about is seen at exit")
def test_a_device_that_nobody_holds_goes_on(connect):
    device = queue(ProcessDevice, zmq.QUEUE, zmq.PULL, zmq.PUSH)
    device.start()
    endpoints = device.wait_ready()
    launcher = device.launcher
    del device
    source, sink = connect(zmq.PUSH, endpoints["in"][0]), connect(zmq.PULL, endpoints["out"][0])
    source.send(b"still there")
    assert sink.recv() == b"still there"
    launcher.terminate()
    launcher.join()


@pytest.mark.leaks("multiprocessing's resource tracker")
def test_spawned_processes(connect):
    device = queue(ProcessProxy, zmq.PULL, zmq.PUSH)
    device._launch_class = multiprocessing.get_context("spawn").Process
    with device:
        endpoints = device.wait_ready(timeout=30)
        source, sink = connect(zmq.PUSH, endpoints["in"][0]), connect(zmq.PULL, endpoints["out"][0])
        source.send(b"hello")
        assert sink.recv() == b"hello"


def test_what_the_manuals_name():
    for name in (
        *("Device", "ThreadDevice", "ProcessDevice", "Proxy", "ThreadProxy", "ProcessProxy"),
        *("ProxySteerable", "ThreadProxySteerable", "ProcessProxySteerable", "MonitoredQueue"),
        *("ThreadMonitoredQueue", "ProcessMonitoredQueue", "monitored_queue", "device", "proxy"),
    ):
        assert name in devices.__all__
        assert callable(getattr(devices, name))
