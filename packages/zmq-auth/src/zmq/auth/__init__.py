"""ZAP authentication for ØMQ sockets: NULL, PLAIN, CURVE and GSSAPI; CURVE certificates on disk.

The drivers are modules of their own: `zmq.auth.thread`, `zmq.auth.asyncio`, and the deprecated
`zmq.auth.ioloop`. The rest is here by name.

.. versionadded:: 14.1
"""

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
from .files import CertificateFolder as CertificateFolder, PasswordFile as PasswordFile
from .handshake import aconnect as aconnect, connect as connect
from .providers import Provider as Provider
from .storage import KeyFileWarning as KeyFileWarning

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
