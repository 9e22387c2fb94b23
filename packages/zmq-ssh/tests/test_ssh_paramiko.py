"""The same matrix with paramiko, and its forwarding on its own."""

import queue
import socket
import threading

import paramiko
import pytest

from zmq import ssh
from zmq.ssh import forward


def _roundtrip(echo, request_socket, *args, **kwargs):
    with ssh.tunnel_connection(
        request_socket, echo.address, *args, paramiko=True, **kwargs
    ) as tunnel:
        assert tunnel.is_alive()
        assert tunnel.pid is None
        echo.ask(request_socket)
    assert tunnel.state == "closed"


def _config(sshd):
    login = f"HostName 127.0.0.1\nPort {sshd.port}\nUser {sshd.account.name}"
    return str(
        sshd.write_config(
            "paramiko",
            sshd.known_hosts,
            f"""
            Host behind
              {login}
              IdentityFile {sshd.key}
              ProxyJump jump
            Host jump
              {login}
              IdentityFile {sshd.key}
            """,
        )
    )


def test_key(sshd, echo, request_socket):
    _roundtrip(echo, request_socket, sshd.server, str(sshd.key), config=_config(sshd))


def test_password(sshd, echo, request_socket):
    password = sshd.account.password
    _roundtrip(echo, request_socket, sshd.server, None, password, config=_config(sshd))


def test_key_with_passphrase(sshd, echo, request_socket, locked_key):
    config = _config(sshd)
    _roundtrip(echo, request_socket, sshd.server, str(locked_key), "open sesame", config=config)


def test_alias_and_proxyjump_of_ssh_config(sshd, echo, request_socket):
    _roundtrip(echo, request_socket, "behind", config=_config(sshd))


def test_jump_argument(sshd, echo, request_socket):
    _roundtrip(echo, request_socket, sshd.server, str(sshd.key), jump="jump", config=_config(sshd))


def test_the_users_own_configuration(sshd, echo, request_socket, monkeypatch, tmp_path):
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").symlink_to(_config(sshd))
    monkeypatch.setenv("HOME", str(tmp_path))
    _roundtrip(echo, request_socket, "behind")


def test_paramiko_tunnel_is_like_a_process(sshd, echo, request_socket):
    (lport,) = ssh.select_random_ports(1)
    rport = echo.address.rpartition(":")[2]
    tunnel = ssh.paramiko_tunnel(
        lport, rport, sshd.server, keyfile=str(sshd.key), config=_config(sshd)
    )
    request_socket.connect(f"tcp://127.0.0.1:{lport}")
    echo.ask(request_socket)
    tunnel.terminate()
    tunnel.join()
    assert not tunnel.is_alive()


def _failure(kind, *args, **kwargs):
    with pytest.raises(kind) as raised:
        ssh.open_tunnel("tcp://127.0.0.1:9", *args, paramiko=True, **kwargs)
    assert isinstance(raised.value, paramiko.SSHException)
    return raised.value


def test_no_key(sshd):
    _failure(ssh.AuthenticationFailed, sshd.server, password=False, config=_config(sshd))


def test_wrong_password(sshd):
    _failure(ssh.AuthenticationFailed, sshd.server, password="wrong", config=_config(sshd))


def test_unknown_host_key(sshd, tmp_path, monkeypatch):
    config = str(sshd.write_config("paramiko-unknown", tmp_path / "none"))
    _failure(ssh.HostKeyError, sshd.server, str(sshd.key), config=config)
    monkeypatch.setenv("PYZMQ_PARAMIKO_HOST_KEY_POLICY", "AutoAdd")
    _, tunnel = ssh.open_tunnel(
        "tcp://127.0.0.1:9", sshd.server, str(sshd.key), paramiko=True, config=config
    )
    tunnel.close()
    monkeypatch.setenv("PYZMQ_PARAMIKO_HOST_KEY_POLICY", "Whatever")
    with pytest.raises(ValueError, match="AutoAdd, Reject, Warning"):
        ssh.open_tunnel(
            "tcp://127.0.0.1:9", sshd.server, str(sshd.key), paramiko=True, config=config
        )


def test_wrong_host_key(sshd, tmp_path):
    wrong = tmp_path / "known_hosts"
    public = " ".join(sshd.key.with_suffix(".pub").read_text().split()[:2])
    wrong.write_text(f"[127.0.0.1]:{sshd.port} {public}\n")
    config = str(sshd.write_config("paramiko-wrong", wrong))
    error = _failure(ssh.HostKeyError, sshd.server, str(sshd.key), config=config)
    assert "not the one on record" in str(error)


