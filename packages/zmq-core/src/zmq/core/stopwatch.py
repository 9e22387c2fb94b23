"""Stopwatch, as the manual of pyzmq 2.2 laid it out."""

from __future__ import annotations

from .. import Stopwatch
from . import _moved

_moved("stopwatch")

__all__ = ["Stopwatch"]
