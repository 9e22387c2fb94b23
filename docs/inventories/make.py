"""Make python.inv from the full inventory of Python's documentation; see README.md."""

import re
import sys
import zlib
from pathlib import Path

from sphinx.util.inventory import InventoryFile

HERE = Path(__file__).parent
MODULES = re.search(r"\n\n((?:    .*\n)+)", (HERE / "README.md").read_text(encoding="utf-8"))[1]
WANTED = re.compile(rf"({'|'.join(MODULES.split())})(\.\w+)*|[^.]+")


def main(source: Path) -> None:
    """Copy the Python names of the modules wanted."""
    head, body = [], source.read_bytes()
    for _ in range(4):
        line, _, body = body.partition(b"\n")
        head.append(line)
    rows = zlib.decompress(body).decode("utf-8").splitlines(keepends=True)
    kept = [row for row in rows if " py:" in row and WANTED.fullmatch(row.split(" ")[0])]
    (HERE / "python.inv").write_bytes(
        b"\n".join(head) + b"\n" + zlib.compress("".join(kept).encode("utf-8"), 9)
    )
    with (HERE / "python.inv").open("rb") as file:
        data = InventoryFile.load(file, "", lambda base, path: base + path)
    print({kind: len(names) for kind, names in data.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
