"""What pyproject.toml cannot say: where zmq-core's headers are."""

from setuptools import Extension, setup  # type: ignore[import-untyped]

import zmq

setup(
    ext_modules=[Extension("tally", ["tally.pyx"], include_dirs=zmq.get_includes())],
    py_modules=[],
)
