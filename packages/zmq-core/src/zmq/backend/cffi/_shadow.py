"""Several Socket objects on one socket of libzmq: its owner and its shadows.

Whoever is closed closes libzmq's socket, and so all of them: a call on one that is left would look
into memory that libzmq has given back. They find each other by the address.
"""

from __future__ import annotations

from weakref import ref

from ._cffi import lib
from ._errors import BUSY, FAILED, REFUSED, refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

owners: dict[int, ref[Any]] = {}
shadows: dict[int, list[ref[Any]]] = {}  # only where there are any


def shadow_made(socket: Any, address: int) -> None:
    """Remember a shadow."""
    living = [found for found in shadows.get(address, ()) if found() is not None]
    shadows[address] = [*living, ref(socket)]


def close_kin(socket: Any, address: int) -> list[Any]:
    """Close the others on the same address, all but libzmq's socket; returns them."""
    references = [*shadows.pop(address, ())]
    if not references:
        return references
    if address in owners:
        references.append(owners[address])
    found = [other for reference in references if (other := reference()) is not None]
    kin = [other for other in found if other is not socket and not other.closed]
    for other in kin:
        other._remember(None)
        rc: int = lib.zc_socket_abandon(other._state.core)
        if FAILED < rc <= REFUSED and REFUSED - rc == BUSY:
            shadows[address] = references
            raise refusal(other, BUSY, "close", other._state.core)
    return kin


__all__ = ["close_kin", "owners", "shadow_made", "shadows"]
