"""NumPy arrays: frames of a camera, without a copy on either side.

::

    camera  PUSH  ---- number | type and shape | memory --->  PULL  analysis

`send_array` sends an array's memory as it is, with ``copy=False`` without copying it: the memory is
lent to ØMQ, and must not be written before the tracker says that it is free again. So the camera
has a few buffers, and takes the next that is free. `recv_array` gives an array over the memory of
the message.

It needs ``pip install numpy``.

``python -m examples.arrays``
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

import zmq

GIVE_UP_S = 10
FRAMES, BUFFERS = 40, 3
SHAPE = (480, 640, 3)


def film(camera: zmq.Socket[bytes]) -> int:
    """Send frames from a few buffers; return how often one was not free at once."""
    buffers = [np.empty(SHAPE, np.uint8) for _ in range(BUFFERS)]
    trackers: list[Any] = [None] * BUFFERS
    waits = 0
    for number in range(FRAMES):
        index = number % BUFFERS
        if trackers[index] is not None:
            waits += not trackers[index].done
            trackers[index].wait(GIVE_UP_S)  # NotDone, if it takes longer
        buffers[index][...] = number  # the exposure
        camera.send_json({"frame": number}, zmq.SNDMORE)
        trackers[index] = camera.send_array(buffers[index], copy=False, track=True)
    for tracker in trackers:
        tracker.wait(GIVE_UP_S)
    return waits


def main() -> None:
    """Film, and look at every frame."""
    means = []
    with zmq.Context() as context, ThreadPoolExecutor() as pool:
        context.rcvtimeo = context.sndtimeo = 1000 * GIVE_UP_S
        with context.socket(zmq.PUSH) as camera, context.socket(zmq.PULL) as analysis:
            analysis.rcvhwm = camera.sndhwm = 2  # few frames on the way
            analysis.bind("tcp://127.0.0.1:*")
            camera.connect(analysis.last_endpoint.decode())
            filming = pool.submit(film, camera)
            for _ in range(FRAMES):
                header = analysis.recv_json()
                frame = analysis.recv_array()
                assert frame.shape == SHAPE
                assert not frame.flags.writeable  # recv_array(writable=True) gives a copy
                means.append((header["frame"], float(frame.mean())))
            waits = filming.result()
    megabytes = FRAMES * np.prod(SHAPE) / 1e6
    print(f"{FRAMES} frames, {megabytes:.0f} MB, from {BUFFERS} buffers; waited {waits} times")
    assert means == [(number, float(number)) for number in range(FRAMES)]


if __name__ == "__main__":
    main()
