"""python -m zmq.auth and python -m zmq.curve_keygen, as their users call them."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import zmq
from zmq.auth import CertificateFolder, load_certificate
from zmq.auth.__main__ import main
from zmq.utils import z85


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_first_example_of_the_readme() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    example = readme.partition("```python\n")[2].partition("```")[0]
    command = [sys.executable, "-W", "error", "-c", example]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith(" says hello\n")


def test_curve_keygen() -> None:
    lines = run("zmq.curve_keygen").stdout.splitlines()
    assert lines[0::3] == ["== CURVE PUBLIC KEY ==", "== CURVE SECRET KEY =="]
    assert zmq.curve_public(lines[4].encode()) == lines[1].encode()

    keys = json.loads(run("zmq.curve_keygen", "--json").stdout)
    assert sorted(keys) == ["public", "secret"]
    hyphen = z85.encode((63 * 85**4).to_bytes(4, "big") + bytes(28)).decode()
    assert hyphen.startswith("-")  # as one secret key in 85 does
    for secret in (keys["secret"], hyphen):
        derived = json.loads(run("zmq.curve_keygen", "--json", "--secret", secret).stdout)
        assert derived["secret"] == secret
        assert derived["public"] == zmq.curve_public(secret.encode()).decode()

    for broken in ("abc", "é" * 40):
        failed = run("zmq.curve_keygen", "--secret", broken)
        assert (failed.returncode, failed.stdout) == (1, "")
        assert "Traceback" not in failed.stderr


def test_the_tool_as_a_program(tmp_path: Path) -> None:
    made = run("zmq.auth", "new", "alice", "--dir", tmp_path)
    assert made.returncode == 0
    assert (tmp_path / "alice.key").is_file()
    again = run("zmq.auth", "new", "alice", "--dir", tmp_path)
    assert again.returncode == 1
    assert again.stderr.count("\n") == 1
    assert run("zmq.auth").returncode == 2


@pytest.fixture
def alice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["new", "alice", "--dir", str(tmp_path), "--metadata", "email = a@b"]) == 0
    capsys.readouterr()
    return tmp_path / "alice.key_secret"


def test_new_and_show(alice: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stat.S_IMODE(alice.stat().st_mode) == 0o600
    public, secret = load_certificate(alice)
    assert secret is not None
    assert main(["show", str(alice)]) == 0
    shown = capsys.readouterr().out
    assert public.decode() in shown
    assert "email = a@b" in shown
    assert secret.decode() not in shown
    alice.chmod(0o644)
    assert main(["show", str(alice)]) == 1
    assert "chmod 600" in capsys.readouterr().err
    assert main(["new", "bob", "--dir", str(alice.parent), "--metadata", "email"]) == 1


def test_fingerprints_agree(alice: Path, capsys: pytest.CaptureFixture[str]) -> None:
    public, _ = load_certificate(alice)
    assert main(["fingerprint", str(alice), str(alice.with_suffix(".key")), public.decode()]) == 0
    prints = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert len(prints) == 1
    assert prints.pop().startswith("SHA256:")
    assert main(["fingerprint", "nonsense"]) == 1


def test_allow_and_revoke(alice: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clients"
    public, secret = load_certificate(alice)
    assert main(["allow", str(folder), str(alice)]) == 1  # there is no such folder
    folder.mkdir()
    files = CertificateFolder(folder)

    assert main(["allow", str(folder), str(alice)]) == 0
    assert secret is not None
    assert secret not in (folder / "alice.key").read_bytes()
    files.reload()
    assert set(files) == {public}
    assert main(["allow", str(folder), str(alice)]) == 0  # already: no harm

    assert main(["revoke", str(folder), "alice"]) == 0
    files.reload()
    assert set(files) == set()
    assert main(["allow", str(folder), str(alice)]) == 1
    assert main(["allow", str(folder), str(alice), "--reinstate"]) == 0
    files.reload()
    assert set(files) == {public}


def test_revoke_by_anything_that_names_a_key(
    alice: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    public, _ = load_certificate(alice)
    main(["fingerprint", str(alice)])
    fingerprint = capsys.readouterr().out.split()[0]
    for number, who in enumerate(["alice", public.decode(), fingerprint, str(alice)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert main(["allow", str(folder), str(alice)]) == 0
        assert main(["revoke", str(folder), who]) == 0
        assert [path.name for path in folder.iterdir()] == ["alice.revoked"]
    # a key that never was in the folder can be kept out beforehand
    stranger = z85.encode(bytes(range(32))).decode()
    assert main(["revoke", str(folder), stranger]) == 0
    assert main(["allow", str(folder), stranger, "--name", "stranger"]) == 1
    assert main(["revoke", str(folder), "nobody"]) == 1


def test_keys_that_look_like_options(tmp_path: Path) -> None:
    key = z85.encode((63 * 85**4).to_bytes(4, "big") + bytes(28)).decode()
    assert key.startswith("-")
    assert main(["fingerprint", key]) == 0
    assert main(["allow", str(tmp_path), key, "--name", "x"]) == 0
    assert set(CertificateFolder(tmp_path)) == {key.encode()}
    assert main(["revoke", str(tmp_path), key]) == 0
    assert set(CertificateFolder(tmp_path)) == set()


def test_names_do_not_leave_the_folder(tmp_path: Path) -> None:
    key = z85.encode(bytes(range(32))).decode()
    for name in ("../x", "a/b", ""):
        assert main(["allow", str(tmp_path), key, "--name", name]) == 1
    assert main(["allow", str(tmp_path), key, "--name", "x"]) == 0
    other = z85.encode(bytes(range(1, 33))).decode()
    assert main(["allow", str(tmp_path), other, "--name", "x"]) == 1  # the name is taken
    assert main(["allow", str(tmp_path), other, "--name", "x", "--overwrite"]) == 0
