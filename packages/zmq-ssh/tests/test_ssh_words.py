"""The pure parts between us and ssh: command line, environment, prompts, diagnosis, pauses."""

import itertools
import pickle

import pytest

from zmq.ssh import (
    AuthenticationFailed,
    HostKeyError,
    MaxRetryExceeded,
    PortInUse,
    Reconnect,
    SSHException,
    TunnelTimeout,
)
from zmq.ssh._command import Client, environment, tunnel_command
from zmq.ssh._diagnosis import diagnose, tidy
from zmq.ssh._prompts import Prompts
from zmq.ssh._targets import Server


def test_the_command_leaves_to_ssh_config_what_is_not_given():
    command = tunnel_command(Client(), Server("alias"), "L")
    assert not {"-F", "-J", "-i", "-p", "-l"} & set(command)
    assert command[-2:] == ["--", "alias"]
    assert "BatchMode=yes" in command


def test_the_users_options_come_before_ours():
    command = tunnel_command(Client(options=["ServerAliveInterval=1"]), Server("h"), None)
    assert command.index("ServerAliveInterval=1") < command.index("ServerAliveInterval=15")


def test_without_a_password_no_program_is_asked():
    env = environment({"SSH_ASKPASS": "/usr/bin/gui", "SHELL": "/usr/sbin/nologin"}, None)
    assert env == {"SSH_ASKPASS_REQUIRE": "never", "SHELL": "/bin/sh"}


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("me@h: Permission denied (publickey).", AuthenticationFailed),
        ("Received disconnect: Too many authentication failures", AuthenticationFailed),
        ("Host key verification failed.", HostKeyError),
        ("@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @", HostKeyError),
        ("bind [127.0.0.1]:1: Address already in use", PortInUse),
        ("ssh: connect to host h port 22: Connection timed out", TunnelTimeout),
        ("Connection timed out during banner exchange", TunnelTimeout),
        ("ssh: connect to host h port 22: Connection refused", SSHException),
        ("anything else", SSHException),
    ],
)
def test_words_become_errors_that_repeat_them(words, kind):
    error = diagnose(words, "me@h", 255)
    assert type(error) is kind
    assert "me@h" in str(error)
    assert tidy(words) in str(error)
    assert error.server == "me@h"
    assert error.output == tidy(words)


def test_a_changed_host_key_outranks_what_follows_from_it():
    words = "HOST IDENTIFICATION HAS CHANGED\nPermission denied (publickey)."
    assert isinstance(diagnose(words, "h", 255), HostKeyError)


def test_silence_names_the_status():
    assert "status 127" in str(diagnose("", "h", 127))


def test_errors_are_runtime_errors_and_survive_pickling():
    error = pickle.loads(pickle.dumps(diagnose("Host key verification failed.", "h", 1)))
    assert isinstance(error, RuntimeError)
    assert (type(error), error.server, error.permanent) == (HostKeyError, "h", True)
    assert issubclass(MaxRetryExceeded, SSHException)


@pytest.mark.parametrize(
    ("prompt", "direct", "answered"),
    [
        ("me@target's password: ", True, True),
        ("(me@target) Password: ", False, True),
        ("Enter passphrase for key '/home/me@x/k': ", False, True),
        ("Password: ", True, True),
        ("Password: ", False, False),
        ("me@jump's password: ", True, False),
        ("(me@jump) Password for me@target: ", True, False),
        ("(me@jump) (me@target) Password: ", True, False),
        ("Are you sure you want to continue connecting (yes/no/[fingerprint])? ", True, False),
    ],
)
def test_the_password_goes_only_where_it_belongs(prompt, direct, answered):
    assert Prompts({"target"}, direct=direct).answers(prompt) is answered


def test_the_same_question_is_answered_once():
    prompts = Prompts({"h"})
    assert prompts.answers("me@h's password: ")
    assert not prompts.answers("me@h's password: ")


def test_pauses_double_up_to_a_limit():
    pauses_s = Reconnect(first_s=1, max_s=5).pauses_s()
    assert list(itertools.islice(pauses_s, 5)) == [1, 2, 4, 5, 5]
    assert len(list(Reconnect(attempts=3).pauses_s())) == 3


@pytest.mark.parametrize("wrong", [{"first_s": 0}, {"first_s": 9, "max_s": 1}, {"attempts": 0}])
def test_impossible_policies_are_refused(wrong):
    with pytest.raises(ValueError, match="not"):
        Reconnect(**wrong)
