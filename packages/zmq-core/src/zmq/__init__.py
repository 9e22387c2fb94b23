"""ØMQ for Python.

This file is the only one that all the zmq distributions share, and zmq-core alone owns it. It

1. finds the parts that other distributions keep in other folders,
2. offers the core's names, and over them zmq-sugar's where that is installed, so that the same
   program text gets the fuller classes,
3. imports the areas (``zmq.auth``, ...) when they are first asked for, and names the distribution
   to install when one is not there.

It never imports itself by name, so a copy works under any other (``theirapp._vendor.zmq``).
"""

# pathlib would double the time of `import zmq`
# ruff: noqa: PTH100, PTH110, PTH112, PTH117, PTH118, PTH120, PTH122, PTH123, PTH208

import os as _os
import sys as _sys

# what other distributions add: submodules first, then zmq-sugar's names
_SUBMODULES = {
    "asyncio": "zmq-eventloop",
    "auth": "zmq-auth",
    "codecs": "zmq-sugar",
    "core": "zmq-core",
    "curve_keygen": "zmq-auth",
    "decorators": "zmq-sugar",
    "devices": "zmq-devices",
    "eventloop": "zmq-eventloop",
    "green": "zmq-eventloop",
    "log": "zmq-log",
    "ssh": "zmq-ssh",
    "sugar": "zmq-sugar",
    "trio": "zmq-eventloop",
    "utils": "zmq-sugar",
}
_SUGAR = ("Poller", "Stopwatch", "select")


def _extend_path() -> None:
    # Parts in other folders: editable installs, split prefixes. A folder with an __init__.py is
    # somebody else's whole zmq (pyzmq in another site-packages) and never ours to take, which
    # pkgutil.extend_path would do; and importing pkgutil costs 7 ms.
    parent, _, tail = __name__.rpartition(".")
    for entry in _sys.modules[parent].__path__ if parent else _sys.path:
        part = _os.path.join(entry, tail)
        if (
            part not in __path__
            and _os.path.isabs(part)
            and _os.path.isdir(part)
            and not _os.path.exists(_os.path.join(part, "__init__.py"))
        ):
            __path__.append(part)


def _owns_our_files(metadata: str) -> bool:
    # a stand-in distribution called pyzmq, which only requires ours, has no zmq/__init__.py
    try:
        with open(_os.path.join(metadata, "RECORD"), encoding="utf-8") as record:
            return any(line.startswith("zmq/__init__.py,") for line in record)
    except OSError:
        return True  # no list of files: not installed by pip, so the real one


def _warn_of_pyzmq() -> None:
    # pip installs pyzmq over our files, and ours over pyzmq's, without a word
    site = _os.path.dirname(_os.path.dirname(_os.path.abspath(__file__)))
    try:
        names = _os.listdir(site)
    except OSError:  # imported from a zip file
        return
    for name in names:
        if name.startswith("pyzmq-") and _owns_our_files(_os.path.join(site, name)):
            import warnings

            warnings.warn(
                f"{name} and zmq-core are installed in the same place and overwrite each "
                "other's files. Keep one: `pip uninstall pyzmq`, then `pip install "
                "--force-reinstall --no-deps` every installed zmq-* distribution; or `pip "
                "uninstall` all of those, then `pip install --force-reinstall pyzmq`.",
                RuntimeWarning,
                stacklevel=3,
            )


_extend_path()
if __name__ == "zmq":
    _warn_of_pyzmq()

from .about import *  # noqa: E402
from .backend import (  # noqa: E402
    IPC_PATH_MAX_LEN,
    PYZMQ_DRAFT_API,
    Context,
    Frame,
    MessageTracker,
    Socket,
    build_info,
    curve_keypair,
    curve_public,
    device,
    has,
    proxy,
    proxy_steerable,
    strerror,
    zmq_errno,
    zmq_poll,
    zmq_version_info,
)
from .constants import *  # noqa: E402
from .error import *  # noqa: E402

#: messages of fewer bytes are copied even by ``send(copy=False)``, where that is the faster way
COPY_THRESHOLD = 65536
DRAFT_API: bool = PYZMQ_DRAFT_API
__revision__ = ""  # pyzmq's name for its source revision

__all__ = [
    "COPY_THRESHOLD",
    "DRAFT_API",
    "IPC_PATH_MAX_LEN",
    "PYZMQ_DRAFT_API",
    "Context",
    "Frame",
    "Message",
    "MessageTracker",
    "Socket",
    "__revision__",
    "__version__",
    "build_info",
    "curve_keypair",
    "curve_public",
    "device",
    "has",
    "proxy",
    "proxy_steerable",
    "strerror",
    "zmq_errno",
    "zmq_poll",
    "zmq_version_info",
]
__all__ += about.__all__
__all__ += constants.__all__
__all__ += error.__all__

try:
    from .sugar import *  # the full Context, Socket, ...
except ModuleNotFoundError as _error:
    if _error.name != f"{__name__}.sugar":
        raise
else:
    __all__ += [name for name in sugar.__all__ if name not in __all__]

Message = Frame


def __getattr__(name: str) -> object:
    if name == "__version__":
        return pyzmq_version()
    if name in _SUBMODULES:
        from importlib import import_module

        module = f"{__name__}.{name}"
        try:
            return import_module(module)
        except ModuleNotFoundError as error:
            if error.name == module:
                raise _missing(name, _SUBMODULES[name]) from None
            # what it needs is missing (gevent, trio): hasattr, dir and inspect go on
            raise AttributeError(f"{module} cannot be imported: {error}") from error
    raise _missing(name, "zmq-sugar" if name in _SUGAR else "")


def _missing(name: str, distribution: str) -> AttributeError:
    # a vendored copy is completed by its owner, not by pip
    hint = f"; it comes with: pip install {distribution}" if __name__ == "zmq" else ""
    return AttributeError(
        f"module {__name__!r} has no attribute {name!r}{hint if distribution else ''}"
    )


def __dir__() -> list[str]:
    there = {
        _os.path.splitext(file)[0]
        for part in __path__
        if _os.path.isdir(part)
        for file in _os.listdir(part)
    }
    return sorted({*globals(), *there.intersection(_SUBMODULES), "__version__"})
