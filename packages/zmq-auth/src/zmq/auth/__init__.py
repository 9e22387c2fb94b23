"""ZAP authentication for ØMQ sockets: NULL, PLAIN, CURVE and GSSAPI; CURVE certificates on disk.

The drivers are modules of their own: `zmq.auth.thread`, `zmq.auth.asyncio`, and the deprecated
`zmq.auth.ioloop`. The rest is here by name; what reads files and what connects is loaded when it is
first asked for.

.. versionadded:: 14.1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._version import __version__ as __version__
from .base import CURVE_ALLOW_ANY as CURVE_ALLOW_ANY, Authenticator as Authenticator
from .certs import (
    create_certificates as create_certificates,
    fingerprint as fingerprint,
    load_certificate as load_certificate,
    load_certificates as load_certificates,
)
from .decision import (
    AuthStats as AuthStats,
    Credentials as Credentials,
    Grant as Grant,
    Reason as Reason,
)
from .providers import Provider as Provider
from .storage import KeyFileWarning as KeyFileWarning

if TYPE_CHECKING:
    from .files import CertificateFolder as CertificateFolder, PasswordFile as PasswordFile
    from .handshake import aconnect as aconnect, connect as connect


def __getattr__(name: str) -> Any:
    if name in ("CertificateFolder", "PasswordFile"):
        from . import files

        return getattr(files, name)
    if name in ("aconnect", "connect"):
        from . import handshake

        return getattr(handshake, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = (
    "CURVE_ALLOW_ANY",
    "AuthStats",
    "Authenticator",
    "CertificateFolder",
    "Credentials",
    "Grant",
    "KeyFileWarning",
    "PasswordFile",
    "Provider",
    "Reason",
    "__version__",
    "aconnect",
    "connect",
    "create_certificates",
    "fingerprint",
    "load_certificate",
    "load_certificates",
)
