from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run

import pytest

from minify.context import python
from minify.context.places import Place
from minify.context.python import PythonFacts, python_facts

from .folder import context


def facts(root: Path, text: str | bytes, path: str = "app.py", **others: str) -> PythonFacts:
    found = context(root, {path: text, **{f"{name}.py": other for name, other in others.items()}})
    return python_facts(found, found.files())


# (source, [(program, through a shell)], why)
CALLS = [
    ("x = 1\n", [], "nothing of interest"),
    ("# subprocess.run(['git'])\n", [], "a comment"),
    ('"""\nimport subprocess\nsubprocess.run(["git"])\n"""\n', [], "a docstring"),
    ("import subprocess\n", [], "an import that is not used"),
    ("def f(subprocess):\n    subprocess.run(['git'])\n", [], "a parameter of that name"),
    ("from tools import subprocess\nsubprocess.run(['git'])\n", [], "another module's"),
    ("import re\nre.compile('a').match('b').system('ls')\n", [], "a method of that name"),
    ("cursor.run(['git'])\n", [], "not a module that is imported"),
    ("import subprocess\nsubprocess.run(['git', 'log'])\n", [("git", False)], "plain"),
    ("import subprocess as sp\nsp.run(['git', 'log'])\n", [("git", False)], "an alias of the module"),
    ("from subprocess import run as go\ngo(('git', 'log'))\n", [("git", False)], "an alias of the function"),
    ("def f():\n    import subprocess\n    subprocess.call(['git'])\n", [("git", False)], "an import inside"),
    ("import subprocess\nsubprocess.Popen('git')\n", [("git", False)], "one string is the program"),
    ("import subprocess\nsubprocess.run(args=['git'])\n", [("git", False)], "by keyword"),
    ("import subprocess\nsubprocess.run(['git', *rest])\n", [("git", False)], "starred arguments"),
    ("import subprocess\nsubprocess.run(['git'] + rest)\n", [("git", False)], "a sum of lists"),
    ("import subprocess\nsubprocess.run('git log'.split())\n", [("git", False)], "split"),
    ("import subprocess, shlex\nsubprocess.run(shlex.split(f'git {x}'))\n", [("git", False)], "shlex"),
    ("import subprocess\nsubprocess.run(f'git-{x}'.split())\n", [(None, False)], "a name that is not whole"),
    ("import subprocess\nsubprocess.run([f'/opt/{x}'])\n", [(None, False)], "an f-string"),
    ("import subprocess\nsubprocess.run(command)\n", [(None, False)], "a variable from elsewhere"),
    ("import subprocess\nfor c in x:\n    subprocess.run(c)\n", [(None, False)], "a loop's variable"),
    ("import subprocess\nsubprocess.run(*args)\n", [(None, False)], "nothing literal at all"),
    (
        "import subprocess\nTOOL = 'git'\ndef f():\n    cmd = [TOOL, 'x']\n    cmd += ['y']\n    subprocess.run(cmd)\n",
        [("git", False)],
        "a constant and a list that grows",
    ),
    (
        "import subprocess\ndef f(x):\n    cmd = ['a'] if x else ['b']\n    subprocess.run(cmd)\n",
        [("a", False), ("b", False)],
        "one of two",
    ),
    (
        "import subprocess\ndef f(x):\n    if x:\n        cmd = ['a']\n    else:\n        cmd = x\n    subprocess.run(cmd)\n",
        [("a", False), (None, False)],
        "one is not known",
    ),
    ("import subprocess\nsubprocess.run('git log', shell=True)\n", [("git", True)], "a shell"),
    ("import subprocess\nsubprocess.run('git log', shell=False)\n", [("git log", False)], "no shell: one odd name"),
    ("import subprocess\nsubprocess.run(['git'], shell=flag)\n", [("git", True)], "perhaps a shell"),
    ("import subprocess\nsubprocess.getoutput('a | b')\n", [("a", True), ("b", True)], "a pipe"),
    ("import os\nos.system(f'convert {x} y')\n", [("convert", True)], "an f-string's beginning"),
    ("import os\nos.system('convert %s' % x)\n", [("convert", True)], "percent"),
    ("import os\nos.system('convert {}'.format(x))\n", [("convert", True)], "format"),
    ("import os\nos.system('tar ' + x)\n", [("tar", True)], "a sum"),
    ("import os\nos.system(x)\n", [(None, True)], "not known"),
    ("from os import system\nsystem('ls')\n", [("ls", True)], "imported by name"),
    ("import os as o\no.popen('ls')\n", [("ls", True)], "os by another name"),
    ("import os\nos.execvp('nginx', ['nginx'])\n", [("nginx", False)], "exec"),
    ("import os\nos.execl('/bin/cp', 'cp', 'a')\n", [("/bin/cp", False)], "exec with a list of arguments"),
    ("import os\nos.spawnlp(os.P_WAIT, 'cp', 'cp')\n", [("cp", False)], "spawn's second argument"),
    ("import sys, os\nos.execv(sys.executable, ['x'])\n", [("python", False)], "itself"),
    ("import shutil\nshutil.which('git')\n", [("git", False)], "asked for, so used"),
    (
        "import asyncio\nasync def f():\n    await asyncio.create_subprocess_exec('git', 'log')\n",
        [("git", False)],
        "asyncio",
    ),
    (
        "import asyncio\nasync def f():\n    await asyncio.create_subprocess_shell('git log')\n",
        [("git", True)],
        "asyncio through a shell",
    ),
    ("from sh import git, ErrorReturnCode\n", [("git", False)], "sh names the program in the import"),
    ("import sh\n", [(None, False)], "sh alone"),
    ("from plumbum.cmd import ls\n", [("ls", False)], "plumbum names it as well"),
    ("from fabric import Connection\n", [(None, True)], "fabric runs a shell"),
    ("import pexpect\npexpect.spawn('ssh host')\n", [("ssh", False)], "pexpect splits by itself"),
    (
        (
            "import subprocess\nclass A:\n    x = 1\n    def a(self):\n        pass\n\n"
            "    @property\n    def b(self):\n        return subprocess.check_output(['git'])\n"
        ),
        [("git", False)],
        "a method of a class",
    ),
    ("import subprocess\r\nsubprocess.run(['git'])\r\n", [("git", False)], "CRLF"),
]


