"""The matrix: every way in, and every way it can fail, with OpenSSH and real sockets."""

import logging
import os
import pty
import queue
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import zmq
from zmq import ssh


def _roundtrip(echo, request_socket, *args, **kwargs):
    with ssh.tunnel_connection(request_socket, echo.address, *args, **kwargs) as tunnel:
        assert tunnel.is_alive()
        echo.ask(request_socket)
        assert not _leaks_a_secret(tunnel.pid)
    assert tunnel.state == "closed"
    return tunnel


def _leaks_a_secret(pid):
    command = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
    return b"pass word" in command or b"sesame" in command


def test_key(sshd, echo, request_socket):
    _roundtrip(echo, request_socket, sshd.server, str(sshd.key), config=str(sshd.config))


def test_password(sshd, echo, request_socket):
    password = sshd.account.password
    _roundtrip(echo, request_socket, sshd.server, None, password, config=str(sshd.config))


def test_key_with_passphrase(sshd, echo, request_socket, locked_key):
    config = str(sshd.config)
    _roundtrip(echo, request_socket, sshd.server, str(locked_key), "open sesame", config=config)


def test_ipv6(sshd, echo, request_socket):
    server = f"{sshd.account.name}@[::1]:{sshd.port}"
    _roundtrip(echo, request_socket, server, str(sshd.key), config=str(sshd.config))


def _with_aliases(sshd):
    login = f"HostName 127.0.0.1\nPort {sshd.port}\nUser {sshd.account.name}"
    return sshd.write_config(
        "aliases",
        sshd.known_hosts,
        f"""
        Host behind
          {login}
          IdentityFile {sshd.key}
          IdentitiesOnly yes
          ProxyJump jump
        Host jump
          {login}
          IdentityFile {sshd.key}
          IdentitiesOnly yes
        Host behind-password
          {login}
          ProxyJump jump-password
        Host jump-password
          {login}
          HostKeyAlias [localhost]:{sshd.port}
        """,
    )


def test_alias_and_proxyjump_of_ssh_config(sshd, echo, request_socket):
    tunnel = _roundtrip(echo, request_socket, "behind", config=str(_with_aliases(sshd)))
    assert tunnel.server == "behind"


def test_jump_argument(sshd, echo, request_socket):
    _roundtrip(
        echo,
        request_socket,
        sshd.server,
        str(sshd.key),
        jump="jump",
        config=str(_with_aliases(sshd)),
    )


def test_password_behind_a_jump(sshd, echo, request_socket):
    password, config = sshd.account.password, str(_with_aliases(sshd))
    _roundtrip(echo, request_socket, sshd.server, None, password, jump="jump", config=config)


def test_the_jump_host_never_sees_the_password(sshd):
    started = sshd.log.stat().st_size
    with pytest.raises(ssh.AuthenticationFailed):
        ssh.open_tunnel(
            "tcp://127.0.0.1:9",
            "behind-password",
            password=sshd.account.password,
            config=str(_with_aliases(sshd)),
        )
    with sshd.log.open() as log:
        log.seek(started)
        words = log.read()
    assert "Failed password" in words  # ssh offers an empty one when its question is refused
    assert "Accepted" not in words  # the account is the same, so the real one would do


def test_ipc_target(sshd, ipc_echo, request_socket):
    tunnel = _roundtrip(
        ipc_echo, request_socket, sshd.server, str(sshd.key), config=str(sshd.config)
    )
    assert tunnel.url.startswith("ipc://")
    assert not Path(tunnel.url[len("ipc://") :]).parent.exists()


def test_ipc_target_with_password(sshd, ipc_echo, request_socket):
    password = sshd.account.password
    _roundtrip(ipc_echo, request_socket, sshd.server, None, password, config=str(sshd.config))


def test_openssh_tunnel_with_ports(sshd, echo, request_socket):
    lport, other = ssh.select_random_ports(2)
    assert lport != other
    rport = echo.address.rpartition(":")[2]
    with ssh.openssh_tunnel(
        lport, rport, sshd.server, keyfile=str(sshd.key), config=str(sshd.config)
    ) as tunnel:
        request_socket.connect(f"tcp://127.0.0.1:{lport}")
        echo.ask(request_socket)
        os.kill(tunnel, 0)  # pyzmq returned a process id


