"""What is measured, and the goals: one row or several for each kind of work.

A goal is the ratio to the baseline, pyzmq where nothing else is said. ``tuned`` is the goal on a
libzmq that was built for speed; which one counts, the build itself says (`zmq.build_info`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

OURS = "zmq"


@dataclass(frozen=True)
class Side:
    """One peer's part in a case.

    Parameters
    ----------
    peer : str
        Whose interpreter; "c" for the C program.
    function : str
        ``module:name`` of the case below ``benchmarks.cases``; of the C program, its case.
    arguments : mapping
        Besides `count`.
    """

    peer: str
    function: str
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One row.

    Parameters
    ----------
    name : str
        For ``--only``.
    work : str
        For readers.
    sides : mapping
        Label -> Side. "zmq" is ours.
    goal : float
        How many times faster than the baseline.
    tuned : float, optional
        The goal on a tuned libzmq, where that is another.
    baseline : str
        A label.
    most : int, optional
        No more operations than these in a round.
    """

    name: str
    work: str
    sides: Mapping[str, Side]
    goal: float
    tuned: float | None = None
    baseline: str = "pyzmq"
    most: int | None = None

    def goal_on(self, tuned: bool) -> float:
        """The goal that counts."""
        return self.tuned if tuned and self.tuned is not None else self.goal


def case(
    name: str,
    work: str,
    goal: float,
    function: str,
    *,
    tuned: float | None = None,
    c: tuple[object, ...] | None = None,
    baseline: str = "pyzmq",
    ours: str = OURS,
    pyomq: bool = True,
    most: int | None = None,
    **arguments: object,
) -> Case:
    """A row in which every peer runs the same function; `c` is the C program's command."""
    sides = {label: Side(label, function, arguments) for label in (OURS, "pyzmq", "pyomq")}
    sides[OURS] = Side(ours, function, arguments)
    if not pyomq:
        del sides["pyomq"]
    if c is not None:
        sides["c"] = Side("c", str(c[0]), {str(i): word for i, word in enumerate(c[1:])})
    return Case(name, work, sides, goal, tuned, baseline, most)


def relay(name: str, work: str, loop: str, native: str) -> Case:
    """A proxy of ours against libzmq's own, both in our process."""
    return Case(
        name,
        work,
        {
            OURS: Side(OURS, "devices:relay", {"size": 32, "loop": loop}),
            "libzmq": Side(OURS, "devices:relay", {"size": 32, "loop": native}),
        },
        goal=0.95,
        baseline="libzmq",
        most=200_000,  # they all wait in memory
    )


KIB = 1024

