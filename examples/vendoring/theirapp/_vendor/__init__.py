"""Other people's code, as it was; ``zmq`` is put here by ``python -m zmq.vendor``."""
