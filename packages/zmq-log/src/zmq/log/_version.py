"""The version of the distribution zmq-log (its pyproject.toml reads it here)."""

__version__ = "1.0.0"
