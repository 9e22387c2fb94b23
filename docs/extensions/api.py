"""Reference entries for whole modules: ``.. api:: zmq.auth``.

Each public name of the module gets an entry here, or, where it has one elsewhere, a link to it. So
do the members of its classes. All of them stand in the inventory (objects.inv) under all their
names, which is what tests/docs/test_reference.py looks at.

``:kinds: class function`` takes only names of these kinds: class, exception, function, data.
``:no-docstring:`` leaves out what the module says of itself.

Constants have their entries in the rows of reference/constants.md, a generated table.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any, ClassVar

from catalogue import Catalogue, Name, attributes, foreign, load
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.domains.python import PythonDomain
from sphinx.ext.autodoc import ClassDocumenter
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

CATALOGUE = Catalogue()
CONSTANTS = "reference/constants"
FOREIGN = {one.path for one in CATALOGUE.all() if foreign(one.value)}
ORDER = ["class", "exception", "function", "data"]


class PublicClassDocumenter(ClassDocumenter):
    """A class is described in full at the place of its entry, whatever its ``__name__``."""

    priority = ClassDocumenter.priority + 1

    def import_object(self, raiseerror: bool = False) -> bool:
        """Import, and forget that the class goes by another name where it was made."""
        found = super().import_object(raiseerror)
        if found and CATALOGUE.class_entry(self.object) == self.fullname:
            self.doc_as_attr = False
        return found

    def get_canonical_fullname(self) -> str | None:
        """Where a class was made is no name of it: `api` notes all those it has."""
        return None


class Domain(PythonDomain):
    """The domain of Python, which has to choose where several names end alike."""

    def find_obj(
        self,
        env: BuildEnvironment,
        modname: str,
        classname: str,
        name: str,
        type: str | None,
        searchmode: int = 0,
    ) -> list[Any]:
        """Find a name; of many, the nearest to where it is asked for, then the shortest."""
        name = name.replace("zmq.backend.cython._zmq.", "zmq.")
        found = super().find_obj(env, modname, classname, name, type, searchmode)
        found = [match for match in found if match[0] not in FOREIGN]

        def distance(match: Any) -> tuple[int, bool, int, str]:
            path, entry = match
            pairs = zip(path.split("."), (modname or "").split("."))
            near = list(itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
            return -len(near), entry.aliased, path.count("."), path

        return sorted(found, key=distance)[:1]


def note(env: BuildEnvironment, path: str, kind: str, node_id: str, *, alias: bool) -> None:
    """Put a name into the inventory."""
    domain: Any = env.get_domain("py")
    if not (alias and path in domain.objects):
        domain.note_object(path, kind, node_id, aliased=alias)


def link(text: str, path: str) -> Node:
    """Make a link to an entry."""
    return addnodes.pending_xref(
        "", nodes.literal("", text, classes=["xref", "py"]), refdomain="py", reftype="obj",
        reftarget=path, refexplicit=True, refwarn=True,
    )  # fmt: skip


class Api(SphinxDirective):
    """``.. api:: MODULE``; see above."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {
        "kinds": lambda text: text.split(),
        "no-docstring": directives.flag,
    }

    def run(self) -> list[Node]:
        """Describe the module."""
        module = self.arguments[0]
        load(module)
        wanted = self.options.get("kinds", ORDER)
        found = [one for one in CATALOGUE.by_module[module] if one.kind in wanted]
        found.sort(key=lambda one: (ORDER.index(one.kind), one.name))
        here = [one for one in found if not one.constant and CATALOGUE.entry(one) == one.path]
        elsewhere = [one for one in found if one not in here and CATALOGUE.entry(one) != one.path]
        result = self.parse(self.heading(module))
        for one in here:
            result += self.parse(self.entry(one))
            if one.kind in {"class", "exception"}:
                result += self.inherited(one)
        return result + self.links(elsewhere, "Described elsewhere:")

    def parse(self, lines: list[str]) -> list[Node]:
        """Parse lines of reStructuredText."""
        parent = nodes.Element()
        self.state.nested_parse(StringList(lines, self.get_source_info()[0]), 0, parent)
        return parent.children

    def heading(self, module: str) -> list[str]:
        """Name the module, and say what it says."""
        known = {*self.env.get_domain("py").data["modules"], *(one.path for one in CATALOGUE.all())}
        if module in known:  # or a function has the same name
            return [f".. py:currentmodule:: {module}", ""]
        if "no-docstring" in self.options:
            return [f".. py:module:: {module}", ""]
        return [f".. automodule:: {module}", ""]

    def entry(self, one: Name) -> list[str]:
        """Ask autodoc for one name."""
        if one.kind == "data":
            plain = len(repr(one.value)) < 60 and " at 0x" not in repr(one.value)
            return [f".. autodata:: {one.path}", *([] if plain else ["   :no-value:"]), ""]
        if one.kind == "function":
            return [f".. autofunction:: {one.path}", ""]
        own, _ = CATALOGUE.members(one.value)  # type: ignore[arg-type]
        own = [name for name in own if name not in attributes(one.value)]  # type: ignore[arg-type]
        lines = [f".. auto{one.kind}:: {one.path}"]
        if any(known(base) for base in one.value.__bases__):  # type: ignore[attr-defined]
            lines.append("   :show-inheritance:")
        if own:
            # without :inherited-members:, which would take all there are
            lines += [f"   :members: {', '.join(own)}", "   :undoc-members:"]
        return [*lines, ""]

    def inherited(self, one: Name) -> list[Node]:
        """Lead to the members that another entry has."""
        _, others = CATALOGUE.members(one.value)  # type: ignore[arg-type]
        shown = {
            name: path
            for name, path in others.items()
            if name == name.lower() or name not in others
        }
        target = nodes.target(ids=[nodes.make_id(f"inherited-{one.path}")])
        for name in others:
            note(self.env, f"{one.path}.{name}", "attribute", target["ids"][0], alias=True)
        if not others:
            return []
        return [target, self.sentence(f"{one.name} also has:", shown)]

    def links(self, others: list[Name], text: str) -> list[Node]:
        """Lead to the names that have their entry elsewhere."""
        if not others:
            return []
        target = nodes.target(ids=[nodes.make_id(f"names-{others[0].module}")])
        if target["ids"][0] in self.state.document.ids:
            target["ids"] = [nodes.make_id(f"names-{others[0].path}")]
        for one in others:
            note(self.env, one.path, one.kind, target["ids"][0], alias=True)
        return [target, self.sentence(text, {one.name: CATALOGUE.entry(one) for one in others})]

    def sentence(self, text: str, links: dict[str, str]) -> Node:
        """Make one paragraph of links."""
        found = nodes.paragraph(classes=["names"])
        found += nodes.Text(text)
        for name, path in links.items():
            found += nodes.Text(" ")
            third = path.split(".")[0] == "tornado"  # its inventory is nowhere to be had
            found += nodes.literal(text=path) if third else link(name, path)
        return found


