"""The core's objects, one module for each, as the manual of pyzmq 2.2 laid them out.

Programs written now import ``zmq``; these modules warn, and name what to import instead.
"""

from __future__ import annotations

import warnings


def _moved(name: str) -> None:
    """Warn that a module of this package was imported, and say where its names are."""
    # past the module that calls and the import system, to the program's own line
    warnings.warn(
        f"{__name__}.{name} is deprecated: `import {__package__.rpartition('.')[0]}` has its names",
        DeprecationWarning,
        stacklevel=3,
    )


__all__: list[str] = []
