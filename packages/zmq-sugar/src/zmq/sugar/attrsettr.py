"""Options as attributes: ``socket.linger = 0``, ``context.IO_THREADS``.

Rules, for every class that has `OptionAttributes` as a base:

1. What a class declares (methods, properties, class attributes) or annotates is an ordinary
   attribute. Any other name must be that of an option, so a typing error cannot go unnoticed.
2. An unknown name is an `AttributeError`, on reading, setting and deleting.
3. An option that libzmq only lets be set is an `AttributeError` on reading, so ``hasattr`` works.

`Socket` has a property for each option, in lower and in upper case, and no ``__getattr__``: up to
Python 3.11 a class that has one makes every ``socket.send`` a slow lookup, as long as the send
itself. `Context`, through `AttributeSetter`, takes any case of letters.
"""

from __future__ import annotations

import errno

from ..constants import SocketOption
from ..error import ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from enum import IntEnum
    from typing import Any

_UNREADABLE = (errno.EINVAL, errno.EFAULT)


class OptionAttributes:
    """A base for classes whose options can be set as attributes.

    A subclass has `get` and `set`, and says in ``_options`` which enumeration has its options.
    """

    _options: type[IntEnum] = SocketOption

    def _set_attribute(self, key: str, value: Any) -> None:
        cls = type(self)
        if hasattr(cls, key) or is_annotated(cls, key):
            super().__setattr__(key, value)
            return
        self._set_attr_opt(key, cls._find_option(key), value)

    if not TYPE_CHECKING:  # checkers know each option by name, and refuse what is none
        __setattr__ = _set_attribute

    @classmethod
    def _find_option(cls, name: str) -> int:
        """The option that goes by a name, or an AttributeError."""
        return find_option(cls, name)

    def _set_attr_opt(self, name: str, option: int, value: Any) -> None:
        """Set an option by attribute; subclasses may do more."""
        self.set(option, value)

    def get(self, option: int) -> Any:
        """Read an option; subclasses say how."""
        raise NotImplementedError(f"{type(self).__name__} has no get()")

    def set(self, option: int, value: Any) -> None:
        """Set an option; subclasses say how."""
        raise NotImplementedError(f"{type(self).__name__} has no set()")


class AttributeSetter(OptionAttributes):
    """A base for classes whose options can be read as attributes too, in any case of letters."""

    def _get_attribute(self, key: str) -> Any:
        return self._get_attr_opt(key, type(self)._find_option(key))

    if not TYPE_CHECKING:
        __getattr__ = _get_attribute

    def _get_attr_opt(self, name: str, option: int) -> Any:
        """Read an option by attribute; subclasses may do more."""
        try:
            return self.get(option)
        except ZMQError as error:
            if error.errno in _UNREADABLE:
                raise unreadable(self, name) from error
            raise


def is_annotated(cls: type, name: str) -> bool:
    """Whether a class or one of its bases annotates an attribute."""
    return any(name in getattr(base, "__annotations__", ()) for base in cls.__mro__)


def find_option(cls: type[OptionAttributes], name: str) -> int:
    """The option of a class that goes by a name.

    Raises
    ------
    AttributeError
        When there is none.
    """
    if not name.startswith("_"):
        option = cls._options.__members__.get(name.upper())
        if option is not None:
            return option
    raise AttributeError(f"{cls.__name__} has no attribute and no option {name!r}")


def unreadable(owner: object, name: str) -> AttributeError:
    """What is raised for an option that can be set but not read."""
    return AttributeError(
        f"{type(owner).__name__}.{name} cannot be read: the option is write-only, or not one of "
        "this socket type or build"
    )


class OptionProperty(property):
    """A property that reads and sets one option.

    Attributes
    ----------
    option : IntEnum
    """

    option: IntEnum

    def __init__(self, option: IntEnum, name: str) -> None:
        def read(owner: OptionAttributes) -> Any:
            try:
                return owner.get(option)
            except ZMQError as error:
                if error.errno in _UNREADABLE:
                    raise unreadable(owner, name) from error
                raise

        def write(owner: OptionAttributes, value: Any) -> None:
            owner.set(option, value)

        super().__init__(read, write, doc=f"Option {option.name}.")
        self.option = option


def add_option_properties(cls: type[OptionAttributes]) -> None:
    """Give a class a property for each option, in lower and upper case, that it lacks so far."""
    known = set(dir(cls)).union(*(getattr(base, "__annotations__", ()) for base in cls.__mro__))
    for upper, option in cls._options.__members__.items():
        lower = upper.lower()
        option_property = OptionProperty(option, lower)
        for spelling in (upper, lower):
            if spelling not in known:
                setattr(cls, spelling, option_property)


__all__ = ["AttributeSetter"]
