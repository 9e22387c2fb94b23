"""Proxies: what a message costs the thread that relays it. See ``benchmarks/proxy.py``."""

from __future__ import annotations


def relay(count: int, size: int, loop: str) -> float:
    """The processor time of the relaying thread; the messages wait for it."""
    from .. import proxy

    run, _ = proxy.loops()[loop]
    return count / proxy.cpu_round(run, size, count)
