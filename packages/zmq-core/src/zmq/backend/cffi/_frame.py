"""Frame: one part of a message; and how Python objects become libzmq's messages and come back."""

from __future__ import annotations

import sys
from errno import EINVAL, ENOTSUP

from ...error import ZMQError
from ._cffi import ffi, lib
from ._errors import error_of, failure, shorten
from ._tracker import FINISHED, MessageTracker, lend, tracker_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MESSAGE_OPTIONS = {"more": 1, "srcfd": 2, "shared": 3}


class Frame:
    """One part of a message."""

    __slots__ = ("__weakref__", "_memory", "_msg", "tracker")
    tracker: MessageTracker | None

    def __init__(
        self,
        data: Any = None,
        track: bool = False,
        copy: bool | None = None,
        copy_threshold: int | None = None,
    ) -> None:
        if getattr(self, "_msg", None) is not None and len(self):
            raise TypeError(f"{self!r} has its content already: make another frame")
        self._msg = new_message()
        self._memory = None
        self.tracker = FINISHED if track else None
        if data is None:
            return
        if copy:
            copy_into(self._msg, data)
            return
        copy_below = default_copy_threshold() if copy_threshold is None else copy_threshold
        tracker = make_message(self._msg, data, False, track, copy_below)
        if tracker is not None:
            self.tracker = tracker

    def __copy__(self) -> Frame:
        """A frame of the same memory: libzmq counts the references."""
        other: Frame = object.__new__(type(self))
        Frame.__init__(other)
        rc = lib.zc_msg_copy(other._msg, self._msg)
        if rc < 0:
            raise failure(rc)
        other.tracker = self.tracker
        return other

    def fast_copy(self) -> Frame:
        """The same as ``copy.copy(frame)``."""
        return self.__copy__()

    def __len__(self) -> int:
        size: int = lib.zmq_msg_size(self._msg)
        return size

    def __bytes__(self) -> bytes:
        return content(self._msg)

    def __buffer__(self, flags: int) -> memoryview:
        memory: Any = self._memory
        if memory is None:
            message = self._msg
            # the memory keeps the message, which may have to outlive this object
            start = ffi.gc(lib.zmq_msg_data(message), lambda _: message)
            memory = self._memory = ffi.buffer(start, lib.zmq_msg_size(message))
        return memoryview(memory)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Frame):
            return self.buffer == other.buffer
        if isinstance(other, (bytes, bytearray, memoryview)):
            return self.buffer == other
        return NotImplemented

    def __hash__(self) -> int:
        return id(self) >> 4

    def __repr__(self) -> str:
        size = len(self)
        shown = repr(bytes(self.buffer[:20]))
        if size > 20:
            shown += f"... {size} B"
        return f"<zmq.{type(self).__name__}({shown})>"

    @property
    def bytes(self) -> bytes:
        """The content, copied."""
        return content(self._msg)

    @property
    def buffer(self) -> memoryview:
        """The content, not copied."""
        return self.__buffer__(0)

    @property
    def more(self) -> bool:
        """Whether more parts of the same message follow."""
        return bool(lib.zmq_msg_more(self._msg))

    @property
    def tracker_event(self) -> MessageTracker | None:
        """The same as `tracker`."""
        return self.tracker

    def get(self, option: int | str) -> int | str:
        """A property of the message, or a value of its metadata."""
        if isinstance(option, str):
            if option == "routing_id":
                require_drafts("routing_id")
                return int(lib.zc_frame_routing_id(self._msg))
            if option == "group":
                require_drafts("group")
                return text_of(lib.zc_frame_group(self._msg)) or ""
            text = text_of(lib.zmq_msg_gets(self._msg, option.encode()))
            if text is None:
                raise error_of(EINVAL, f"the message has no property {option!r}")
            return text
        number: int = lib.zc_msg_get(self._msg, option)
        if number < 0:
            raise failure(number, f"message option {option!r}")
        return number

    def set(self, option: int | str, value: Any) -> None:
        """Set a property of the message."""
        if isinstance(option, str):
            if option not in ("routing_id", "group"):
                raise ValueError(
                    f"message property {option!r} cannot be set; only 'routing_id' and 'group' can"
                )
            require_drafts(option)
            is_id = option == "routing_id"
            group = ffi.NULL if is_id else group_bytes(value)
            rc = lib.zc_message_address(self._msg, is_id, value if is_id else 0, group)
        else:
            rc = lib.zc_msg_set(self._msg, option, value)
        if rc < 0:
            raise failure(rc, f"message option {option!r}, value {shorten(value)}")

    @property
    def routing_id(self) -> int:
        """Which peer a message of a SERVER socket came from or goes to (draft)."""
        return self.get("routing_id")  # type: ignore[return-value]

    @routing_id.setter
    def routing_id(self, value: int) -> None:
        self.set("routing_id", value)

    @property
    def group(self) -> str:
        """The group of a RADIO or DISH message (draft)."""
        return self.get("group")  # type: ignore[return-value]

    @group.setter
    def group(self, value: str) -> None:
        self.set("group", value)

    def __getitem__(self, key: int | str) -> int | str:
        return self.get(key)

    def __getattr__(self, key: str) -> Any:
        option = MESSAGE_OPTIONS.get(key.lower())
        if option is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {key!r}")
        number: int = lib.zc_msg_get(self._msg, option)
        if number < 0:
            raise AttributeError(f"this message has no {key}")
        return number

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (content(self._msg),)