def test_a_tunnel_thrown_away_stays(sshd, echo, request_socket):
    url = ssh.open_tunnel(echo.address, sshd.server, str(sshd.key), config=str(sshd.config))[0]
    request_socket.connect(url)
    echo.ask(request_socket)
    for pid in sshd.clients():
        os.kill(pid, 15)


@pytest.fixture
def full_agent(sshd, make_key):
    """An ssh-agent with more keys than a server has patience for."""
    path = sshd.folder / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.PIPE) as agent:
        agent.stdout.readline()  # it listens
        keys = [str(make_key(sshd.folder / f"agent-key-{number}")) for number in range(7)]
        env = {**os.environ, "SSH_AUTH_SOCK": str(path)}
        subprocess.run(["ssh-add", "-q", *keys], env=env, check=True)
        yield path
        agent.terminate()


def test_a_given_key_goes_before_those_of_an_agent(sshd, echo, request_socket, full_agent):
    config = sshd.write_config("agent-config", sshd.known_hosts, f"IdentityAgent {full_agent}")
    _roundtrip(echo, request_socket, sshd.server, str(sshd.key), config=str(config))


# --- how it fails ----------------------------------------------------------------------------


def _failure(kind, *args, **kwargs):
    kwargs.setdefault("password", False)
    with pytest.raises(ssh.SSHException) as raised:
        ssh.open_tunnel("tcp://127.0.0.1:9", *args, **kwargs)
    assert type(raised.value) is kind
    return raised.value


def test_no_key(sshd):
    error = _failure(ssh.AuthenticationFailed, sshd.server, config=str(sshd.config))
    assert "Permission denied (publickey,password)" in error.output


def test_wrong_password_is_tried_once(sshd):
    started = sshd.log.stat().st_size
    _failure(ssh.AuthenticationFailed, sshd.server, password="wrong", config=str(sshd.config))
    with sshd.log.open() as log:
        log.seek(started)
        assert log.read().count("Failed password") == 1


def test_unknown_host_key(sshd, tmp_path):
    config = sshd.write_config("unknown", tmp_path / "none")
    for password in (False, sshd.account.password):
        error = _failure(ssh.HostKeyError, sshd.server, password=password, config=str(config))
        assert "host key is unknown" in str(error)


def test_wrong_host_key(sshd, tmp_path):
    wrong = tmp_path / "known_hosts"
    public = " ".join(sshd.key.with_suffix(".pub").read_text().split()[:2])
    wrong.write_text(f"[127.0.0.1]:{sshd.port} {public}\n")
    config = sshd.write_config("wrong", wrong)
    error = _failure(ssh.HostKeyError, sshd.server, str(sshd.key), config=str(config))
    assert "not the one on record" in str(error)
    assert "fingerprint" in error.output


def test_an_option_can_accept_new_hosts(sshd, echo, request_socket, tmp_path):
    config = sshd.write_config("new", tmp_path / "new_hosts")
    options = ["StrictHostKeyChecking=accept-new"]
    _roundtrip(
        echo, request_socket, sshd.server, str(sshd.key), config=str(config), options=options
    )


def test_refused_port(sshd):
    (closed,) = ssh.select_random_ports(1)
    error = _failure(ssh.SSHException, f"127.0.0.1:{closed}", config=str(sshd.config))
    assert "Connection refused" in error.output


def test_unknown_name(sshd):
    error = _failure(ssh.SSHException, "nowhere.invalid", config=str(sshd.config))
    assert "name is unknown" in str(error)


def test_a_server_that_says_nothing(sshd):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = f"127.0.0.1:{silent.getsockname()[1]}"
        started_s = time.monotonic()
        error = _failure(ssh.TunnelTimeout, server, timeout=1, config=str(sshd.config))
        assert "not up after 1 s" in str(error)
        with pytest.raises(ssh.TunnelTimeout):
            ssh.try_passwordless_ssh(server, None, timeout=1, config=str(sshd.config))
        assert time.monotonic() - started_s < 6


