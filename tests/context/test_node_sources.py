from __future__ import annotations

from pathlib import Path

import pytest

from minify.context.node_sources import NodeFacts, node_facts
from minify.context.places import Place

from .folder import context


def facts(root: Path, text: str, path: str = "app.js") -> NodeFacts:
    found = context(root, {path: text})
    return node_facts(found, found.files())


CP = "const cp = require('child_process');\n"
CALLS = [
    ("const x = 1;\n", [], "nothing of interest"),
    ("// const cp = require('child_process'); cp.exec('ls')\n", [], "a comment"),
    ("/* require('child_process').exec('ls') */\n", [], "a comment of several lines"),
    ("const s = \"require('fs')\"; /a'b/.exec(s)\n", [], "a regular expression's exec"),
    (CP + "re.exec('ls'); cp.execSync('git log');\n", [("git", True)], "a regular expression's exec beside"),
    (CP, [(None, False)], "imported, and what it starts is not seen"),
    (CP + "cp.exec('git log | head');\n", [("git", True), ("head", True)], "a pipe"),
    (CP + "cp.exec(`convert ${x} y`);\n", [("convert", True)], "a template's beginning"),
    (CP + "cp.exec('tar ' + x);\n", [("tar", True)], "a sum"),
    (CP + "cp.exec(x);\n", [(None, True)], "not known"),
    (CP + "cp.spawn('ffmpeg', ['-i', x]);\n", [("ffmpeg", False)], "spawn"),
    (CP + "cp.spawn(x, []);\n", [(None, False)], "spawn, not known"),
    (CP + "cp.spawn('a' + x);\n", [(None, False)], "a name that is not whole"),
    (CP + "cp.spawn('npm run x', { shell: true });\n", [("npm", True)], "spawn through a shell"),
    (CP + "cp.spawn('a', { shell: false }); f({ shell: true })\n", [("a", False)], "another call's option"),
    (CP + "cp.execFile('/usr/bin/x');\n", [("/usr/bin/x", False)], "execFile"),
    (CP + "cp.fork('./w.js'); cp.spawn(process.execPath);\n", [("node", False)] * 2, "itself"),
    ("require('node:child_process').execSync('ls')\n", [("ls", True)], "at once"),
    ("const { exec: run } = require('child_process');\nrun('ls')\n", [("ls", True)], "renamed"),
    ("import { spawn as s } from 'child_process';\ns('git', [])\n", [("git", False)], "renamed import"),
    ("import * as cp from 'node:child_process';\ncp.spawnSync('git')\n", [("git", False)], "the whole module"),
    ("import cp from 'child_process';\ncp.exec('ls')\n", [("ls", True)], "the default"),
    ("const cp = await import('child_process');\ncp.exec('ls')\n", [("ls", True)], "dynamic"),
    (CP + "const p = util.promisify(cp.exec);\nawait p('git x')\n", [("git", True)], "promisified"),
    (
        'const p = require("util").promisify(require("child_process").exec);\nawait p("git x")\n',
        [("git", True)],
        "promisified where both modules are asked for",
    ),
    ('run(require("node:child_process").exec)\n', [(None, False)], "a function handed on"),
    ("import { execa } from 'execa';\nawait execa('git', ['x'])\n", [("git", False)], "execa"),
    ("const spawn = require('cross-spawn');\nspawn('git')\n", [("git", False)], "cross-spawn"),
    ("const shell = require('shelljs');\nshell.exec('git x')\n", [("git", True)], "shelljs"),
    ("import { $ } from 'zx';\nawait $`git status`\n", [("git", True)], "zx"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected", "why"), CALLS)
def test_programs(tmp_path: Path, source: str, expected: list[tuple[str | None, bool]], why: str) -> None:
    assert [(item.program, item.shell) for item in facts(tmp_path, source).programs] == expected, why


def test_places(tmp_path: Path) -> None:
    found = facts(tmp_path, "/* a\n b */\n" + CP + "\ncp.exec('ls')\nprocess.env.npm_package_version\n")
    assert [(item.path, item.line) for item in found.programs] == [("app.js", 5)]
    assert found.npm_env == (Place("app.js", 6),)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("read('./a')\n", []),
        ("// '/data/x'\n", []),
        ("const u = 'http://h/x';\n", []),
        ("read('/data/x.json')\n", ["/data/x.json"]),
        ("read(`/var/${x}`)\n", ["/var/"]),
        ('const u = "http://h"; read("/etc/x")\n', ["/etc/x"]),
    ],
)
def test_absolute_paths(tmp_path: Path, source: str, expected: list[str]) -> None:
    assert [item.literal for item in facts(tmp_path, source).opened] == expected


def test_libraries(tmp_path: Path) -> None:
    found = facts(tmp_path, "const ffi = require('ffi-napi');\nffi.Library('libm', {});\nffi.Library(x, {});\n")
    assert [(item.name, item.line) for item in found.libraries] == [("libm", 2), (None, 3)]


@pytest.mark.parametrize(
    ("path", "read"),
    [("a.ts", True), ("a.mjs", True), ("a/b.tsx", True), ("node_modules/a/b.js", False), ("a.min.js", False),
     ("a.d.ts", False), ("a.json", False)],
)  # fmt: skip
def test_which_files(tmp_path: Path, path: str, read: bool) -> None:
    assert bool(facts(tmp_path, CP + "cp.exec('ls')\n", path).programs) is read


def test_tests_are_told(tmp_path: Path) -> None:
    (call,) = facts(tmp_path, CP + "cp.exec('ls')\n", "src/a.test.ts").programs
    assert call.in_tests


def test_a_long_file_is_uncertain(tmp_path: Path) -> None:
    found = facts(tmp_path, CP + "cp.exec('ls')\n" + "//" + "x" * 1_000_000)
    assert [item.path for item in found.uncertain] == ["app.js"]
