"""Socket, as the manual of pyzmq 2.2 laid it out."""

from __future__ import annotations

from .. import Socket
from . import _moved

_moved("socket")

__all__ = ["Socket"]
