"""Handlers and loggers that publish: the glue between `logging` and a `Publisher`.

``logger -> PUBHandler.emit -> topic and body -> Publisher -> socket``. What a record looks like is
decided here and by `zmq.log.topics`; threads, forks, bounds and closing are the publisher's matter.
"""

from __future__ import annotations

import copy
import logging
import warnings
from typing import TYPE_CHECKING, Any

from .publisher import Publisher, Target
from .topics import TOPIC_DELIM, join_topic, parse_level, split_message

if TYPE_CHECKING:
    from ..sugar.context import Context
    from ..sugar.socket import Socket

__all__ = ("TOPIC_DELIM", "LineFormatter", "PUBHandler", "TopicLogger")

_WHERE = "%(levelname)s %(filename)s:%(lineno)d - %(message)s\n"
_BARE = "%(message)s\n"


class LineFormatter(logging.Formatter):
    """The handler's default: a `logging.Formatter` whose text always ends in a newline."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the formatted record; a traceback, too, ends its last line."""
        text = super().format(record)
        return text if text.endswith("\n") else text + "\n"


class PUBHandler(logging.Handler):
    """Publish log records on a ZeroMQ socket, as ``[root_topic.LEVEL.subtopic, body]``.

    Parameters
    ----------
    interface_or_socket : str or Socket or callable
        An endpoint, where the handler binds a socket of its own; or a socket, ready for use, that
        stays yours; or a function ``f(context)`` that makes one (with CURVE keys, say), which the
        handler then owns and which is called again in a forked child.
    context : Context, optional
        Where to make the socket. Default: a context of the handler's own.
    root_topic : str or bytes
        The application's name, the first part of every topic. Default: none.
    structured : bool
        Publish JSON records (`zmq.log.records`) instead of formatted text: with arguments, extras,
        exception and origin, for `SUBListener` and ``python -m zmq.log``. Short for
        ``setFormatter(JSONFormatter())``.
    connect : bool
        Connect to the endpoint, where a collector has bound, instead of binding. The way for
        programs that fork, and for many programs with one collector.
    queue_size : int, optional
        Bounded mode: never wait, keep at most so many records for the slowest subscriber, drop and
        count (`dropped`) what does not fit. Default: a subscriber that is too slow loses records
        silently, each on its own, as with every PUB socket.
    linger_ms : int
        How long `close`, and so the end of the program, may wait for records on their way.

    Attributes
    ----------
    formatters : dict[int, logging.Formatter]
        The format of each level; see `setFormatter`.

    Examples
    --------
    >>> handler = PUBHandler("tcp://127.0.0.1:*", root_topic="app")
    >>> logging.getLogger().addHandler(handler)
    >>> logging.info("db.pool::connected")   # topic app.INFO.db.pool, body "connected\\n"

    Notes
    -----
    The defaults are ``%(message)s`` for INFO, and level, file and line before it for the others.
    Levels without a format of their own, as those from `logging.addLevelName`, use the one for all
    levels if `setFormatter` set it, else that default.

    Any number of threads may log. After a fork the child opens a socket of its own when it first
    logs; see ``connect``.

    .. versionchanged:: 1.0
        Custom levels work, ERROR no longer ends in ``- None``, a traceback is printed once, and
        `close` closes the socket that the handler made and sends what is on its way.
    """

    formatters: dict[int, logging.Formatter]

    def __init__(
        self,
        interface_or_socket: Target,
        context: Context[Any] | None = None,
        root_topic: str | bytes = "",
        *,
        structured: bool = False,
        connect: bool = False,
        queue_size: int | None = None,
        linger_ms: int = 1000,
    ) -> None:
        self.setRootTopic(root_topic)
        # Before logging learns of the handler: if this fails, it never does.
        self._publisher = Publisher(
            interface_or_socket,
            context,
            connect=connect,
            queue_size=queue_size,
            linger_ms=linger_ms,
        )
        super().__init__()
        self._default: logging.Formatter = LineFormatter(_WHERE)
        self.formatters = {
            logging.DEBUG: self._default,
            logging.INFO: LineFormatter(_BARE),
            logging.WARNING: self._default,
            logging.ERROR: self._default,
            logging.CRITICAL: self._default,
        }
        if structured:
            from .records import JSONFormatter

            self.setFormatter(JSONFormatter())

    # -- what is published ----------------------------------------------------------------------

    @property
    def root_topic(self) -> str:
        """The first part of every topic; bytes are taken as UTF-8 when set."""
        return self._root_topic

    @root_topic.setter
    def root_topic(self, value: str | bytes) -> None:
        self.setRootTopic(value)

    def setRootTopic(self, root_topic: str | bytes) -> None:  # noqa: N802 - pyzmq's name
        """Set the first part of every topic; empty for none."""
        if isinstance(root_topic, bytes):
            root_topic = root_topic.decode("utf-8")
        if not isinstance(root_topic, str):
            raise TypeError(f"root_topic must be str or bytes, got {root_topic!r}")
        self._root_topic = root_topic

    def setFormatter(  # noqa: N802 - logging's name
        self, fmt: logging.Formatter | None, level: int | str = logging.NOTSET
    ) -> None:
        """Set the format of one level, or of all.

        Parameters
        ----------
        fmt : logging.Formatter or None
            None gives the default back.
        level : int or str
            The level, as a number or a name. Default: all levels, in place of every format set so
            far, and of levels yet unknown.
        """
        number = parse_level(level) if isinstance(level, str) else level
        if number is None:
            raise ValueError(f"no such level: {level!r}; name new ones with logging.addLevelName")
        if number != logging.NOTSET:
            self.formatters[number] = fmt if fmt is not None else _default_for(number)
            return
        for known in self.formatters:
            self.formatters[known] = fmt if fmt is not None else _default_for(known)
        self._default = fmt if fmt is not None else _default_for(logging.NOTSET)
        self.formatter = fmt  # without one, logging.basicConfig would set its own

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text in the format of its level."""
        return self.formatters.get(record.levelno, self._default).format(record)

    def emit(self, record: logging.LogRecord) -> None:
        """Publish a record; an error is reported the way `logging` does it, not raised."""
        try:
            sub, message = split_message(record.msg)
            if message is not record.msg:
                record = copy.copy(record)  # other handlers have a right to the whole message
                record.msg = message
            topic = join_topic(self.root_topic, record.levelname, sub)
            self._publisher.publish([_encode(topic), _encode(self.format(record))])
        except RecursionError:
            raise
        except Exception:  # noqa: BLE001 - logging must not break the program
            self.handleError(record)

    # -- the sending end ------------------------------------------------------------------------

    @property
    def socket(self) -> Socket[Any]:
        """The socket in use; it belongs to the handler's threads while the handler lives."""
        return self._publisher.socket

    @property
    def ctx(self) -> Context[Any]:
        """The socket's context."""
        return self._publisher.context

    @property
    def endpoint(self) -> str:
        """Where the socket was bound or connected last, with the real port of a wildcard.

        .. versionadded:: 1.0
        """
        return self._publisher.endpoint

    @property
    def dropped(self) -> int:
        """How many records of this process were not handed to libzmq: no room, or no socket.

        .. versionadded:: 1.0
        """
        return self._publisher.dropped

    def wait_for_subscribers(self, count: int = 1, timeout_ms: int | None = None) -> bool:
        """Wait until there are `count` subscriptions, so that the first records are not lost.

        Parameters
        ----------
        count : int, default 1
            One subscriber with three topics counts as three.
        timeout_ms : int, optional
            Milliseconds to wait at most; by default for ever.

        Returns
        -------
        bool
            False when the time was over first.

        Raises
        ------
        RuntimeError
            The handler was given a socket that is no XPUB, which cannot tell who subscribes.

        .. versionadded:: 1.0
        """
        return self._publisher.wait_for_subscribers(count, timeout_ms)

    def close(self) -> None:
        """Send what is on its way, for at most ``linger_ms``, and close the handler's own socket.

        `logging.shutdown` calls it at the end of the program. A socket that was given stays open.
        """
        self._publisher.close()
        super().close()


