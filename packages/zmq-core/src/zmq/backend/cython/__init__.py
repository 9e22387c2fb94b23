"""The back end compiled with Cython: the extension module ``_zmq``."""
