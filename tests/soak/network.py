"""Several hosts on one machine: network namespaces, joined by a switch of ours.

Each host is a namespace with a TAP device; TCP in it is the kernel's own. The switch is a thread
that carries their frames: later, not all of them, or none between two sides of a partition. It
needs root, iproute2 and /dev/net/tun; not netem, which many kernels are built without.
"""

from __future__ import annotations

import contextlib
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
FRAME = 65_536
QUEUED = 10_000  # frames on their way; a switch has so much memory and no more


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def available() -> bool:
    """Whether this process may make namespaces and TAP devices."""
    name = f"zmq-probe-{os.getpid()}"
    try:
        ip("netns", "add", name)
        ip("netns", "del", name)
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


class Network:
    """Hosts with addresses 10.77.0.1, 10.77.0.2 and so on, until `close`.

    Attributes
    ----------
    delay_s, jitter_s : float
        How long a frame takes, and how much longer at most.
    loss : float
        The share of frames that is dropped.
    """

    def __init__(self, hosts: int, seed: int = 1) -> None:
        self.delay_s = self.jitter_s = self.loss = 0.0
        self.carried = self.dropped = 0
        self._sides = [0] * hosts
        self._random = random.Random(seed)
        self._over = threading.Event()
        self._names: list[str] = []
        self._taps: list[int] = []
        try:
            for n in range(hosts):
                self._add(n)
        except BaseException:
            self._remove()
            raise
        self._switch = threading.Thread(target=self._run)
        self._switch.start()

    def _add(self, n: int) -> None:
        name, device = f"zmq-{os.getpid()}-{n}", f"z{os.getpid()}-{n}"
        tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        self._taps.append(tap)
        fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TAP | IFF_NO_PI))
        ip("netns", "add", name)
        self._names.append(name)
        ip("link", "set", device, "netns", name)
        ip("-n", name, "addr", "add", f"{self.address(n)}/24", "dev", device)
        ip("-n", name, "link", "set", "lo", "up")
        ip("-n", name, "link", "set", device, "up")

    @staticmethod
    def address(host: int) -> str:
        """Where a host is."""
        return f"10.77.0.{host + 1}"

    def partition(self, *sides: int) -> None:
        """Say for each host on which side it is; hosts of one side reach each other."""
        self._sides = list(sides)

    def heal(self) -> None:
        """A network without faults."""
        self.partition(*[0] * len(self._taps))
        self.delay_s = self.jitter_s = self.loss = 0.0

    def python(self, host: int, *words: str) -> subprocess.Popen[str]:
        """Start this Python on a host; its stdin and stdout are pipes."""
        return subprocess.Popen(
            ["ip", "netns", "exec", self._names[host], sys.executable, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def close(self) -> None:
        """Take it all down; whoever still runs there has no network."""
        self._over.set()
        self._switch.join()
        self._remove()

    def _remove(self) -> None:
        for tap in self._taps:
            os.close(tap)
        for name in self._names:
            with contextlib.suppress(subprocess.CalledProcessError):
                ip("netns", "del", name)

    def _run(self) -> None:
        waiting: list[tuple[float, int, int, bytes]] = []  # due, order, to, frame
        order = 0
        while not self._over.is_set():
            left = max(0.0, waiting[0][0] - time.monotonic()) if waiting else 0.05
            for tap in select.select(self._taps, [], [], min(left, 0.05))[0]:
                with contextlib.suppress(OSError):
                    frame, source = os.read(tap, FRAME), self._taps.index(tap)
                    for to, side in enumerate(self._sides):
                        if to == source:
                            continue
                        if (
                            side != self._sides[source]
                            or len(waiting) >= QUEUED
                            or self._random.random() < self.loss
                        ):
                            self.dropped += 1
                            continue
                        due = time.monotonic() + self.delay_s
                        due += self.jitter_s * self._random.random()
                        order += 1
                        heapq.heappush(waiting, (due, order, to, frame))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, to, frame = heapq.heappop(waiting)
                self.carried += 1
                with contextlib.suppress(OSError):  # its queue is full, or the host is going
                    os.write(self._taps[to], frame)
