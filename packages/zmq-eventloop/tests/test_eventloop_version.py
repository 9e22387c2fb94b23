"""The installed distribution is the code that is imported."""

from importlib.metadata import version

from zmq import eventloop


def test_version_matches_the_metadata() -> None:
    assert eventloop.__version__ == version("zmq-eventloop")
