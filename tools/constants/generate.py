#!/usr/bin/env python3
"""Write every file that is made from ``constants.csv``; with ``--check`` only say which are stale.

The table is the one source of libzmq's numbers.  A row with a name is a constant; a row without one
opens its enumeration and gives the base class (column *value*) and the docstring (*meaning*).

=========  =======================================================================================
value      the number; ``=NAME`` for another name of a constant above; for an errno, what libzmq
           uses where the system has none (empty: every system has it)
type       of an option: int, int64, uint64, bytes, string (bytes that are text) or fd;
           ``system`` for an errno that the operating system defines
access     of an option: r, w or rw
since      the libzmq release that brought it
draft      ``draft`` when libzmq has it only in builds with the draft API
meaning    one line; for libzmq's own errno the text of ``zmq_strerror``
=========  =======================================================================================

Exit status: 0, or 1 when ``--check`` finds a stale file (each is named on standard error).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from options import options_pyi
from table import (
    BANNER,
    LINE_LENGTH,
    PREFIXES,
    TYPES,
    Constant,
    Enumeration,
    option_type,
    read_table,
)

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "packages/zmq-core/src/zmq"
SUGAR = "packages/zmq-sugar/src/zmq/sugar"


# constants.py


def python_value(member: Constant) -> str:
    """The right side of a member's assignment."""
    if member.alias:
        return member.alias
    if member.type != "system":
        return member.value
    if not member.value:
        return f"errno.{member.name}"
    return f'getattr(errno, "{member.name}", {member.value})'


def python_class(enum: Enumeration) -> list[str]:
    """The lines of one enumeration's class."""
    lines = ["", "", f"class {enum.name}({enum.base}):", f'    """{enum.meaning}"""', ""]
    for m in enum.members:
        lines += [f"    {m.name} = {python_value(m)}"]
    if enum.name == "SocketOption":
        lines += [
            "",
            "    @property",
            "    def _opt_type(self) -> _OptType:",
            "        return _OPTION_TYPES.get(self.value, _OptType.int)",
        ]
    return lines


def constants_py(enums: list[Enumeration]) -> str:
    """zmq/constants.py."""
    options = next(e for e in enums if e.name == "SocketOption")
    exported = sorted(e.flat(m) for e in enums for m in e.members)
    # pyzmq's programs may take the enum classes from here, star-imports included
    exported += sorted(["Enum", "IntEnum", "IntFlag", *(e.name for e in enums)])
    lines = [
        f"# {BANNER}",
        '"""The numbers of libzmq, as enumerations and under their flat names.',
        "",
        "``SocketType.REQ`` and ``REQ`` are one object.  What each means, since when, and whether",
        "it is a draft stands in docs/reference/constants.md.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "import errno",
        "from enum import Enum, IntEnum, IntFlag",
        "",
        "# type checkers know this name; importing typing would cost more than this module does",
        "TYPE_CHECKING = False",
        "if TYPE_CHECKING:",
        "    from typing import Final",
        "",
        "",
        "class _OptType(Enum):",
        '    """The C type of a socket option\'s value."""',
        "",
    ]
    lines += [f'    {t} = "{t}"' for t in TYPES]
    lines += ["", "", "# options of any other type than int", "_OPTION_TYPES: Final = {"]
    lines += [
        f"    {m.value}: _OptType.{option_type(m)},  # {m.name}"
        for m in options.members
        if not m.alias and m.type != "int"
    ]
    lines += ["}"]
    for enum in enums:
        lines += python_class(enum)
    lines += ["", ""]
    for enum in enums:
        for m in enum.members:
            left, right = f"{enum.flat(m)}: Final =", f"{enum.name}.{m.name}"
            fits = len(left) + len(right) < LINE_LENGTH
            lines += [f"{left} {right}"] if fits else [f"{left} (", f"    {right}", ")"]
    lines += ["", "__all__ = ["]
    lines += [f'    "{name}",' for name in exported]
    lines += ["]"]
    return "\n".join(lines) + "\n"


