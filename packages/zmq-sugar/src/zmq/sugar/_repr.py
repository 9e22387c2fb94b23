"""How classes are called in ``repr``: by the names that programs import them by."""

from __future__ import annotations


def class_name(cls: type) -> str:
    """``zmq.Socket``, ``zmq.asyncio.Socket``, ``theirs.Socket``."""
    module = cls.__module__
    for own in (".sugar.context", ".sugar.socket"):
        module = module.removesuffix(own)
    return f"{module}.{cls.__qualname__}"


__all__ = ["class_name"]
