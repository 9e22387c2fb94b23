"""``python -m zmq.devices``, as a process, and the plan it runs."""

from __future__ import annotations

import io
import os
import pty
import re
import signal
import subprocess
import sys

import pytest

import zmq
from zmq.devices import Statistics, Traffic, __main__ as command, _plan
from zmq.devices._plan import PlanError

ANY = "tcp://127.0.0.1:*"


@pytest.fixture
def start():
    """``start(*arguments)``: the command, running, and where its sockets are bound."""
    running = []

    def make(*arguments, sockets=2, **options):
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        child = subprocess.Popen([sys.executable, "-m", "zmq.devices", *arguments], **given)
        running.append(child)
        return child, dict(child.stdout.readline().split() for _ in range(sockets))

    yield make
    for child in running:
        child.kill()
        child.communicate()


def finish(child, number=signal.SIGTERM):
    child.send_signal(number)
    out, err = child.communicate(timeout=20)
    assert child.returncode == 0, err
    return out, err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_queue_that_ends_cleanly(start, connect, number):
    child, at = start("queue", "--bind-in", ANY, "--bind-out", ANY)
    client, server = connect(zmq.REQ, at["in"]), connect(zmq.REP, at["out"])
    client.send(b"question")
    assert server.recv() == b"question"
    server.send(b"answer")
    assert client.recv() == b"answer"
    assert finish(child, number) == ("", "")


def test_a_forwarder(start, connect):
    child, at = start("forwarder", "--bind-in", ANY, "--bind-out", ANY)
    subscriber = connect(zmq.SUB, at["out"])
    subscriber.subscribe(b"topic")
    publisher = connect(zmq.PUB, at["in"])
    while not subscriber.poll(20):
        publisher.send(b"topic and more")
    assert subscriber.recv() == b"topic and more"
    finish(child)


def test_a_streamer_connects_and_sets_options(start, connect):
    source, sink = connect.make(zmq.PUSH), connect.make(zmq.PULL)
    ends = [end.bind(ANY) and end.last_endpoint.decode() for end in (source, sink)]
    child, _ = start(
        *("streamer", "--connect-in", ends[0], "--connect-out", ends[1], "--count", "0.02"),
        *("--option-in", "rcvhwm=10", "--option-in", "MAXMSGSIZE=2000"),
        sockets=0,
    )
    source.send(b"small")
    assert sink.recv() == b"small"
    source.send(b"x" * 3000)  # more than MAXMSGSIZE
    assert sink.poll(200) == 0
    counted = finish(child)[1].splitlines()
    for line in counted:
        assert re.fullmatch(r"in>out [\d,]+/s 0\.0 MB/s, [01] in all  out>in 0/s 0\.0 .*", line)
    assert ", 1 in all  out>in" in counted[-1]


def write_keys(folder, name):
    public, secret = (key.decode() for key in zmq.curve_keypair())
    (folder / f"{name}.key").write_text(f'curve\n    public-key = "{public}"\n')
    (folder / f"{name}.key_secret").write_text(
        f'# comment\ncurve\n    public-key = "{public}"\n    secret-key = "{secret}"\n'
    )
    return public.encode(), secret.encode()


def test_a_monitored_queue_from_a_file_with_keys(start, connect, tmp_path):
    server_public, _ = write_keys(tmp_path, "proxy")
    behind_public, behind_secret = write_keys(tmp_path, "behind")
    mine, my_secret = zmq.curve_keypair()
    server = connect.make(zmq.REP, curve_server=True, curve_secretkey=behind_secret)
    server.bind(ANY)
    (tmp_path / "device.toml").write_text(f"""
        kind = "monitored-queue"
        [in]
        bind = ["{ANY}"]
        curve_server = "proxy.key_secret"
        options = {{ RCVHWM = 500 }}
        [out]
        connect = "{server.last_endpoint.decode()}"
        curve_client = "proxy.key_secret"
        server_key = "behind.key"
        [mon]
        bind = "{ANY}"
        [prefixes]
        in = ">"
        out = "<"
    """)
    child, at = start("--config", str(tmp_path / "device.toml"))
    seen = connect(zmq.SUB, at["mon"])
    seen.subscribe(b"")
    client = connect(
        *(zmq.REQ, at["in"]),
        curve_serverkey=server_public, curve_publickey=mine, curve_secretkey=my_secret,
        req_relaxed=True, req_correlate=True,
    )  # fmt: skip
    while not seen.poll(20):  # until the monitor is connected
        client.send(b"question")
        server.recv()
        server.send(b"answer")
        client.recv()
    message = seen.recv_multipart()
    assert message[0] in (b">", b"<")
    assert message[-1] == (b"question" if message[0] == b">" else b"answer")
    plain = connect(zmq.REQ, at["in"])
    plain.send(b"not encrypted")
    assert plain.poll(100) == 0
    assert behind_public != server_public
    finish(child)


def test_the_live_counter_on_a_terminal(start, connect):
    terminal, its_end = pty.openpty()
    child, at = start("streamer", "--bind-in", ANY, "--bind-out", ANY, stderr=its_end)
    os.close(its_end)
    source, sink = connect(zmq.PUSH, at["in"]), connect(zmq.PULL, at["out"])
    for _ in range(3):
        source.send(b"x" * 1000)
        sink.recv()
    shown = b""
    while b"3 in all" not in shown:
        shown += os.read(terminal, 1000)
    finish(child)
    shown += os.read(terminal, 1000)
    os.close(terminal)
    assert re.match(rb"\rin>out [\d,.]+/s [\d.]+ MB/s, 3 in all  out>in 0/s .*\x1b\[K", shown)
    assert shown.endswith(b"\r\n")


