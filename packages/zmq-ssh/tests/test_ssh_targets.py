import pytest

from zmq.ssh._targets import (
    IpcTarget,
    Server,
    TcpTarget,
    forward_spec,
    parse_server,
    parse_target,
    port,
)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("host", Server("host")),
        ("me@host", Server("host", "me")),
        ("me@host:2222", Server("host", "me", 2222)),
        ("me@corp.example@host:22", Server("host", "me@corp.example", 22)),
        ("[::1]", Server("::1")),
        ("me@[2001:db8::1]:2222", Server("2001:db8::1", "me", 2222)),
        ("fe80::1%eth0", Server("fe80::1%eth0")),
        ("me@::1", Server("::1", "me")),
        ("ssh://me@host:2222/", Server("host", "me", 2222)),
        ("ssh://[::1]:22", Server("::1", None, 22)),
    ],
)
def test_servers_are_read(text, server):
    assert parse_server(text) == server


@pytest.mark.parametrize("server", ["h", "u@h", "u@h:1", "u@[::1]:1", "u@::1"])
def test_servers_are_written_as_they_are_read(server):
    assert str(parse_server(server)) == server


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@host",
        "me@",
        "-oProxyCommand=touch me",
        "me@-oProxyCommand=x",
        "-l@host",
        "host; rm",
        "host`id`",
        "$(id)@host",
        "me@ho st",
        "host\n",
        "host:",
        "host:ssh",
        "host:0",
        "host:65536",
        "host:+22",
        "host:٢٢",
        "[::1",
        "[::1]22",
    ],
)
def test_what_is_no_server_is_refused_by_name(text):
    with pytest.raises(ValueError, match="ssh server") as raised:
        parse_server(text)
    assert repr(text) in str(raised.value)


@pytest.mark.parametrize(
    ("addr", "target"),
    [
        ("tcp://127.0.0.1:5555", TcpTarget("127.0.0.1", 5555)),
        ("tcp://[::1]:5555", TcpTarget("::1", 5555)),
        ("ipc:///run/a b", IpcTarget("/run/a b")),
    ],
)
def test_addresses_are_read_and_written(addr, target):
    assert parse_target(addr) == target
    assert str(target) == addr


@pytest.mark.parametrize(
    "addr",
    [
        "127.0.0.1:5555",
        "tcp://127.0.0.1",
        "tcp://*:5555",
        "tcp://::1",
        "tcp://1.2.3.4:0;host:5",
        "tcp://-x:5",
        "udp://127.0.0.1:5",
        "inproc://x",
        "ipc://relative",
        "ipc://@abstract",
        "ipc:///a%h",
        "ipc:///$HOME/x",
        "ipc:///a\n",
    ],
)
def test_what_cannot_be_tunnelled_is_refused(addr):
    with pytest.raises(ValueError, match=r"tcp|ipc|port|host|character"):
        parse_target(addr)


def test_forwards_are_written_for_ssh():
    local = TcpTarget("127.0.0.1", 1)
    assert forward_spec(local, TcpTarget("::1", 2)) == "127.0.0.1:1:[::1]:2"
    assert forward_spec(IpcTarget("/l"), IpcTarget("/a:b")) == r"/l:/a\:b"


def test_ports_may_be_text():
    assert port("22", "x") == port(22, "x") == 22