@pytest.mark.parametrize(("source", "expected", "why"), CALLS)
def test_programs(tmp_path: Path, source: str, expected: list[tuple[str | None, bool]], why: str) -> None:
    found = facts(tmp_path, source)
    assert [(item.program, item.shell) for item in found.programs] == expected, why
    assert found.uncertain == ()


def test_a_call_keeps_its_line_and_arguments(tmp_path: Path) -> None:
    source = "import subprocess\n\ndef unused():\n    return 1\n\nsubprocess.run(['git', 'log', ref, 'x'])\n"
    (call,) = facts(tmp_path, source).programs
    assert (call.path, call.line, call.argv, call.in_tests) == ("app.py", 6, ("git", "log", None, "x"), False)


IMPORTS = [
    ("import os\n", {}, "not of interest"),
    ('"""\nimport pip\n"""\n', {}, "prose"),
    ("text = '''\nimport ssl\n'''\n", {}, "a template"),
    ("# import ssl\n", {}, "a comment"),
    ("from . import locale\n", {}, "relative"),
    ("import sqlite3\n", {"sqlite3": 1}, "plain"),
    ("x = 1\nfrom zoneinfo import ZoneInfo\n", {"zoneinfo": 2}, "from"),
    ("import os, ssl as tls\n", {"ssl": 1}, "several on a line"),
    ("try:\n    import readline\nexcept ImportError:\n    pass\n", {"readline": 2}, "inside"),
    ("import ctypes.util\n", {"ctypes": 1}, "a submodule"),
    ("import importlib\nimportlib.import_module('pkg_resources.x')\n", {"pkg_resources": 2}, "by a literal"),
    ("__import__('ssl')\n", {"ssl": 1}, "by the function"),
    (
        "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'venv', 'x'])\n",
        {"venv": 2},
        "python -m",
    ),
]


@pytest.mark.parametrize(("source", "expected", "why"), IMPORTS)
def test_imports(tmp_path: Path, source: str, expected: dict[str, int], why: str) -> None:
    found = facts(tmp_path, source)
    assert {name: place.line for name, place in found.imports.items()} == expected, why


def test_own_modules_are_not_imports(tmp_path: Path) -> None:
    found = facts(tmp_path, "import locale\nimport flask\nimport helpers\n", locale="", helpers="")
    assert (dict(found.imports), found.all_imports) == ({}, ("flask",))


def test_a_place_outside_of_the_tests_wins(tmp_path: Path) -> None:
    found = context(tmp_path, {"a/tests/x.py": "import ssl\n", "b.py": "\nimport ssl\n"})
    assert python_facts(found, found.files()).imports == {"ssl": Place("b.py", 2)}


