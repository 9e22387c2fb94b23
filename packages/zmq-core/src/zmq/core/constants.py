"""The constants, as the manual of pyzmq 2.2 laid them out."""

from __future__ import annotations

from .. import constants as _constants
from ..constants import *  # noqa: F403  # all of them: the list is generated
from . import _moved

_moved("constants")

__all__ = list(_constants.__all__)
