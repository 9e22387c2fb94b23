"""What this installation is: its versions, and where its headers lie.

Reads nothing but ``_version.py`` (no importlib.metadata: a vendored copy has none).
"""

from __future__ import annotations

from ._version import __version__
from .backend import zmq_version_info

# type checkers know this name; importing typing would slow `import zmq`
TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


def zmq_version() -> str:
    """The version of the libzmq in use, as ``"4.3.5"``."""
    return ".".join(map(str, zmq_version_info()))


def pyzmq_version() -> str:
    """The version of the API, continuing pyzmq's numbers: the same as ``zmq.__version__``."""
    return __version__


def pyzmq_version_info() -> tuple[float, ...]:
    """The version of the API as numbers that compare, such as ``(28, 0, 0)``.

    A development version, alpha, beta or candidate ends in ``inf``, as it always did: programs
    that ask for at least some version take it for newer.
    """
    release = __version__.split(".")
    numbers: list[float] = [int(part) for part in release[:3] if part.isdigit()]
    return tuple(numbers if len(numbers) == len(release) else [*numbers, float("inf")])


def get_includes() -> list[str]:
    """Folders of headers for a C compiler or Cython.

    The first is for ``cimport zmq``, the second holds ``zmq_capi.h``, by which a C extension
    calls libzmq without linking it.
    """
    package = _package()
    return [str(package.parent), str(package / "include")]


def get_library_dirs() -> list[str]:
    """Folders of libraries for a linker: the package's, for what pyzmq's programs pass on.

    libzmq is inside the extension module, so there is nothing to link; see :func:`get_includes`.
    """
    return [str(_package())]


def _package() -> Path:
    from pathlib import Path  # late: it would double the time of `import zmq`

    return Path(__file__).absolute().parent


__all__ = [
    "get_includes",
    "get_library_dirs",
    "pyzmq_version",
    "pyzmq_version_info",
    "zmq_version",
]