def test_refused_port(sshd):
    (closed,) = ssh.select_random_ports(1)
    error = _failure(ssh.SSHException, f"127.0.0.1:{closed}", config=_config(sshd))
    assert str(closed) in str(error)


def test_a_server_that_says_nothing(sshd):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = f"127.0.0.1:{silent.getsockname()[1]}"
        _failure(ssh.TunnelTimeout, server, timeout=1, password="x", config=_config(sshd))


def test_taken_port(sshd):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ssh.PortInUse):
        ssh.paramiko_tunnel(
            taken.getsockname()[1], 9, sshd.server, keyfile=str(sshd.key), config=_config(sshd)
        )


def test_ipc_needs_openssh(sshd):
    with pytest.raises(ValueError, match="paramiko=False"):
        ssh.open_tunnel("ipc:///x", sshd.server, paramiko=True)


def test_try_passwordless(sshd):
    config = _config(sshd)
    assert ssh.try_passwordless_ssh(sshd.server, str(sshd.key), True, config=config) is True
    assert ssh.try_passwordless_ssh(sshd.server, None, True, config=config) is False
    (closed,) = ssh.select_random_ports(1)
    with pytest.raises(ssh.SSHException):
        ssh.try_passwordless_ssh(f"127.0.0.1:{closed}", None, True, config=config)


def test_death_and_reconnection(own_sshd, echo, request_socket):
    states = queue.Queue()
    with ssh.tunnel_connection(
        request_socket,
        echo.address,
        own_sshd.server,
        str(own_sshd.key),
        paramiko=True,
        config=_config(own_sshd),
        reconnect=ssh.Reconnect(first_s=0.1, attempts=2),
        on_state=lambda tunnel: states.put(tunnel.state),
    ) as tunnel:
        echo.ask(request_socket)
        own_sshd.drop_sessions()
        assert [states.get(timeout=15), states.get(timeout=15)] == ["reconnecting", "up"]
        echo.ask(request_socket)
        own_sshd.stop()
        assert [states.get(timeout=15), states.get(timeout=15)] == ["reconnecting", "dead"]
        assert isinstance(tunnel.error, ssh.MaxRetryExceeded)


def test_closing_leaves_no_threads(sshd, echo, request_socket):
    before = set(threading.enumerate())
    _roundtrip(echo, request_socket, sshd.server, str(sshd.key), config=_config(sshd))
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive(), thread


@pytest.fixture
def transport(sshd):
    client = paramiko.SSHClient()
    client.load_host_keys(str(sshd.known_hosts))
    client.connect(
        "127.0.0.1",
        sshd.port,
        sshd.account.name,
        key_filename=str(sshd.key),
        allow_agent=False,
        look_for_keys=False,
    )
    yield client.get_transport()
    client.close()


def _serve(target, transport):
    class Handler(forward.Handler):
        chain_host, chain_port = target
        ssh_transport = transport

    server = forward.ForwardServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


def test_each_direction_ends_on_its_own(transport):
    with socket.create_server(("127.0.0.1", 0)) as target:
        server = _serve(target.getsockname(), transport)
        with socket.create_connection(server.server_address, 10) as near:
            far, _ = target.accept()
            with far:
                far.settimeout(10)
                near.sendall(b"question")
                near.shutdown(socket.SHUT_WR)
                assert b"".join(iter(lambda: far.recv(100), b"")) == b"question"
                far.sendall(b"answer")
                far.shutdown(socket.SHUT_WR)
                assert b"".join(iter(lambda: near.recv(100), b"")) == b"answer"
        server.shutdown()
        server.server_close()


def test_both_directions_full_do_not_lock(transport):
    """Both ends write megabytes before either reads."""
    size = 8_000_000
    with socket.create_server(("127.0.0.1", 0)) as target:
        server = _serve(target.getsockname(), transport)
        with socket.create_connection(server.server_address, 30) as near:
            far, _ = target.accept()
            with far:
                far.settimeout(30)
                senders = [
                    threading.Thread(target=each.sendall, args=(bytes(size),), daemon=True)
                    for each in (near, far)
                ]
                for sender in senders:
                    sender.start()
                for each in (near, far):
                    left = size
                    while left:
                        left -= len(each.recv(min(left, 1 << 20)))
                for sender in senders:
                    sender.join(10)
                    assert not sender.is_alive()
        server.shutdown()
        server.server_close()


def test_a_target_that_is_not_there_ends_the_connection(transport, caplog):
    (closed,) = ssh.select_random_ports(1)
    server = _serve(("127.0.0.1", closed), transport)
    with socket.create_connection(server.server_address, 10) as near:
        assert near.recv(1) == b""
    assert f"could not reach 127.0.0.1:{closed}" in caplog.text
    server.shutdown()
    server.server_close()
