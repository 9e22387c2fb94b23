"""The site builds without a warning, and every public name has an entry in its reference.

The names are those of pyzmq 27.3 (``pyzmq_27_3_names.json``, from the inventory of its API: what
its modules export or define, and the members of their classes), and our own: the names of every
public module, and the members of the classes among them.

Special methods are no names: what ``with``, ``==`` and the like do is told by the class.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .pages import ROOT

sys.path.insert(0, str(ROOT / "docs" / "extensions"))
from catalogue import Catalogue, members_of

PYZMQ = json.loads(Path(__file__).with_name("pyzmq_27_3_names.json").read_text(encoding="utf-8"))
GONE = {
    "zmq.eventloop.zmqstream.ZMQStream.poller": "a stream needs none",
    "zmq.devices.proxydevice.ProxyBase.run_device": "a mixin's; every proxy has it",
    "zmq.devices.proxysteerabledevice.ProxySteerableBase.run_device": "the same",
    "zmq.devices.monitoredqueuedevice.MonitoredQueueBase.run_device": "the same",
}
BUILD_LIMIT_S = 300  # it takes 20 s of processor time


@pytest.fixture(scope="module")
def site() -> Path:
    """The site, made by the command that makes it."""
    result = subprocess.run(
        [sys.executable, ROOT / "tools" / "docs.py"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_LIMIT_S,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    return ROOT / "build" / "docs"


@pytest.fixture(scope="module")
def entries(site: Path) -> set[str]:
    """Every Python name in the inventory of the site, with the place it leads to checked."""
    from sphinx.util.inventory import InventoryFile

    with (site / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", lambda base, path: path)
    found = set()
    pages: dict[str, str] = {}
    for kind, names in inventory.items():
        if kind.startswith("py:"):
            for name, item in names.items():
                page, _, anchor = item[2].partition("#")
                if page not in pages:
                    pages[page] = (site / page).read_text(encoding="utf-8")
                assert f'id="{anchor}"' in pages[page], f"{name} leads to {item[2]}"
                found.add(name)
    return found


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Our public names, as the site knows them."""
    return Catalogue()


@pytest.mark.timeout(BUILD_LIMIT_S)
def test_every_name_of_pyzmq_has_an_entry(entries: set[str], catalogue: Catalogue) -> None:
    at = {one.path: catalogue.entry(one) for one in catalogue.all()}
    wanted = {f"{module}.{name}" for module, names in PYZMQ["modules"].items() for name in names}
    members = {(path, name) for path, names in PYZMQ["classes"].items() for name in names}
    there = entries | {
        f"{path}.{name}" for path, name in members if f"{at.get(path)}.{name}" in entries
    }
    wanted |= {f"{path}.{name}" for path, name in members}
    assert len(wanted) > 1900
    assert sorted(wanted - there) == sorted(GONE)


@pytest.mark.timeout(BUILD_LIMIT_S)
def test_every_name_of_ours_has_an_entry(entries: set[str], catalogue: Catalogue) -> None:
    wanted = set()
    for one in catalogue.all():
        wanted.add(one.path)
        if isinstance(one.value, type) and not one.constant and catalogue.entry(one) == one.path:
            wanted |= {f"{one.path}.{name}" for name, _ in members_of(one.value)}
    assert len(wanted) > 3500
    assert sorted(wanted - entries) == []
