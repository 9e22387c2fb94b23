"""Context, as the manual of pyzmq 2.2 laid it out."""

from __future__ import annotations

from .. import Context
from . import _moved

_moved("context")

__all__ = ["Context"]
