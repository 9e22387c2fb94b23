"""Arrays, codecs and forbidden pickles on every loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zmq
from zmq.codecs import JSON, CodecError, ReplayError, Signed

if TYPE_CHECKING:
    from .loops import Loop


def test_arrays(any_loop: Loop, sockets: Any) -> None:
    loop = any_loop

    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        sent = np.arange(200_000.0).reshape(2, -1)
        tracker = await loop.do(push.send_array(sent, copy=False, track=True))
        got = await loop.do(pull.recv_array(writable=True, timeout=10_000))
        np.testing.assert_array_equal(got, sent)
        assert got.flags.writeable
        await loop.until(lambda: tracker.done)
        await loop.do(push.send_multipart([b"{}", b""]))
        with pytest.raises(CodecError, match="keys dtype and shape"):
            await loop.do(pull.recv_array())
        with pytest.raises(zmq.Again):
            await loop.do(pull.recv_array(timeout=1))

    loop.run(main)


def test_signed_messages(any_loop: Loop, sockets: Any) -> None:
    loop = any_loop

    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        ours, theirs = (Signed(JSON(), {"k": bytes(32)}) for _ in range(2))
        await loop.do(push.send_serialized([1], ours.encode))
        assert await loop.do(pull.recv_serialized(theirs.decode)) == [1]
        message = ours.encode([2])
        for _ in range(2):
            await loop.do(push.send_multipart(message))
        assert await loop.do(pull.recv_serialized(theirs.decode)) == [2]
        with pytest.raises(ReplayError):
            await loop.do(pull.recv_serialized(theirs.decode))

    loop.run(main)


def test_pickles_can_be_forbidden(any_loop: Loop, sockets: Any) -> None:
    loop = any_loop

    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        await loop.do(push.send_pyobj(1))
        push.context.allow_pickle = False
        with pytest.raises(RuntimeError, match="allow_pickle=False"):
            await loop.do(push.send_pyobj(2))
        with pytest.raises(RuntimeError, match="allow_pickle=False"):
            await loop.do(pull.recv_pyobj())
        push.context.allow_pickle = True
        assert await loop.do(pull.recv_pyobj()) == 1

    loop.run(main)