if sys.implementation.name == "cpython" and sys.version_info < (3, 12):
    lib.zc_buffers(ffi.cast("void *", id(Frame)))


# ---- messages


def new_message() -> Any:
    """An empty zmq_msg_t with a life of its own."""
    message = lib.zc_frame_new()
    if message == ffi.NULL:
        raise MemoryError("no memory for a frame")
    return ffi.gc(message, lib.zc_frame_free)


def frame_of(message: Any, track: bool) -> Frame:
    """A frame that takes over what is in a message."""
    frame = Frame(track=track)
    lib.zmq_msg_move(frame._msg, message)
    return frame


def content(message: Any) -> bytes:
    """The content of a message as bytes."""
    data: bytes = ffi.buffer(lib.zmq_msg_data(message), lib.zmq_msg_size(message))[:]
    return data


def taken(message: Any) -> bytes:
    """The same; the message is freed at once, and not only when it is collected."""
    data = content(message)
    ffi.release(message)
    return data


def text_of(text: Any) -> str | None:
    """A C string, or None for NULL."""
    return None if text == ffi.NULL else ffi.string(text).decode("utf-8", "replace")


def make_message(
    message: Any, data: Any, copy: bool, track: bool, copy_below: int
) -> MessageTracker | None:
    """Fill an empty message with any object a program may send.

    Returns the tracker where `track` asks for one and the memory is lent; None else.
    """
    if isinstance(data, Frame):
        if track and data.tracker is None:
            raise ValueError(f"{data!r} is not tracked: make it with track=True")
        rc = lib.zc_msg_copy(message, data._msg)
        if rc < 0:
            raise failure(rc)
        return data.tracker
    view = view_of(data)
    if copy or view.nbytes < copy_below or not view.c_contiguous:
        copy_into(message, data)
        return None
    loan = lend(message, data)
    return tracker_of(loan) if track else None


def copy_into(message: Any, data: Any) -> None:
    """Fill an empty message with a copy of any contiguous buffer."""
    if type(data) is bytes:
        memory = data
    else:
        view = view_of(data)
        memory = ffi.from_buffer(data) if view.c_contiguous else memory_of(view)
    rc = lib.zc_message_copy(message, memory, len(memory))
    if rc < 0:
        raise failure(rc)


