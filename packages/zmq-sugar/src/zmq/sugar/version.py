"""Versions: of the API (going on from pyzmq's numbers) and of libzmq."""

from __future__ import annotations

from ..about import pyzmq_version, pyzmq_version_info, zmq_version
from ..backend import zmq_version_info
from ._version import __version__

__revision__ = ""  # pyzmq's name for its source revision

VERSION_MAJOR, VERSION_MINOR, VERSION_PATCH = (int(n) for n in __version__.split(".")[:3])
VERSION_EXTRA = ".".join(__version__.split(".")[3:])
version_info = pyzmq_version_info()

__all__ = [
    "__revision__",
    "__version__",
    "pyzmq_version",
    "pyzmq_version_info",
    "zmq_version",
    "zmq_version_info",
]
