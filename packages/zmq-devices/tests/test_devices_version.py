"""The installed distribution is the code that is imported."""

from importlib.metadata import version

from zmq import devices


def test_version_matches_the_metadata() -> None:
    assert devices.__version__ == version("zmq-devices")