def _default_for(level: int) -> logging.Formatter:
    return LineFormatter(_BARE if level == logging.INFO else _WHERE)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


class TopicLogger(logging.Logger):
    """A logger whose methods take a subtopic before the message.

    ``logger.info("db.pool", "%d connections", n)`` logs ``"db.pool::%d connections"``, which a
    `PUBHandler` publishes under ``root.INFO.db.pool``. An empty topic gives none.

    .. versionchanged:: 1.0
        ``debug``, ``info``, ``warning``, ``error``, ``critical``, ``fatal``, ``warn`` and
        ``exception`` work, `setLevel` takes effect at once, and records name the caller's line.
    """

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - logging's name
        """Tell whether a message of this level would be logged.

        Looks anew each time: a logger that was made by its class is not in the manager's table,
        which alone has its cached answers cleared by `setLevel`.
        """
        if self.disabled or self.manager.disable >= level:
            return False
        return level >= self.getEffectiveLevel()

    def debug(  # type: ignore[override]
        self, topic: str, msg: object, *args: object, **kwargs: Any
    ) -> None:
        """Log a message under a subtopic, at level DEBUG."""
        super().debug(_under(topic, msg), *args, **_from_caller(kwargs))

    def info(  # type: ignore[override]
        self, topic: str, msg: object, *args: object, **kwargs: Any
    ) -> None:
        """Log a message under a subtopic, at level INFO."""
        super().info(_under(topic, msg), *args, **_from_caller(kwargs))

    def warning(  # type: ignore[override]
        self, topic: str, msg: object, *args: object, **kwargs: Any
    ) -> None:
        """Log a message under a subtopic, at level WARNING."""
        super().warning(_under(topic, msg), *args, **_from_caller(kwargs))

    def error(  # type: ignore[override]
        self, topic: str, msg: object, *args: object, **kwargs: Any
    ) -> None:
        """Log a message under a subtopic, at level ERROR."""
        super().error(_under(topic, msg), *args, **_from_caller(kwargs))

    def critical(  # type: ignore[override]
        self, topic: str, msg: object, *args: object, **kwargs: Any
    ) -> None:
        """Log a message under a subtopic, at level CRITICAL."""
        super().critical(_under(topic, msg), *args, **_from_caller(kwargs))

    def fatal(  # type: ignore[override]
        self, topic: str, msg: object, *args: object, **kwargs: Any
    ) -> None:
        """Log a message under a subtopic, at level CRITICAL."""
        super().critical(_under(topic, msg), *args, **_from_caller(kwargs))

    def warn(  # type: ignore[override]
        self, topic: str, msg: object, *args: object, **kwargs: Any
    ) -> None:
        """Log a message under a subtopic, at level WARNING; deprecated, as in `logging`."""
        warnings.warn("use warning() instead of warn()", DeprecationWarning, stacklevel=2)
        super().warning(_under(topic, msg), *args, **_from_caller(kwargs))

    def exception(  # type: ignore[override]
        self, topic: str, msg: object, *args: object, exc_info: Any = True, **kwargs: Any
    ) -> None:
        """Log a message under a subtopic, at level ERROR, with the exception being handled."""
        kwargs = _from_caller(kwargs)
        super().error(_under(topic, msg), *args, exc_info=exc_info, **kwargs)

    def log(  # type: ignore[override]
        self, level: int, topic: str, msg: object, *args: object, **kwargs: Any
    ) -> None:
        """Log a message under a subtopic, at a level given as a number."""
        super().log(level, _under(topic, msg), *args, **_from_caller(kwargs))


def _under(topic: str, msg: object) -> str:
    return f"{topic}{TOPIC_DELIM}{msg}"


def _from_caller(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Have logging report the line of our caller, not ours."""
    return {**kwargs, "stacklevel": kwargs.get("stacklevel", 1) + 1}