def end_sections(
    app: Sphinx, what: str, name: str, value: object, options: Any, lines: list[str]
) -> None:
    """Let a directive that follows a section stand for itself: napoleon takes it for an item."""
    for number in range(len(lines) - 1, 0, -1):
        if lines[number].startswith(".. ") and not lines[number - 1]:
            lines.insert(number, "")


def known(base: type) -> bool:
    """Tell whether a base class says something to the reader."""
    foreigner = foreign(base) and base.__module__ != "typing" and base is not object
    return foreigner or CATALOGUE.class_entry(base) is not None


def known_bases(app: Sphinx, name: str, cls: type, options: Any, bases: list[type]) -> None:
    """Leave out the classes from which others are put together."""
    bases[:] = [base for base in bases if isinstance(base, type) and known(base)]


def note_constants(app: Sphinx, doctree: nodes.document) -> None:
    """Make an entry of each row of the constants' table."""
    if app.env.docname != CONSTANTS:
        return
    import zmq
    from zmq import constants

    for section in doctree.findall(nodes.section):
        name = section[0].astext()
        if name in vars(constants):
            note(app.env, f"zmq.{name}", "class", section["ids"][0], alias=False)
            note(app.env, f"zmq.constants.{name}", "class", section["ids"][0], alias=True)
    rows: dict[str, str] = {}
    for cell in doctree.findall(nodes.entry):
        found = re.fullmatch(r"zmq\.([A-Z]\w*)", cell.astext())
        if found:
            name = found[1]
            rows[name] = f"constant-{name}"
            cell["ids"].append(rows[name])
            note(app.env, f"zmq.{name}", "data", rows[name], alias=False)
            value = getattr(zmq, name)
            cls = type(value).__name__
            note(app.env, f"zmq.{cls}.{value.name}", "attribute", rows[name], alias=True)
            note(app.env, f"zmq.constants.{name}", "data", rows[name], alias=True)
            for short, member in type(value).__members__.items():
                if member is value:
                    note(app.env, f"zmq.{cls}.{short}", "attribute", rows[name], alias=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive to Sphinx."""
    app.setup_extension("sphinx.ext.autodoc")
    app.add_domain(Domain, override=True)
    app.add_autodocumenter(PublicClassDocumenter, override=True)
    app.add_directive("api", Api)
    app.connect("doctree-read", note_constants)
    app.connect("autodoc-process-docstring", end_sections, priority=400)  # before napoleon's
    app.connect("autodoc-process-bases", known_bases)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
