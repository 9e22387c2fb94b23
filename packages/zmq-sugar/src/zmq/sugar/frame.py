"""Frame: the core's class under the name programs import it by."""

from __future__ import annotations

from ..backend import Frame

Message = Frame

__all__ = ["Frame", "Message"]
