"""What ``import zmq`` takes, in fresh interpreters."""

from __future__ import annotations

import subprocess
import sys

# names that pyzmq has as well
EVERYTHING = [
    "zmq",
    "zmq.asyncio",
    "zmq.auth.asyncio",
    "zmq.auth.thread",
    "zmq.decorators",
    "zmq.devices",
    "zmq.eventloop.zmqstream",
    "zmq.log.handlers",
    "zmq.ssh",
    "zmq.utils.jsonapi",
    "zmq.utils.monitor",
    "zmq.utils.z85",
]

TIMER = """
import sys, time
started = time.perf_counter()
for name in sys.argv[1:]:
    __import__(name)
print(time.perf_counter() - started)
"""


def fresh(count: int, names: list[str]) -> float:
    """Import `names` in a new interpreter; its own start is not counted."""
    return sum(
        float(subprocess.check_output([sys.executable, "-I", "-c", TIMER, *names]))
        for _ in range(count)
    )


def core(count: int) -> float:
    """``import zmq``."""
    import zmq

    return fresh(count, [zmq.__name__])


def everything(count: int) -> float:
    """Every area that pyzmq has, too."""
    import zmq

    if zmq.__name__ != "zmq":
        raise NotImplementedError(f"{zmq.__name__} has not all areas")
    return fresh(count, EVERYTHING)
