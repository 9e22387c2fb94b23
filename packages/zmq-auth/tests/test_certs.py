"""Certificate files: made, read, refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

import zmq
from zmq.auth import (
    KeyFileWarning,
    create_certificates,
    fingerprint,
    load_certificate,
    load_certificates,
)
from zmq.auth.certs import parse_certificate, parse_key
from zmq.utils import z85


def mode(path: str | Path) -> int:
    return stat.S_IMODE(Path(path).stat().st_mode)


def test_create_and_load(tmp_path: Path) -> None:
    public_file, secret_file = create_certificates(tmp_path, "alice", {"email": "a@b", "n": "5"})
    assert (public_file, secret_file) == (
        str(tmp_path / "alice.key"),
        str(tmp_path / "alice.key_secret"),
    )
    public, secret = load_certificate(secret_file)
    assert secret is not None
    assert zmq.curve_public(secret) == public
    assert load_certificate(public_file) == (public, None)
    assert load_certificates(tmp_path) == {public: True}
    read = parse_certificate(Path(secret_file).read_bytes())
    assert read.metadata == {"email": "a@b", "n": "5"}
    assert secret.decode() not in repr(read)
    assert secret.decode() not in Path(public_file).read_text()


def test_the_secret_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        public_file, secret_file = create_certificates(tmp_path, "alice")
        create_certificates(tmp_path, "alice", overwrite=True)
    finally:
        os.umask(old)
    assert (mode(public_file), mode(secret_file)) == (0o644, 0o600)


@pytest.mark.parametrize("there", ["alice.key", "alice.key_secret"])
def test_nothing_is_overwritten_without_asking(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("precious")
    with pytest.raises(FileExistsError, match=there):
        create_certificates(tmp_path, "alice")
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "precious"
    create_certificates(tmp_path, "alice", overwrite=True)
    assert load_certificate(tmp_path / "alice.key_secret")[1]


@pytest.mark.parametrize("bits", [0o644, 0o604, 0o620, 0o602])
def test_a_secret_that_others_can_reach(tmp_path: Path, bits: int) -> None:
    public_file, secret_file = create_certificates(tmp_path, "alice")
    Path(secret_file).chmod(bits)
    with pytest.warns(KeyFileWarning, match=f"{bits:04o}.*chmod 600") as caught:
        load_certificate(secret_file)
    assert caught[0].filename == __file__
    with pytest.raises(PermissionError, match="chmod 600"):
        load_certificate(secret_file, permissions="refuse")
    assert load_certificate(secret_file, permissions="ignore")[1]
    Path(public_file).chmod(0o666)
    load_certificate(public_file)  # no secret, no warning (warnings are errors here)
    with pytest.raises(ValueError, match="permissions"):
        load_certificate(secret_file, permissions="maybe")


@pytest.mark.parametrize(
    "metadata", [{"a\nb": "x"}, {"a": "x\ncurve\n public-key = y"}, {"a=b": "x"}, {"#a": "x"}]
)
def test_metadata_cannot_forge_lines(tmp_path: Path, metadata: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="metadata"):
        create_certificates(tmp_path, "alice", metadata)
    assert list(tmp_path.iterdir()) == []


PUBLIC = zmq.curve_keypair()[0].decode()


@pytest.mark.parametrize(
    "text",
    [
        f'public-key = "{PUBLIC}"',
        f"curve\n    public-key = {PUBLIC}\n",
        f"  curve\npublic-key = '{PUBLIC}'\n",
        f'#x\nmetadata\n name = "o"\r\n\ncurve\r\n public-key = "{PUBLIC}"\r\n',
        f'metadata\n public-key = "no"\ncurve\n public-key = "{PUBLIC}"\n',
    ],
)
def test_spellings_that_are_read(text: str) -> None:
    assert parse_certificate(text.encode()).public == PUBLIC.encode()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "No public key"),
        ("hello", "No public key"),
        (f'metadata\n public-key = "{PUBLIC}"', "No public key"),
        ("\udcff", "UTF-8"),
        (f'public-key = "{PUBLIC}', "closing quote"),
        (f'public-key = "{PUBLIC[:-1]}"', "broken"),
        (f"public-key = {PUBLIC[:-1]}", "broken"),
        ('public-key = "' + "#" * 40 + '"', "broken"),
        (f'public-key = "{PUBLIC}"\npublic-key = "{PUBLIC}"', "twice"),
        (f'public-key = "{PUBLIC}"\nsecret-key = "abc"', "secret-key.*broken"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "x.key"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ValueError, match=complaint):
        load_certificate(path)
    with pytest.raises(ValueError, match=complaint):
        load_certificates(tmp_path)


@settings(max_examples=300, deadline=None, database=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_a_certificate_or_a_value_error(data: bytes) -> None:
    try:
        certificate = parse_certificate(data + b'\npublic-key = "')
    except ValueError:
        return
    assert parse_key(certificate.public) == certificate.public


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gone"):
        load_certificate(tmp_path / "gone")
    with pytest.raises(OSError, match="Invalid certificate directory"):
        load_certificates(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe.key")
    with pytest.raises(OSError, match="no regular file"):
        load_certificate(tmp_path / "pipe.key")


def test_keys() -> None:
    raw = bytes(range(32))
    assert parse_key(raw) == parse_key(z85.encode(raw)) == parse_key(z85.encode(raw).decode())
    for wrong in (b"", "", "x" * 39, b"x" * 33, "#" * 40, "é" * 40, '"' * 40):
        with pytest.raises(ValueError, match="CURVE key"):
            parse_key(wrong)


def test_fingerprints_are_those_of_openssl() -> None:
    # printf '\0%.0s' {1..32} | openssl dgst -sha256 -binary | base64
    assert fingerprint(bytes(32)) == "SHA256:Zmh6rfhivXdsj8GLjp+OIAiXFIVu4jOzkCpZHQ1fKSU"
