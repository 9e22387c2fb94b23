"""Frame and its tracker, as the manual of pyzmq 2.2 laid it out."""

from __future__ import annotations

from .. import Frame, Message, MessageTracker
from . import _moved

_moved("message")

__all__ = ["Frame", "Message", "MessageTracker"]
