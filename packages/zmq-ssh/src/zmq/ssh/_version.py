"""The version of the distribution zmq-ssh (its pyproject.toml reads it here)."""

__version__ = "1.0.0"
