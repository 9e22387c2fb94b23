"""How tunnels end: with their socket, by accident, with their process; and that nothing is left."""

import contextlib
import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

import zmq
from zmq import ssh
from zmq.ssh._owner import holds_connection
from zmq.ssh._targets import parse_target

CYCLES = int(os.environ.get("ZMQ_SSH_CYCLES", "8"))


class States(queue.Queue):
    """An on_state that remembers."""

    def __call__(self, tunnel):
        self.put(tunnel.state)

    def next(self):
        return self.get(timeout=15)


@pytest.fixture
def states():
    return States()


def _keepers(tunnel):
    """The main shell and its subshell."""
    stat = Path(f"/proc/{tunnel.pid}/stat").read_text()
    main = int(stat.rpartition(")")[2].split()[1])
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    (watcher,) = (int(pid) for pid in children if int(pid) != tunnel.pid)
    return main, watcher


# --- with its socket -------------------------------------------------------------------------


def test_the_tunnel_ends_with_its_socket(sshd, echo, request_socket, await_end, states):
    tunnel = ssh.tunnel_connection(
        request_socket,
        echo.address,
        sshd.server,
        str(sshd.key),
        config=str(sshd.config),
        on_state=states,
    )
    echo.ask(request_socket)
    processes = sshd.clients()
    assert len(processes) == 3
    request_socket.close()
    tunnel.join(10)
    assert tunnel.state == states.next() == "closed"
    assert tunnel.error is None
    assert not await_end(processes, 20)


def test_the_tunnel_ends_with_a_collected_socket(sshd):
    class Plain:
        def connect(self, addr):
            pass

    plain = Plain()
    tunnel = ssh.tunnel_connection(
        plain, "tcp://127.0.0.1:9", sshd.server, str(sshd.key), config=str(sshd.config)
    )
    del plain
    tunnel.join(10)
    assert tunnel.state == "closed"


def test_a_closed_socket_may_finish_sending(sshd, make_socket):
    pull, push = make_socket(zmq.PULL), make_socket(zmq.PUSH)
    pull.setsockopt(zmq.RCVHWM, 1)
    pull.bind("tcp://127.0.0.1:*")
    address = pull.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()
    tunnel = ssh.tunnel_connection(
        push, address, sshd.server, str(sshd.key), config=str(sshd.config)
    )
    for number in range(50):
        push.send(bytes([number]) * 1_000_000)
    push.setsockopt(zmq.LINGER, 20_000)
    push.close()
    tunnel.join(2)  # longer than the pause without a connection that ends it
    assert tunnel.is_alive()
    for number in range(50):
        assert pull.recv()[:1] == bytes([number])
    tunnel.join(10)
    assert tunnel.state == "closed"


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:*", "ipc://{}/s"])
def test_own_connections_are_found(make_socket, tmp_path, address):
    server, client = make_socket(zmq.PAIR), make_socket(zmq.PAIR)
    server.bind(address.format(tmp_path))
    local = parse_target(server.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode())
    assert not holds_connection(local)
    client.connect(str(local))
    client.send(b"")
    server.recv()
    assert holds_connection(local)


# --- by accident -----------------------------------------------------------------------------


def test_a_death_is_reported(own_sshd, states, caplog):
    url, tunnel = ssh.open_tunnel(
        "ipc:///nowhere",
        own_sshd.server,
        str(own_sshd.key),
        config=str(own_sshd.config),
        on_state=states,
    )
    folder = Path(url[len("ipc://") :]).parent
    assert folder.stat().st_mode & 0o777 == 0o700
    own_sshd.drop_sessions()
    assert states.next() == "dead"
    tunnel.join(5)
    assert not folder.exists()
    assert not tunnel.is_alive()
    assert "ended the connection" in str(tunnel.error)
    assert tunnel.error.output in str(tunnel.error)
    assert str(tunnel.error) in caplog.text
    with pytest.raises(ValueError, match="no process"):
        os.kill(tunnel, 0)


def test_a_network_that_vanishes_is_noticed(own_sshd, states):
    _, tunnel = ssh.open_tunnel(
        "tcp://127.0.0.1:9",
        own_sshd.server,
        str(own_sshd.key),
        config=str(own_sshd.config),
        options=["ServerAliveInterval=1", "ServerAliveCountMax=1"],
        on_state=states,
    )
    own_sshd.drop_sessions(signal.SIGSTOP)
    assert states.next() == "dead"
    assert "not responding" in tunnel.error.output


