"""``hatch run docs``: the documentation site, into build/docs. Every warning is an error.

``--linkcheck`` asks every external link instead. It passes only when each of them answered. A link
whose server could not be reached is counted apart from one that is wrong, and fails as well: not
having looked is no result.

Other arguments go to sphinx-build.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "build" / "docs"
LINKS = ROOT / "build" / "linkcheck"

SILENT = "not reached"
UNREACHED = ("NameResolutionError", "ConnectionError", "Max retries", "timed out", "ProxyError")


def sphinx(builder: str, output: Path, *arguments: str) -> int:
    """Run Sphinx in a process of its own, on this interpreter and what is installed for it."""
    command = [sys.executable, "-m", "sphinx", "-b", builder, "-d", f"{output}.doctrees"]
    # afresh each time: of pages that it keeps, Sphinx does not repeat the warnings
    command += [
        "--fresh-env",
        "--jobs",
        "auto",
        "--keep-going",
        *arguments,
        str(ROOT / "docs"),
        str(output),
    ]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def build(*arguments: str) -> int:
    """Make the site; return the exit status."""
    started = time.monotonic()
    status = sphinx("html", SITE, "-W", "--quiet", *arguments)
    pages = len(list(SITE.rglob("*.html")))
    where = (SITE / "index.html").relative_to(ROOT)
    verdict = where if status == 0 else "FAILED"
    print(f"{verdict}: {pages} pages in {time.monotonic() - started:.1f} s")
    return status


def check_links() -> int:
    """Ask every external link; return 0 only when all have answered."""
    sphinx("linkcheck", LINKS, "--quiet")
    lines = (LINKS / "output.json").read_text(encoding="utf-8").splitlines()
    links = [json.loads(line) for line in lines]
    asked = {link["uri"]: link for link in links if link["uri"].startswith("http")}
    count = Counter(verdict(link) for link in asked.values())
    hosts = Counter(urlsplit(uri).netloc for uri, link in asked.items() if verdict(link) == SILENT)
    for uri, link in sorted(asked.items()):
        if verdict(link) == "broken":
            print(f"broken: {uri} ({link['filename']}:{link['lineno']}) {link['info']}")
    for host, number in sorted(hosts.items()):
        print(f"{SILENT}: {host}, {number} links")
    print(f"{len(asked)} links: {count['good']} good, {count['broken']} broken,", end=" ")
    print(f"{count[SILENT]} {SILENT}, so nothing is known of them")
    return 0 if count["good"] == len(asked) else 1


def verdict(link: dict[str, str]) -> str:
    """Tell what one line of Sphinx's report says of its link."""
    if link["status"] in {"working", "redirected"}:
        return "good"
    if link["status"] == "timeout" or any(word in link["info"] for word in UNREACHED):
        return SILENT
    return "broken"


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(check_links() if arguments == ["--linkcheck"] else build(*arguments))
