"""What pages ask for with ``<!-- needs: NAME -->``: the name of a fixture here."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from .pages import ROOT

if importlib.util.find_spec("sphinx") is None:  # the other Pythons of `hatch test --all`
    collect_ignore = ["test_reference.py"]

_spec = importlib.util.spec_from_file_location(
    "zmq_ssh_tests", ROOT / "packages" / "zmq-ssh" / "tests" / "conftest.py"
)
assert _spec
assert _spec.loader
_ssh = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _ssh
_spec.loader.exec_module(_ssh)

# the tests' own sshd, as zmq-ssh has it
base, account, key, locked_key = _ssh.base, _ssh.account, _ssh.key, _ssh.locked_key
make_sshd, shared_sshd, sshd = _ssh.make_sshd, _ssh.shared_sshd, _ssh.sshd


@pytest.fixture
def gateway(sshd: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``gateway.example.org`` be an ssh server of this machine, with a key that opens it."""
    config = sshd.write_config(
        "gateway",
        sshd.known_hosts,
        f"""
        Host gateway.example.org
          HostName 127.0.0.1
          Port {sshd.port}
          User {sshd.account.name}
          IdentityFile {sshd.key}
          HostKeyAlias [127.0.0.1]:{sshd.port}
        """,
    )
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {config} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
