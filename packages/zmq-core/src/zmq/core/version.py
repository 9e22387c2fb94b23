"""Versions, as the manual of pyzmq 2.2 laid it out."""

from __future__ import annotations

from .. import pyzmq_version, pyzmq_version_info, zmq_version, zmq_version_info
from . import _moved

_moved("version")

__all__ = ["pyzmq_version", "pyzmq_version_info", "zmq_version", "zmq_version_info"]