def test_a_terminal_can_be_quiet(start):
    terminal, its_end = pty.openpty()
    child, _ = start("streamer", "--bind-in", ANY, "--bind-out", ANY, "--quiet", stderr=its_end)
    finish(child)
    os.write(its_end, b"!")
    assert os.read(terminal, 1000) == b"!"
    os.close(terminal)
    os.close(its_end)


def test_the_numbers_it_shows():
    out = io.StringIO()
    counter = command.Counter(out)
    counter.show(10.0, Statistics())
    counter.show(12.0, Statistics(Traffic(2468, 4_000_000), Traffic(2, 20), 3))
    counter.end()
    assert out.getvalue().splitlines()[1] == (
        "in>out 1,234/s 2.0 MB/s, 2,468 in all  out>in 1/s 0.0 MB/s, 2 in all  dropped 3"
    )


def test_an_endpoint_that_cannot_be_bound():
    done = subprocess.run(
        [sys.executable, "-m", "zmq.devices", "queue", "--bind-in", "tcp://x", "--bind-out", ANY],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "python -m zmq.devices: Invalid argument (addr='tcp://x': the port is missing: "
        "tcp://host:port)\n"
    )


BOUND = ["--bind-in", "tcp://a", "--bind-out", "tcp://b"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "the kind is one of queue, forwarder, streamer, monitored-queue"),
        (["nonsense"], "invalid choice"),
        (["queue", "--bind-in", "tcp://a"], "give --bind-out or --connect-out"),
        (["monitored-queue", *BOUND], "needs --bind-mon"),
        (["queue", *BOUND, "--option-in", "RCVHWM"], "an option is NAME=VALUE, not 'RCVHWM'"),
        (["queue", *BOUND, "--option-in", "NOTHING=1"], "no socket option 'NOTHING'"),
        (["queue", *BOUND, "--option-out", "RCVHWM=many"], "a whole number, not 'many'"),
        (["queue", *BOUND, "--count", "0"], "more than 0"),
        (["queue", *BOUND, "--curve-server-in", "/nowhere/key"], "cannot read the secret key"),
        (["queue", *BOUND, "--curve-client-out", "x"], "give --server-key"),
        (
            ["queue", *BOUND, "--curve-server-in", "x", "--server-key-in", "y"],
            "a CURVE server or a client, not both",
        ),
        (["--config", "/nowhere/file.toml"], "/nowhere/file.toml"),
    ],
)
def test_arguments_that_are_wrong(arguments, complaint, capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("kind = ", "Invalid value"),
        ("colour = 1", "nothing is called 'colour'"),
        ("[in]\ncolour = 1", r"nothing is called 'in\.colour'"),
        ("in = 1", "in is a dict, not 1"),
        ("[in]\nbind = 1", r"in\.bind is a list, not 1"),
        ("[in]\nbind = [1]", r"in\.bind is a str, not 1"),
        ("[out]\noptions = 1", r"out\.options is a dict"),
        ("[out.options]\nNOTHING = 1", "no socket option 'NOTHING'"),
        ("[prefixes]\nmon = 'x'", "not 'mon'"),
        ("count_s = true", "count_s is a int or float, not True"),
    ],
)
def test_files_that_are_wrong(text, complaint, tmp_path):
    path = tmp_path / "device.toml"
    path.write_text(text)
    with pytest.raises(PlanError, match=rf"device\.toml: .*{complaint}"):
        _plan.read_file(path)


def test_arguments_are_added_to_the_file(tmp_path):
    path = tmp_path / "device.toml"
    path.write_text('kind = "queue"\ncount_s = 2\n[in]\nbind = "tcp://a"\n[out]\nbind = "tcp://b"')
    parse = command.make_parser().parse_args
    plan = command.make_plan(parse(["--config", str(path)]))
    assert (plan.kind, plan.count_s, plan.ends["in"].bind) == ("queue", 2.0, ["tcp://a"])
    plan = command.make_plan(
        parse(["streamer", "--config", str(path), "--bind-in", "tcp://c", "--quiet"])
    )
    assert (plan.kind, plan.count_s) == ("streamer", None)
    assert plan.ends["in"].bind == ["tcp://a", "tcp://c"]
    plan = command.make_plan(parse(["--config", str(path), "--prefixes", "a", "b"]))
    assert plan.prefixes == {"in": b"a", "out": b"b"}


def test_keys(tmp_path):
    public, _ = write_keys(tmp_path, "one")
    assert _plan.read_key(public.decode(), "public") == public
    assert _plan.read_key(str(tmp_path / "one.key_secret"), "public") == public
    with pytest.raises(PlanError, match=r"one\.key has no line secret-key"):
        _plan.read_key(str(tmp_path / "one.key"), "secret")
    client = dict(_plan.curve_options(_plan.End(server_key=public.decode())))
    assert client[zmq.CURVE_SERVERKEY] == public
    assert zmq.curve_public(client[zmq.CURVE_SECRETKEY]) == client[zmq.CURVE_PUBLICKEY]
