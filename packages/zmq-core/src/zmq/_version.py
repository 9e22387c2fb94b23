"""The version of the distribution zmq-core (its pyproject.toml reads it here)."""

__version__ = "28.0.0"
