"""Mark what is seldom called in the C that Cython wrote: ``python cold.py FROM.c TO.c HOT.txt``.

A function with the compiler's attribute ``cold`` is made small instead of fast, and kept away from
the others. ``hot.txt`` names what a message passes on its way; every other function of ours becomes
``static ZMQ_COLD …``, and CMakeLists.txt says what ``ZMQ_COLD`` is to the compiler. Of Cython's own
helpers those that make an error are marked: a way that leads to one is then unlikely, and small, in
every function. What is hot and declared ``cdef inline`` becomes ``static ZMQ_INLINE …``: Cython's
own word for it is empty, because it would inline all of its helpers, too.

A line of ``hot.txt`` is a function (``send_parts``), a method (``Socket.send``) or one of Cython's
slots (``Frame.tp_new``), with the wildcards of `fnmatch`; a line that fits nothing is an error.
"""

from __future__ import annotations

import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path

# static <type> __pyx_<kind>_<module's mangled name>_<rest>(
FUNCTION = re.compile(r"(?m)^static (?!const\b)(?=[^=(\n]*\b__pyx_(\w+)\()")
HELPER = re.compile(
    r"(?m)^static (?!const\b)(?=[^=(\n]*\b__Pyx_\w*(?:Raise|Traceback|Unraisable)\w*\()"
)
OURS = re.compile(r"(?:pw|pf|f|getprop|setprop)_3zmq_7backend_6cython_4_zmq_(\w+)")
METHOD = re.compile(r"(\d+)(\w+)")
SLOT = re.compile(r"(tp_[a-z]+\w*?)_3zmq_7backend_6cython_4_zmq_(\w+)")


def name(mangled: str) -> str:
    """``f_3zmq_…_4_zmq_6Socket_send`` -> ``Socket.send``; what is not ours stays as it is."""
    slot = SLOT.fullmatch(mangled)
    if slot:
        return f"{slot[2]}.{slot[1]}"
    ours = OURS.fullmatch(mangled)
    if not ours:
        return mangled
    method = METHOD.fullmatch(ours[1])
    if not method:
        return ours[1]
    length = int(method[1])
    owner, rest = method[2][:length], method[2][length:]
    return f"{owner}.{re.sub('^_[0-9]*', '', rest)}" if rest else owner


def mark(source: str, hot: list[str]) -> str:
    """The C code with every function marked that fits none of the patterns.

    Raises
    ------
    ValueError
        A pattern fits no function.
    """
    used = set()

    def cold(match: re.Match[str]) -> str:
        called = name(match[1])
        fitting = [pattern for pattern in hot if fnmatchcase(called, pattern)]
        used.update(fitting)
        if not fitting:
            return f"{match[0]}ZMQ_COLD "
        inline = match.string.startswith("CYTHON_INLINE ", match.end())
        return f"{match[0]}ZMQ_INLINE " if inline else match[0]

    marked = re.sub(FUNCTION, cold, source)
    marked = re.sub(HELPER, r"\g<0>ZMQ_COLD ", marked)
    unused = sorted(set(hot) - used)
    if unused:
        raise ValueError(f"no function of the module is called {', '.join(unused)}")
    return marked


def main(source: Path, target: Path, patterns: Path) -> None:
    """Read, mark, write."""
    lines = (line.partition("#")[0].strip() for line in patterns.read_text("utf-8").splitlines())
    try:
        marked = mark(source.read_text("utf-8"), [line for line in lines if line])
    except ValueError as error:
        sys.exit(f"{patterns}: {error}")
    target.write_text(marked, "utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
