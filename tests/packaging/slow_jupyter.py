"""Jupyter runs on zmq: the stand-in meets its requirement of pyzmq, and a kernel talks through us.

Takes jupyter_client and ipykernel from the package index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Environment

PROGRAM = """
import sys, warnings
warnings.simplefilter("default")
from jupyter_client.manager import start_new_kernel

CELL = '''
import zmq
info = zmq.build_info()
print(zmq.__name__, zmq.__version__, "on libzmq", info["libzmq"]["version"])
print(sum(range(10)))
'''
manager, client = start_new_kernel(startup_timeout=60)
try:
    texts = []
    reply = client.execute_interactive(
        CELL, timeout=60, output_hook=lambda m: texts.append(m["content"].get("text", "")))
    print(reply["content"]["status"])
    print("".join(texts))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
import zmq
print(zmq.build_info()["compiler"], zmq.__file__)
"""


@pytest.mark.timeout(600)
def test_a_cell_runs(environment: Environment) -> None:
    (shim,) = environment.wheels.glob("pyzmq-*.whl")
    environment.install(shim, "jupyter_client", "ipykernel", index=True)
    assert (environment.site / "pyzmq-28.0.0.dist-info").is_dir()
    assert len(list(environment.site.glob("pyzmq*"))) == 1, "the real one has folders of its own"
    environment.pip("check")
    output = environment.run(PROGRAM)
    print(output)
    assert "ok\n" in output
    assert "zmq 28.0.0 on libzmq 4." in output
    assert "\n45\n" in output
    assert str(environment.site) in output


def test_the_override_of_uv(environment: Environment, tmp_path: Path) -> None:
    overrides = tmp_path / "overrides.txt"
    overrides.write_text("pyzmq; python_version < '0'\n")
    plan = environment.pip(
        "install", "--dry-run", "--find-links", environment.wheels, "--overrides", overrides,
        "zmq", "jupyter_client",
    )  # fmt: skip
    assert "jupyter-client==" in plan
    assert "zmq-core==" in plan
    assert "pyzmq" not in plan