def test_taken_port(sshd):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ssh.PortInUse):
        ssh.openssh_tunnel(
            taken.getsockname()[1], 9, sshd.server, keyfile=str(sshd.key), config=str(sshd.config)
        )


def test_a_target_that_is_not_there_is_logged_once(sshd, request_socket, caplog):
    lines = queue.Queue()
    handler = logging.Handler()
    handler.emit = lines.put
    logging.getLogger("zmq.ssh").addHandler(handler)
    try:
        (closed,) = ssh.select_random_ports(1)
        with ssh.tunnel_connection(
            request_socket,
            f"tcp://127.0.0.1:{closed}",
            sshd.server,
            str(sshd.key),
            config=str(sshd.config),
        ):
            assert "Connection refused" in lines.get(timeout=10).getMessage()
            with pytest.raises(queue.Empty):  # zmq tries ten times a second
                lines.get(timeout=0.5)
    finally:
        logging.getLogger("zmq.ssh").removeHandler(handler)


def test_no_ssh_at_all(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    error = _failure(ssh.SSHException, "host")
    assert "install OpenSSH" in str(error)


@pytest.mark.parametrize(
    ("kwargs", "kind"),
    [
        ({"keyfile": "/nonexistent/key"}, FileNotFoundError),
        ({"config": "/nonexistent/config"}, FileNotFoundError),
        ({"password": "two\nlines"}, ValueError),
        ({"timeout": 0}, ValueError),
        ({"jump": "-oProxyCommand=x"}, ValueError),
        ({"options": "ProxyCommand=x"}, ValueError),
    ],
)
def test_bad_arguments_start_nothing(kwargs, kind):
    with pytest.raises(kind):
        ssh.open_tunnel("tcp://127.0.0.1:9", "host", **kwargs)


def test_try_passwordless(sshd):
    config = str(sshd.config)
    assert ssh.try_passwordless_ssh(sshd.server, str(sshd.key), config=config) is True
    assert ssh.try_passwordless_ssh(sshd.server, None, config=config) is False
    (closed,) = ssh.select_random_ports(1)
    with pytest.raises(ssh.SSHException, match="refused"):
        ssh.try_passwordless_ssh(f"127.0.0.1:{closed}", None, config=config)


def _open_on_a_terminal(sshd):
    """Open a tunnel in a process whose terminal is the other end of what is returned."""
    script = (
        "import sys; from zmq import ssh\n"
        "try: tunnel = ssh.open_tunnel('tcp://127.0.0.1:9', sys.argv[1], config=sys.argv[2])[1]\n"
        "except ssh.AuthenticationFailed: print('REFUSED')\n"
        "else: tunnel.close(); print('OPENED')\n"
    )
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", script, sshd.server, str(sshd.config)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    return process, ours


def _read_until(descriptor, text):
    seen = b""
    while text not in seen:
        seen += os.read(descriptor, 1024)
    return seen


@pytest.mark.parametrize("right", [True, False])
def test_a_human_is_asked_once(sshd, right):
    process, terminal = _open_on_a_terminal(sshd)
    with process:
        _read_until(terminal, b"password: ")
        os.write(terminal, (sshd.account.password if right else "wrong").encode() + b"\n")
        seen = _read_until(terminal, b"OPENED" if right else b"REFUSED")
        assert b"password: " not in seen
    os.close(terminal)


def test_any_socket_will_do(sshd, echo):
    class Plain:
        def connect(self, addr):
            self.addr = addr

    plain = Plain()
    with ssh.tunnel_connection(
        plain, echo.address, sshd.server, str(sshd.key), config=str(sshd.config)
    ) as tunnel:
        assert plain.addr == tunnel.url


def test_a_socket_that_cannot_connect_takes_the_tunnel_with_it(
    sshd, echo, request_socket, await_end
):
    request_socket.close()
    with pytest.raises(zmq.ZMQError):
        ssh.tunnel_connection(
            request_socket, echo.address, sshd.server, str(sshd.key), config=str(sshd.config)
        )
    assert not await_end(sshd.clients(), 1)
