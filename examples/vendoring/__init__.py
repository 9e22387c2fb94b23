"""A project that carries its own copy of zmq, as ``theirapp._vendor.zmq``.

``theirapp`` is such a project: it imports ``from ._vendor import zmq``, and meets no zmq or pyzmq
that is installed beside it. The copy is made, checked and upgraded by one command::

    python -m zmq.vendor theirapp/_vendor --with log

This example (``__main__.py``) does that in a temporary folder, and runs the result with a Python
that has nothing but its standard library.
"""
