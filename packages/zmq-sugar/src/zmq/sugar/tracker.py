"""MessageTracker: the core's class under the name programs import it by."""

from __future__ import annotations

from ..backend import _FINISHED_TRACKER, MessageTracker

__all__ = ["_FINISHED_TRACKER", "MessageTracker"]
