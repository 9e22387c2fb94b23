"""The old name of proxy, as the manual of pyzmq 2.2 laid it out."""

from __future__ import annotations

from .. import device
from . import _moved

_moved("device")

__all__ = ["device"]
