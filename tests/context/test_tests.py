"""Which files that are called like tests are tests: what the application names is a part of it, whatever its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from minify.api import fix_source
from minify.context.tests import tests as found
from minify.edit import Safety
from minify.plan import Rung
from minify.planner import Wish
from minify.syntax import Source
from tests.context.folder import context

# The files, the words that start the application, and which of the files are tests
ROWS = [
    pytest.param({"app.py": "1\n", "speed_test.py": "1\n"}, (), {"speed_test.py"}, id="nothing names it"),
    pytest.param({"app.py": "import speed_test\n", "speed_test.py": "1\n"}, (), set(), id="an import of Python"),
    pytest.param({"app.py": "from . import speed_test\n", "speed_test.py": "1\n"}, (), set(), id="a relative import"),
    pytest.param({"app.py": "from jobs.speed_test import run\n", "jobs/speed_test.py": "1\n"}, (), set(), id="an import from a package"),
    pytest.param({"app.py": "from jobs import (\n    other,\n    speed_test,\n)\n", "jobs/speed_test.py": "1\n"}, (), set(), id="an import on more lines"),
    pytest.param({"app.py": "app.register('jobs.test_speed')\n", "jobs/test_speed.py": "1\n"}, (), set(), id="a module that a text names"),
    pytest.param({"app.py": "# speed_test\n", "speed_test.py": "1\n"}, (), {"speed_test.py"}, id="a comment"),
    pytest.param({"app.py": "1\n", "speed_test.py": "1\n"}, ("python", "speed_test.py"), set(), id="the command"),
    pytest.param({"app.py": "1\n", "speed_test.py": "1\n"}, ("python", "-m", "speed_test"), set(), id="a module of the command"),
    pytest.param({"pyproject.toml": '[project.scripts]\nspeed = "jobs.speed_test:main"\n', "jobs/speed_test.py": "1\n"}, (), set(), id="a program of the project"),
    pytest.param({"pyproject.toml": '[tool.poetry.scripts]\nspeed = "speed_test:main"\n', "speed_test.py": "1\n"}, (), set(), id="a program of Poetry's"),
    pytest.param({"pyproject.toml": '[tool.pytest.ini_options]\npython_files = "speed_test.py"\n[project\n', "speed_test.py": "1\n"}, (), {"speed_test.py"}, id="what is tested, and a broken file"),
    pytest.param({"setup.cfg": "[options.entry_points]\nconsole_scripts =\n    speed = speed_test:main\n", "speed_test.py": "1\n"}, (), set(), id="a program of setuptools"),
    pytest.param({"setup.cfg": "[tool:pytest]\npython_files = speed_test.py\n", "speed_test.py": "1\n"}, (), {"speed_test.py"}, id="settings of the tests"),
    pytest.param({"app.py": "1\n", "jobs/speed_test.py": "1\n"}, ("gunicorn", "jobs.speed_test:app"), set(), id="an object of the command"),
    pytest.param({"run.sh": "exec python speed_test.py\n", "speed_test.py": "1\n"}, (), set(), id="a script"),
    pytest.param({"app.py": "import speed_test\n", "speed_test.py": "import helper_test\n", "helper_test.py": "1\n"}, (), set(), id="what is named names another"),
    pytest.param({"app.py": "1\n", "one_test.py": "import two_test\n", "two_test.py": "1\n"}, (), {"one_test.py", "two_test.py"}, id="a test names another"),
    pytest.param({"app.py": "import test\n", "tests/test_app.py": "1\n"}, (), {"tests/test_app.py"}, id="a module that is not there"),
    pytest.param({"app.py": "from testing.tools import x\n", "testing/tools.py": "1\n"}, (), set(), id="a package that is called like tests"),
    pytest.param({"a.js": "require('./speed.test')\n", "speed.test.js": "1\n"}, (), set(), id="a module of JavaScript"),
    pytest.param({"a.ts": "import { x } from './speed.test.js'\n", "speed.test.ts": "1\n"}, (), set(), id="a module of TypeScript under the name that it gets"),
    pytest.param({"src/a.js": "1\n", "src/a.test.js": "require('./a')\n"}, (), {"src/a.test.js"}, id="a test of JavaScript"),
    pytest.param({"main.go": 'package main\nimport "x/testing/run"\n', "testing/run/run.go": "1\n", "main_test.go": "1\n"}, (), {"main_test.go"}, id="a package of Go"),
    pytest.param({"app.rb": "require_relative 'speed_test'\n", "speed_test.rb": "1\n"}, (), set(), id="a file of Ruby"),
    pytest.param({"main.c": '#include "speed_test.h"\n', "speed_test.h": "\n", "speed_test.c": "1\n"}, (), set(), id="a header, whose source is built with it"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "argv", "tests"), ROWS)
def test_a_test_is_what_nothing_of_the_application_names(
    tmp_path: Path, files: Mapping[str, str], argv: Sequence[str], tests: set[str]
) -> None:
    assert found(context(tmp_path, files), tuple(sorted(files)), argv) == tests


def test_what_an_imported_module_starts_is_started_by_the_application(tmp_path: Path) -> None:
    text = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "app.py"]\n'
    files = {"app.py": "import speed_test\n", "speed_test.py": "import subprocess\nsubprocess.run(['tar', 'c'])\n"}
    outcome = fix_source(Source(text), context(tmp_path / "used", files), Wish(), Safety.INFERRED)
    assert outcome.plan.rung not in (Rung.SCRATCH, Rung.DISTROLESS)
    assert any("speed_test.py:2 starts tar" in refusal.reason for refusal in outcome.plan.refusals)
    files["app.py"] = "print(1)\n"
    outcome = fix_source(Source(text), context(tmp_path / "unused", files), Wish(), Safety.INFERRED)
    assert outcome.plan.rung in (Rung.SCRATCH, Rung.DISTROLESS)
