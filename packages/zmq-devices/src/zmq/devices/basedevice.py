"""Devices that pass messages from one socket to another, in this thread, another, or a process."""

from __future__ import annotations

import atexit
import os
import signal
import threading
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from ..sugar.context import Context
from ._device import Device
from ._steering import Helm

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Device", "ProcessDevice", "ThreadDevice"]

_BackgroundT = TypeVar("_BackgroundT", bound="BackgroundDevice")
#: how long the end of the program waits for a device to end; seconds
AT_EXIT_S = 5


class BackgroundDevice(Device):
    """What devices in threads and in processes have in common.

    As a context manager it starts, waits until it is ready, and in the end is stopped and joined.
    """

    launcher: Any = None  #: the Thread or Process
    _starter = 0  # the process where it was started

    def start(self) -> None:
        """Start it, and come back at once.

        Raises
        ------
        RuntimeError
            When it runs already.
        """
        self._launch()
        assert self._pilot is not None
        try:
            self._start_launcher()
        except BaseException:
            self._settle()
            raise
        if self.daemon:
            self._starter = os.getpid()
            atexit.register(self._stop_at_exit)

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end; raises what ended it.

        See `Device.join`.
        """
        self._require_pilot()
        self.launcher.join(timeout)
        if self.done and self._failure is not None:
            raise self._failure

    def __enter__(self: _BackgroundT) -> _BackgroundT:
        self.start()
        self.wait_ready()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self.join()

    def _stop_at_exit(self) -> None:
        if os.getpid() == self._starter:  # a forked child has no say over its parent's devices
            self.stop()
            self.launcher.join(AT_EXIT_S)
            _ = self.done  # lets the line go

    def _settle(self) -> None:
        super()._settle()
        atexit.unregister(self._stop_at_exit)

    def _start_launcher(self) -> None:
        raise NotImplementedError


class ThreadDevice(BackgroundDevice):
    """A device in a thread of its own, on ``Context.instance()``: inproc endpoints work."""

    _launch_class: Callable[..., Any] = threading.Thread

    def _start_launcher(self) -> None:
        self.launcher = self._launch_class(
            target=self._thread_main, name=type(self).__name__, daemon=self.daemon
        )
        self.launcher.start()

    def _thread_main(self) -> None:
        try:
            self.run()
        except BaseException as failure:  # noqa: BLE001 - raised again by join()
            self._failure = failure
            report(self, failure)
        finally:
            self._settle()


class ProcessDevice(BackgroundDevice):
    """A device in a process of its own, which needs no Python thread of this one.

    Ctrl-C is left to the process that started it; SIGTERM stops it as `stop` does. It also ends
    when the process that started it is gone.

    Where processes are spawned, a subclass and its attributes have to be picklable, and the program
    needs ``if __name__ == "__main__":``, as for every use of `multiprocessing`.
    """

    context_factory: Callable[[], Context[Any]] = Context
    _launch_class: Callable[..., Any] | None = (
        None  # multiprocessing.Process, loaded when it starts
    )

    @property
    def done(self) -> bool:
        """Whether it ran and has ended."""
        if not self._ended.is_set() and self.launcher is not None and self.launcher.pid:
            with self._launching:
                if self._helm is None and not self._ended.is_set() and self._has_died():
                    self._settle_process()
        return self._ended.is_set()

    def _start_launcher(self) -> None:
        # join() with a timeout imports it; at exit, after Ctrl-C, that would spoil the exit status
        import multiprocessing.connection

        assert self._helm is not None
        launch_class = self._launch_class or multiprocessing.Process
        self.launcher = launch_class(
            target=_process_main,
            args=(self, self._helm.end),
            name=type(self).__name__,
            daemon=self.daemon,
        )
        self.launcher.start()
        self._helm.close()  # the other process has it
        self._helm = None

    def _has_died(self) -> bool:
        return self.launcher.exitcode is not None

    def _settle_process(self) -> None:
        assert self._pilot is not None
        code = self.launcher.exitcode
        if code != 0 and self._pilot.final()[1] is None:
            name = f"signal {-code}" if code < 0 else f"exit status {code}"
            self._failure = RuntimeError(f"the process of {self} ended with {name}")
        self._settle()


def report(device: object, failure: BaseException) -> None:
    """Nothing dies in silence: to the log, which writes to stderr when nobody configured it."""
    import logging

    log = logging.getLogger(__name__.rpartition(".")[0])
    log.error("%s ended with an error", device, exc_info=failure)


class _Terminated(BaseException):
    """SIGTERM came."""


def _process_main(device: ProcessDevice, end: Any) -> None:
    def terminate(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise _Terminated

    if device._pilot is not None:  # forked: the other end is the parent's
        device._pilot.end.close()
    device._helm = helm = Helm(end)
    device._own_context = True
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        signal.signal(signal.SIGTERM, terminate)
        device.run()
    except _Terminated:
        pass
    except BaseException as failure:  # noqa: BLE001 - raised again by join(), over there
        helm.failed(failure)
        report(device, failure)
    finally:
        helm.close()