def test_reconnecting_keeps_the_address(own_sshd, states, echo, request_socket):
    with ssh.tunnel_connection(
        request_socket,
        echo.address,
        own_sshd.server,
        password=own_sshd.account.password,
        config=str(own_sshd.config),
        reconnect=True,
        on_state=states,
    ) as tunnel:
        url = tunnel.url
        for _ in range(2):
            echo.ask(request_socket)
            own_sshd.drop_sessions()
            assert states.next() == "reconnecting"
            assert tunnel.is_alive()
            assert states.next() == "up"
        echo.ask(request_socket)
        assert tunnel.url == url
        assert "ended the connection" in str(tunnel.error)
    assert states.next() == "closed"


def test_reconnecting_works_for_ipc(own_sshd, states, ipc_echo, request_socket):
    with ssh.tunnel_connection(
        request_socket,
        ipc_echo.address,
        own_sshd.server,
        str(own_sshd.key),
        config=str(own_sshd.config),
        reconnect=True,
        on_state=states,
    ):
        ipc_echo.ask(request_socket)
        own_sshd.drop_sessions()
        assert [states.next(), states.next()] == ["reconnecting", "up"]
        ipc_echo.ask(request_socket)


def test_reconnecting_stops_at_a_refusal(own_sshd, states):
    _, tunnel = ssh.open_tunnel(
        "tcp://127.0.0.1:9",
        own_sshd.server,
        str(own_sshd.key),
        config=str(own_sshd.config),
        reconnect=True,
        on_state=states,
    )
    own_sshd.authorized.write_text("")
    own_sshd.drop_sessions()
    assert [states.next(), states.next()] == ["reconnecting", "dead"]
    assert isinstance(tunnel.error, ssh.AuthenticationFailed)


def test_reconnecting_gives_up(own_sshd, states):
    _, tunnel = ssh.open_tunnel(
        "tcp://127.0.0.1:9",
        own_sshd.server,
        str(own_sshd.key),
        config=str(own_sshd.config),
        reconnect=ssh.Reconnect(first_s=0.01, max_s=0.01, attempts=2),
        on_state=states,
    )
    own_sshd.stop()
    assert [states.next(), states.next()] == ["reconnecting", "dead"]
    assert isinstance(tunnel.error, ssh.MaxRetryExceeded)
    assert "refused" in str(tunnel.error.__cause__)


def test_closing_while_reconnecting(own_sshd, states):
    _, tunnel = ssh.open_tunnel(
        "tcp://127.0.0.1:9",
        own_sshd.server,
        str(own_sshd.key),
        config=str(own_sshd.config),
        reconnect=ssh.Reconnect(first_s=60, max_s=60),
        on_state=states,
    )
    own_sshd.stop()
    assert states.next() == "reconnecting"
    tunnel.close()
    assert tunnel.state == states.next() == "closed"


def test_closing_the_socket_while_reconnecting(own_sshd, states, echo, request_socket):
    tunnel = ssh.tunnel_connection(
        request_socket,
        echo.address,
        own_sshd.server,
        str(own_sshd.key),
        config=str(own_sshd.config),
        reconnect=ssh.Reconnect(first_s=60, max_s=60),
        on_state=states,
    )
    own_sshd.stop()
    assert states.next() == "reconnecting"
    request_socket.close(0)
    assert states.next() == "closed"
    tunnel.join(5)


