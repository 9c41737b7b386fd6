"""Deno: how it is started, what its command allows, and what stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Rung

HEAD = "FROM denoland/deno:2.9.6\nWORKDIR /app\nCOPY . .\nRUN deno cache main.ts\n"
FILES = {"main.ts": "Deno.serve(() => new Response('x'));\n"}
STARTS = {"main.ts": "new Deno.Command('ls');\n"}
AWAY = {"src/away.ts": "new Deno.Command('ls');\n"}
LS = "main.ts:1 starts ls, which comes with the base image"

# The start, files of the context, the reason
STOPPED = [
    pytest.param(
        'CMD ["run", "-A", "main.ts"]\n', STARTS, "main.ts:1 starts ls, which comes with the base image", id="a program"
    ),
    pytest.param(
        'CMD ["run", "--allow-run", "main.ts"]\n',
        {"main.ts": "const { Command } = Deno;\n"},
        "main.ts:1 starts a program whose name is not known",
        id="the namespace taken apart",
    ),
    pytest.param(
        'CMD ["run", "-A", "main.ts"]\n',
        {"main.ts": "import $ from 'jsr:@david/dax@0.42';\n"},
        "main.ts:1 starts a program whose name is not known",
        id="a package that starts what it is told",
    ),
    pytest.param(
        'CMD ["run", "-A", "main.ts"]\n',
        {"main.ts": "import './a.ts';\n", "a.ts": "import { spawn } from 'node:child_process';\nspawn('bash');\n"},
        "a.ts:2 starts bash",
        id="Node's module, in a file that is imported",
    ),
    pytest.param(
        'CMD ["run", "--allow-ffi", "main.ts"]\n',
        {"main.ts": "Deno.dlopen('libx.so', {});\n"},
        "main.ts:1 loads a library by name",
        id="a library",
    ),
    pytest.param(
        'CMD ["task", "start"]\n',
        {"deno.json": '{"tasks": {"start": "deno run -A main.ts",}} // comma', **STARTS},
        "main.ts:1 starts ls, which comes with the base image",
        id="a task that allows everything",
    ),
    pytest.param(
        'CMD ["task", "start"]\n',
        {"deno.json": '{"tasks": {"start": "vite build && deno run main.ts"}}'},
        "the task start runs vite",
        id="a task that runs another program",
    ),
    pytest.param(
        'CMD ["task", "start"]\n',
        {"deno.json": '{"tasks": {"start": {"command": "deno run main.ts", "dependencies": ["x"]}, "x": "curl a"}}'},
        "the task start runs x".replace("start runs x", "x runs curl"),
        id="a task that waits for another one",
    ),
    pytest.param('CMD ["run", "-qA", "main.ts"]\n', STARTS, LS, id="short options in one word"),
    pytest.param(
        'CMD ["run", "-Ac", "other.json", "main.ts"]\n',
        {"other.json": "{}", **STARTS},
        LS,
        id="short options in one word, the last with a value",
    ),
    pytest.param(
        'CMD ["run", "-A", "--import-map=import_map.json", "main.ts"]\n',
        {"import_map.json": '{"imports": {"@/": "./src/"}}', **AWAY, "main.ts": 'import "@/away.ts";\n'},
        "src/away.ts:1 starts ls, which comes with the base image",
        id="an import map leads to the source",
    ),
    pytest.param(
        'CMD ["run", "-A", "--import-map=/etc/map.json", "main.ts"]\n',
        {},
        "what /etc/map.json maps imports to is not known",
        id="an import map that is not in the context",
    ),
    pytest.param(
        'CMD ["run", "-A", "api/main.ts"]\n',
        {
            "deno.json": '{"workspace": ["./api", "./src"]}',
            "api/main.ts": 'import "@acme/away";\n',
            "src/deno.json": '{"name": "@acme/away", "exports": "./away.ts"}',
            **AWAY,
        },
        "src/away.ts:1 starts ls, which comes with the base image",
        id="a workspace",
    ),
    pytest.param(
        'CMD ["run", "-A", "main.ts"]\n',
        {
            "deno.json": '{"name": "@acme/all", "exports": {"./away": "./src/away.ts"}}',
            "main.ts": 'import "@acme/all/away";\n',
            **AWAY,
        },
        "src/away.ts:1 starts ls, which comes with the base image",
        id="a package that imports itself",
    ),
    pytest.param(
        'CMD ["run", "-A", "--preload", "./src/away.ts", "main.ts"]\n',
        AWAY,
        "src/away.ts:1 starts ls, which comes with the base image",
        id="what is loaded before the script",
    ),
    pytest.param(
        'CMD ["task", "start"]\n',
        {"deno.json": '{"tasks": {"start": "cat list | xargs -n1 sqlite3 x.db && deno run main.ts"}}'},
        "the task start runs xargs",
        id="a task whose command starts others",
    ),
    pytest.param('CMD ["task", "go"]\n', {"deno.json": "{}"}, "there is no task go in deno.json", id="no such task"),
    pytest.param(
        'CMD ["deno", "eval", "x()"]\n', {}, "code in the command may start programs", id="code in the command"
    ),
    pytest.param(
        'CMD ["run", "-A", "npm:vite", "preview"]\n',
        {},
        "what npm:vite may start is not known: it is fetched",
        id="a package that starts, with every permission",
    ),
    pytest.param('CMD ["test"]\n', {}, "deno test is no run of a program", id="tests"),
    pytest.param(
        'CMD ["/opt/deno", "run", "main.ts"]\n', {}, "where /opt/deno comes from is not known", id="another deno"
    ),
]

# The start, files of the context, the last lines
STARTED = [
    pytest.param(
        'CMD ["run", "--allow-net", "main.ts"]\n',
        STARTS,
        'ENTRYPOINT ["/tini", "--", "/usr/bin/deno"]\nCMD ["run", "--allow-net", "main.ts"]\n',
        id="a command for the image's start script: no permission, no programs",
    ),
    pytest.param(
        'CMD ["deno", "run", "--allow-net", "main.ts"]\n',
        {},
        'ENTRYPOINT ["/tini", "--"]\nCMD ["deno", "run", "--allow-net", "main.ts"]\n',
        id="deno by its name",
    ),
    pytest.param(
        'CMD ["run", "-A", "main.ts"]\n',
        {"deno.json": '{"imports": {"hono": "npm:hono@4", "@std/": "jsr:@std/"}}', **AWAY},
        'ENTRYPOINT ["/tini", "--", "/usr/bin/deno"]\nCMD ["run", "-A", "main.ts"]\n',
        id="names of published packages lead to none of its own sources",
    ),
    pytest.param(
        'ENTRYPOINT ["deno", "run"]\nCMD ["main.ts"]\n',
        {},
        'ENTRYPOINT ["deno", "run"]\nCMD ["main.ts"]\n',
        id="an ENTRYPOINT of the file's own: no init process",
    ),
    pytest.param(
        'CMD ["task", "start", "8000"]\n',
        {"deno.jsonc": '{/* x */ "tasks": {"start": "X=1 deno run --allow-net main.ts && echo done"}}', **STARTS},
        'CMD ["task", "start", "8000"]\n',
        id="a task: Deno has a shell of its own",
    ),
    pytest.param(
        "CMD deno run -A main.ts\n",
        {"main.ts": "new Deno.Command(Deno.execPath());\n"},
        'CMD ["deno", "run", "-A", "main.ts"]\n',
        id="a shell form; Deno may start itself",
    ),
    pytest.param(
        'CMD ["./serve", "x"]\n',
        {"serve": "#!/usr/bin/env -S deno run --allow-net\nDeno.serve(() => new Response());\n"},
        'CMD ["/usr/bin/deno", "run", "--allow-net", "./serve", "x"]\n',
        id="a script that asks env for deno",
    ),
    pytest.param(
        'HEALTHCHECK CMD ["deno", "eval", "1"]\nCMD ["run", "main.ts"]\n',
        {},
        'HEALTHCHECK CMD ["deno", "eval", "1"]\nENTRYPOINT ["/tini", "--", "/usr/bin/deno"]\nCMD ["run", "main.ts"]\n',
        id="a health check by deno",
    ),
]


@pytest.mark.parametrize(("start", "files", "reason"), STOPPED)
def test_what_stops_the_rung(tmp_path: Path, start: str, files: dict[str, str], reason: str) -> None:
    outcome = fix(tmp_path, HEAD + start, files)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert [refusal.reason for refusal in outcome.plan.refusals if refusal.rung is not Rung.PRUNED] == [reason]


@pytest.mark.parametrize(("start", "files", "final"), STARTED)
def test_how_it_is_started(tmp_path: Path, start: str, files: dict[str, str], final: str) -> None:
    outcome = fix(tmp_path, HEAD + start, files)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert outcome.patch.after.text.endswith(final)
    assert "ENV DENO_USE_CGROUPS=1" in outcome.patch.after.text


def test_curl_becomes_deno(tmp_path: Path) -> None:
    start = 'HEALTHCHECK CMD curl -f http://127.0.0.1:8000/\nCMD ["run", "--allow-net", "main.ts"]\n'
    outcome = fix(tmp_path, HEAD + start, {})
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert 'HEALTHCHECK CMD ["/usr/bin/deno", "eval", "--ext=cjs", "process.exitCode = 1;' in outcome.patch.after.text


def test_deno_copied_from_its_image(tmp_path: Path) -> None:
    text = (
        "FROM debian:trixie-slim\nCOPY --from=denoland/deno:bin-2.9.6 /deno /usr/local/bin/deno\nWORKDIR /app\n"
        'COPY . .\nRUN deno cache main.ts\nCMD ["deno", "run", "--allow-net", "main.ts"]\n'
    )
    outcome = fix(tmp_path, text, {})
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    after = outcome.patch.after.text
    assert "COPY --from=build /usr/local/bin/deno /usr/local/bin/deno\n" in after
    assert "if [ -e /root/.cache/deno ]; then" in after


COMPILED = (
    "FROM denoland/deno:2.9.6 AS build\nWORKDIR /app\nCOPY . .\nRUN deno compile {} --output server main.ts\n"
    'FROM debian:trixie-slim\nCOPY --from=build /app/server /usr/local/bin/server\nCMD ["server"]\n'
)


def test_a_program_that_deno_makes(tmp_path: Path) -> None:
    outcome = fix(tmp_path, COMPILED.format("--allow-net"), STARTS)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert outcome.patch.after.text.endswith('CMD ["/usr/local/bin/server"]\n')


def test_what_it_may_start_is_read_in_the_stage_that_makes_it(tmp_path: Path) -> None:
    outcome = fix(tmp_path, COMPILED.format("-A"), STARTS)
    assert [r.reason for r in outcome.plan.refusals if r.rung is not Rung.PRUNED] == [
        "main.ts:1 starts ls, which comes with the base image"
    ]


def test_an_import_map_names_packages(tmp_path: Path) -> None:
    files = {"deno.json": '{"importMap": "./map.json"}', "map.json": '{"imports": {"browser": "npm:puppeteer@23"}}'}
    outcome = fix(tmp_path, HEAD + 'CMD ["run", "-A", "main.ts"]\n', files)
    reason = "map.json puppeteer starts programs that are not known here (starts a browser)"
    assert reason in [refusal.reason for refusal in outcome.plan.refusals]


def test_a_program_whose_sources_are_fetched_is_not_known(tmp_path: Path) -> None:
    text = COMPILED.replace("COPY . .", "RUN git clone https://github.com/example/server .")
    reason = "what /usr/local/bin/server calls is not known: the source that it is made of is not in the build context"
    assert reason in [refusal.reason for refusal in fix(tmp_path, text.format("-A"), {}).plan.refusals]
    bound = fix(tmp_path, text.format("--allow-net"), {})
    assert bound.plan.rung is Rung.DISTROLESS, "Deno starts nothing without the permission"


def test_a_program_that_deno_makes_may_start_itself(tmp_path: Path) -> None:
    outcome = fix(tmp_path, COMPILED.format("-A"), {"main.ts": "new Deno.Command(Deno.execPath());\n"})
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals


def test_a_program_from_the_network_may_be_a_script(tmp_path: Path) -> None:
    files = {"main.ts": "new Deno.Command('yt-dlp');\n"}
    outcome = fix(tmp_path, HEAD + 'CMD ["run", "-A", "main.ts"]\n', files)
    assert outcome.plan.refusals[0].reason == "main.ts:1 starts yt-dlp: where that comes from is not known"


def test_the_image_without_a_system_stays(tmp_path: Path) -> None:
    text = 'FROM denoland/deno:distroless-2.9.6\nCOPY . .\nCMD ["run", "main.ts"]\n'
    outcome = fix(tmp_path, text, {})
    assert outcome.plan.fixes == ()
    assert "stands on denoland/deno:distroless-2.9.6 already" in outcome.plan.decisions[0].reason


def test_alpine_has_a_c_library_of_its_own(tmp_path: Path) -> None:
    outcome = fix(tmp_path, 'FROM denoland/deno:alpine-2.9.6\nCOPY . .\nCMD ["run", "main.ts"]\n', {})
    assert outcome.plan.rung < Rung.DISTROLESS
    assert "is no image of it for glibc" in outcome.plan.refusals[0].reason


def test_twice_is_once(tmp_path: Path) -> None:
    once = fix(tmp_path, HEAD + 'CMD ["run", "main.ts"]\n', {}).patch.after.text
    assert fix(tmp_path, once, {}).patch.after.text == once


def fix(tmp_path: Path, text: str, files: dict[str, str]) -> api.Outcome:
    for name, content in {**FILES, **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    path = tmp_path / "Dockerfile"
    path.write_text(text)
    return api.fix(path)
