"""Gone: the copy of tornado's loop that pyzmq brought along up to 16."""

raise ImportError(
    "zmq.eventloop.minitornado is gone: use tornado itself (pip install tornado), whose loops work "
    "with zmq, or asyncio with zmq.asyncio",
    name=__name__,
)
