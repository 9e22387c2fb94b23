"""The installed distribution is the code that is imported."""

from importlib.metadata import version

from zmq import ssh


def test_version_matches_the_metadata() -> None:
    assert ssh.__version__ == version("zmq-ssh")
