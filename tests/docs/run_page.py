"""``python run_page.py PAGE``: run the Python blocks of one page, in order, as one program.

Prints a line per block and exits with 1 at the first that fails. A block fails when it raises,
takes longer than LIMIT_S (then its stacks are shown), or prints other than the `output` block after
it says. The page fails when it leaves contexts or sockets open.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import io
import linecache
import re
import sys
import traceback
import types
from pathlib import Path

LIMIT_S = 30


class Tee(io.StringIO):
    """Keeps what is printed, and shows it too."""

    def write(self, text: str) -> int:
        """Keep and show."""
        sys.__stdout__.write(text)
        return super().write(text)


def matches(wanted: str, printed: str) -> bool:
    """Tell whether the text of an `output` block describes what was printed."""
    pattern = ".*".join(map(re.escape, wanted.rstrip().split("…")))
    return re.fullmatch(pattern, printed.rstrip(), re.DOTALL) is not None


def run(page: Path, namespace: dict[str, object]) -> None:
    """Run the blocks in `namespace`."""
    from pages import blocks

    lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
    linecache.cache[str(page)] = (1, None, lines, str(page))
    printed = ""
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        if block.language == "output" and not matches(block.text, printed):
            sys.exit(f"{where}: the page says\n{block.text}\nprinted was\n{printed}")
        if block.file:
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.text, encoding="utf-8")
        if not block.runs:
            continue
        code = compile("\n" * (block.line - 1) + block.text, str(page), "exec", dont_inherit=True)
        faulthandler.dump_traceback_later(LIMIT_S, exit=True)
        shown = Tee()
        try:
            with contextlib.redirect_stdout(shown):
                exec(code, namespace)
        except BaseException:  # noqa: BLE001 - SystemExit is no way to end either
            traceback.print_exc()
            sys.exit(f"{where}: this block failed")
        finally:
            faulthandler.cancel_dump_traceback_later()
        printed = shown.getvalue()
        print(f"{where}: ok", file=sys.__stdout__)


def left_open() -> dict[str, int]:
    """Count what the page has left open; the global context is everybody's and may stay."""
    backend = sys.modules.get("zmq.backend")
    if backend is None:
        return {}
    counts = {kind: backend._counts()[kind] for kind in ("contexts", "sockets")}
    instance = sys.modules["zmq"].Context._instance
    if instance is not None and not instance.closed:
        counts["contexts"] -= 1
    return {kind: number for kind, number in counts.items() if number > 0}


def main(page: Path) -> None:
    """Run, clean up, and look at what is left."""
    own = types.ModuleType("__main__")  # where a page's classes and functions are looked for
    sys.modules["__main__"] = own
    run(page, own.__dict__)
    gc.collect()
    left = left_open()
    if left:
        sys.exit(f"{page.name}: left open: {left}")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main(Path(sys.argv[1]))
