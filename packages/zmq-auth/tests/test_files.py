"""Watched files: what is half-written neither opens nor shuts a door."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

import zmq
from zmq.auth import CertificateFolder, KeyFileWarning, PasswordFile, create_certificates
from zmq.auth.certs import format_certificate
from zmq.auth.decision import Credentials, Reason
from zmq.auth.files import parse_passwords
from zmq.auth.watch import WatchedFile

SETTLE = 0.5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "clients"
    path.mkdir()
    return path


def public_key() -> bytes:
    return zmq.curve_keypair()[0]


def settled(files: CertificateFolder | PasswordFile, now: float) -> float:
    """Look twice with the time to settle in between; return a time after."""
    files.refresh(now)
    files.refresh(now + SETTLE)
    return now + SETTLE + 1


def verdict(files: CertificateFolder, key: bytes) -> object:
    return files.verify(Credentials("CURVE", key=key))


def test_certificates_come_and_go(folder: Path) -> None:
    create_certificates(folder, "alice")
    (alice,) = files = CertificateFolder(folder, settle=SETTLE)
    assert files == {alice: True}  # what is there at first counts at once

    bob = public_key()
    (folder / "bob.key").write_text(format_certificate(bob))
    (folder / "notes.txt").write_text(format_certificate(public_key()))
    assert not files.refresh(10.0)
    assert verdict(files, bob) is Reason.KEY
    assert not files.refresh(10.0 + SETTLE * 0.9)
    assert files.refresh(10.0 + SETTLE)
    assert verdict(files, bob) is True
    assert set(files) == {alice, bob}

    (folder / "alice.key").unlink()
    assert not files.refresh(20.0)
    assert verdict(files, alice) is True
    assert files.refresh(20.0 + SETTLE)
    assert set(files) == {bob}
    assert (files.reloads, files.rejected) == (3, 0)


def test_a_certificate_that_is_being_written(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each prefix of a file is looked at for as long as it takes, and none of them counts."""
    alice, mallory = public_key(), public_key()
    path = folder / "alice.key"
    path.write_text(format_certificate(alice))
    files = CertificateFolder(folder, settle=SETTLE)
    whole = format_certificate(mallory)
    key_ends = whole.index(mallory.decode()) + len(mallory)
    now = 10.0
    for cut in range(0, key_ends, 7):
        path.write_text(whole[:cut])
        now = settled(files, now)
        assert dict(files) == {alice: True}
    assert files.rejected > 1
    assert "what was known of it stays" in caplog.text
    path.write_text(whole)
    settled(files, now)
    assert dict(files) == {mallory: True}


def test_a_file_that_never_rests_does_not_count(folder: Path) -> None:
    files = CertificateFolder(folder, settle=SETTLE)
    path = folder / "alice.key"
    for step in range(20):
        path.write_text(format_certificate(public_key()))
        files.refresh(10.0 + step * SETTLE * 0.9)
        assert len(files) == 0
    files.refresh(10.0 + 19 * SETTLE * 0.9 + SETTLE)
    assert len(files) == 1


def test_same_size_and_same_times_are_seen_through(folder: Path) -> None:
    old, new = public_key(), public_key()
    path = folder / "alice.key"
    path.write_text(format_certificate(old))
    files = CertificateFolder(folder, settle=SETTLE)
    status = path.stat()
    path.write_text(path.read_text().replace(old.decode(), new.decode()))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    settled(files, 10.0)
    assert set(files) == {new}


def test_revocation_files_win(folder: Path) -> None:
    alice = public_key()
    for name in ("alice", "alias"):
        (folder / f"{name}.key").write_text(format_certificate(alice))
    files = CertificateFolder(folder, settle=SETTLE)
    (folder / "alice.revoked").write_text(format_certificate(alice))
    now = settled(files, 10.0)
    assert verdict(files, alice) is Reason.REVOKED
    assert alice not in files
    (folder / "alice.revoked").unlink()
    settled(files, now)
    assert verdict(files, alice) is True


def test_a_folder_may_come_go_and_be_unreadable(tmp_path: Path) -> None:
    folder = tmp_path / "late"
    files = CertificateFolder(folder, settle=SETTLE)
    now = settled(files, 10.0)
    assert len(files) == 0
    folder.mkdir()
    create_certificates(folder, "alice")
    now = settled(files, now)
    assert len(files) == 1
    folder.rename(tmp_path / "elsewhere")
    folder.write_text("no directory")  # cannot be listed: nothing changes
    now = settled(files, now)
    assert len(files) == 1
    folder.unlink()
    settled(files, now)
    assert len(files) == 0


