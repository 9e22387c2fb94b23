"""How the package ``zmq`` puts itself together, seen by fresh interpreters.

Each test builds a folder tree as an installation would leave it (the core's files with the compiled
module, parts of other distributions, metadata) and runs a program against it, isolated from the
environment: ``-I -S``, warnings are errors, ``sys.path`` is the standard library and what the test
names.
"""

import importlib
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "zmq"

ROUND_TRIP = """
def round_trip(zmq):
    with zmq.Context() as ctx:
        pair = ctx.socket(zmq.PAIR), ctx.socket(zmq.PAIR)
        try:
            pair[0].bind("inproc://here")
            pair[1].connect("inproc://here")
            pair[1].send(b"real")
            assert pair[0].recv() == b"real"
        finally:
            for socket in pair:
                socket.close(linger=0)
"""

SUGAR = """
from ..backend import Context as _Context

class Context(_Context):
    pass

class Poller:
    pass

__all__ = ["Context", "Poller"]
"""


def install_core(folder, name="zmq"):
    """Lay the core's files into `folder` under a name, the compiled module copied beside them."""
    package = folder / name
    shutil.copytree(SOURCE, package, ignore=shutil.ignore_patterns("__pycache__", "*.pyx", "*.so"))
    # copied, never linked: the loader maps one inode once
    extension = importlib.import_module("zmq.backend.cython._zmq").__file__
    shutil.copy(extension, package / "backend" / "cython")
    return package


def add_part(folder, name, text=""):
    """Lay a part of another distribution into `folder`: the package `name` (``zmq/sugar``)."""
    part = folder / name
    part.mkdir(parents=True)
    (part / "__init__.py").write_text(textwrap.dedent(text))
    return part


def run(program, *path, flags=()):
    """Run a program with `path` in front of the standard library; return what it printed."""
    head = f"import sys\nsys.path[:0] = {[str(p) for p in path]!r}\n"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", *flags, "-c", head + textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def site(tmp_path):
    """A folder with the core alone installed in it."""
    folder = tmp_path / "site"
    install_core(folder)
    return folder


# core alone


def test_core_alone_has_every_name_it_promises(site):
    run(
        """
        import zmq
        assert len(set(zmq.__all__)) == len(zmq.__all__)
        for name in zmq.__all__:
            getattr(zmq, name)
        scope = {}
        exec("from zmq import *", scope)
        assert scope["Context"] is zmq.Context and scope["REQ"] is zmq.REQ
        assert scope["__version__"] == zmq.__version__ == zmq.pyzmq_version()
        assert zmq.Message is zmq.Frame
        assert zmq.pyzmq_version_info() >= (28, 0, 0)
        assert zmq.zmq_version() == ".".join(map(str, zmq.zmq_version_info()))
        assert isinstance(zmq.DRAFT_API, bool) and zmq.COPY_THRESHOLD == 65536
        """,
        site,
    )


def test_core_alone_moves_messages(site):
    run(ROUND_TRIP + "import zmq; round_trip(zmq)", site)


def test_core_alone_imports_little(site):
    """Guards what `import zmq` costs by what it loads, for a count is the same on every machine."""
    run(
        """
        import zmq
        own = [name for name in sys.modules if name.split(".")[0] == "zmq"]
        assert len(own) < 30, own
        slow = {"asyncio", "importlib.metadata", "inspect", "json", "logging", "pathlib", "pkgutil"}
        assert not slow & set(sys.modules), slow & set(sys.modules)
        """,
        site,
    )


def test_headers_lie_where_get_includes_says(site):
    run(
        """
        import os, zmq
        package, headers = zmq.get_includes()
        assert os.path.isfile(os.path.join(package, "zmq", "__init__.pxd"))
        assert os.path.isfile(os.path.join(headers, "zmq_capi.h"))
        assert zmq.get_library_dirs() == [os.path.join(package, "zmq")]
        """,
        site,
    )