CASES = (
    # --- one thread
    case("pair-1", "send + recv, 1 B", 3.5, "single:send_recv", size=1, c=("single", 1)),
    case("pair-32", "send + recv, 32 B", 3.5, "single:send_recv", size=32, c=("single", 32)),
    case("pair-1k", "send + recv, 1 KiB", 2.5, "single:send_recv", size=KIB, c=("single", KIB)),
    *(
        case(
            f"multipart-{parts}",
            f"send_multipart + recv_multipart, {parts} frames of 32 B",
            12,
            "single:multipart",
            size=32,
            parts=parts,
            c=("single", 32, parts),
        )
        for parts in (2, 3, 5)
    ),
    case("string", "send_string + recv_string, 32 B", 4, "single:string", size=32),
    *(
        case(
            f"zerocopy-{size // KIB}k{'-tracked' * track}",
            f"send + recv with copy=False, {size // KIB} KiB{', tracked' * track}",
            10,
            "single:zero_copy",
            size=size,
            track=track,
            c=("zerocopy", size),
        )
        for size, track in ((64 * KIB, False), (64 * KIB, True), (KIB * KIB, False))
    ),
    case("make-tracker", "MessageTracker made", 10, "single:make_tracker"),
    case(
        "make-frame", "Frame made, copy=False", 20, "single:make_frame", size=64 * KIB, track=False
    ),
    case(
        "make-frame-tracked",
        "Frame made, copy=False, tracked",
        30,
        "single:make_frame",
        size=64 * KIB,
        track=True,
    ),
    case("getsockopt", "getsockopt", 5, "single:get_option", c=("getsockopt",)),
    case("setsockopt", "setsockopt", 5, "single:set_option", c=("setsockopt",)),
    case("attribute-get", "option read as attribute", 5, "single:get_attribute"),
    case("attribute-set", "option set as attribute", 5, "single:set_attribute"),
    case("again", "zmq.Again on an empty socket", 2.2, "single:again", c=("again",)),
    case(
        "try-recv",
        "try_recv on an empty socket (pyzmq: zmq.Again)",
        15,
        "single:try_recv",
        c=("again",),
    ),
    # --- between processes and threads
    *(
        case(
            f"{transport}-{size}",
            f"PUSH/PULL over {transport}, two processes, {size} B",
            2.2,
            "throughput:processes",
            tuned=3,
            transport=transport,
            size=size,
            c=("processes", transport, size),
        )
        for transport, size in (("tcp", 1), ("tcp", 32), ("ipc", 1), ("ipc", 32))
    ),
    *(
        case(
            f"{transport}-3x32",
            f"the same over {transport}, 3 frames of 32 B",
            8,
            "throughput:processes",
            transport=transport,
            size=32,
            parts=3,
            c=("processes", transport, 32, 3),
        )
        for transport in ("tcp", "ipc")
    ),
    *(
        case(
            f"{transport}-1k",
            f"the same over {transport}, 1 KiB",
            1.1,
            "throughput:processes",
            tuned=1.6,
            transport=transport,
            size=KIB,
            c=("processes", transport, KIB),
        )
        for transport in ("tcp", "ipc")
    ),
    case(
        "threads-32",
        "PUSH/PULL over inproc, two threads, 32 B",
        3,
        "throughput:threads",
        size=32,
        c=("threads", 32),
    ),
    case(
        "threads-64k",
        "PUSH/PULL over inproc, two threads, 64 KiB",
        1.1,
        "throughput:threads",
        size=64 * KIB,
        c=("threads", 64 * KIB),
    ),
    case(
        "batches",
        "send_many / recv_many over tcp, 32 B (against C)",
        0.8,
        "throughput:batches",
        baseline="c",
        size=32,
        c=("processes", "tcp", 32),
    ),
    # --- event loops
    case("asyncio-send", "asyncio: send", 4, "aio:send"),
    case("asyncio-recv", "asyncio: recv of waiting messages", 12, "aio:recv"),
    *(
        case(
            f"{loop}-pull",
            f"{loop}: PULL throughput over tcp, 32 B",
            10,
            "aio:throughput",
            size=32,
            loop=loop,
        )
        for loop in ("asyncio", "uvloop")
    ),
    case("asyncio-round-trip", "asyncio: REQ/REP in one loop", 3, "aio:round_trip", size=32),
    case("asyncio-processes", "asyncio: REQ/REP, two processes", 1.4, "aio:processes", size=32),
    case("gevent", "gevent: PULL throughput over tcp, 32 B", 8, "loops:gevent", size=32),
    case("zmqstream", "ZMQStream: PULL throughput over tcp, 32 B", 10, "loops:stream", size=32),
    # --- many sockets
    *(
        case(
            f"poll-{sockets}",
            f"Poller.poll, {sockets} socket{'s' * (sockets > 1)}, one ready",
            goal,
            "polling:poll",
            sockets=sockets,
            c=("poll", sockets),
        )
        for sockets, goal in ((1, 2.5), (100, 20), (1000, 100))
    ),
    # --- devices
    relay("proxy", "proxy against libzmq's zmq_proxy, 32 B", "proxy", "zmq_proxy"),
    relay(
        "monitored-queue",
        "monitored_queue against zmq_proxy with capture, 32 B",
        "monitored_queue",
        "zmq_proxy + capture",
    ),
    # --- libzmq's own work
    *(
        case(
            f"curve-{name}",
            f"CURVE over tcp, {name}",
            1,
            "throughput:processes",
            size=size,
            curve=True,
            c=("curve", size),
        )
        for name, size in (("32", 32), ("1k", KIB), ("64k", 64 * KIB))
    ),
    case(
        "latency",
        "REQ/REP round trip over tcp, two processes, 32 B",
        0.98,
        "latency:round_trip",
        size=32,
        c=("reqrep", 32),
    ),
    case("import-core", "import zmq (zmq-core alone)", 2.5, "importing:core", ours="zmq-core"),
    case("import-all", "import of everything that pyzmq has", 1.5, "importing:everything"),
)
