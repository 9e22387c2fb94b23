"""What went through a device."""

from __future__ import annotations

from ..sugar._record import Record


class Traffic(Record):
    """What went through one end, since the device started.

    Attributes
    ----------
    messages_in : int
        Messages that it received. Multipart messages count once.
    bytes_in : int
        Bytes of all their parts.
    messages_out : int
        Messages that it sent.
    bytes_out : int
        Bytes of all their parts.
    """

    messages_in: int
    bytes_in: int
    messages_out: int
    bytes_out: int

    def __init__(
        self,
        messages_in: int = 0,
        bytes_in: int = 0,
        messages_out: int = 0,
        bytes_out: int = 0,
    ) -> None:
        super().__init__(
            messages_in=messages_in,
            bytes_in=bytes_in,
            messages_out=messages_out,
            bytes_out=bytes_out,
        )


_NONE = Traffic()


class Statistics(Record):
    """What went through a device, since it started.

    Attributes
    ----------
    frontend : Traffic
        What went through the in socket.
    backend : Traffic
        What went through the out socket.
    dropped : int
        Messages that were received and could not be sent: a ROUTER had no such peer, a peer died in
        the middle, or the device was stopped while there was no room for them.

    Notes
    -----
    .. versionadded:: 1.0
    """

    frontend: Traffic
    backend: Traffic
    dropped: int

    def __init__(
        self, frontend: Traffic = _NONE, backend: Traffic = _NONE, dropped: int = 0
    ) -> None:
        super().__init__(frontend=frontend, backend=backend, dropped=dropped)

    @classmethod
    def from_counts(cls, counts: tuple[int, ...], held: int = 0) -> Statistics:
        """From the numbers that a relay keeps."""
        return cls(Traffic(*counts[:4]), Traffic(*counts[4:8]), counts[8] + held)
