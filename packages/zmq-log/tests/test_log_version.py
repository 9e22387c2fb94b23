"""The installed distribution is the code that is imported."""

from importlib.metadata import version

from zmq import log


def test_version_matches_the_metadata() -> None:
    assert log.__version__ == version("zmq-log")
