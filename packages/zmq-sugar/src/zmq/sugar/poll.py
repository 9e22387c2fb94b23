"""Waiting for many sockets at once."""

from __future__ import annotations

from ..backend import PollSet, zmq_poll
from ..constants import POLLERR, POLLIN, POLLOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class Poller:
    """Waits until one of many sockets is ready.

    Sockets, file descriptors and objects with a ``fileno()`` can be registered.

    Attributes
    ----------
    sockets : list of (object, int)
        What is registered, with the events it is registered for.
    """

    sockets: list[tuple[Any, int]]

    def __init__(self) -> None:
        self.sockets = []
        self._places: dict[Any, int] = {}
        self._set = PollSet()

    def __contains__(self, socket: Any) -> bool:
        return socket in self._places

    def register(self, socket: Any, flags: int = POLLIN | POLLOUT) -> None:
        """Wait for a socket, from now on.

        Parameters
        ----------
        socket : Socket, int or object with fileno()
            A second registration replaces the first.
        flags : PollEvent, default POLLIN | POLLOUT
            What to wait for; 0 takes the socket out.
        """
        if flags:
            self._set.set(socket, flags)
            place = self._places.get(socket)
            if place is None:
                self._places[socket] = len(self.sockets)
                self.sockets.append((socket, flags))
            else:
                self.sockets[place] = (socket, flags)
        elif socket in self._places:
            self.unregister(socket)

    def modify(self, socket: Any, flags: int = POLLIN | POLLOUT) -> None:
        """Change what is waited for; the same as `register`."""
        self.register(socket, flags)

    def unregister(self, socket: Any) -> None:
        """Wait for a socket no longer.

        Parameters
        ----------
        socket : Socket, int or object with fileno()

        Raises
        ------
        KeyError
            When it is not registered.
        """
        place = self._places.pop(socket)
        self._set.remove(socket)
        del self.sockets[place]
        for other, _ in self.sockets[place:]:
            self._places[other] -= 1

    def poll(self, timeout: float | None = None) -> list[tuple[Any, int]]:
        """Wait until something is ready.

        Parameters
        ----------
        timeout : float or None
            Milliseconds; None and negative numbers wait for ever.

        Returns
        -------
        list of (object, int)
            What is ready, with its events; ``dict(poller.poll())`` is handy. Empty when the time
            is over.

        Notes
        -----
        Source: zmq_poll(3).
        """
        return self._set.poll(timeout)


def select(
    rlist: Sequence[Any], wlist: Sequence[Any], xlist: Sequence[Any], timeout: float | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """Like ``select.select``, for sockets of ours too.

    Parameters
    ----------
    rlist, wlist, xlist : sequence of Socket, int or object with fileno()
        What shall be readable, writable, or in error.
    timeout : float, optional
        Seconds; None waits for ever.

    Returns
    -------
    (list, list, list)
        What is.
    """
    wanted: dict[Any, int] = {}
    for flag, sockets in ((POLLIN, rlist), (POLLOUT, wlist), (POLLERR, xlist)):
        for socket in sockets:
            wanted[socket] = wanted.get(socket, 0) | flag
    ready = zmq_poll(list(wanted.items()), -1 if timeout is None else timeout * 1000)
    return (
        [socket for socket, events in ready if events & POLLIN],
        [socket for socket, events in ready if events & POLLOUT],
        [socket for socket, events in ready if events & POLLERR],
    )


__all__ = ["Poller", "select"]
