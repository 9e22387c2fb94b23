"""``python -m zmq.log`` as its users meet it: in a pseudo-terminal, in a pipe, ended by signals."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time

import pytest

import zmq
from zmq.log.ending import Interrupted, Signals, let_go

F_SETPIPE_SZ = 1031  # Linux; the fcntl module knows it from Python 3.10 on
COLOR = re.compile(r"\x1b\[[0-9;]*m")


class Watcher:
    """The watcher in a process; its output is a terminal (the process's own), or a pipe."""

    def __init__(self, *arguments, terminal=True, env=None):
        environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
        environment.update({"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **(env or {})})
        reader, writer = pty.openpty() if terminal else os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "zmq.log", *arguments],
            stdin=writer if terminal else subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            preexec_fn=_take_terminal if terminal else None,  # noqa: PLW1509 - async-signal-safe
        )
        os.close(writer)
        self.fd = reader
        self.text = ""

    def read_until(self, wanted, timeout=15):
        deadline = time.monotonic() + timeout
        while wanted not in self.text:
            ready, _, _ = select.select([self.fd], [], [], deadline - time.monotonic())
            assert ready, f"{wanted!r} did not come; so far: {self.text!r}"
            data = os.read(self.fd, 65536)
            assert data, f"the watcher ended; so far: {self.text!r}"
            self.text += data.decode().replace("\r\n", "\n")
        return self.text

    def read_error(self, wanted):
        for line in self.process.stderr:
            if wanted in line.decode():
                return line.decode()
        raise AssertionError(f"{wanted!r} was not said")

    def type(self, keys):
        os.write(self.fd, keys)

    def end(self):
        """Wait for the process; return its status and what it said on standard error."""
        said = self.process.communicate(timeout=15)[1].decode()
        return self.process.returncode, said

    def close(self):
        if self.process.returncode is None:
            self.process.kill()
            self.process.communicate()
        with contextlib.suppress(OSError):
            os.close(self.fd)


def _take_terminal():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def watch():
    made = []

    def watch(*arguments, **kwargs):
        made.append(Watcher(*arguments, **kwargs))
        return made[-1]

    yield watch
    for watcher in made:
        watcher.close()


@pytest.fixture
def app(make_handler, make_logger):
    """A publishing program: its handler, and a logger that waits for the watcher first."""
    handler = make_handler(root_topic="app")
    logger = make_logger(handler)
    logger.ready = lambda count=1: handler.wait_for_subscribers(count, 15_000)
    logger.endpoint = handler.endpoint
    return logger


def test_terminal_shows_levels_in_color(app, watch):
    watcher = watch(app.endpoint)
    assert app.ready()
    app.debug("d")
    app.info("db::connected ✓")
    app.warning("w")
    app.error("e")
    app.critical("last")
    lines = watcher.read_until("last\x1b[0m\n").splitlines()
    plain = [COLOR.sub("", line) for line in lines]
    assert re.fullmatch(r"app\.DEBUG \| DEBUG test_log_watch\.py:\d+ - d", plain[0])
    assert plain[1] == "app.INFO.db | connected ✓"
    assert plain[4].endswith(" - last")
    assert len({line.split("app")[0] for line in lines}) == 5, "a colour for each level"
    assert all(line.startswith("\x1b[") for line in lines)


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_color_on_request_of_the_environment(app, watch, env):
    watcher = watch(app.endpoint, "--color", env=env)
    assert app.ready()
    app.info("hello")
    assert watcher.read_until("hello\n") == "app.INFO | hello\n"


@pytest.mark.parametrize(
    ("option", "colored"), [((), False), (("--color",), False), (("--always-color",), True)]
)
def test_no_color_in_a_pipe(app, watch, option, colored):
    watcher = watch(app.endpoint, *option, terminal=False)
    assert app.ready()
    app.info("hello")
    assert ("\x1b" in watcher.read_until("hello\n")) is colored


def test_terminal_is_safe_from_what_is_logged(app, watch):
    watcher = watch(app.endpoint, "--no-color")
    assert app.ready()
    app.info("a\x1b]0;title\x07b\rc\napp.ERROR | forged")
    text = watcher.read_until("forged\n")
    assert text == "app.INFO | a\\x1b]0;title\\x07b\\rc\n  app.ERROR | forged\n"


def test_pipe_gets_the_text_as_it_is(app, watch):
    watcher = watch(app.endpoint, terminal=False)
    assert app.ready()
    app.info("a\x1b[1mb\nsecond")
    assert watcher.read_until("second\n") == "app.INFO | a\x1b[1mb\nsecond\n"


def test_pyzmqs_options(app, watch):
    options = ["-t", "app.INFO", "--timestamp", "--separator", " @ ", "--dateformat", "<%Y>"]
    watcher = watch(*options, "--align", app.endpoint, terminal=False)
    assert app.ready()
    app.error("never seen")
    app.info("sub.topic::one")
    app.info("two")
    year = time.strftime("%Y")
    assert watcher.read_until("two\n").splitlines() == [
        f"<{year}> app.INFO.sub.topic @ one",
        f"<{year}> app.INFO.   .      @ two",
    ]


def test_filters(app, watch):
    watcher = watch(
        app.endpoint,
        *("--level", "info", "-t", "app.INFO", "-t", "app.WARNING", "-t", "app.DEBUG"),
        *("--grep", "[0-9]+", "--grep", "user", "--exclude", "secret"),
        terminal=False,
    )
    assert app.ready(3)
    app.debug("user 1")
    app.info("user")
    app.info("user 2")
    app.error("user 3")
    app.info("user 4 secret")
    app.warning("user 5")
    lines = watcher.read_until("user 5\n").splitlines()
    assert lines[0] == "app.INFO | user 2"
    assert re.fullmatch(r"app\.WARNING \| .* - user 5", lines[1])
    assert len(lines) == 2


def test_json_lines(make_handler, make_logger, watch):
    handler = make_handler(root_topic="app", structured=True)
    watcher = watch(handler.endpoint, "--json", terminal=False)
    assert handler.wait_for_subscribers(timeout_ms=15_000)
    logger = make_logger(handler)
    logger.info("sub::hällo %s", "you", extra={"user": "ann"})
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.log(25, "text")
    first, second = map(json.loads, watcher.read_until('"text"').splitlines())
    assert (first["topic"], first["message"]) == ("app.INFO.sub", "hällo you")
    assert (first["template"], first["extra"]) == ("hällo %s", {"user": "ann"})
    assert (second["topic"], second["levelno"], second["name"]) == ("app.Level 25", 25, "app")


def test_structured_records_as_text(make_handler, make_logger, watch):
    handler = make_handler(structured=True)
    watcher = watch(handler.endpoint, "--format", "%(name)s:%(user)s %(message)s", terminal=False)
    assert handler.wait_for_subscribers(timeout_ms=15_000)
    logger = make_logger(handler)
    logger.info("one", extra={"user": "ann"})
    logger.info("two", extra={"kind": "x"})
    text = watcher.read_until('kind="x"\n')
    assert text == 'INFO | test:ann one\nINFO | two kind="x"\n'


def test_several_publishers_and_reconnection(app, make_handler, make_logger, watch):
    other = make_handler(root_topic="other")
    endpoint = other.endpoint
    watcher = watch(app.endpoint, endpoint, "--verbose", terminal=False)
    assert app.ready()
    assert other.wait_for_subscribers(timeout_ms=15_000)
    app.info("one")
    make_logger(other).info("two")
    watcher.read_until("app.INFO | one\n")
    watcher.read_until("other.INFO | two\n")
    other.close()
    watcher.read_error("connection lost")
    again = make_handler(endpoint, root_topic="again")
    assert again.wait_for_subscribers(timeout_ms=15_000)
    watcher.read_error("connected")
    make_logger(again).info("three")
    watcher.read_until("again.INFO | three\n")


def test_watcher_may_bind(make_handler, make_logger, watch, tmp_path):
    endpoint = f"ipc://{tmp_path}/logs"
    watcher = watch("--bind", endpoint, terminal=False)
    handler = make_handler(endpoint, connect=True)
    assert handler.wait_for_subscribers(timeout_ms=15_000)
    make_logger(handler).info("hello")
    watcher.read_until("INFO | hello\n")


def test_curve(make_handler, make_logger, watch):
    public, secret = zmq.curve_keypair()

    def serve(context):
        socket = context.socket(zmq.XPUB)
        socket.curve_server = 1
        socket.curve_publickey, socket.curve_secretkey = public, secret
        socket.bind("tcp://127.0.0.1:*")
        return socket

    handler = make_handler(serve)
    # with "=": one key in 85 begins with a hyphen
    watcher = watch(f"--server-key={public.decode()}", handler.endpoint, terminal=False)
    assert handler.wait_for_subscribers(timeout_ms=15_000)
    make_logger(handler).info("hello")
    watcher.read_until("INFO | hello\n")


def test_nonsense_is_reported_and_survived(context, watch):
    with context.socket(zmq.XPUB) as pub:
        pub.bind("tcp://127.0.0.1:*")
        watcher = watch(pub.last_endpoint.decode(), terminal=False)
        pub.rcvtimeo = 15_000
        assert pub.recv() == b"\x01"
        pub.send(b"one")
        pub.send_multipart([b"a", b"b", b"c"])
        pub.send_multipart([b"INFO", b"\xff\xfe\n"])
        pub.send_multipart([b"INFO", b'{"zmq.log":1, nonsense'])
        pub.send_multipart([b"", b""])
        pub.send_multipart([b"INFO", b"fine"])
        assert watcher.read_until("fine\n") == "INFO | \\xff\\xfe\n | \nINFO | fine\n"
    watcher.process.send_signal(signal.SIGTERM)
    status, said = watcher.end()
    assert status == 0
    assert said.count("ignored") == 3
    assert "Traceback" not in said


def test_ctrl_c_in_the_terminal(app, watch):
    watcher = watch(app.endpoint)
    assert app.ready()
    app.info("hello")
    watcher.read_until("hello\n")
    watcher.type(b"\x03")
    assert watcher.end() == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("there", [True, False])
def test_signals_end_it_cleanly(app, watch, number, there):
    """Also while nobody is there to connect to."""
    watcher = watch(app.endpoint if there else "ipc:///nonexistent/nobody", "-v", terminal=False)
    if there:
        assert app.ready()
        app.info("hello")
        watcher.read_until("hello\n")
    else:
        wait_until_it_polls(watcher.process.pid)
    watcher.process.send_signal(number)
    status, said = watcher.end()
    assert status == 0
    assert "Traceback" not in said


def test_signals_wait_until_the_sockets_are_made():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Signals() as signals:
        signal.raise_signal(signal.SIGTERM)  # noted; a socket might be half-made now
        assert signals.socket.recv(10)
        with pytest.raises(Interrupted):
            signals.arm()
        signal.raise_signal(signal.SIGINT)  # and this one comes while they are closed
    with Signals() as signals:
        signals.arm()
        with pytest.raises(Interrupted):
            signal.raise_signal(signal.SIGINT)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def wait_until_it_polls(pid):
    """Look for the I/O threads that a context starts with its first socket."""
    deadline = time.monotonic() + 15
    while len(os.listdir(f"/proc/{pid}/task")) < 3:  # noqa: PTH208
        assert time.monotonic() < deadline
        os.sched_yield()


def test_reader_that_leaves_ends_it_at_once(app, watch):
    """As in ``python -m zmq.log URL | head -1``, even when nothing more is logged."""
    watcher = watch(app.endpoint, terminal=False)
    assert app.ready()
    app.info("hello")
    watcher.read_until("hello\n")
    os.close(watcher.fd)
    assert watcher.end() == (0, "")


def test_blocked_output_does_not_keep_it(app, watch):
    """A paused terminal or ``| less``: the pipe is full, and SIGTERM still ends it."""
    watcher = watch(app.endpoint, terminal=False)
    fcntl.fcntl(watcher.fd, F_SETPIPE_SZ, 4096)
    assert app.ready()
    for _ in range(
        900
    ):  # more than PIPE_BUF: less is written whole or not at all, and fills no pipe
        app.info("x" * 5000)
    deadline = time.monotonic() + 15
    while pending(watcher.fd) < 4096:  # full; it hangs in the middle of a write
        assert time.monotonic() < deadline
        os.sched_yield()
    watcher.process.send_signal(signal.SIGTERM)
    assert watcher.end() == (0, "")


def test_letting_go_of_a_full_pipe_does_not_wait():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)
    twin = os.dup(writer)  # the same open file, as another process might share it
    with os.fdopen(reader, "rb"), os.fdopen(writer, "w") as output:
        output.write("what nobody reads")
        let_go(output)
        output.write("nor this")
    assert os.get_blocking(twin)
    os.close(twin)


def pending(fd):
    import array

    size = array.array("i", [0])
    fcntl.ioctl(fd, termios.FIONREAD, size)
    return size[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "zmq_pub_url"),
        (["nonsense://x"], "nonsense://x"),
        (["inproc://x", "--level", "LOUD"], "LOUD"),
        (["inproc://x", "--grep", "("], "regular expression"),
        (["inproc://x", "--format", "%(name"], "bad format"),
        (["inproc://x", "--server-key", "short"], "40 characters"),
    ],
)
def test_wrong_command_lines(watch, arguments, said):
    watcher = watch(*arguments, terminal=False)
    status, error = watcher.end()
    assert status == 2
    assert said in error
    assert "Traceback" not in error


def test_help_is_complete(watch):
    watcher = watch("--help", terminal=False)
    assert watcher.end() == (0, "")
    text = watcher.read_until("NO_COLOR")
    for option in ("--topic", "--timestamp", "--separator", "--dateformat", "--align", "--color"):
        assert option in text
