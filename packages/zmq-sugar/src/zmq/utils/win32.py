"""Ctrl-C on Windows, where a blocked call of libzmq does not notice it."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_CTRL_C_EVENT = 0


class allow_interrupt:  # noqa: N801
    """A context manager that runs a function when Ctrl-C comes; only on Windows.

    Elsewhere it does nothing.

    Parameters
    ----------
    action : callable, optional
        What ends the blocked call, such as a message to a socket that is waited for. Windows calls
        it in a thread of its own, so it must not use the blocked socket.

    Notes
    -----
    Our own calls notice Ctrl-C on every system. This is for programs that stop a proxy or a loop of
    theirs. Source: SetConsoleCtrlHandler of Windows.

    .. versionadded:: 14.4
    """

    def __init__(self, action: Callable[[], Any] | None = None) -> None:
        self.action = action
        self._handler: Any = None

    def __enter__(self) -> allow_interrupt:
        if sys.platform == "win32":
            self._install()
        return self

    def __exit__(self, *args: object) -> None:
        if sys.platform == "win32":
            self._set_handler(add=False)

    if sys.platform == "win32":

        def _install(self) -> None:
            import ctypes
            from ctypes import wintypes

            @ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)
            def handler(event: int) -> int:
                if event == _CTRL_C_EVENT and self.action is not None:
                    self.action()
                return 0  # the handlers before ours, Python's among them, come next

            self._handler = handler
            self._set_handler(add=True)

        def _set_handler(self, *, add: bool) -> None:
            import ctypes

            if not ctypes.windll.kernel32.SetConsoleCtrlHandler(self._handler, add):
                raise ctypes.WinError()


__all__ = ["allow_interrupt"]