def test_version_info_of_a_development_version_is_newer(site):
    (site / "zmq" / "_version.py").write_text('__version__ = "28.1.0.dev3"\n')
    run("import zmq; assert (28, 1, 0) < zmq.pyzmq_version_info() < (28, 1, 1)", site)


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("auth", "zmq-auth"),
        ("devices", "zmq-devices"),
        ("log", "zmq-log"),
        ("ssh", "zmq-ssh"),
        ("eventloop", "zmq-eventloop"),
        ("asyncio", "zmq-eventloop"),
        ("utils", "zmq-sugar"),
        ("Poller", "zmq-sugar"),
    ],
)
def test_what_is_absent_names_the_distribution(site, name, distribution):
    out = run(
        f"""
        import zmq
        assert not hasattr(zmq, {name!r}) and {name!r} not in dir(zmq)
        try:
            zmq.{name}
        except AttributeError as error:
            print(error)
        """,
        site,
    )
    assert out == (
        f"module 'zmq' has no attribute '{name}'; it comes with: pip install {distribution}\n"
    )


def test_what_nobody_has_names_none(site):
    out = run(
        """
        import zmq
        try:
            zmq.nonsense
        except AttributeError as error:
            print(error)
        """,
        site,
    )
    assert out == "module 'zmq' has no attribute 'nonsense'\n"


def test_errors_and_constants_stand_below_the_back_end(site):
    run(
        """
        import types
        package = types.ModuleType("floor")
        package.__path__ = [sys.path[0] + "/zmq"]
        sys.modules["floor"] = package
        from floor.error import Again, ZMQError
        try:
            raise Again
        except ZMQError as error:
            assert error.errno > 0
        assert not [name for name in sys.modules if name.startswith("floor.backend")]
        """,
        site,
    )


# with the parts of other distributions


def test_sugar_gives_the_fuller_classes(site):
    add_part(site, "zmq/sugar", SUGAR)
    run(
        ROUND_TRIP
        + """
import zmq
assert zmq.Context.__module__ == "zmq.sugar" and zmq.Context is zmq.sugar.Context
assert "Poller" in zmq.__all__ and len(set(zmq.__all__)) == len(zmq.__all__)
assert zmq.Socket is zmq.backend.Socket
round_trip(zmq)
""",
        site,
    )


@pytest.mark.parametrize("order", [1, -1])
def test_parts_in_other_folders_are_found(site, tmp_path, order):
    """Editable installs and split prefixes, whichever comes first."""
    add_part(tmp_path / "other", "zmq/sugar", SUGAR)
    add_part(tmp_path / "third", "zmq/auth", "from ..sugar import Context")
    path = [site, tmp_path / "other", tmp_path / "third"][::order]
    run("import zmq; assert zmq.auth.Context is zmq.Context is zmq.sugar.Context", *path)


def test_areas_are_imported_when_asked_for(site):
    add_part(site, "zmq/auth", "ready = True")
    run(
        """
        import zmq
        assert "auth" in dir(zmq) and "zmq.auth" not in sys.modules
        assert zmq.auth.ready and sys.modules["zmq.auth"] is zmq.auth
        """,
        site,
    )


def test_another_whole_zmq_is_not_spliced_in(site, tmp_path):
    other = tmp_path / "other"
    add_part(other, "zmq", "")
    add_part(other, "zmq/auth", "")
    run("import zmq; assert len(zmq.__path__) == 1 and not hasattr(zmq, 'auth')", site, other)


def test_the_working_folder_is_not_searched(site, tmp_path):
    add_part(tmp_path / "work", "zmq/auth", "")
    run(
        f"""
        import os
        os.chdir({str(tmp_path / "work")!r})
        sys.path[1:1] = ["", "."]
        import zmq
        assert not hasattr(zmq, "auth")
        """,
        site,
    )


