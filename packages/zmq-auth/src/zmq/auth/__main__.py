"""The key tool: ``python -m zmq.auth`` new, show, fingerprint, allow, revoke.

Contract
--------
- Secret keys are never printed, and never taken from the command line.
- ``allow`` and ``revoke`` change a folder that a running authenticator watches
  (`zmq.auth.CertificateFolder`) in steps that are each one rename.
- Exit status: 0, or 1 with one line on stderr, or 2 for a wrong command line.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .certs import (
    Certificate,
    create_certificates,
    fingerprint,
    format_certificate,
    parse_certificate,
    parse_key,
)
from .storage import check_permissions, read_file, write_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ("main",)

_PUBLIC_MODE = 0o644
_SHIELD = "key:"


class _Refused(Exception):
    """What the user asked for cannot be done; the text says why."""


def _load(path: Path) -> Certificate:
    data, _ = read_file(path)
    return parse_certificate(data, path)


def _key_of(text: str) -> tuple[bytes, str]:
    """Return a public key given as a file or as 40 characters, and a name for it."""
    path = Path(text)
    if path.is_file():
        return _load(path).public, path.name.partition(".key")[0]
    key = text.removeprefix(_SHIELD)
    if _is_key(key):
        return parse_key(key), ""
    raise _Refused(f"{text!r} is neither a certificate file nor a public key")


def _new(options: argparse.Namespace) -> None:
    metadata = {}
    for item in options.metadata:
        name, equals, value = item.partition("=")
        if not equals:
            raise _Refused(f"metadata is given as NAME=VALUE, not {item!r}")
        metadata[name.strip()] = value.strip()
    paths = create_certificates(options.dir, options.name, metadata, overwrite=options.overwrite)
    print(*paths, sep="\n")
    print(fingerprint(_load(Path(paths[0])).public))


def _show(options: argparse.Namespace) -> None:
    for file in options.file:
        path = Path(file)
        data, status = read_file(path)
        certificate = parse_certificate(data, path)
        print(f"file:        {path}")
        print(f"public key:  {certificate.public.decode('ascii')}")
        print(f"fingerprint: {fingerprint(certificate.public)}")
        print(f"secret key:  {'in this file' if certificate.secret else 'not in this file'}")
        for name, value in certificate.metadata.items():
            print(f"metadata:    {name} = {value}")
        if certificate.secret is not None:
            check_permissions(path, status, "refuse")


def _fingerprint(options: argparse.Namespace) -> None:
    for text in options.key:
        print(fingerprint(_key_of(text)[0]), text)


def _certificates(folder: Path, suffix: str) -> Iterator[tuple[Path, bytes]]:
    """Yield the good files of a folder; the broken ones are the authenticator's to report."""
    for path in sorted(folder.glob(f"*{suffix}")):
        with contextlib.suppress(ValueError, OSError):
            yield path, _load(path).public


def _folder(options: argparse.Namespace) -> Path:
    folder = Path(options.folder)
    if not folder.is_dir():
        raise _Refused(f"{folder} is no directory; make it first")
    return folder


def _allow(options: argparse.Namespace) -> None:
    folder = _folder(options)
    key, name = _key_of(options.key)
    name = options.name or name
    if not name or Path(name).name != name:
        raise _Refused(f"name the certificate with --name NAME, a plain file name, not {name!r}")
    revoked = [path for path, known in _certificates(folder, ".revoked") if known == key]
    if revoked and not options.reinstate:
        raise _Refused(f"{fingerprint(key)} is revoked by {revoked[0]}; --reinstate undoes that")
    target = folder / f"{name}.key"
    if all(known != key for _, known in _certificates(folder, ".key")):
        write_file(target, format_certificate(key), _PUBLIC_MODE, overwrite=options.overwrite)
    for path in revoked:
        path.unlink()
    print(f"allowed {name} {fingerprint(key)}")


def _revoke(options: argparse.Namespace) -> None:
    folder = _folder(options)
    allowed = list(_certificates(folder, ".key"))
    keys = {
        key
        for path, key in allowed
        if options.who.removeprefix(_SHIELD) in (path.stem, fingerprint(key), key.decode("ascii"))
    }
    if not keys:
        with contextlib.suppress(_Refused):
            keys = {_key_of(options.who)[0]}
    if not keys:
        raise _Refused(f"{folder} has no certificate called {options.who!r}, nor is that a key")
    for key in sorted(keys):
        names = [path for path, known in allowed if known == key]
        name = names[0].stem if names else fingerprint(key)[7:19].replace("/", "_")
        # first the revocation, then the permission goes: at no moment is the door open
        mark = folder / f"{name}.revoked"
        write_file(mark, format_certificate(key), _PUBLIC_MODE, overwrite=True)
        for path in names:
            path.unlink()
        print(f"revoked {name} {fingerprint(key)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m zmq.auth", description="Make, show, allow and revoke CURVE keys."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("new", help="make a key pair in two files")
    command.add_argument("name", help="the files are NAME.key and NAME.key_secret")
    command.add_argument("--dir", default=".", help="where to write them (default: here)")
    command.add_argument("--metadata", action="append", default=[], metavar="NAME=VALUE")
    command.add_argument("--overwrite", action="store_true", help="replace files of that name")
    command.set_defaults(run=_new)

    command = commands.add_parser("show", help="show certificate files, without secrets")
    command.add_argument("file", nargs="+")
    command.set_defaults(run=_show)

    command = commands.add_parser("fingerprint", help="print fingerprints to compare by eye")
    command.add_argument("key", nargs="+", help="a certificate file or a public key")
    command.set_defaults(run=_fingerprint)

    command = commands.add_parser("allow", help="let a key in")
    command.add_argument("folder", help="the folder that configure_curve was given")
    command.add_argument("key", help="a certificate file or a public key")
    command.add_argument("--name", help="what to call it (default: the file's name)")
    command.add_argument("--reinstate", action="store_true", help="even if it was revoked")
    command.add_argument("--overwrite", action="store_true", help="replace a file of that name")
    command.set_defaults(run=_allow)

    command = commands.add_parser("revoke", help="keep a key out")
    command.add_argument("folder", help="the folder that configure_curve was given")
    command.add_argument("who", help="a name, a fingerprint, a public key or a certificate file")
    command.set_defaults(run=_revoke)
    return parser


def _is_key(text: str) -> bool:
    try:
        return bool(parse_key(text))
    except ValueError:
        return False


def _shielded(arguments: Sequence[str]) -> list[str]:
    """Mark keys that argparse would take for options: one in 85 begins with a hyphen."""
    return [_SHIELD + text if text[:1] == "-" and _is_key(text) else text for text in arguments]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = _parser()
    options = parser.parse_args(_shielded(sys.argv[1:] if arguments is None else arguments))
    try:
        options.run(options)
    except (_Refused, OSError, ValueError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
