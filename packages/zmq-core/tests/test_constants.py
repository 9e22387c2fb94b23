"""The constants: pyzmq's names and numbers, and libzmq's own opinion on their types."""

import csv
import enum
import errno
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import zmq

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
GENERATOR = ROOT / "tools" / "constants" / "generate.py"
RECORDED = json.loads((HERE / "pyzmq_27_3_constants.json").read_text())
FLAT = RECORDED.pop("flat")  # flat names that differ from the member's own
PREFIXES = {
    "Event": "EVENT_",
    "NormMode": "NORM_",
    "ReconnectStop": "RECONNECT_STOP_",
    "RouterNotify": "NOTIFY_",
}


@pytest.mark.parametrize("name", list(RECORDED))
def test_numbers_are_those_of_pyzmq_27_3(name):
    """Numbers go over the wire and into programs' files: none may change or vanish."""
    members = getattr(zmq, name).__members__
    for member, number in RECORDED[name].items():
        expected = getattr(errno, member) if number is None else number
        assert int(members[member]) == expected, member


@pytest.mark.parametrize("name", list(RECORDED))
def test_flat_name_is_the_member_itself(name):
    for member, value in getattr(zmq, name).__members__.items():
        flat = member if member.startswith("PROTOCOL_") else PREFIXES.get(name, "") + member
        assert getattr(zmq, flat) is value
        assert flat in zmq.__all__


def test_flat_names_are_those_of_pyzmq_27_3():
    for flat, target in FLAT.items():
        enumeration, member = target.split(".")
        assert getattr(zmq, flat) is getattr(zmq, enumeration)[member]


def test_old_names_read_as_the_new():
    assert zmq.XREQ.name == "DEALER"
    assert zmq.XREP.name == "ROUTER"
    assert zmq.IDENTITY.name == "ROUTING_ID"
    assert zmq.NOBLOCK is zmq.DONTWAIT


def test_kinds():
    """Bits combine into their enumeration; numbers that are no member are refused."""
    both = zmq.POLLIN | zmq.POLLOUT
    assert type(both) is zmq.PollEvent
    assert both == 3
    assert type(zmq.DONTWAIT | zmq.SNDMORE) is zmq.Flag
    assert isinstance(zmq.EVENT_CONNECTED, enum.IntFlag)
    assert repr(zmq.REQ) == "<SocketType.REQ: 3>"
    assert zmq.REQ + 1 == 4
    with pytest.raises(ValueError, match="99 is not a valid SocketType"):
        zmq.SocketType(99)


def test_pickle_keeps_identity():
    for constant in (zmq.REQ, zmq.LINGER, zmq.EVENT_ALL, zmq.ETERM):
        assert pickle.loads(pickle.dumps(constant)) is constant


def test_generated_files_are_fresh():
    done = subprocess.run(
        [sys.executable, str(GENERATOR), "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_check_names_a_stale_file(tmp_path):
    """The same tree with one number of the table changed."""
    tools = tmp_path / "tools" / "constants"
    tools.mkdir(parents=True)
    for source in GENERATOR.parent.glob("*.py"):
        (tools / source.name).write_text(source.read_text())
    table = GENERATOR.with_name("constants.csv").read_text()
    (tools / "constants.csv").write_text(table)
    command = [sys.executable, str(tools / "generate.py")]
    subprocess.run(command, check=True, capture_output=True)
    (tools / "constants.csv").write_text(table.replace("SocketType,REQ,3,", "SocketType,REQ,33,"))
    done = subprocess.run([*command, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "stale: packages/zmq-core/src/zmq/constants.py" in done.stderr
    assert "zmq_constants.h" in done.stderr
    assert "docs/reference/constants.md" in done.stderr
    assert "option_types.h" not in done.stderr
    assert "_options.pyi" not in done.stderr


def _options():
    with GENERATOR.with_name("constants.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            plain = row["name"] and not row["draft"] and not row["value"].startswith("=")
            if row["enum"] == "SocketOption" and plain:
                yield row


# options that libzmq knows only where the transport or mechanism is built in, an option of libzmq
# 2, and one of contexts
ELSEWHERE = ("GSSAPI_", "VMCI_", "HWM", "BLOCKY")


def _type_of(socket, option):
    """The type of an option's value, or None where libzmq will not have it read so."""
    try:
        return type(socket.getsockopt(option))
    except zmq.ZMQError as error:
        if error.errno != zmq.EINVAL:
            raise
        return None


def test_libzmq_agrees_with_the_table_on_types_and_access():
    """libzmq refuses a value of the wrong size, so reading proves the type of each option."""
    kinds = (zmq.PAIR, zmq.SUB, zmq.XPUB, zmq.ROUTER, zmq.REQ, zmq.STREAM)
    readable = 0
    with zmq.Context() as ctx:
        sockets = [ctx.socket(kind) for kind in kinds]
        try:
            for row in _options():
                if row["name"].startswith(ELSEWHERE):
                    continue
                found = {_type_of(socket, int(row["value"])) for socket in sockets} - {None}
                if row["name"] in ("CURVE_PUBLICKEY", "CURVE_SECRETKEY", "CURVE_SERVERKEY"):
                    continue  # readable only by their exact length
                text = row["type"] in ("bytes", "string")
                expected = {bytes if text else int} if "r" in row["access"] else set()
                assert found == expected, row["name"]
                readable += bool(found)
        finally:
            for socket in sockets:
                socket.close(linger=0)
    assert readable > 40
