"""What an import loads, in fresh interpreters: nothing that only some programs need.

Half of what a short program waits for is imports. A module that belongs to few uses (dates, files
of keys, ssh's processes, checksums) is loaded by the function that needs it; this file says which
ones must not come with the import itself.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

# what these load themselves, the standard library decides
RARE = {
    "bz2",
    "dataclasses",
    "datetime",
    "getpass",
    "hashlib",
    "hmac",
    "ipaddress",
    "json",
    "lzma",
    "pathlib",
    "platform",
    "random",
    "secrets",
    "shutil",
    "socketserver",
    "tempfile",
    "urllib",
    "uuid",
}
LOOPS = {"asyncio", "gevent", "inspect", "ssl", "subprocess", "tornado", "trio"}
CORE = {"logging", "pickle", "re", "selectors", "socket", "threading", "typing"}

PROGRAM = """
import sys
module, *needed = sys.argv[1:]
for name in needed:
    __import__(name)
before = set(sys.modules)
__import__(module)
print(*{name.partition(".")[0] for name in sys.modules.keys() - before})
"""


@pytest.mark.parametrize(
    ("module", "needed", "unwanted"),
    [
        ("zmq", (), RARE | LOOPS | CORE),
        ("zmq.asyncio", ("asyncio",), RARE | LOOPS | {"pickle"}),
        ("zmq.auth", ("logging",), RARE | LOOPS | {"pickle", "selectors", "socket"}),
        ("zmq.auth.asyncio", ("asyncio",), RARE | LOOPS | {"pickle"}),
        ("zmq.auth.thread", ("asyncio",), RARE | LOOPS | {"pickle"}),
        ("zmq.decorators", (), RARE | LOOPS | CORE - {"threading"}),
        ("zmq.devices", (), RARE | LOOPS | {"logging", "multiprocessing", "pickle"}),
        ("zmq.eventloop", (), RARE | LOOPS | {"logging", "pickle"}),
        ("zmq.eventloop.zmqstream", ("asyncio",), RARE | LOOPS | {"pickle"}),
        ("zmq.green", ("gevent",), RARE | LOOPS | {"logging", "pickle"}),
        ("zmq.log", ("logging",), RARE | LOOPS | {"pickle", "selectors", "socket"}),
        ("zmq.log.handlers", ("logging",), RARE | LOOPS | {"pickle", "selectors", "socket"}),
        ("zmq.ssh", ("logging", "socket"), RARE | LOOPS | {"paramiko", "pickle"}),
    ],
)
def test_an_import_loads_nothing_rare(
    module: str, needed: tuple[str, ...], unwanted: set[str]
) -> None:
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, module, *needed],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.split()
    assert "zmq" in loaded
    assert unwanted.isdisjoint(loaded), sorted(unwanted.intersection(loaded))


@pytest.mark.parametrize(
    "module", ["zmq.auth", "zmq.devices", "zmq.eventloop", "zmq.log", "zmq.ssh"]
)
def test_names_loaded_late_are_names_like_others(module: str) -> None:
    area = import_module(module)
    if module != "zmq.eventloop":  # its one name needs tornado
        assert [name for name in area.__all__ if not hasattr(area, name)] == []
        assert set(area.__all__) <= set(dir(area))
    with pytest.raises(AttributeError, match=rf"{module}.*'no_such_name'"):
        area.no_such_name  # noqa: B018