def test_a_broken_sugar_is_an_error_not_an_absence(site):
    add_part(site, "zmq/sugar", "import a_module_that_is_nowhere")
    out = run(
        """
        try:
            import zmq
        except ModuleNotFoundError as error:
            print(error.name)
        """,
        site,
    )
    assert out == "a_module_that_is_nowhere\n"


def test_an_area_that_lacks_its_own_requirement_says_which(site):
    add_part(site, "zmq/green", "import a_module_that_is_nowhere")
    out = run(
        """
        import inspect, zmq
        inspect.getmembers(zmq)
        try:
            zmq.green
        except AttributeError as error:
            print(error)
        """,
        site,
    )
    assert out == "zmq.green cannot be imported: No module named 'a_module_that_is_nowhere'\n"


# beside pyzmq


IMPORT_AND_CATCH = """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import zmq
for warning in caught:
    print(warning.category.__name__, warning.message)
"""


@pytest.mark.parametrize(
    ("folder", "record"),
    [
        ("pyzmq-27.3.0.dist-info", "zmq/__init__.pxd,,\nzmq/__init__.py,sha256=x,1\n"),
        ("pyzmq-24.0.1.egg-info", None),  # a system's package manager leaves no RECORD
    ],
)
def test_pyzmq_in_the_same_place_draws_a_warning_with_the_cure(site, folder, record):
    (site / folder).mkdir()
    if record is not None:
        (site / folder / "RECORD").write_text(record)
    out = run(IMPORT_AND_CATCH, site)
    assert out.startswith(f"RuntimeWarning {folder} and zmq-core are installed in the same place")
    assert "pip uninstall pyzmq" in out
    assert out.count("\n") == 1


def test_a_stand_in_called_pyzmq_draws_none(site):
    metadata = site / "pyzmq-27.3.0.dist-info"
    metadata.mkdir()
    (metadata / "RECORD").write_text(
        "pyzmq-27.3.0.dist-info/METADATA,sha256=x,1\npyzmq-27.3.0.dist-info/RECORD,,\n"
    )
    assert run(IMPORT_AND_CATCH, site) == ""


# vendored


@pytest.fixture
def app(tmp_path):
    """An application with a copy of the core and of a part under its own name."""
    folder = tmp_path / "app"
    vendor = add_part(folder, "theirapp").joinpath("_vendor")
    add_part(folder, "theirapp/_vendor")
    install_core(vendor)
    add_part(vendor, "zmq/sugar", SUGAR)
    return folder


def test_a_vendored_copy_works_alone(app):
    out = run(
        ROUND_TRIP
        + """
from theirapp._vendor import zmq
round_trip(zmq)
assert zmq.Context.__module__ == "theirapp._vendor.zmq.sugar"
assert not [name for name in sys.modules if name.split(".")[0] == "zmq"]
import pickle
error = pickle.loads(pickle.dumps(zmq.ZMQError(zmq.EFSM)))
assert type(error) is zmq.ZMQError and error.errno == zmq.EFSM
try:
    zmq.auth
except AttributeError as error:
    print(error)
""",
        app,
    )
    # its owner completes it, not pip
    assert out == "module 'theirapp._vendor.zmq' has no attribute 'auth'\n"


def test_a_vendored_copy_beside_an_installed_one_shares_nothing(app, site):
    (site / "pyzmq-27.3.0.dist-info").mkdir()  # none of the copy's business
    run(
        ROUND_TRIP
        + """
import warnings
from theirapp._vendor import zmq as theirs
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import zmq
round_trip(zmq)
round_trip(theirs)
assert zmq.REP is not theirs.REP and zmq.REP == theirs.REP
assert not issubclass(theirs.Again, zmq.Again)
for library in (zmq, theirs):
    with library.Context() as ctx:
        socket = ctx.socket(library.PULL)
        try:
            socket.recv(library.DONTWAIT)
        except library.Again:
            pass
        finally:
            socket.close(linger=0)
""",
        app,
        site,
    )