def test_odd_entries_of_a_folder_harm_nobody(folder: Path) -> None:
    create_certificates(folder, "alice")
    os.mkfifo(folder / "pipe.key")
    (folder / "directory.key").mkdir()
    (folder / "dangling.key").symlink_to("nowhere")
    (folder / "junk.key").write_bytes(b"\xff\0" * 1000)
    files = CertificateFolder(folder, settle=SETTLE)
    assert len(files) == 1
    settled(files, 10.0)
    assert len(files) == 1


def test_force_does_not_wait(folder: Path) -> None:
    files = CertificateFolder(folder)
    create_certificates(folder, "alice")
    assert files.reload()
    assert len(files) == 1


def private(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_passwords_are_reread(tmp_path: Path) -> None:
    path = private(tmp_path / "passwords", "# ours\nalice=secret\n\nbob = two = parts \n")
    files = PasswordFile(path, settle=SETTLE)
    assert files == {"alice": "secret", "bob": " two = parts "}
    path.write_text("alice=other\n")
    assert files["alice"] == "secret"
    settled(files, 10.0)
    assert files == {"alice": "other"}
    path.unlink()
    settled(files, 20.0)
    assert files == {}


def test_a_password_file_that_is_being_written(tmp_path: Path) -> None:
    """A cut password is a password, too, and a missing line locks somebody out."""
    path = private(tmp_path / "passwords", "alice=secret\nbob=secret\n")
    files = PasswordFile(path, settle=SETTLE)
    new = "alice=secret\nbob=long password"
    now = 10.0
    for cut in (0, 1, 5, 6, 8, 12, 14, 17, 20, len(new)):
        path.write_text(new[:cut])
        now = settled(files, now)
        assert files == {"alice": "secret", "bob": "secret"}
    path.write_text(new + "\n")
    settled(files, now)
    assert files == {"alice": "secret", "bob": "long password"}


@pytest.mark.parametrize(
    "text", ["", "alice=x", "alice\n", "=x\n", "alice=\n", "alice=x\nalice=y\n", "a\0=b\n"]
)
def test_password_files_that_are_refused(tmp_path: Path, text: str) -> None:
    path = private(tmp_path / "passwords", text)
    with pytest.raises(ValueError, match=r"line|empty") as caught:
        PasswordFile(path)
    assert "=x" not in str(caught.value)
    with pytest.raises(OSError, match="gone"):
        PasswordFile(tmp_path / "gone")


def test_a_password_file_open_to_others(tmp_path: Path) -> None:
    path = private(tmp_path / "passwords", "alice=secret\n")
    path.chmod(0o644)
    with pytest.warns(KeyFileWarning, match="0644"):
        PasswordFile(path)
    with pytest.raises(PermissionError, match="0644"):
        PasswordFile(path, permissions="refuse")
    assert len(PasswordFile(path, permissions="ignore")) == 1


@settings(max_examples=300, deadline=None, database=None)
@given(st.binary(max_size=100))
def test_any_bytes_are_passwords_or_a_value_error(data: bytes) -> None:
    try:
        passwords = parse_passwords(data)
    except ValueError:
        return
    assert data.endswith(b"\n")
    assert all(user and password for user, password in passwords.items())


def test_refused_content_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = private(tmp_path / "passwords", "alice=secret\n")
    files = PasswordFile(path, settle=SETTLE)
    path.write_text("nonsense\n")
    caplog.set_level(logging.ERROR)
    for second in range(10, 20):
        files.refresh(float(second))
    assert caplog.text.count("is refused") == 1
    assert files.rejected == 1


class FrozenPath(type(Path())):  # type: ignore[misc]
    """A file on a coarse clock: two writes within one tick have the same times."""

    def stat(self, **_: object) -> os.stat_result:
        return os.stat_result((0o100600, 1, 1, 1, 0, 0, 7, 0, 0, 0))


def test_a_second_write_within_one_tick_of_the_clock_is_seen(tmp_path: Path) -> None:
    path = FrozenPath(tmp_path / "file")
    path.write_bytes(b"half-wri")
    log = logging.getLogger("zmq.auth")
    file = WatchedFile(path, lambda data, status: data, SETTLE, log)
    file.poll(10.0)
    path.write_bytes(b"complete")
    file.poll(10.0 + SETTLE)
    assert file.value is None  # what settles now is another content
    file.poll(10.0 + 2 * SETTLE)
    assert file.value == b"complete"
