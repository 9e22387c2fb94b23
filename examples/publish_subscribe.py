"""Publish and subscribe, with envelopes: everybody gets what was subscribed to, and nothing else.

::

    publisher  XPUB  ---- "weather.zurich" | 21 --->  SUB "weather."   all weather
                     ---- "weather.zurich" | 21 --->  SUB "weather.zurich"

A message has two parts, topic and body. Subscriptions match the beginning of the first part, so
the body is never compared, and messages that nobody wants are not sent.

A publisher that sends at once has no subscribers yet: connecting takes a moment. XPUB is a PUB
socket that receives the subscriptions, so this one waits for them, and does not sleep and hope.

``python -m examples.publish_subscribe``
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import zmq

GIVE_UP_MS = 10_000
TOPICS = ["weather.", "weather.zurich"]
NEWS = [
    ("weather.zurich", "21"),
    ("weather.basel", "24"),
    ("sport.zurich", "2:1"),
    ("weather.zurich", "22"),
]
END = "weather.zurich.end"  # begins with what everybody has subscribed to


def publish(publisher: zmq.Socket[bytes]) -> None:
    """Wait for the subscribers, then send the news."""
    subscribed: set[str] = set()
    while len(subscribed) < len(TOPICS):
        event = publisher.recv()  # 1 and the topic; 0 when somebody leaves
        if event[:1] == b"\x01":
            subscribed.add(event[1:].decode())
    for topic, body in [*NEWS, (END, "")]:
        publisher.send_multipart([topic.encode(), body.encode()])


def subscribe(context: zmq.Context, endpoint: str, topic: str) -> list[tuple[str, str]]:
    """Collect what comes under a topic, until the end."""
    received: list[tuple[str, str]] = []
    with context.socket(zmq.SUB) as subscriber:
        subscriber.subscribe(topic)
        subscriber.connect(endpoint)
        while True:
            name, body = (part.decode() for part in subscriber.recv_multipart())
            if name == END:
                return received
            received.append((name, body))


def main() -> None:
    """Publish to two subscribers."""
    with zmq.Context() as context, ThreadPoolExecutor() as pool:
        context.rcvtimeo = GIVE_UP_MS
        with context.socket(zmq.XPUB) as publisher:
            publisher.bind("tcp://127.0.0.1:*")
            endpoint = publisher.last_endpoint.decode()
            subscribers = [pool.submit(subscribe, context, endpoint, topic) for topic in TOPICS]
            publish(publisher)
            received = dict(zip(TOPICS, [each.result() for each in subscribers]))
    for topic, news in received.items():
        print(f"{topic} received", *(f"{name}={body}" for name, body in news))
    assert received["weather."] == [NEWS[0], NEWS[1], NEWS[3]]
    assert received["weather.zurich"] == [NEWS[0], NEWS[3]]


if __name__ == "__main__":
    main()
