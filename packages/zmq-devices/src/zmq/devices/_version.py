"""The version of the distribution zmq-devices (its pyproject.toml reads it here)."""

__version__ = "1.0.0"
