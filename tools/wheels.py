"""Build every wheel of this repository, and check what a published zmq-core wheel promises.

``python tools/wheels.py build FOLDER`` builds all distributions, with the running Python, into
FOLDER. ``python tools/wheels.py check WHEEL...`` looks at wheels of zmq-core; the workflow runs it
on what cibuildwheel made:

* one exported symbol, the module's; no library grafted in, none needed but the platform's own;
* the licences and the software bill of materials (CycloneDX, PEP 770) of libzmq and libsodium;
* no two distributions own one path, and RECORD names every file.
"""

from __future__ import annotations

import csv
import json
import os
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

from distributions import ROOT, read

PLATFORM_LIBRARIES = re.compile(
    r"(libc|libm|libpthread|libdl|librt|libgcc_s|libstdc\+\+|ld-linux[-\w]*|ld-musl-\w+|libc\.musl-\w+)\.so"
)


def build(folder: Path, names: list[str] | None = None, *, isolated: bool = False) -> list[Path]:
    """Build wheels of all distributions, or of those named; return their paths.

    The same sources give the same bytes: SOURCE_DATE_EPOCH is set when it is not.
    """
    environment = {"SOURCE_DATE_EPOCH": "1577836800", **os.environ}
    made = []
    for one in read().values():
        if names is not None and one.name not in names:
            continue
        command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder)]
        if not isolated:
            command.append("--no-isolation")
        before = set(folder.glob("*.whl"))
        output = subprocess.run(
            [*command, str(one.folder)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if output.returncode:
            raise SystemExit(f"{one.name} does not build:\n{output.stdout}")
        written = re.findall(r"Successfully built (?:.*\s)?(\S+\.whl)", output.stdout)
        made += [folder / Path(name).name for name in written] or sorted(
            set(folder.glob("*.whl")) - before
        )
    return made


def record(wheel: Path) -> set[str]:
    """The paths in a wheel's RECORD, which are those in the archive.

    Raises
    ------
    ValueError
        RECORD and archive differ.
    """
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
        (file,) = (name for name in names if name.endswith(".dist-info/RECORD"))
        listed = {row[0] for row in csv.reader(archive.read(file).decode().splitlines()) if row}
    if listed != names:
        raise ValueError(f"{wheel.name}: RECORD and archive differ: {sorted(listed ^ names)}")
    return names


def dynamic(library: bytes) -> tuple[set[str], set[str]]:
    """Exported symbols and needed libraries of a 64-bit little-endian ELF file."""
    sections = struct.unpack_from("<Q", library, 40)[0]
    size, count = struct.unpack_from("<HH", library, 58)
    headers = [
        struct.unpack_from("<IIQQQQIIQQ", library, sections + i * size) for i in range(count)
    ]

    def text(table: int, offset: int) -> str:
        start = headers[table][4] + offset
        return library[start : library.index(b"\0", start)].decode()

    exported, needed = set(), set()
    for _, kind, _, _, offset, length, link, _, _, _ in headers:
        if kind == 11:  # SHT_DYNSYM: name, info, other, section, value, size
            for at in range(offset, offset + length, 24):
                name, info, _, section = struct.unpack_from("<IBBH", library, at)
                if section and info >> 4 and text(link, name):  # defined here, not local
                    exported.add(text(link, name))
        elif kind == 6:  # SHT_DYNAMIC
            for at in range(offset, offset + length, 16):
                tag, value = struct.unpack_from("<QQ", library, at)
                if tag == 1:  # DT_NEEDED
                    needed.add(text(link, value))
    return exported, needed


def problems(wheel: Path) -> list[str]:
    """What a wheel of zmq-core lacks; empty when it is fit to publish."""
    names = record(wheel)
    found = []
    grafted = [name for name in names if ".libs/" in name or ".dylibs/" in name]
    if grafted:
        found.append(f"grafted libraries: {grafted}")
    with zipfile.ZipFile(wheel) as archive:
        for name in names:
            library = archive.read(name) if name.endswith(".so") else b""
            if library[:6] != b"\x7fELF\x02\x01":
                continue
            exported, needed = dynamic(library)
            module = Path(name).name.partition(".")[0]
            if exported != {f"PyInit_{module}"}:
                found.append(f"{name} exports {sorted(exported)}")
            foreign = sorted(n for n in needed if not PLATFORM_LIBRARIES.match(n))
            if foreign:
                found.append(f"{name} needs {foreign}")
        boms = [name for name in names if ".dist-info/sboms/" in name]
        found += [] if boms else ["no software bill of materials"]
        for name in boms:
            components = {c["name"] for c in json.loads(archive.read(name))["components"]}
            for library in sorted(components):
                text = f"dist-info/licenses/bundled/{library}/"
                if not any(text in other for other in names):
                    found.append(f"no licence of {library}")
            if components < {"libzmq", "libsodium"}:
                found.append(f"{name} names {sorted(components)} only")
    return found


def main(arguments: list[str]) -> int:
    """Build or check."""
    if len(arguments) < 2 or arguments[0] not in {"build", "check"}:
        print(__doc__, file=sys.stderr)
        return 2
    if arguments[0] == "build":
        for wheel in build((ROOT / arguments[1]).resolve(), isolated=True):
            print(f"{wheel.stat().st_size:9,} {wheel.name}")
        return 0
    status = 0
    for wheel in map(Path, arguments[1:]):
        found = problems(wheel)
        print(f"{wheel.name}: {wheel.stat().st_size:,} bytes: {'; '.join(found) or 'ok'}")
        status |= bool(found)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
