"""What is public, and where each name has its entry: asked of the installed packages themselves.

A module is public when no part of its name begins with ``_``, and neither lies in `INTERNAL`. Its
names are those of its ``__all__``; without one, what it defines and does not begin with ``_``.

A class or function that several modules offer has one entry, at the shortest of its names; the
other names lead there. What is neither has its entry where it is found first.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import pkgutil
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import zmq
from zmq.sugar.attrsettr import OptionProperty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

OUTSIDE = {  # classes that Python's documentation has under another name than they have themselves
    "bytes": "bytes",
    "str": "str",
    "CancelledError": "asyncio.CancelledError",
    "Future": "asyncio.Future",
}
# What pyzmq's modules define and do not export is there, and has an entry, all the same.
UNLISTED = {
    "zmq.asyncio": ["ProactorSelectorThreadWarning"],
    "zmq.devices.basedevice": ["BackgroundDevice"],
    "zmq.devices.monitoredqueuedevice": ["MonitoredQueueBase"],
    "zmq.devices.proxydevice": ["ProxyBase"],
    "zmq.devices.proxysteerabledevice": ["ProxySteerableBase"],
    "zmq.sugar.socket": ["DEFAULT_PROTOCOL"],
    "zmq.sugar.version": [
        "VERSION_EXTRA", "VERSION_MAJOR", "VERSION_MINOR", "VERSION_PATCH", "version_info",
    ],
}  # fmt: skip
# reached by nobody but the packages themselves; and what only tells that it is gone
INTERNAL = ("zmq.backend", "zmq.eventloop.minitornado")


@dataclass(frozen=True)
class Name:
    """One public name of one module."""

    module: str
    name: str
    value: object

    @property
    def path(self) -> str:
        """The dotted path."""
        return f"{self.module}.{self.name}"

    @property
    def kind(self) -> str:
        """The word that autodoc and the inventory use."""
        if inspect.isclass(self.value):
            return "exception" if issubclass(self.value, BaseException) else "class"
        return "function" if callable(self.value) and hasattr(self.value, "__name__") else "data"

    @property
    def constant(self) -> bool:
        """Whether its entry is a row of the constants' table."""
        return isinstance(self.value, enum.Enum) or (
            inspect.isclass(self.value)
            and issubclass(self.value, enum.Enum)
            and self.value.__module__ == "zmq.constants"
        )


def modules() -> list[str]:
    """Every public module, the shortest names first."""
    found = ["zmq"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of deprecated modules, when their package is imported
        for module in pkgutil.walk_packages(zmq.__path__, "zmq."):
            private = any(part.startswith("_") for part in module.name.split("."))
            if not private and not module.name.startswith(INTERNAL):
                found.append(module.name)
    return sorted(found, key=lambda name: (name.count("."), name))


def load(module: str) -> ModuleType:
    """Import a module, a deprecated one without its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return importlib.import_module(module)


def names(module: str) -> list[Name]:
    """All public names of a module, but its submodules."""
    loaded = load(module)
    listed = getattr(loaded, "__all__", None)
    if listed is None:
        listed = [
            name
            for name, value in vars(loaded).items()
            if not name.startswith("_") and getattr(value, "__module__", None) == module
        ]
    listed = {*listed, *UNLISTED.get(module, ())}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = [Name(module, name, getattr(loaded, name)) for name in sorted(listed)]
    return [one for one in found if not inspect.ismodule(one.value)]


class Catalogue:
    """Every public name, and the path of its entry."""

    def __init__(self) -> None:
        self.by_module = {module: names(module) for module in modules()}
        self._entries: dict[int, str] = {}
        self._members: dict[type, list[tuple[str, type]]] = {}  # autodoc edits __annotations__
        self._owned: dict[tuple[int, str], str] = {}
        self._data: dict[tuple[str, int], str] = {}
        for one in self.all():
            if one.kind == "data":
                self._data.setdefault((one.name, id(one.value)), one.path)
            else:
                self._entries.setdefault(id(one.value), one.path)
        for one in self.all():
            if inspect.isclass(one.value) and self._entries[id(one.value)] == one.path:
                self._members[one.value] = list(members_of(one.value))
                for name, owner in self._members[one.value]:
                    self._owned.setdefault((id(owner), name), f"{one.path}.{name}")

    def all(self) -> Iterator[Name]:
        """Yield every name of every module."""
        for found in self.by_module.values():
            yield from found

    def entry(self, one: Name) -> str:
        """Tell under which path a name is described."""
        if one.constant:
            if isinstance(one.value, enum.Enum):
                return f"zmq.{one.name}"
            return f"zmq.{one.value.__name__}"  # type: ignore[attr-defined]
        if one.kind == "data":
            return self._data[one.name, id(one.value)]
        if foreign(one.value):
            return OUTSIDE.get(one.value.__name__, f"{one.value.__module__}.{one.value.__name__}")
        return self._entries[id(one.value)]

    def class_entry(self, cls: type) -> str | None:
        """Tell where a class is described, None for one that is not."""
        return self._entries.get(id(cls))

    def members(self, cls: type) -> tuple[list[str], dict[str, str]]:
        """Public members that are described with a class, and those that another entry has.

        Returns
        -------
        own : list of str
            Those that it defines, and those of a base that is not public and shown first here.
        inherited : dict
            The others, each with the path of its entry.
        """
        own, inherited = [], {}
        path = self.class_entry(cls)
        for name, owner in self._members[cls]:
            value = inspect.getattr_static(cls, name, None)
            described = self._owned[id(owner), name]
            if isinstance(value, OptionProperty):
                inherited[name] = f"zmq.{value.option.name}"
            elif described == f"{path}.{name}":
                own.append(name)
            else:
                inherited[name] = described
        return own, inherited


def members_of(cls: type) -> Iterator[tuple[str, type]]:
    """Yield each public member of a class that is zmq's, and the class that defines it.

    Members are what the class and its bases define or annotate, and what the section Attributes of
    their docstrings names.
    """
    told = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith("zmq"):
            members = {*vars(base), *vars(base).get("__annotations__", ()), *attributes(base)}
            told.update({name: base for name in members if not name.startswith("_")})
    for name, owner in sorted(told.items()):
        first = next((base for base in cls.__mro__ if name in vars(base)), owner)
        if first.__module__.startswith("zmq"):
            yield name, owner


def attributes(cls: type) -> set[str]:
    """Names in the section Attributes of a class's own docstring, which is their entry."""
    text = inspect.cleandoc(vars(cls).get("__doc__") or "")
    section = re.search(
        r"^Attributes\n-+\n(.*?)(?=\n\n\w+\n-+\n|\n\n\.\.|\Z)", text, re.MULTILINE | re.DOTALL
    )
    lines = re.findall(r"^(\S.*?)(?: : .*)?$", section[1], re.MULTILINE) if section else []
    return {name for line in lines for name in line.split(", ") if name.isidentifier()}


def foreign(value: object) -> bool:
    """Tell whether a class or function is another project's."""
    return not (getattr(value, "__module__", None) or "zmq").startswith("zmq")
