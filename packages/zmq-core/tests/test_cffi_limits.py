"""What the CFFI back end does not have is refused by name."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tools import inplace

PROGRAM = """
import zmq
from zmq import backend
context = backend.Context()
socket = context.socket(zmq.PULL)
for call in (lambda: context.socket(zmq.PULL, shared=True), lambda: backend.Engine(socket, None)):
    try:
        call()
    except zmq.ZMQError as error:
        print(error.errno == zmq.ENOTSUP, error)
context.destroy(linger=0)
"""


@pytest.mark.skipif(not inplace.can_build(), reason="no cffi: not an environment of this workspace")
@pytest.mark.timeout(300)
def test_what_it_lacks_is_named():
    assert inplace.build()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYZMQ_BACKEND": "cffi"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    shared, engine = done.stdout.splitlines()
    assert shared.startswith("True shared sockets are not in the CFFI back end")
    assert engine.startswith("True the CFFI back end has no engine for event loops")
