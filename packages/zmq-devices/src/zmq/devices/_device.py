"""A device and its life: started, told, asked, ended.

The sockets are made, used and closed in the thread or process where the device runs. Whoever
started it keeps one end of a line to it (`_steering.py`); what ended it stays with the device.
"""

from __future__ import annotations

import threading
from typing import Any

from ..constants import DeviceType, Errno
from ..error import ZMQError
from ._assembly import Assembly
from ._statistics import Statistics
from ._steering import Helm, Pilot, steering


class Device(Assembly):
    """Passes messages between two sockets, in the thread that starts it.

    Once started it may be told and asked from any thread, and stopped from signal handlers.

    Parameters
    ----------
    device_type : int, default zmq.QUEUE
        Says nothing that the types of the sockets do not; it is kept for old programs.
    in_type, out_type : int
        The types of the two sockets, as ``zmq.ROUTER``.

    Attributes
    ----------
    daemon : bool, default True
        Whether the program may end while the device runs in a thread or a process; it is stopped
        then. Without it the program goes on until the device is stopped.
    device_type : int
        As given.
    in_type : int
        The type of the in socket.
    out_type : int
        The type of the out socket.
    context_factory : callable
        Makes the context, where the device runs: ``Context.instance``; in a process ``Context``.

    Raises
    ------
    TypeError
        When a type is missing.

    Examples
    --------
    >>> device = ThreadDevice(zmq.QUEUE, zmq.ROUTER, zmq.DEALER)
    >>> device.bind_in("tcp://127.0.0.1:5555")
    >>> device.bind_out("tcp://127.0.0.1:5556")
    >>> with device:
    ...     ...

    Notes
    -----
    Source: zmq_proxy(3).

    .. versionchanged:: 1.0
        `stop`, `pause`, `resume`, `statistics`, `wait_ready`, the context manager, and exceptions
        that reach the one who joins.
    """

    daemon: bool

    def __init__(
        self,
        device_type: int = DeviceType.QUEUE,
        in_type: int | None = None,
        out_type: int | None = None,
    ) -> None:
        super().__init__(device_type, in_type, out_type)
        self.daemon = True
        self._reset()

    def _reset(self) -> None:
        self._pilot: Pilot | None = None
        self._helm: Helm | None = None
        self._failure: BaseException | None = None
        self._last = Statistics()
        self._ended = threading.Event()
        self._launching = threading.RLock()

    def __getstate__(self) -> dict[str, Any]:
        # to another process goes the description alone
        hidden = {"_pilot", "_helm", "_failure", "_last", "_ended", "_launching", "launcher"}
        return {name: value for name, value in self.__dict__.items() if name not in hidden}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._reset()

    @property
    def done(self) -> bool:
        """Whether it ran and has ended."""
        return self._ended.is_set()

    def start(self) -> None:
        """Run until somebody calls `stop`, or the context is terminated.

        Raises
        ------
        ZMQError
            When a socket cannot be made, bound or connected.
        RuntimeError
            When it runs already.
        """
        self._launch()
        try:
            self.run()
        except BaseException as failure:
            self._failure = failure
            raise
        finally:
            self._settle()

    def run(self) -> None:
        """Do the work of the device in this thread; for `start`, and for subclasses."""
        direct = self._helm is None
        if direct:
            self._launch()
        try:
            self.run_device()
        except ZMQError as error:
            # the context was terminated, or the socket closed: the regular end from outside
            if error.errno not in (Errno.ETERM, Errno.ENOTSOCK):
                raise
        finally:
            if direct:
                self._settle()

    def run_device(self) -> None:
        """Make the sockets and pass messages on; for subclasses that do something else."""
        assert self._helm is not None, "run() or start() come first"
        self._serve(self._helm)

    def stop(self) -> None:
        """Tell the device to end, at once; does not wait for it (`join` does).

        What it has not taken from its in socket yet is lost with the socket. What it has sent goes
        out as the sockets' LINGER says. It may be called from any thread and from signal handlers,
        before `start` and after the end.
        """
        pilot = self._pilot
        if pilot is not None:
            pilot.stop()

    def pause(self, timeout: float | None = 10) -> None:
        """Make it take no more messages; none is taken any more when this returns.

        Parameters
        ----------
        timeout : float or None, default 10
            Seconds to wait for the device; None is for ever.

        Raises
        ------
        RuntimeError
            When the device does not run.
        TimeoutError
            When it did not answer in time.
        """
        self._ask(b"P", timeout)

    def resume(self, timeout: float | None = 10) -> None:
        """Make it take messages again.

        Parameters
        ----------
        timeout : float or None, default 10
            Seconds to wait for the device; None is for ever.

        Raises
        ------
        RuntimeError, TimeoutError
            As for `pause`.
        """
        self._ask(b"R", timeout)

    def statistics(self, timeout: float | None = 10) -> Statistics:
        """Count what went through; after the end, the last numbers.

        Parameters
        ----------
        timeout : float or None, default 10
            Seconds to wait for the device; None is for ever.

        Returns
        -------
        Statistics

        Raises
        ------
        RuntimeError
            When the device was never started.
        TimeoutError
            When it did not answer in time.
        """
        pilot = self._require_pilot() if not self.done else None
        found = None if pilot is None else pilot.ask(b"S", timeout)
        if found is None:
            if pilot is not None:
                self._last, _ = pilot.final()
            return self._last
        return found

    def wait_ready(self, timeout: float | None = 10) -> dict[str, list[str]]:
        """Wait until the sockets are made, bound and connected.

        Parameters
        ----------
        timeout : float or None, default 10
            Seconds to wait for the device; None is for ever.

        Returns
        -------
        dict
            Where they are bound: ``{"in": ["tcp://127.0.0.1:34567"], "out": []}``; so
            ``bind_in("tcp://127.0.0.1:*")`` needs no port chosen before.

        Raises
        ------
        TimeoutError
            When it is not ready in time.
        Exception
            What made it end before it was ready; RuntimeError when it was stopped before.
        """
        found = self._require_pilot().wait_ready(timeout)
        if found is None:
            self.join(timeout)
            raise RuntimeError(f"{self} was stopped before it was ready")
        self._release_ports()
        return found

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end.

        Parameters
        ----------
        timeout : float or None
            Seconds; None is for ever. `done` tells whether it has ended.

        Raises
        ------
        RuntimeError
            When it was never started.
        Exception
            What ended the device.
        """
        self._require_pilot()
        self._ended.wait(timeout)
        if self._failure is not None:
            raise self._failure

    def __repr__(self) -> str:
        ends = ", ".join(
            f"{name} {[*port.binds, *port.connects]}" for name, port in self._ports.items()
        )
        return f"<{type(self).__name__} at {id(self):#x}: {ends}>"

    def _launch(self) -> None:
        with self._launching:
            if self._pilot is not None and not self.done:
                raise RuntimeError(f"{self} runs already: stop() and join() come first")
            self._failure = None
            self._ended.clear()
            self._pilot, self._helm = steering()

    def _settle(self) -> None:
        """It has ended, in this process: keep what there is to keep, and let the line go."""
        pilot, helm, self._helm = self._pilot, self._helm, None
        if helm is not None:
            helm.close()
        if pilot is not None:
            self._last, failure = pilot.final()
            self._failure = self._failure or failure
            pilot.close()
        self._release_ports()
        self._ended.set()

    def _release_ports(self) -> None:
        for port in self._ports.values():
            port.release()

    def _require_pilot(self) -> Pilot:
        if self._pilot is None:
            raise RuntimeError(f"{self} does not run: call start() first")
        return self._pilot

    def _ask(self, command: bytes, timeout: float | None) -> None:
        if self.done or self._require_pilot().ask(command, timeout) is None:
            raise RuntimeError(f"{self} has ended: join() tells why, start() runs it again")
