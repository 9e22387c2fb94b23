"""Which back end runs; the only place that decides."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from types import ModuleType

NAMES = ("cython", "cffi")


def load() -> ModuleType:
    """The module that has the back end's names.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        The one that ``PYZMQ_BACKEND`` asks for is not there, or the compiled module is missing.
    """
    wanted = os.environ.get("PYZMQ_BACKEND", "")
    if not wanted:
        wanted = "cffi" if sys.implementation.name == "pypy" else "cython"
    if wanted == "cython":
        try:
            return import_module(".cython._zmq", __package__)
        except ModuleNotFoundError as error:
            raise ImportError(_absent(), name=error.name) from None
    if wanted == "cffi":
        try:
            return import_module(".cffi", __package__)
        except ModuleNotFoundError as error:
            if error.name != f"{__package__}.cffi":
                raise
            raise ImportError(
                "this zmq-core has no CFFI back end, as its wheels for CPython: unset "
                "PYZMQ_BACKEND, or build it: ZMQ_CFFI=1 pip install --no-binary zmq-core zmq-core",
                name=error.name,
            ) from None
    try:
        return import_module(wanted)
    except ModuleNotFoundError as error:
        raise ImportError(
            f"PYZMQ_BACKEND={wanted!r} is not a back end of zmq: set it to "
            f"{' or '.join(NAMES)}, or to the name of a module, or unset it"
        ) from error


def _absent() -> str:
    folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    if not os.path.isdir(folder):  # noqa: PTH112
        return (
            f"zmq is imported from a zip archive, {folder}, and its compiled module can only be "
            "loaded from a file: install zmq-core, or unpack the archive"
        )
    return (
        f"zmq's compiled module _zmq for {sys.implementation.cache_tag} is not in "
        f"{os.path.join(folder, 'cython')}: "  # noqa: PTH118
        "was zmq-core installed, or the copy made, with another Python? Install it with this one"
    )
