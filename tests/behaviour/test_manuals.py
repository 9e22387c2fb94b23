"""Every name that the manuals of pyzmq 2.2 and 15.2 promised of the synchronous API is there.

``manuals.json`` has them with the signatures printed there; a call made by such a signature must be
accepted. What these names do is tested beside, file by file; what became of the few promises that
are not kept stands in docs/compatibility.md.
"""

import importlib
import inspect
import json
import re
import warnings
from pathlib import Path

import pytest

PROMISES = json.loads(Path(__file__).with_name("manuals.json").read_text(encoding="utf-8"))
GONE = {
    "zmq.web",  # experimental, and withdrawn by the manuals themselves
}


def find(zmq, name):
    """The object of a dotted name, and its owner; modules are imported on the way."""
    owner, found = None, zmq
    for i, part in enumerate(name.split(".")[1:], 2):
        owner = found
        try:
            found = getattr(owner, part)
        except AttributeError:
            if inspect.isclass(owner) and part in owner.__annotations__:
                return owner, None  # an attribute of instances
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                module = ".".join([zmq.__name__, *name.split(".")[1:i]])
                found = importlib.import_module(module)
    return owner, found


@pytest.mark.parametrize(
    "promise", [p for p in PROMISES if p["name"] not in GONE], ids=lambda promise: promise["name"]
)
def test_promise(zmq, promise):
    name, kind = promise["name"], promise["kind"]
    owner, found = find(zmq, name)
    if kind == "module":
        assert inspect.ismodule(found)
    elif kind in ("class", "exception"):
        assert inspect.isclass(found)
        assert kind != "exception" or issubclass(found, Exception)
    elif kind in ("function", "method", "classmethod"):
        assert callable(found)
    if "signature" in promise:
        accepts(found, promise["signature"], bound=inspect.isclass(owner) and kind == "method")


def accepts(found, printed, *, bound):
    """Bind the arguments that a printed signature names: by position, and by name."""
    if found.__name__ in ("__getattr__", "__setattr__"):
        return  # the language defines how they are called
    if inspect.isclass(found):
        found, bound = found.__init__, True
    signature = inspect.signature(found)
    names = [
        argument.partition("=")[0].strip()
        for argument in printed.strip("()").split(",")
        if argument.strip()
    ]
    plain = [name for name in names if not name.startswith("*")]
    first = [None] if bound else []
    signature.bind(*first, *plain)
    required = re.findall(r"[(,]\s*(\w+)(?=[,)])", printed)
    signature.bind(*first, **dict.fromkeys(required))
    for name in plain:
        signature.bind(*first, **dict.fromkeys([*required, name]))