def memory_of(view: memoryview) -> bytes:
    """A copy of contiguous memory as it lies."""
    if sys.implementation.name == "pypy":
        return view.tobytes()  # takes no order there (7.3), and knows only this one
    return view.tobytes("A")


def view_of(data: Any) -> memoryview:
    """The memory of an object, which must be contiguous."""
    if isinstance(data, str):
        raise TypeError(
            f"a message is bytes, not str: {shorten(data)}; encode it, or use send_string()"
        )
    try:
        view = memoryview(data)
    except TypeError:
        raise TypeError(
            "a message is bytes, a Frame, or an object with a buffer (bytearray, memoryview, "
            f"array...), not {type(data).__name__}: {shorten(data)}"
        ) from None
    if not view.contiguous:
        raise BufferError(
            f"the memory of this {type(data).__name__} is not contiguous: send a contiguous copy, "
            "such as bytes(data) or numpy.ascontiguousarray(data)"
        )
    return view


def address(message: Any, routing_id: int | None, group: str | bytes | None) -> None:
    """Say where a message of a draft socket goes."""
    if routing_id is not None:
        require_drafts("routing_id")
        rc = lib.zc_message_address(message, True, routing_id, ffi.NULL)
        if rc < 0:
            raise failure(rc, f"routing_id {routing_id!r}")
    if group is not None:
        require_drafts("group")
        rc = lib.zc_message_address(message, False, 0, group_bytes(group))
        if rc < 0:
            raise failure(rc, f"group {group!r}")


def group_bytes(group: object) -> bytes:
    """The name of a group."""
    name = group.encode() if isinstance(group, str) else group
    if not isinstance(name, bytes):
        raise TypeError(f"a group is str or bytes, not {shorten(group)}")
    return name


def require_drafts(what: str) -> None:
    """Raise where the draft API is not there."""
    if not lib.ZMQ_COMPILED_WITH_DRAFTS:
        raise ZMQError(ENOTSUP, f"{what} is draft API: build zmq-core with ZMQ_DRAFT_API=1")


def default_copy_threshold() -> int:
    """``zmq.COPY_THRESHOLD``, which programs may change."""
    top = sys.modules[__name__.rpartition(".backend.")[0]]
    threshold: int = top.COPY_THRESHOLD
    return threshold


class Parts:
    """A whole message in C: a ``zc_message`` that ends with this object."""

    __slots__ = ("message",)

    def __init__(self) -> None:
        # Python's memory: a signal handler that raises between two calls leaves nothing behind
        self.message = ffi.gc(ffi.new("zc_message *"), lib.zc_message_end)

    def __enter__(self) -> Parts:
        return self

    def __exit__(self, *exc_info: object) -> None:
        # at once: a traceback may keep this object, and a collector may be late
        ffi.release(self.message)

    def add(self) -> Any:
        """One more empty part."""
        part = lib.zc_message_add(self.message)
        if part == ffi.NULL:
            raise MemoryError(f"no memory for a message of {self.message.count} parts")
        return part

    def build(
        self, sequence: Any, copy: bool, track: bool, copy_below: int
    ) -> MessageTracker | None:
        """Fill it with a program's parts; the tracker of all, if asked for."""
        trackers = []
        lib.zc_message_clear(self.message)
        for index, data in enumerate(sequence):
            try:
                tracker = make_message(self.add(), data, copy, track, copy_below)
            except (TypeError, BufferError) as error:
                raise type(error)(f"part {index} of the message: {error}") from None
            if track and tracker is not None:
                trackers.append(tracker)
        if not track:
            return None
        if not trackers:
            return FINISHED
        return trackers[0] if len(trackers) == 1 else MessageTracker(*trackers)

    def objects(self, copy: bool, track: bool) -> list[Any]:
        """The parts as bytes or frames; frames take their memory over."""
        message = self.message
        parts = [message.parts + i for i in range(message.count)]
        return [content(part) if copy else frame_of(part, track) for part in parts]


__all__ = ["Frame"]
