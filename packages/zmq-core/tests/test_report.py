"""``python -m zmq``: its schema, its text, and that it works with the core alone."""

# ruff: noqa: F811  # fixtures are named by what takes them

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import textwrap

import pytest

import zmq
from zmq import __main__ as command

from .test_namespace import add_part, app, install_core, site  # noqa: F401

AREAS = ("auth", "devices", "eventloop", "log", "ssh", "sugar")
SCHEMA = {
    "schema": int,
    "versions": {"zmq": str, "libzmq": str, "libsodium": (str, type(None))},
    "backend": str,
    "capabilities": dict,
    "build": dict,
    "distributions": dict,
    "commands": list,
    "companions": dict,
    "python": {"implementation": str, "version": str, "bits": int, "gil": bool},
    "platform": {"system": str, "release": str, "machine": str, "libc": (str, type(None))},
    "paths": list,
}


def has_shape(value, shape):
    if isinstance(shape, dict):
        assert set(value) == set(shape)
        for key, each in shape.items():
            has_shape(value[key], each)
    else:
        assert isinstance(value, shape)


def execute(folder, *arguments, module="zmq", environment=None):
    """Run ``python -m <module>`` against `folder` and the standard library alone."""
    program = f"""
        import runpy, sys
        sys.path.insert(0, {str(folder)!r})
        sys.argv[1:] = {list(arguments)!r}
        runpy.run_module({module!r}, run_name="__main__", alter_sys=True)
    """
    return subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        env=environment,
    )


def test_schema():
    found = command.report()
    assert json.loads(json.dumps(found)) == found
    has_shape(found, SCHEMA)
    assert found["schema"] == 1
    assert found["versions"]["zmq"] == zmq.__version__
    assert found["versions"]["libzmq"] == zmq.zmq_version()
    assert found["python"]["version"] == platform.python_version()
    assert found["capabilities"] == {name: zmq.has(name) for name in found["capabilities"]}
    assert {"curve", "draft", "ipc", "gssapi"} <= set(found["capabilities"])
    assert found["build"]["compiler"] == zmq.build_info()["compiler"]
    for each in found["distributions"].values():
        has_shape(each, {"version": (str, type(None)), "problem": (str, type(None))})
    for each in found["commands"]:
        has_shape(each, {"command": str, "distribution": str, "purpose": str})


def test_versions_are_those_of_the_metadata():
    installed = {one.metadata["Name"]: one.version for one in importlib.metadata.distributions()}
    for name, each in command.report()["distributions"].items():
        assert each == {"version": installed.get(name), "problem": None}


def test_core_alone(site):
    done = execute(site, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    has_shape(found, SCHEMA)
    versions = {name: each["version"] for name, each in found["distributions"].items()}
    assert versions.pop("zmq-core") == zmq.__version__
    assert set(versions) == {f"zmq-{name}" for name in AREAS}
    assert set(versions.values()) == {None}
    assert [each["command"] for each in found["commands"]] == [
        "python -m zmq",
        "python -m zmq.vendor",
    ]
    done = execute(site)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"zmq {zmq.__version__}, libzmq {zmq.zmq_version()}" in done.stdout.splitlines()[0]
    for name in AREAS:
        assert f"not installed; pip install zmq-{name}" in done.stdout


def test_a_broken_area_is_reported(site):
    add_part(site, "zmq/auth", "import a_module_that_is_not_there")
    add_part(site, "zmq/log", "raise OSError('no such device')")
    done = execute(site)
    assert done.returncode == 1
    told = " ".join(done.stdout.split())
    assert "zmq-auth CANNOT BE IMPORTED: ModuleNotFoundError: No module named 'a_module" in told
    assert "zmq-log CANNOT BE IMPORTED: OSError: no such device" in told
    assert "python -m zmq.auth" not in told


def test_an_area_brings_its_commands(site):
    (add_part(site, "zmq/auth") / "_version.py").write_text('__version__ = "9.8.7"\n')
    found = json.loads(execute(site, "--json").stdout)
    assert found["distributions"]["zmq-auth"] == {"version": "9.8.7", "problem": None}
    assert {"python -m zmq.auth", "python -m zmq.curve_keygen"} <= {
        each["command"] for each in found["commands"]
    }


def test_a_vendored_copy_reports_itself(app):
    done = execute(app, module="theirapp._vendor.zmq")
    assert done.returncode == 1  # the part that stands for sugar has no version
    assert "python -m theirapp._vendor.zmq.vendor" in done.stdout
    assert "pip install" not in done.stdout


def test_nothing_personal_is_told(tmp_path):
    install_core(tmp_path / "home" / "site")
    environment = {**os.environ, "HOME": str(tmp_path / "home"), "USER": "somebody"}
    for arguments in ((), ("--json",)):
        done = execute(tmp_path / "home" / "site", *arguments, environment=environment)
        assert done.returncode == 0
        assert str(tmp_path) not in done.stdout
        assert os.path.join("~", "site", "zmq") in done.stdout.replace("\\\\", "\\")  # noqa: PTH118
        assert platform.node() not in done.stdout.split()


def test_text_tells_everything_that_json_tells(capsys):
    assert command.main([]) == 0
    told = " ".join(capsys.readouterr().out.split())
    found = command.report()
    assert max(map(len, command.text(found).splitlines())) < 200
    for each in found["commands"]:
        assert f"{each['command']} {each['purpose']}" in told
    for name, each in found["distributions"].items():
        assert f"{name} {each['version']}" in told or f"pip install {name}" in told
    for kind, expected in (("yes", True), ("no", False)):
        names = [name for name, there in found["capabilities"].items() if there is expected]
        assert f"{kind} {', '.join(names)}" in told
    for value in (*found["platform"].values(), found["backend"], *found["companions"].values()):
        assert value is None or value in told


def test_wrong_usage(capsys):
    with pytest.raises(SystemExit, match="2"):
        command.main(["--jason"])
    assert "usage: python -m zmq " in capsys.readouterr().err
