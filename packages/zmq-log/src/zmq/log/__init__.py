"""Python's logging over ZeroMQ: publish records, collect them, watch them.

==========================  =====================================================================
`zmq.log.handlers`          `PUBHandler` publishes what a program logs; `TopicLogger` logs by topic
`zmq.log.listener`          `SUBListener` feeds published records into the local `logging`
`zmq.log.records`           records as JSON lines, the structured wire format
``python -m zmq.log URL``   watches publishers in a terminal
==========================  =====================================================================
"""

from ._version import __version__ as __version__
from .handlers import (
    TOPIC_DELIM as TOPIC_DELIM,
    PUBHandler as PUBHandler,
    TopicLogger as TopicLogger,
)
from .listener import SUBListener as SUBListener
from .records import JSONFormatter as JSONFormatter

__all__ = (
    "TOPIC_DELIM",
    "JSONFormatter",
    "PUBHandler",
    "SUBListener",
    "TopicLogger",
    "__version__",
)
