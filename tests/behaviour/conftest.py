"""One behaviour, several back ends: every test here runs once over each that is installed.

A test asks for the fixture `zmq` instead of importing the package. A back end other than the
installed default is loaded as a second copy of the package under another name, as a vendored one
would be.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import sys
from types import ModuleType
from unittest import mock

import pytest

import zmq as default
from tools import inplace

BACKENDS = ("cython", "cffi")


if sys.implementation.name == "cpython":
    inplace.build()


def is_built(backend: str) -> bool:
    """Whether a back end is installed, and not only its sources."""
    extension = {"cython": "cython._zmq", "cffi": "cffi._cffi"}[backend]
    try:
        return importlib.util.find_spec(f"zmq.backend.{extension}") is not None
    except ImportError:
        return False


@functools.cache
def load(backend: str) -> ModuleType:
    """The package zmq over a back end."""
    if default.backend._backend.__name__.startswith(f"zmq.backend.{backend}"):
        return default
    name = f"zmq_over_{backend}"
    spec = importlib.util.spec_from_file_location(
        name, default.__file__, submodule_search_locations=list(default.__path__)
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    with mock.patch.dict(os.environ, PYZMQ_BACKEND=backend):
        spec.loader.exec_module(module)
    return module


@pytest.fixture(params=[name for name in BACKENDS if is_built(name)])
def zmq(request: pytest.FixtureRequest) -> ModuleType:
    """The package over each back end."""
    return load(request.param)