# C headers


def option_types_h(enums: list[Enumeration]) -> str:
    """The header with the type of each option."""
    options = next(e for e in enums if e.name == "SocketOption")
    lines = [
        f"/* {BANNER} */",
        "#ifndef ZMQ_OPTION_TYPES_H",
        "#define ZMQ_OPTION_TYPES_H",
        "",
        "/* the C type that zmq_getsockopt and zmq_setsockopt want for an option's value */",
        f"enum {{ {', '.join('ZOPT_' + t.upper() for t in TYPES)}, ZOPT_UNKNOWN }};",
        "",
        "static inline int zmq_option_type(int option)",
        "{",
        "    switch (option) {",
    ]
    for kind in TYPES:
        lines += [
            f"    case {m.value}: /* {m.name} */"
            for m in options.members
            if not m.alias and option_type(m) == kind
        ]
        lines += [f"        return ZOPT_{kind.upper()};"]
    lines += ["    default:", "        return ZOPT_UNKNOWN;", "    }", "}", "", "#endif"]
    return "\n".join(lines) + "\n"


def zmq_constants_h(enums: list[Enumeration]) -> str:
    """The header with the names that zmq.h may lack."""
    lines = [
        f"/* {BANNER} */",
        "/* Include after zmq.h: gives the names that this header lacks. */",
        "#ifndef ZMQ_CONSTANTS_FALLBACK_H",
        "#define ZMQ_CONSTANTS_FALLBACK_H",
        "",
    ]
    for enum in enums:
        if enum.name == "Errno":  # zmq.h always has these, and the system has the rest
            continue
        for m in enum.members:
            name = "ZMQ_" + enum.flat(m)
            lines += [f"#ifndef {name}", f"#define {name} {enum.number(m)}", "#endif"]
    lines += ["", "#endif"]
    return "\n".join(lines) + "\n"


# the documentation


def constants_md(enums: list[Enumeration]) -> str:
    """The table of the reference documentation."""
    lines = [
        f"<!-- {BANNER} -->",
        "# Constants",
        "",
        "Each stands in `zmq` under its flat name, and in its enumeration under the short one.",
        "*Since* is the libzmq release; a *draft* works only where libzmq was built with them",
        "(`zmq.DRAFT_API`).",
        "Flat names follow their enumeration's prefix: "
        + ", ".join(f"`{p}…` for {e}" for e, p in PREFIXES.items())
        + ".",
    ]
    for enum in enums:
        options = any(m.access for m in enum.members)
        head = ["name", "number", *(["type", "access"] if options else []), "since", "meaning"]
        lines += ["", f"## {enum.name}", "", enum.meaning, ""]
        lines += [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
        for m in enum.members:
            number = "the system's" if m.type == "system" else enum.number(m)
            cells = [f"`zmq.{enum.flat(m)}`", number]
            cells += [m.type, m.access] if options else []
            cells += [m.since + (" draft" if m.draft else ""), m.meaning]
            lines += [f"| {' | '.join(cells)} |"]
    return "\n".join(lines) + "\n"


OUTPUTS = {
    f"{PACKAGE}/constants.py": constants_py,
    f"{PACKAGE}/backend/cython/option_types.h": option_types_h,
    f"{PACKAGE}/include/zmq_constants.h": zmq_constants_h,
    f"{SUGAR}/_options.pyi": options_pyi,
    "docs/reference/constants.md": constants_md,
}


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description="Write the files made from constants.csv.")
    parser.add_argument("--check", action="store_true", help="write nothing; name what is stale")
    check = parser.parse_args().check
    enums = read_table()
    stale = 0
    for name, render in OUTPUTS.items():
        path, text = ROOT / name, render(enums)
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            print(f"stale: {name} (run tools/constants/generate.py)", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
