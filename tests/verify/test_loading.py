"""What the sources import, what runs them, and whether it loads: by the Python and the Node of this machine."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from minify.context.tree import Context
from minify.verify import loading
from minify.verify.ask import Ask
from minify.verify.engine import Configuration, Limits
from minify.verify.imports import Modules, Wanted, node_imports, python_imports
from minify.verify.interpreters import Interpreter, any_interpreter, command_of, interpreter_of, is_shell_script
from minify.verify.verdict import Finding, Section, Verdict
from tests.verify.fakes import FakeEngine, FakeFiles, FakeSubject

# -- what the sources import ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("import os, sys as s", [("os", False), ("sys", False)]),
        ("import os.path", [("os.path", False)]),
        ("from PIL import Image, ImageTk", [("PIL", False)]),
        ("from . import views\nfrom .models import X\nfrom ..a import b", []),
        ("def f():\n    import yaml", [("yaml", False)]),
        ("try:\n    import ujson as json\nexcept ImportError:\n    import json", [("ujson", True), ("json", True)]),
        ("try:\n    import a\nexcept (ValueError, ModuleNotFoundError):\n    pass", [("a", True)]),
        ("try:\n    import a\nexcept:\n    pass", [("a", True)]),
        ("try:\n    import a\nexcept ValueError:\n    pass", [("a", False)]),
        ("with contextlib.suppress(ImportError):\n    import a", [("a", True)]),
        ("with open('x') as f:\n    import a", [("a", False)]),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", [("b", False)]),
        ("if typing.TYPE_CHECKING:\n    import a", []),
        ("if sys.platform == 'win32':\n    import winreg", [("winreg", True)]),
        ("importlib.import_module('a.b')\n__import__('c')\nimport_module('.d')\nimport_module(name)", [("a.b", False), ("c", False)]),
        ("x = 'import fake'\n'''\nimport fake\n'''", []),
    ],
)  # fmt: skip
def test_python_imports(text: str, expected: list[tuple[str, bool]]) -> None:
    assert [(one.name, one.guarded) for one in python_imports(text, "a.py") or ()] == expected


@pytest.mark.parametrize("text", ["print 'Python 2'", "\0", "(" * 1000])
def test_python_that_cannot_be_read(text: str) -> None:
    assert python_imports(text, "a.py") is None


def test_members_may_be_modules() -> None:
    assert [
        one.members for one in python_imports("from PIL import Image, ImageTk as T\nfrom os import *", "a.py") or ()
    ] == [
        ("Image", "ImageTk"),
        (),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("const a = require('express'), b = require(\"./b\")", ["express"]),
        ("import express from 'express'", ["express"]),
        ("import * as a from 'a'\nimport b, { c as d,\n  e } from \"b\"\nimport 'f'\nexport * from 'g'", ["a", "b", "f", "g"]),
        ("const m = await import('a'); import('b').then(x)", ["a", "b"]),
        ("import type { A } from 'a'; export type { B } from 'b'", []),
        ("require('node:fs'); require('@scope/a/b'); require('lodash.get')", ["node:fs", "@scope/a/b", "lodash.get"]),
        ("// require('a')\n/* import 'b' */ const u = 'http://x'; require('c')", ["c"]),
        ("const s = \"require('a')\"", []),
        ("import x from '@/alias'; import y from '~/y'; import './z.css'; import 'a/z.css'", []),
        ("require(name); require(`a${b}`); obj.require('x')", []),
        ("const r = /['\"]/; require('a')", ["a"]),
    ],
)  # fmt: skip
def test_node_imports(text: str, expected: list[str]) -> None:
    assert [one.name for one in node_imports(text, "a.js")] == expected


def test_node_imports_that_may_fail() -> None:
    found = node_imports("try { a = require('bufferutil') } catch (e) {}\nrequire('ws')", "a.js")
    assert [(one.name, one.guarded, one.line) for one in found] == [("bufferutil", True, 1), ("ws", False, 2)]


def test_the_modules_of_a_context(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "import yaml\nfrom app import views\nimport own",
        "app/views.py": "try:\n    import yaml\n    import ujson\nexcept ImportError:\n    pass",
        "own.py": "import os",
        "old.py": "print 'x'",
        "tests/test_app.py": "import pytest",
        "setup.py": "import setuptools",
        "package.json": '{"name": "shop"}',
        "server.js": "require('express'); require('shop/x')",
        "node_modules/express/index.js": "require('debug')",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = loading.modules(Context(tmp_path))
    assert [(one.name, one.path, one.guarded) for one in found.wanted["python"]] == [
        ("os", "own.py", False),
        ("ujson", "app/views.py", True),
        ("yaml", "app/__init__.py", False),
    ]
    assert [one.name for one in found.wanted["node"]] == ["express"]
    assert found.unread == ("old.py",)


def test_what_only_development_needs(tmp_path: Path) -> None:
    files = {
        "package.json": '{"dependencies": {"pino": "1"}, "devDependencies": {"esbuild": "1", "@a/b": "1", "pino": "1"}}',
        "build.mjs": "import 'esbuild'; import '@a/b/c'; import 'pino'; import 'express'",
        "web/package.json": '{"dependencies": {"esbuild": "1"}}',
        "web/src/app.js": "require('@a/b')",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = {one.name: one.development for one in loading.modules(Context(tmp_path)).wanted["node"]}
    assert found == {"@a/b": False, "@a/b/c": True, "esbuild": True, "express": False, "pino": False}
    (tmp_path / "web" / "src" / "app.js").write_text("require('esbuild')")
    assert not {one.name: one.development for one in loading.modules(Context(tmp_path)).wanted["node"]}["esbuild"]


def test_no_context_no_modules() -> None:
    assert loading.modules(Context(None)).wanted == {"python": (), "node": ()}


# -- what runs them ---------------------------------------------------------------------------------

FILES = FakeFiles(
    scripts={
        "/usr/local/bin/python3.12": "",
        "/usr/local/bin/gunicorn": "/usr/local/bin/python3.12 -E",
        "/opt/venv/bin/uvicorn": "/opt/venv/bin/python",
        "/usr/local/bin/node": "",
        "/usr/local/lib/node_modules/npm/bin/npm-cli.js": "/usr/bin/env node",
        "/usr/local/bin/docker-entrypoint.sh": "/bin/sh",
        "/usr/bin/tini": "",
        "/bin/sh": "",
        "/app/server": "",
        "/usr/bin/caddy": "",
        "/app/report.py": "/usr/bin/env python3",
        "/app/src/main.js": "",
        "/app/run.sh": "/bin/sh -e",
    },
    links={
        "/usr/local/bin/python3": "/usr/local/bin/python3.12",
        "/opt/venv/bin/python": "/usr/local/bin/python3.12",
        "/usr/local/bin/npm": "/usr/local/lib/node_modules/npm/bin/npm-cli.js",
    },
)
PATH = "/opt/venv/bin:/usr/local/bin:/usr/bin:/bin"
PYTHON, VENV, NODE = "/usr/local/bin/python3.12", "/opt/venv/bin/python", "/usr/local/bin/node"


def image(*cmd: str, entrypoint: tuple[str, ...] = ()) -> Configuration:
    return Configuration(entrypoint=entrypoint, cmd=cmd, env={"PATH": PATH}, workdir="/app")


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        (image("python3", "x.py"), ("python", "/usr/local/bin/python3", "/app")),
        (image("gunicorn", "app:app"), ("python", PYTHON, "/app")),
        (image("uvicorn", "app:app"), ("python", VENV, "/app")),
        (image("/bin/sh", "-c", "exec gunicorn app:app"), ("python", PYTHON, "/app")),
        (image("/bin/sh", "-c", "cd /app && gunicorn -w $N app:app"), ("python", PYTHON, "/app")),
        (image("./report.py"), ("python", "/usr/local/bin/python3", "/app")),
        (image("node", "src/main.js"), ("node", NODE, "/app/src")),
        (image("node", "--no-warnings", "/app/src/main.js"), ("node", NODE, "/app/src")),
        (image("node", "-e", "1"), ("node", NODE, "/app")),
        (image("npm", "start"), ("node", NODE, "/app")),
        (image("node", "src/main.js", entrypoint=("docker-entrypoint.sh",)), ("node", NODE, "/app/src")),
        (image("gunicorn", "a:b", entrypoint=("tini", "--")), ("python", PYTHON, "/app")),
        (image("/app/server"), None),
        (image("./server", "--flag"), None),
        (image("nothing-here"), None),
        (image(), None),
        (image("/app/run.sh"), None),
    ],
)
def test_the_interpreter_is_found_from_the_command(
    configuration: Configuration, expected: tuple[str, str, str] | None
) -> None:
    found = interpreter_of(configuration, FILES)
    assert found == (Interpreter(language=expected[0], path=expected[1], folder=expected[2]) if expected else None)


def test_another_runtime_under_the_name_of_one() -> None:
    """Images of Bun have `node` as a link to bun."""
    files = FakeFiles(
        scripts={"/usr/bin/bun": "", "/opt/node-22": ""},
        links={"/usr/bin/node": "/usr/bin/bun", "/opt/nodejs": "/opt/node-22"},
    )
    assert any_interpreter(Configuration(env={"PATH": "/usr/bin"}), files, "node") is None
    assert any_interpreter(Configuration(env={"PATH": "/opt"}), files, "node") is not None


def test_links_that_go_round_end() -> None:
    files = FakeFiles({"/bin/a": "/bin/b", "/bin/b": "/bin/a"})
    assert interpreter_of(Configuration(cmd=("/bin/a",)), files) is None


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        (image("/app/run.sh"), True),
        (image("/bin/sh", "-c", "a && b"), True),
        (image("/app/server"), False),
        (image("gunicorn"), False),
        (image(), False),
        (image("caddy", "run", entrypoint=("docker-entrypoint.sh",)), False),
        (image("/app/server", entrypoint=("/app/run.sh",)), False),
        (image("/app/run.sh", entrypoint=("docker-entrypoint.sh",)), True),
        (image("--port", "80", entrypoint=("docker-entrypoint.sh",)), True),
        (image("migrate", entrypoint=("docker-entrypoint.sh",)), True),
    ],
)
def test_an_application_that_a_shell_reads(configuration: Configuration, expected: bool) -> None:
    assert is_shell_script(configuration, FILES) is expected


def test_the_users_command_counts() -> None:
    assert command_of(image("a"), ("b", "c")) == ("b", "c")


# -- loading ----------------------------------------------------------------------------------------

HERE = FakeFiles({sys.executable: "", "/site/site-packages/inner": "", "/site/site-packages/inner/__init__.py": ""})


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    made = FakeEngine()
    yield made
    made.close()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A directory of modules, as a new image may have it."""
    files = {
        "good.py": "print('noise')",
        "late.py": "raise RuntimeError('not configured')",
        "exits.py": "raise SystemExit(3)",
        "dies.py": "import os; os.abort()",
        "sleeps.py": "import time; time.sleep(60)",
        "loud.py": "import os; os.write(1, b'x' * 100_000); os.write(2, b'y')",
        "sub/__init__.py": "",
        "sub/leaf.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def wanted(*names: str, guarded: bool = False) -> Modules:
    python = tuple(Wanted(name=name, path="app.py", line=3, guarded=guarded) for name in names)
    return Modules(wanted={"python": python, "node": ()})


def load(
    engine: FakeEngine, modules: Modules, old: str, new: str, seconds: float = 30, files: FakeFiles = HERE
) -> Section:
    """Load modules with two search paths."""
    before = engine.image_of([sys.executable, "app.py"], PYTHONPATH=old)
    after = engine.image_of([sys.executable, "app.py"], PYTHONPATH=new)
    subjects = FakeSubject(image=before, filesystem=files), FakeSubject(image=after, filesystem=HERE)
    return loading.compare(engine, *subjects, modules, Ask(limits=Limits(seconds=seconds)))


def finding(section: Section, what: str) -> Finding:
    return next(one for one in section.findings if one.what == what)


def test_everything_loads(engine: FakeEngine, library: Path) -> None:
    section = load(engine, wanted("json", "good", "loud", "sub.leaf"), str(library), str(library))
    assert (section.verdict, section.summary, section.notes) == (Verdict.SAME, "4 python modules load as before", ())
    assert len(engine.started) == 2, "one container an image"


def test_a_module_that_is_gone(engine: FakeEngine, library: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    section = load(engine, wanted("good", "json"), str(library), str(tmp_path_factory.mktemp("empty")))
    assert (section.verdict, section.summary) == (Verdict.DIFFERENT, "good no longer loads")
    found = finding(section, "good")
    assert (found.before, found.after) == ("loads", "ModuleNotFoundError: No module named 'good'")
    assert found.detail == "imported in app.py:3; the new image lacks the Python module good"


def test_what_only_development_needs_may_go(
    engine: FakeEngine, library: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    names = (
        Wanted(name="good", path="build.py", line=1, development=True),
        Wanted(name="json", path="app.py", line=1),
    )
    section = load(engine, Modules(wanted={"python": names}), str(library), str(tmp_path_factory.mktemp("empty")))
    assert (section.verdict, section.summary) == (Verdict.SAME, "1 python modules load as before")
    assert section.notes == ("left out, as the manifest names them for development only: good",)


def test_where_the_original_has_it_is_told(engine: FakeEngine, library: Path, tmp_path: Path) -> None:
    files = FakeFiles({sys.executable: "", str(library / "good.py"): ""})
    empty = tmp_path / "empty"
    empty.mkdir()
    section = load(engine, wanted("good"), str(library), str(empty), files=files)
    assert finding(section, "good").repair == (str(library / "good.py"),)


def test_a_member_that_is_a_module(engine: FakeEngine, library: Path, tmp_path: Path) -> None:
    (tmp_path / "other" / "sub").mkdir(parents=True)
    (tmp_path / "other" / "sub" / "__init__.py").touch()
    modules = Modules(wanted={"python": (Wanted(name="sub", path="a.py", line=1, members=("leaf",)),)})
    section = load(engine, modules, str(library), str(tmp_path / "other"))
    assert finding(section, "sub").after == "ModuleNotFoundError: No module named 'sub.leaf'"


def test_what_loads_in_neither_is_a_note(engine: FakeEngine, library: Path) -> None:
    section = load(engine, wanted("late", "exits", "nowhere"), str(library), str(library))
    assert section.verdict is Verdict.SAME
    assert section.notes == ("imported by the sources and loadable in neither image: late, exits, nowhere",)


def test_what_may_fail_and_fails_in_both_is_no_note(engine: FakeEngine, library: Path) -> None:
    assert load(engine, wanted("nowhere", guarded=True), str(library), str(library)).notes == ()


def test_one_that_takes_the_interpreter_with_it(engine: FakeEngine, library: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "dies.py").touch()
    (other / "good.py").touch()
    section = load(engine, wanted("dies", "good", "json"), str(other), str(library))
    assert finding(section, "dies").after == "the interpreter ended: exit status 134"
    assert finding(section, "python modules").after == "2 of them load"
    assert len(engine.started) == 3, "the rest in one container more"


def test_one_that_does_not_end(engine: FakeEngine, library: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "sleeps.py").touch()
    section = load(engine, wanted("json", "sleeps"), str(other), str(library), seconds=2)
    assert finding(section, "sleeps").after == "the interpreter ended: killed for taking too long"


def test_an_interpreter_that_does_not_start(engine: FakeEngine, tmp_path: Path) -> None:
    broken = tmp_path / "python3"
    broken.write_text("#!/bin/sh\necho 'libpython3.so: cannot open shared object file' >&2\nexit 127\n")
    broken.chmod(0o755)
    before, after = engine.image_of([sys.executable, "a.py"]), engine.image_of([str(broken), "a.py"])
    subjects = (
        FakeSubject(image=before, filesystem=HERE),
        FakeSubject(image=after, filesystem=FakeFiles({str(broken): ""})),
    )
    section = loading.compare(engine, *subjects, wanted("json"), Ask())
    assert "the interpreter does not start: libpython3.so" in finding(section, "json").after


def test_no_interpreter_any_more(engine: FakeEngine) -> None:
    before, after = engine.image_of([sys.executable, "a.py"]), engine.image_of(["/app"])
    subjects = (
        FakeSubject(image=before, filesystem=HERE),
        FakeSubject(image=after, filesystem=FakeFiles({"/app": ""})),
    )
    section = loading.compare(engine, *subjects, wanted("json"), Ask())
    assert section.verdict is Verdict.DIFFERENT
    assert finding(section, "python interpreter").repair == (sys.executable,)


def test_a_native_program_loads_nothing(engine: FakeEngine) -> None:
    subject = FakeSubject(image=engine.image_of(["/app"]), filesystem=FakeFiles({"/app": ""}))
    section = loading.compare(engine, subject, subject, wanted("json"), Ask())
    assert (section.verdict, section.findings) == (Verdict.SAME, ())
    assert "nothing to load" in section.summary
    assert engine.started == []


# -- Node -------------------------------------------------------------------------------------------

NODE_HERE = shutil.which("node")


@pytest.mark.skipif(NODE_HERE is None, reason="node is not installed")
def test_node_modules(engine: FakeEngine, tmp_path: Path) -> None:
    assert NODE_HERE is not None
    packages = {
        "plain/index.js": "console.log('noise'); module.exports = 1",
        "gone/index.js": "",
        "breaks/index.js": "throw new Error('no settings')",
        "modern/package.json": '{"type": "module", "main": "index.js"}',
        "modern/index.js": "export default 1",
        "@scope/one/sub.js": "",
        "exits/index.js": "process.exit(3)",
    }
    for side in ("old", "new"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "app.js").touch()
        for name, text in packages.items():
            if side == "old" or not name.startswith("gone"):
                path = tmp_path / side / "node_modules" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
    images = [engine.image_of([NODE_HERE, str(tmp_path / side / "app.js")]) for side in ("old", "new")]
    files = [
        FakeFiles({NODE_HERE: "", **{str(path): "" for path in (tmp_path / side).rglob("*")}})
        for side in ("old", "new")
    ]
    names = ("@scope/one/sub", "breaks", "exits", "fs", "gone", "modern", "node:path", "plain")
    node = tuple(Wanted(name=name, path="app.js", line=1) for name in names)
    subjects = [FakeSubject(image=one, filesystem=found) for one, found in zip(images, files, strict=True)]
    section = loading.compare(engine, subjects[0], subjects[1], Modules(wanted={"node": node}), Ask())
    assert section.summary == "gone no longer loads"
    assert finding(section, "node modules").before == "6 load"
    assert finding(section, "gone").repair == (str(tmp_path / "old" / "node_modules" / "gone"),)
    assert section.notes == ("imported by the sources and loadable in neither image: breaks, exits",)
