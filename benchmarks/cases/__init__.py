"""The cases. They know no peer: ``zmq`` is whatever the worker's interpreter means by it.

A case is a function of `count`, and of the arguments that suite.py gives. It does its work `count`
times and returns the seconds that took, without what it needs before and after. Only public names
are used, so that what is measured is what users call.
"""
