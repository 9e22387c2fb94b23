"""``python -m theirapp``: send a message, with the zmq of its own."""

from ._vendor import zmq  # type: ignore[attr-defined]  # it is there after `python -m zmq.vendor`


def main() -> None:
    """Send a message to itself."""
    with zmq.Context() as context, context.socket(zmq.PAIR) as a, context.socket(zmq.PAIR) as b:
        a.bind("inproc://app")
        b.connect("inproc://app")
        a.send_string("hello from the copy")
        print(zmq.__name__, zmq.__version__, "says:", b.recv_string())


if __name__ == "__main__":
    main()