def test_libraries(tmp_path: Path) -> None:
    source = (
        "import ctypes, ctypes.util\nfrom ctypes import cdll\nfrom cffi import FFI\n"
        "ctypes.CDLL('libfoo.so.1')\ncdll.LoadLibrary(name)\nctypes.CDLL(ctypes.util.find_library('magic'))\n"
        "ctypes.CDLL(None)\nFFI().dlopen('libbar.so')\n"
    )
    assert [(item.name, item.how, item.line) for item in facts(tmp_path, source).libraries] == [
        ("libfoo.so.1", "ctypes", 4),
        (None, "ctypes", 5),
        ("magic", "find_library", 6),
        ("libbar.so", "cffi", 8),
    ]


PATHS = [
    ("'no/path'\n", [], "relative"),
    ("'/'\n", [], "the root is no file"),
    ("'/a b'\n", [], "a sentence"),
    ("# '/data/x'\n", [], "a comment"),
    ('def f():\n    """/data/x"""\n', [], "a docstring"),
    ("open('/data/x.txt')\n", ["/data/x.txt"], "opened"),
    ('P = "/usr/share/zoneinfo"\n', ["/usr/share/zoneinfo"], "a constant"),
    ("f'/var/{x}/y'\n", ["/var/"], "an f-string's beginning"),
    ("r'/etc/app.d'\n", ["/etc/app.d"], "raw"),
    ("@app.get('/api/v1')\ndef f(): ...\n", ["/api/v1"], "a route looks the same: the caller knows the files"),
]


@pytest.mark.parametrize(("source", "expected", "why"), PATHS)
def test_absolute_paths(tmp_path: Path, source: str, expected: list[str], why: str) -> None:
    assert [item.literal for item in facts(tmp_path, source).opened] == expected, why


def test_files_beside_the_source(tmp_path: Path) -> None:
    found = facts(tmp_path, "import os\nHERE = os.path.dirname(__file__)\n")
    assert found.uses_file == (Place("app.py", 2),)


UNCERTAIN = [
    ("import importlib\nimportlib.import_module(name)\n", 2, "computed"),
    ("import subprocess\nprint 'x'\n", 2, "not Python 3"),
    ("import subprocess\ndef f(:\n    pass\n", 3, "not Python 3"),
]


@pytest.mark.parametrize(("source", "line", "reason"), UNCERTAIN)
def test_what_cannot_be_read_is_said(tmp_path: Path, source: str, line: int, reason: str) -> None:
    (item,) = facts(tmp_path, source).uncertain
    assert (item.path, item.line) == ("app.py", line)
    assert reason in item.reason


def test_only_so_many_files_are_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "MAX_PARSED", 1)
    source = "import subprocess\nsubprocess.run(['git'])\n"
    found = facts(tmp_path, source, path="a.py", b=source)
    assert [item.path for item in found.programs] == ["a.py"]
    assert [(item.path, item.line) for item in found.uncertain] == [("b.py", 1)]


@pytest.mark.parametrize(
    ("path", "in_tests"),
    [("app.py", False), ("tests/x.py", True), ("test_x.py", True), ("conftest.py", True), ("setup.py", True),
     ("contest.py", False), ("docs/conf.py", True)],
)  # fmt: skip
def test_tests_are_told(tmp_path: Path, path: str, in_tests: bool) -> None:
    (call,) = facts(tmp_path, "import os\nos.system('ls')\n", path=path).programs
    assert call.in_tests is in_tests


@pytest.mark.parametrize(
    ("path", "text", "read"),
    [
        ("serve", "#!/usr/bin/env python3\nimport os\nos.system('ls')\n", True),
        ("serve", "#!/bin/sh\nimport os\nos.system('ls')\n", False),
        ("a.txt", "import os\nos.system('ls')\n", False),
    ],
)
def test_which_files_are_sources(tmp_path: Path, path: str, text: str, read: bool) -> None:
    assert bool(facts(tmp_path, text, path=path).programs) is read


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    found = facts(tmp_path, b"# \xe9\nimport os\nos.system('ls')\n")
    assert [item.program for item in found.programs] == ["ls"]


def test_no_heavy_import_until_it_is_needed() -> None:
    """Start-up time: reading a context pulls in none of these."""
    modules = "tree python requirements node node_sources go needs"
    code = "import sys\n" + "".join(f"import minify.context.{name}\n" for name in modules.split())
    code += "print([name for name in ('libcst', 'yaml', 'tomllib', 'tree_sitter', 'rich') if name in sys.modules])"
    root = Path(__file__).parents[2]
    done = run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
