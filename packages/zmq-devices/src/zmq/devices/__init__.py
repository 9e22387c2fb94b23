"""Proxies, queues, forwarders and streamers in a thread or a process of their own.

`zmq.devices.asyncio` has them for asyncio, `zmq.devices.sequence` publishes without losing anything
unnoticed, and ``python -m zmq.devices`` runs them from the command line.
"""

from __future__ import annotations

from ..backend import device, proxy, proxy_steerable
from ..constants import DeviceType
from ._statistics import Statistics, Traffic
from ._version import __version__
from .basedevice import Device, ProcessDevice, ThreadDevice
from .monitoredqueue import monitored_queue
from .monitoredqueuedevice import MonitoredQueue, ProcessMonitoredQueue, ThreadMonitoredQueue
from .proxydevice import ProcessProxy, Proxy, ThreadProxy
from .proxysteerabledevice import ProcessProxySteerable, ProxySteerable, ThreadProxySteerable

__all__ = [
    "Device",
    "DeviceType",
    "MonitoredQueue",
    "ProcessDevice",
    "ProcessMonitoredQueue",
    "ProcessProxy",
    "ProcessProxySteerable",
    "Proxy",
    "ProxySteerable",
    "Statistics",
    "ThreadDevice",
    "ThreadMonitoredQueue",
    "ThreadProxy",
    "ThreadProxySteerable",
    "Traffic",
    "__version__",
    "device",
    "monitored_queue",
    "proxy",
    "proxy_steerable",
]