def test_ctrl_c_while_opening(sshd, await_end):
    script = (
        "import sys; from zmq import ssh\n"
        "ssh.open_tunnel('tcp://h:9', *sys.argv[1:3], config=sys.argv[3])"
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = f"127.0.0.1:{silent.getsockname()[1]}"
        arguments = [server, str(sshd.key), str(sshd.config)]
        with subprocess.Popen(
            [sys.executable, "-c", script, *arguments], stderr=subprocess.PIPE
        ) as process:
            connection, _ = silent.accept()
            processes = [pid for pid in sshd.clients() if pid != process.pid]
            assert len(processes) == 3
            process.send_signal(signal.SIGINT)
            _, words = process.communicate(timeout=30)
            connection.close()
        assert b"KeyboardInterrupt" in words
        assert not await_end(processes, 1)


def test_an_on_state_that_fails_is_logged(own_sshd, caplog):
    def fail(tunnel):
        raise LookupError("on purpose")

    _, tunnel = ssh.open_tunnel(
        "tcp://127.0.0.1:9",
        own_sshd.server,
        str(own_sshd.key),
        config=str(own_sshd.config),
        on_state=fail,
    )
    tunnel.close()
    assert tunnel.state == "closed"
    assert "on purpose" in caplog.text


# --- and nothing is left ---------------------------------------------------------------------


def test_cycles_leave_nothing(sshd, ipc_echo, echo, make_socket, await_end, monkeypatch):
    """ZMQ_SSH_CYCLES=100 for the long run."""

    scratch = sshd.folder / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))

    def cycle(number):
        request = make_socket(zmq.REQ)
        server = (echo, ipc_echo)[number % 2]
        password = sshd.account.password if number % 4 == 3 else False
        keyfile = None if password else str(sshd.key)
        with ssh.tunnel_connection(
            request, server.address, sshd.server, keyfile, password, config=str(sshd.config)
        ):
            server.ask(request)
        request.close(0)

    def held():
        return len(list(Path("/dev/fd").iterdir())), threading.active_count()

    for number in range(4):
        cycle(number)
    before = held()
    for number in range(CYCLES):
        cycle(number)
        assert not await_end(sshd.clients(), 1)
    fds, threads = held()
    assert threads <= before[1]
    assert not list(scratch.iterdir())
    assert fds <= before[0] + 3  # libzmq closes its own a little later


@pytest.mark.parametrize("victim", [0, 1])
def test_closing_works_with_a_keeper_killed(sshd, await_end, victim):
    _, tunnel = ssh.open_tunnel(
        "tcp://127.0.0.1:9", sshd.server, str(sshd.key), config=str(sshd.config)
    )
    processes = sshd.clients()
    os.kill(_keepers(tunnel)[victim], signal.SIGKILL)
    tunnel.close()
    assert not await_end(processes, 1)


_PARENT = """
import os, sys
from zmq import ssh
server, key, config, jump, password = sys.argv[1:]
tunnels = [
    ssh.open_tunnel("tcp://127.0.0.1:9", server, key, config=config),
    ssh.open_tunnel("ipc:///tmp/nowhere", server, key, config=config),
    ssh.open_tunnel("tcp://127.0.0.1:9", server, None, password, config=config),
    ssh.open_tunnel("tcp://127.0.0.1:9", server, key, jump=jump, config=config),
]
if os.fork() == 0:  # a worker that outlives its parent; it must not hold the line
    sys.stdin.read()
    os._exit(0)
print(*(tunnel.pid for _, tunnel in tunnels), tunnels[1][0], flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("keepers_too", [False, True])
def test_kill_9_of_the_parent_leaves_no_orphans(sshd, await_end, keepers_too):
    alias = f"Host jump\nHostName 127.0.0.1\nPort {sshd.port}\nUser {sshd.account.name}"
    config = sshd.write_config("kill", sshd.known_hosts, f"{alias}\nIdentityFile {sshd.key}")
    arguments = [sshd.server, str(sshd.key), str(config), "jump", sshd.account.password]
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        *pids, url = parent.stdout.readline().split()
        folder = Path(url[len("ipc://") :]).parent
        assert folder.is_dir()
        processes = [pid for pid in sshd.clients() if pid != parent.pid]
        assert len(processes) >= 13  # 4 x (ssh and two shells), and the ssh to the jump host
        if keepers_too:  # the main shell of each
            for pid in pids:
                stat = Path(f"/proc/{pid}/stat").read_text()
                os.kill(int(stat.rpartition(")")[2].split()[1]), signal.SIGKILL)
        parent.kill()
        worker = [pid for pid in processes if _is_python(pid)]
        assert len(worker) == 1
        assert await_end([pid for pid in processes if pid not in worker], 20) == []
        assert not folder.exists()


def _is_python(pid):
    with contextlib.suppress(OSError):
        return b"python" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    return False


def test_a_forked_child_does_not_end_the_tunnel(sshd, echo, request_socket):
    with ssh.tunnel_connection(
        request_socket, echo.address, sshd.server, str(sshd.key), config=str(sshd.config)
    ) as tunnel:
        child = os.fork()
        if child == 0:
            tunnel.close()
            os._exit(0 if not tunnel.is_alive() else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        echo.ask(request_socket)
