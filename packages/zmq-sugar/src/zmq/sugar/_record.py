"""Records: objects that are their attributes, and stay as they were made.

What a frozen dataclass does. `dataclasses` writes and compiles methods for each class at import,
which takes longer than all else in a small module; here they are written once.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, NoReturn

    from typing_extensions import Self


class Record:
    """A base whose objects are compared, hashed, shown and pickled by their attributes.

    A subclass annotates its attributes, and hands all of them to this ``__init__``, in the order in
    which its own takes them.

    Raises
    ------
    AttributeError
        When an attribute is set or deleted later.
    """

    _secret: ClassVar[tuple[str, ...]] = ()  # attributes that ``repr`` leaves out

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{name!r} cannot be set: a {type(self).__name__} never changes")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{name!r} cannot be deleted: a {type(self).__name__} never changes")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__.values()))

    def __repr__(self) -> str:
        shown = (
            f"{name}={value!r}" for name, value in self.__dict__.items() if name not in self._secret
        )
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __replace__(self, **changes: Any) -> Self:
        """Return a record with other values for some attributes; ``copy.replace`` calls it."""
        return type(self)(**{**self.__dict__, **changes})


__all__ = ["Record"]
