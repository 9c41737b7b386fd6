"""What sources for Deno and Bun start: calls, names that hide them, and packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify.context.runtime_calls import RuntimeCalls, runtime_calls
from minify.context.tree import Context

STARTS = [
    pytest.param('new Deno.Command("git", { args: ["log"] });', "git", id="Deno.Command"),
    pytest.param("new Deno.Command(Deno.execPath());", "deno", id="Deno itself"),
    pytest.param("new Deno.Command(name);", None, id="a variable"),
    pytest.param('Deno.run({ cmd: ["ls", "-l"] });', "ls", id="Deno.run of old"),
    pytest.param("const { Command } = Deno;", None, id="taken apart"),
    pytest.param("const d = Deno;\nd.run({});", None, id="under another name"),
    pytest.param('Deno["Command"]', None, id="by a text"),
    pytest.param('Bun.spawn(["git", "log"]);', "git", id="Bun.spawn"),
    pytest.param('Bun.spawnSync({ cmd: ["git"] });', "git", id="Bun.spawnSync"),
    pytest.param("await Bun.$`ls`;", None, id="Bun's shell"),
    pytest.param('import { serve, $ } from "bun";', None, id="Bun's shell by import"),
    pytest.param('import * as bun from "bun";', None, id="all of Bun"),
    pytest.param('const bun = require("bun");', None, id="all of Bun, required"),
    pytest.param('import $ from "https://deno.land/x/dax@0.39/mod.ts";', None, id="dax from the network"),
    pytest.param('import { execa } from "npm:execa@9";', None, id="execa of npm"),
]

NOTHING = """// new Deno.Command("git")
/* Bun.spawn(["git"]) */
import { type Subprocess, serve, file } from "bun";
let command: Deno.Command;
Deno.serve(() => new Response("x"));
const max = "max-zx";
import type { Command } from "./cli.ts";
"""


@pytest.mark.parametrize(("source", "program"), STARTS)
def test_what_starts_a_program(tmp_path: Path, source: str, program: str | None) -> None:
    assert [called.program for called in calls(tmp_path, {"a.ts": source}).programs] == [program]


def test_what_only_looks_like_it(tmp_path: Path) -> None:
    assert calls(tmp_path, {"a.ts": NOTHING}) == RuntimeCalls((), (), ())


def test_the_program_itself_is_the_one_that_runs_the_source(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text('Bun.spawn([process.execPath, "b.ts"]);')
    found = runtime_calls(Context(tmp_path, None), ["a.ts"], "bun")
    assert [called.program for called in found.programs] == ["bun"]


def test_libraries_and_packages(tmp_path: Path) -> None:
    files = {
        "a.ts": 'import sharp from "npm:sharp@0.33";\nDeno.dlopen("libx.so", {});\n',
        "b.ts": 'import "bun:ffi";\n',
    }
    found = calls(tmp_path, files)
    assert found.packages == (("sharp", "a.ts"),)
    assert [(library.path, library.line) for library in found.libraries] == [("a.ts", 2), ("b.ts", 1)]


def test_tests_start_what_they_like(tmp_path: Path) -> None:
    assert calls(tmp_path, {"tests/a.ts": "new Deno.Command('git');"}).programs == ()


def calls(tmp_path: Path, files: dict[str, str]) -> RuntimeCalls:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return runtime_calls(Context(tmp_path, None), sorted(files), "deno")
