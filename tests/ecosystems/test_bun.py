"""Bun: what a command comes to without its shell, and what stops it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from minify import api
from minify.plan import Outcome, Rung

HEAD = "FROM oven/bun:1\nWORKDIR /app\nCOPY package.json bun.lock* ./\nRUN bun install --frozen-lockfile --production\nCOPY . .\n"

# The start, the scripts of package.json, the source, the reason
STOPPED = [
    pytest.param(
        'CMD ["bun", "a.ts"]\n',
        {},
        'Bun.spawn(["ls"]);',
        "a.ts:1 starts ls, which comes with the base image",
        id="spawn",
    ),
    pytest.param(
        'CMD ["bun", "a.ts"]\n',
        {},
        'import { $ } from "bun";\nawait $`ls`;',
        "a.ts:1 starts a program whose name is not known",
        id="Bun's shell",
    ),
    pytest.param(
        'CMD ["bun", "a.ts"]\n',
        {},
        'import { exec } from "node:child_process";\nexec("ls");',
        "a.ts:2 starts a shell",
        id="Node's module",
    ),
    pytest.param(
        'CMD ["bun", "a.ts"]\n',
        {},
        'Bun.spawn(["npx", "x"]);',
        "a.ts:1 starts npx: where that comes from is not known",
        id="npx",
    ),
    pytest.param(
        'CMD ["bun", "a.ts"]\n', {}, 'import { dlopen } from "bun:ffi";', "a.ts:1 loads a library by name", id="FFI"
    ),
    pytest.param(
        'CMD ["bun", "run", "start"]\n',
        {"start": "bun a.ts && echo x"},
        "",
        "the script `start` needs a shell: bun a.ts && echo x",
        id="a script that needs a shell",
    ),
    pytest.param(
        'CMD ["bun", "run", "start"]\n',
        {"start": "bun a.ts", "prestart": "bun b.ts"},
        "",
        "bun runs the script `prestart` as well: bun b.ts",
        id="a script before it",
    ),
    pytest.param(
        'CMD ["bun", "run", "start"]\n',
        {"start": "next start"},
        "",
        "the script `start` starts next: which file of node_modules that is is not known",
        id="a package's program",
    ),
    pytest.param(
        'CMD ["bun", "start"]\n',
        {"start": "bun run start"},
        "",
        "the script `start` runs itself",
        id="a script that runs itself",
    ),
    pytest.param('CMD ["bunx", "serve"]\n', {}, "", "bunx may fetch a package when the container starts", id="bunx"),
    pytest.param('CMD ["bun", "test"]\n', {}, "", "bun test is no run of a program", id="tests"),
    pytest.param(
        'CMD ["bun", "--cwd", "/x", "start"]\n',
        {"start": "bun a.ts"},
        "",
        "bun --cwd /x start: the option --cwd is not read",
        id="another directory",
    ),
    pytest.param('CMD ["bun", "-e", "x()"]\n', {}, "", "code in the command may start programs", id="code"),
    pytest.param(
        'ENV PORT=80\nCMD ["bun", "start"]\n',
        {"start": "PORT=81 bun a.ts"},
        "",
        "ENV PORT and the script start set different values",
        id="a variable that is set twice",
    ),
]

# The start, the scripts, the last lines
STARTED = [
    pytest.param('CMD ["bun", "run", "a.ts"]\n', {}, 'CMD ["bun", "run", "a.ts"]\n', id="a file"),
    pytest.param('CMD ["bun", "--smol", "./a.ts", "x"]\n', {}, 'CMD ["bun", "--smol", "./a.ts", "x"]\n', id="options"),
    pytest.param(
        'CMD ["bun", "run", "start"]\n', {"start": "bun run a.ts"}, 'CMD ["bun", "run", "a.ts"]\n', id="a script"
    ),
    pytest.param(
        'CMD ["bun", "start", "-x"]\n',
        {"start": "PORT=1 bun serve", "serve": "node a.ts"},
        'CMD ["bun", "a.ts", "-x"]\n',
        id="scripts behind each other; the image has Bun under node's name",
    ),
    pytest.param(
        'CMD ["run", "a.ts"]\n',
        {},
        'ENTRYPOINT ["/usr/local/bin/bun"]\nCMD ["run", "a.ts"]\n',
        id="a command for the image's start script",
    ),
    pytest.param(
        'CMD ["a.ts"]\n', {}, 'ENTRYPOINT ["/usr/local/bin/bun"]\nCMD ["a.ts"]\n', id="a file for the start script"
    ),
    pytest.param("CMD bun start\n", {"start": "bun a.ts"}, 'CMD ["bun", "a.ts"]\n', id="a shell form"),
    pytest.param(
        'ENTRYPOINT ["bun"]\nCMD ["a.ts"]\n', {}, 'ENTRYPOINT ["bun"]\nCMD ["a.ts"]\n', id="an ENTRYPOINT of its own"
    ),
    pytest.param(
        'CMD ["bun", "a.ts"]\n', {"a.ts": "bun b.ts"}, 'CMD ["bun", "a.ts"]\n', id="a file counts before a script"
    ),
]


@pytest.mark.parametrize(("start", "scripts", "source", "reason"), STOPPED)
def test_what_stops_the_rung(tmp_path: Path, start: str, scripts: dict[str, str], source: str, reason: str) -> None:
    outcome = fix(tmp_path, HEAD + start, scripts, source)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert [refusal.reason for refusal in outcome.plan.refusals if refusal.rung is not Rung.PRUNED] == [reason]


@pytest.mark.parametrize(("start", "scripts", "final"), STARTED)
def test_how_it_is_started(tmp_path: Path, start: str, scripts: dict[str, str], final: str) -> None:
    outcome = fix(tmp_path, HEAD + start, scripts)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert outcome.patch.after.text.endswith(final)


COMPILED = (
    "FROM oven/bun:1 AS build\nWORKDIR /app\nCOPY . .\nRUN bun build --compile --outfile server a.ts\n"
    'FROM debian:trixie-slim\nWORKDIR /srv\nCOPY --from=build /app/server ./server\nCMD ["./server"]\n'
)


def test_a_program_that_bun_makes(tmp_path: Path) -> None:
    outcome = fix(tmp_path, COMPILED)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert outcome.patch.after.text.endswith('CMD ["/srv/server"]\n')
    assert "COPY --from=builder /srv/server /srv/server\n" in outcome.patch.after.text


def test_what_it_starts_is_read_in_the_stage_that_makes_it(tmp_path: Path) -> None:
    outcome = fix(tmp_path, COMPILED, {}, 'Bun.spawn(["ls"]);')
    assert [r.reason for r in outcome.plan.refusals if r.rung is not Rung.PRUNED] == [
        "a.ts:1 starts ls, which comes with the base image"
    ]


LOADED = [
    pytest.param('CMD ["bun", "--preload", "./src/setup.ts", "a.ts"]\n', {}, id="by an option"),
    pytest.param('CMD ["bun", "a.ts"]\n', {"bunfig.toml": 'preload = ["./src/setup.ts"]\n'}, id="by bunfig.toml"),
    pytest.param('CMD ["bun", "-c", "b.toml", "a.ts"]\n', {"b.toml": 'preload = "./src/setup"\n'}, id="by another one"),
    pytest.param('ENV BUN_OPTIONS="--preload ./src/setup.ts"\nCMD ["bun", "a.ts"]\n', {}, id="by a variable"),
    pytest.param(
        'ENV BUN_OPTIONS="--config=b.toml"\nCMD ["bun", "a.ts"]\n',
        {"b.toml": 'preload = "./src/setup"\n'},
        id="by another one that a variable names",
    ),
    pytest.param(
        'CMD ["bun", "a.ts"]\n',
        {
            "package.json": '{"name": "x", "workspaces": ["src"]}',
            "src/package.json": '{"name": "@acme/setup", "module": "setup.ts"}',
            "a.ts": 'import "@acme/setup";\n',
        },
        id="by the name of a package of the workspace",
    ),
]


@pytest.mark.parametrize(("start", "files"), LOADED)
def test_what_is_loaded_beside_the_file_is_read(tmp_path: Path, start: str, files: dict[str, str]) -> None:
    outcome = fix(tmp_path, HEAD + start, files={"src/setup.ts": 'Bun.spawn(["ls"]);\n', **files})
    assert [r.reason for r in outcome.plan.refusals if r.rung is not Rung.PRUNED] == [
        "src/setup.ts:1 starts ls, which comes with the base image"
    ]


def test_what_only_tests_load_does_not_run(tmp_path: Path) -> None:
    files = {"src/setup.ts": 'Bun.spawn(["ls"]);\n', "bunfig.toml": '[test]\npreload = ["./src/setup.ts"]\n'}
    outcome = fix(tmp_path, HEAD + 'CMD ["bun", "a.ts"]\n', files=files)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals


def test_bun_may_start_itself(tmp_path: Path) -> None:
    outcome = fix(tmp_path, HEAD + 'CMD ["bun", "a.ts"]\n', {}, 'Bun.spawn([process.execPath, "b.ts"]);')
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals


def test_a_program_whose_sources_are_fetched_is_not_known(tmp_path: Path) -> None:
    outcome = fix(tmp_path, COMPILED.replace("COPY . .", "RUN git clone https://github.com/example/x ."))
    reason = "what /srv/server calls is not known: the source that it is made of is not in the build context"
    assert reason in [refusal.reason for refusal in outcome.plan.refusals]


def test_a_variable_that_a_script_sets_is_said(tmp_path: Path) -> None:
    outcome = fix(tmp_path, HEAD + 'CMD ["bun", "start"]\n', {"start": "NODE_ENV=production bun a.ts"})
    assert "NODE_ENV=production\n" in outcome.patch.after.text


def test_node_is_bun_where_a_source_starts_it(tmp_path: Path) -> None:
    outcome = fix(tmp_path, HEAD + 'CMD ["bun", "a.ts"]\n', {}, 'Bun.spawn(["node", "b.js"]);')
    after = outcome.patch.after.text
    assert "COPY --from=build /usr/local/bun-node-fallback-bin /usr/local/bun-node-fallback-bin\n" in after
    assert "/sbin:/bin:/usr/local/bun-node-fallback-bin" in after


def test_who_is_process_1_now(tmp_path: Path) -> None:
    scripts = {"start": "bun a.ts"}
    silent = fix(tmp_path, HEAD + 'CMD ["bun", "start"]\n', scripts)
    assert [d.reason for d in silent.plan.decisions if d.outcome is Outcome.CHECK and d.subject == "docker stop"]
    handles = fix(tmp_path, HEAD + 'CMD ["bun", "start"]\n', scripts, 'process.on("SIGTERM", stop);')
    assert not [d for d in handles.plan.decisions if d.subject == "docker stop"]


def test_wget_becomes_bun(tmp_path: Path) -> None:
    start = 'HEALTHCHECK CMD wget -q -O /dev/null http://localhost:3000/ || exit 1\nCMD ["bun", "a.ts"]\n'
    outcome = fix(tmp_path, HEAD + start)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert 'HEALTHCHECK CMD ["/usr/local/bin/bun", "-e", "process.exitCode = 1;' in outcome.patch.after.text


def test_bun_by_its_installer(tmp_path: Path) -> None:
    text = (
        "FROM debian:trixie-slim\nRUN apt-get update && apt-get install -y curl unzip && curl -fsSL https://bun.sh/install | bash\n"
        'ENV PATH=/root/.bun/bin:$PATH\nWORKDIR /app\nCOPY . .\nCMD ["bun", "a.ts"]\n'
    )
    outcome = fix(tmp_path, text)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert "/root/.bun" in outcome.patch.after.text.split("FROM ")[2]


def test_twice_is_once(tmp_path: Path) -> None:
    once = fix(tmp_path, HEAD + 'CMD ["bun", "start"]\n', {"start": "bun a.ts"}).patch.after.text
    assert fix(tmp_path, once, {"start": "bun a.ts"}).patch.after.text == once


def fix(
    tmp_path: Path,
    text: str,
    scripts: dict[str, str] | None = None,
    source: str = "",
    files: dict[str, str] | None = None,
) -> api.Outcome:
    (tmp_path / "package.json").write_text(json.dumps({"name": "x", "scripts": scripts or {}}))
    (tmp_path / "a.ts").write_text(source or "Bun.serve({ fetch: () => new Response() });")
    for name, content in (files or {}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    path = tmp_path / "Dockerfile"
    path.write_text(text)
    return api.fix(path)
