"""Python's logging over ZeroMQ: publish records, collect them, watch them.

==========================  =====================================================================
`zmq.log.handlers`          `PUBHandler` publishes what a program logs; `TopicLogger` logs by topic
`zmq.log.listener`          `SUBListener` feeds published records into the local `logging`
`zmq.log.records`           records as JSON lines, the structured wire format
``python -m zmq.log URL``   watches publishers in a terminal
==========================  =====================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._version import __version__ as __version__
from .handlers import (
    TOPIC_DELIM as TOPIC_DELIM,
    PUBHandler as PUBHandler,
    TopicLogger as TopicLogger,
)

if TYPE_CHECKING:
    from .listener import SUBListener as SUBListener
    from .records import JSONFormatter as JSONFormatter


def __getattr__(name: str) -> Any:
    # what collects records, and what reads and writes JSON: for those who use it
    if name == "SUBListener":
        from .listener import SUBListener

        return SUBListener
    if name == "JSONFormatter":
        from .records import JSONFormatter

        return JSONFormatter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = (
    "TOPIC_DELIM",
    "JSONFormatter",
    "PUBHandler",
    "SUBListener",
    "TopicLogger",
    "__version__",
)
