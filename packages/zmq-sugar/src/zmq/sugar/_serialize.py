"""Sending and receiving Python objects: the part of `Socket` that knows formats."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Callable

    from ..backend import MessageTracker
    from ._options import SocketOptions as _Socket
else:
    _Socket = object

DEFAULT_PROTOCOL = 5 if sys.version_info >= (3, 14) else 4  # pickle's; importing it takes long

_SEND_KEYWORDS = ("routing_id", "group", "timeout")


class Serializing(_Socket):
    """Methods of sockets that turn objects into messages and back."""

    def send_serialized(
        self,
        msg: Any,
        serialize: Callable[[Any], Sequence[Any]],
        flags: int = 0,
        copy: bool = True,
        **kwargs: Any,
    ) -> MessageTracker | None:
        """Send an object by a function of yours.

        Parameters
        ----------
        msg : object
        serialize : callable
            Takes `msg`, returns the parts of the message (a sequence of bytes-like objects).
        flags, copy
            As for `send`.
        **kwargs
            Further arguments of `send_multipart`.

        .. versionadded:: 17
        """
        parts = serialize(msg)
        sent: MessageTracker | None = self.send_multipart(parts, flags=flags, copy=copy, **kwargs)
        return sent

    def recv_serialized(
        self,
        deserialize: Callable[[list[Any]], Any],
        flags: int = 0,
        copy: bool = True,
        *,
        timeout: float | None = None,
    ) -> Any:
        """Receive an object by a function of yours.

        Parameters
        ----------
        deserialize : callable
            Takes the list of parts, returns the object.
        flags, copy, timeout
            As for `recv`.

        Returns
        -------
        object
            What `deserialize` made of it.

        .. versionadded:: 17
        """
        return deserialize(_receive(self.recv_multipart, flags, timeout, copy=copy))

    def send_json(self, obj: Any, flags: int = 0, **kwargs: Any) -> MessageTracker | None:
        """Send an object as JSON, in one part.

        Parameters
        ----------
        obj : object
            What json can write.
        flags
            As for `send`.
        **kwargs
            ``routing_id``, ``group`` and ``timeout`` go to `send`, all others to ``json.dumps``.

        Raises
        ------
        TypeError, ValueError
            When json cannot write it; nothing was sent.
        """
        from ..utils import jsonapi

        for_send = {name: kwargs.pop(name) for name in _SEND_KEYWORDS if name in kwargs}
        sent: MessageTracker | None = self.send(jsonapi.dumps(obj, **kwargs), flags, **for_send)
        return sent

    def recv_json(self, flags: int = 0, *, timeout: float | None = None, **kwargs: Any) -> Any:
        """Receive an object as JSON, in one part.

        Parameters
        ----------
        flags, timeout
            As for `recv`.
        **kwargs
            Go to ``json.loads``.

        Returns
        -------
        object

        Raises
        ------
        ValueError
            When it is not JSON.
        """
        from ..utils import jsonapi

        return jsonapi.loads(_receive(self.recv, flags, timeout), **kwargs)

    def send_pyobj(
        self, obj: Any, flags: int = 0, protocol: int = DEFAULT_PROTOCOL, **kwargs: Any
    ) -> MessageTracker | None:
        """Send an object as a pickle, in one part.

        Only for peers that trust you: whoever receives a pickle runs what its sender wants. For
        everything else take `send_json` or `send_serialized`.

        Parameters
        ----------
        obj : object
            What pickle can write.
        flags
            As for `send`.
        protocol : int
            Pickle's protocol; by default ``pickle.DEFAULT_PROTOCOL``.
        **kwargs
            Further arguments of `send`.

        Raises
        ------
        RuntimeError
            When the context forbids it; see `zmq.Context.allow_pickle`.
        """
        need_pickle(self)
        import pickle

        sent: MessageTracker | None = self.send(pickle.dumps(obj, protocol), flags=flags, **kwargs)
        return sent

    def recv_pyobj(self, flags: int = 0, *, timeout: float | None = None) -> Any:
        """Receive an object as a pickle, in one part. **Dangerous: a pickle can run any program.**

        Whoever can reach the endpoint can run what they like with your rights, before this returns
        and whatever you do with the result. Never from peers that you do not trust as yourself, nor
        from an endpoint that strangers can reach without CURVE keys. For everything else take
        `recv_json`, `recv_array`, or `recv_serialized` with one of `zmq.codecs`; and
        ``context.allow_pickle = False`` forbids this call to a whole program.

        Parameters
        ----------
        flags, timeout
            As for `recv`.

        Returns
        -------
        object

        Raises
        ------
        RuntimeError
            When the context forbids it; see `zmq.Context.allow_pickle`.
        """
        need_pickle(self)
        import pickle

        return pickle.loads(_receive(self.recv, flags, timeout))

    def send_array(
        self,
        array: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> MessageTracker | None:
        """Send an array: its type and shape in one part, its memory in another.

        Parameters
        ----------
        array : numpy.ndarray, or any object with a buffer of numbers
            array.array, memoryview, ctypes arrays, ... One that is not C-contiguous is copied.
        flags : int
            As for `send`. SNDMORE is for envelopes: send the topic or address before it, not parts
            behind it.
        copy : bool, default True
            False lends the memory to libzmq: leave it as it is until the message is sent.
        track : bool, default False
            Return a tracker, which tells when that is.
        timeout : float, optional
            As for `send`.
        **kwargs
            Further arguments of `send_multipart`.

        Raises
        ------
        TypeError
            When it has no buffer of numbers, or holds Python objects; nothing was sent.

        Notes
        -----
        The wire format is `zmq.codecs.Array`'s, which is also to be taken for signed arrays.

        .. versionadded:: 28.0
        """
        from ..codecs import Array

        if timeout is not None:
            kwargs["timeout"] = timeout
        if track:
            kwargs["track"] = track
        return self.send_serialized(array, Array().encode, flags, copy, **kwargs)

    def recv_array(
        self, flags: int = 0, *, writable: bool = False, timeout: float | None = None
    ) -> Any:
        """Receive an array: what is left of a message, after its envelope was received.

        Parameters
        ----------
        flags, timeout
            As for `recv`.
        writable : bool, default False
            False gives an array over the memory of the message, without a copy, which cannot be
            written. True gives a copy.

        Returns
        -------
        numpy.ndarray
            Or a memoryview, where NumPy is not installed.

        Raises
        ------
        zmq.codecs.CodecError
            A ValueError: the message is no array, its length is not what its header says, or it
            would hold Python objects.

        Notes
        -----
        .. versionadded:: 28.0
        """
        from ..codecs import Array

        decode = Array(writable=writable).decode
        if timeout is None:
            return self.recv_serialized(decode, flags, copy=False)
        return self.recv_serialized(decode, flags, copy=False, timeout=timeout)

    def send_unicode(
        self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
    ) -> MessageTracker | None:
        """The same as `send_string`."""
        return self.send_string(u, flags, copy, encoding, **kwargs)

    def recv_unicode(
        self, flags: int = 0, encoding: str = "utf-8", *, timeout: float | None = None
    ) -> str:
        """The same as `recv_string`."""
        if timeout is None:
            return self.recv_string(flags, encoding)
        return self.recv_string(flags, encoding, timeout=timeout)


def need_pickle(socket: _Socket) -> None:
    """Raise a RuntimeError when a socket's context forbids pickles."""
    if not getattr(socket.context, "allow_pickle", True):
        raise RuntimeError(
            f"{socket!r} may not send or receive pickles: its context has allow_pickle=False, for "
            "a pickle can run any program. Use send_json and recv_json, send_array and recv_array, "
            "or send_serialized and recv_serialized with a codec of zmq.codecs"
        )


def _receive(recv: Callable[..., Any], flags: int, timeout: float | None, **kwargs: Any) -> Any:
    # a subclass's own recv may know no timeout, and gets none when the caller gave none
    if timeout is not None:
        kwargs["timeout"] = timeout
    return recv(flags, **kwargs)


__all__ = ["Serializing", "need_pickle"]
