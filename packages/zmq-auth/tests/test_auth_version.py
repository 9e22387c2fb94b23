"""The installed distribution is the code that is imported."""

from importlib.metadata import version

from zmq import auth


def test_version_matches_the_metadata() -> None:
    assert auth.__version__ == version("zmq-auth")
