"""The stub that types options: as attributes, and as what ``get`` gives.

An option that can be read and set is a plain attribute in the stub where both have one type.  What
can only be read is a property, so setting it is refused.  What can only be set is a descriptor
without ``__get__``: reading it gives the descriptor, which no checker takes for a value.
"""

from __future__ import annotations

from table import BANNER, Constant, Enumeration

HEAD = """\
# What type checkers know of options; there is no such module at run time, where attrsettr.py finds
# them by name.  A Socket has each as an attribute of the type that libzmq gives it.  A Context has
# its own, and for the rest the defaults of its sockets, all of which can be read again.
# ruff: noqa: N802

from typing import Any, Generic, Literal, TypeVar, overload, type_check_only

from typing_extensions import TypeAlias

from ..backend import Context as ContextBase, Socket as SocketBase
from ..constants import SocketOption

_T_contra = TypeVar("_T_contra", contravariant=True)
_Bytes: TypeAlias = bytes | bytearray | memoryview | None  # None is libzmq's null pointer

@type_check_only
class BytesAttribute:
    def __get__(self, owner: object, cls: type, /) -> bytes: ...
    def __set__(self, owner: object, value: _Bytes, /) -> None: ...

@type_check_only
class WriteOnly(Generic[_T_contra]):
    def __set__(self, owner: object, value: _T_contra, /) -> None: ...
"""

GETTERS = """\
    @overload
    def {name}(self, option: IntOption) -> int: ...
    @overload
    def {name}(self, option: BytesOption) -> bytes: ...
    @overload
    def {name}(self, option: int) -> Any: ..."""

# what Socket itself declares under an option's name
DECLARED = ("subscribe", "unsubscribe", "type", "hwm")


def options_pyi(enums: list[Enumeration]) -> str:
    """zmq/sugar/_options.pyi."""
    tables = {enum.name: enum.members for enum in enums}
    of_sockets, of_contexts = tables["SocketOption"], tables["ContextOption"]
    lines = [f"# {BANNER}", HEAD]
    for name, text in (("IntOption", False), ("BytesOption", True)):
        lines += [f"{name}: TypeAlias = Literal["]
        lines += [
            f"    SocketOption.{m.name},"
            for m in of_sockets
            if "r" in m.access and is_text(m) is text
        ]
        lines += ["]"]
    lines += ["", "@type_check_only", "class SocketOptions(SocketBase):"]
    lines += attributes(of_sockets)
    lines += [GETTERS.format(name=name) for name in ("get", "getsockopt")]
    lines += ["", "@type_check_only", "class ContextOptions(ContextBase):"]
    lines += attributes(of_contexts)
    lines += attributes([m for m in of_sockets if m.access != "r"], defaults=True)
    lines += [GETTERS.format(name="getsockopt")]
    return "\n".join(lines) + "\n"


def is_text(option: Constant) -> bool:
    """Whether an option's value is bytes; all others are numbers."""
    return option.type in ("bytes", "string")


def attributes(options: list[Constant], *, defaults: bool = False) -> list[str]:
    """The lines of a class's attributes, in lower case with a docstring and in upper case."""
    lines: list[str] = []
    for option in options:
        for name in (option.name.lower(), option.name):
            if name not in DECLARED:
                told = [] if defaults or name.isupper() else [f'    """{option.meaning}"""']
                lines += attribute(option, name, "rw" if defaults else option.access, told)
    return lines


def attribute(option: Constant, name: str, access: str, told: list[str]) -> list[str]:
    """The lines of one attribute, and what they tell of it."""
    if access == "r":
        kind = "bytes" if is_text(option) else "int"
        head = f"    def {name}(self) -> {kind}:"
        return ["    @property", *([head, f"    {told[0]}"] if told else [f"{head} ..."])]
    kind, value = ("BytesAttribute", "_Bytes") if is_text(option) else ("int", "int")
    return [f"    {name}: {f'WriteOnly[{value}]' if access == 'w' else kind}", *told]
