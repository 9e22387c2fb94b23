"""Publish and subscribe without losing anything unnoticed.

A PUB socket drops what a subscriber is too slow for, what is sent while it is not connected, and
tells nobody. Here a `Publisher` numbers the messages of each topic and keeps the last ones in a
window; a `Subscriber` sees by the numbers what is missing, fetches it, and delivers everything in
order. What cannot be had any more, because it has left the window or the publisher with it, is
delivered as `Lost` or `Restarted`, at its place in the order.

Guarantees, for a topic, from the first message delivered on:

* every message is delivered once, in the order of sending, or a `Lost` names its number;
* a publisher that restarts is a new *epoch*, which a `Restarted` announces: how many messages the
  former one had sent after the number it names, nobody can know;
* memory is bounded: the publisher's by its window, the subscriber's by its buffer.

Wire format, version 1
----------------------
All numbers are unsigned and big-endian. Every message has the topic as its first part, as it is, so
that plain SUB sockets can read along; then the header, 20 bytes:

======  ====================================================================
bytes   meaning
======  ====================================================================
0-1     ``ZS``
2       version: 1
3       kind: 1 DATA, 2 HEARTBEAT, 3 FETCH, 4 WINDOW
4-11    epoch: what tells a publisher from its predecessor; not 0
12-19   sequence: the first message of a topic in an epoch is 1
======  ====================================================================

Published (PUB to SUB):

* DATA: topic, header, and the parts of the message. `sequence` is its number.
* HEARTBEAT: topic, header. `sequence` is the number of the topic's latest message. Sent for every
  topic at every interval, so that the loss of a last message is seen.

Asked and answered (DEALER to ROUTER and back):

* FETCH: topic, header, last (8 bytes). The messages from `sequence` to `last` are wanted, of the
  given epoch.
* DATA: as published; those that are in the window, in order, up to a limit of the publisher.
* WINDOW: topic, header, floor (8 bytes), latest (8 bytes). The end of the answer: everything up to
  `sequence` has been sent as far as it is there, what is below `floor` has left the window, and
  `latest` is the number of the latest message (0: none yet). Where the epoch asked for is not the
  publisher's, this is all the answer.

Whatever does not look like this is ignored.
"""

from __future__ import annotations

from ._tracker import Lost, Message, Restarted
from .publisher import Publisher
from .subscriber import Subscriber

__all__ = ["Lost", "Message", "Publisher", "Restarted", "Subscriber"]
