"""The logs of many processes, in one place.

::

    process  PUBHandler  ---->
    process  PUBHandler  ---->  SUBListener  collector: one file, one order, levels and tracebacks
    process  PUBHandler  ---->

The collector binds, so processes may start, fork and end as they like. Records keep their logger,
level, arguments, extras, traceback and origin. To look at it live:
``python -m zmq.log tcp://127.0.0.1:9999``.

It needs ``pip install zmq-log``.

``python -m examples.logging_processes``
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
from collections import Counter

from zmq.log import PUBHandler, SUBListener

PROCESSES, RECORDS = 3, 20
GIVE_UP_S = 30


def work(endpoint: str, number: int) -> None:
    """A process that logs, and has an accident."""
    handler = PUBHandler(endpoint, connect=True, structured=True, root_topic="example")
    if not handler.wait_for_subscribers(timeout_ms=1000 * GIVE_UP_S):
        raise TimeoutError(f"no collector at {endpoint}")
    logger = logging.getLogger(f"worker.{number}")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    for record in range(RECORDS):
        logger.info("record %d of %d", record, RECORDS, extra={"worker": number})
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logger.exception("an accident")
    handler.close()  # sends what is on its way


class Collected(logging.Handler):
    """Keeps records; a FileHandler would write them."""

    def __init__(self, expected: int) -> None:
        super().__init__()
        self._expected = expected
        self.records: list[logging.LogRecord] = []
        self.complete = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.records.append(record)
        if len(self.records) == self._expected:
            self.complete.set()


def main() -> None:
    """Start three processes, and collect what they log."""
    collected = Collected(PROCESSES * (RECORDS + 1))
    with SUBListener("tcp://127.0.0.1:*", collected, bind=True) as listener:
        spawn = multiprocessing.get_context("spawn")  # a fork would inherit the collector's sockets
        processes = [
            spawn.Process(target=work, args=(listener.endpoint, number), daemon=True)
            for number in range(PROCESSES)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join(GIVE_UP_S)
        collected.complete.wait(GIVE_UP_S)
    levels = Counter(record.levelname for record in collected.records)
    pids = {record.process for record in collected.records}
    print(f"{len(collected.records)} records of {len(pids)} processes:", dict(levels))
    assert levels == {"INFO": PROCESSES * RECORDS, "ERROR": PROCESSES}
    assert pids == {process.pid for process in processes}
    accidents = [
        str(record.exc_text) for record in collected.records if record.levelname == "ERROR"
    ]
    assert all("ZeroDivisionError" in text for text in accidents)
    assert listener.missed == 0


if __name__ == "__main__":
    main()
