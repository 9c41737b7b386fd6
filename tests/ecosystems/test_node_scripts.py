"""Scripts of package.json that need a shell: a launcher does what npm and its shell do, or the line says why not."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from minify.context.node import PackageManifest, resolve_script
from minify.launcher import Dialect, Program, node_source, read
from minify.plan import Outcome, Runtime
from tests.ecosystems.test_node import BODY, NODE, Files, answer, locked, package, runtime

NPM, SYSTEM_NODE, DASH = shutil.which("npm"), shutil.which("node"), shutil.which("dash")
SEEN = """\
const added = /^(npm_|INIT_CWD$|NODE$|PATH$|COLOR$|EDITOR$|PWD$|OLDPWD$|_$|SHLVL$|NODE_GYP|HOME$)/;
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !added.test(name)).sort());
require("fs").appendFileSync(__dirname + "/seen",
  JSON.stringify({ argv: process.argv.slice(2), cwd: process.cwd(), env }) + "\\n");
process.exit(Number(process.env.CODE || (process.argv.find((word) => word.startsWith("exit=")) || "exit=0").slice(5)));
"""


@pytest.mark.skipif(not (NPM and SYSTEM_NODE and DASH), reason="npm, Node and dash are not here")
@pytest.mark.parametrize(
    ("args", "scripts"),
    [
        ("start", {"prestart": "node seen.js pre", "start": "node seen.js main"}),
        ("start", {"prestart": "node seen.js pre exit=3", "start": "node seen.js main"}),
        ("start", {"prestart": "node seen.js a && node seen.js b exit=4", "start": "node seen.js main"}),
        ("start", {"prestart": "node seen.js a exit=4; node seen.js b", "start": "node seen.js main exit=6"}),
        ("start", {"prestart": "cd sub && node ../seen.js pre", "start": "node seen.js main"}),
        ("start", {"prestart": "A=1 node seen.js pre", "start": "B='x y' node seen.js main"}),
        ("start", {"prestart": "exec node seen.js pre exit=5", "start": "exec node seen.js main"}),
        ("start", {"prestart": "mkdir -p made && node seen.js pre", "start": "node seen.js \"$GIVEN\" && node seen.js z"}),
        ("start", {"start": "node seen.js a && node seen.js b exit=9"}),
        ("start", {"start": "node seen.js a exit=2 && node seen.js b"}),
        ("start", {"prestart": "mkdir -p made && node seen.js pre", "start": "node seen.js \"$GIVEN\" && node seen.js z"}),
        ("start", {"start": "node seen.js a exit=2 || node seen.js b"}),
        ("start", {"start": "node seen.js ${GIVEN:-x} $MISSING"}),
        ("start", {"start": "A=$GIVEN node seen.js"}),
        ("start", {"start": "npm run two", "pretwo": "node seen.js pre", "two": "node seen.js a && node seen.js b"}),
        ("start", {"prestart": "node seen.js one", "start": "npm run two", "pretwo": "node seen.js two", "two": "node seen.js"}),
        ("start", {"start": "A=1 npm run two", "pretwo": "node seen.js pre", "two": "node seen.js a && node seen.js b"}),
        ("run x -- --port 80 'a b'", {"x": "node seen.js a && node seen.js b"}),
        ("run x c", {"prex": "node seen.js pre", "x": "node seen.js"}),
        ("start", {"prestart": "node seen.js pre"}),
    ],
)  # fmt: skip
def test_a_launcher_does_what_npm_does(args: str, scripts: Mapping[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "app"
    (folder / "sub").mkdir(parents=True)
    (folder / "seen.js").write_text(SEEN)
    (folder / "server.js").write_text("process.argv.push('server'); require('./seen.js');\n")
    (folder / "package.json").write_text(json.dumps({"name": "x", "version": "1.0.0", "scripts": scripts}))
    manifest = PackageManifest(path="package.json", directory="", scripts=scripts, has_server_js=True)
    resolved = resolve_script(manifest, "npm", shlex.split(args))
    assert resolved.reason
    program = read(resolved.text, Dialect.DASH, script="npm", by_path=False)
    assert isinstance(program, Program), program
    (tmp_path / "start.cjs").write_text(node_source(program))

    def seen(argv: list[str]) -> tuple[int, str]:
        env = {"PATH": f"{Path(str(SYSTEM_NODE)).parent}:/usr/bin:/bin", "HOME": str(tmp_path), "GIVEN": "g h"}
        env |= {"npm_config_update_notifier": "false"}
        status = subprocess.run(argv, cwd=folder, env=env, capture_output=True, timeout=60).returncode
        record = folder / "seen"
        text = record.read_text() if record.exists() else ""
        record.unlink(missing_ok=True)
        return status, text

    before = seen([str(NPM), *shlex.split(args)])
    assert before[1]
    assert seen([str(SYSTEM_NODE), str(tmp_path / "start.cjs")]) == before


def started(root: Path, scripts: Mapping[str, str], files: Files | None = None, **fields: object) -> Runtime:
    """The runtime of `npm start`."""
    found = {**package(scripts=scripts, **fields), **(files or {})}
    return runtime(root, f'FROM node:22-slim\n{BODY}CMD ["npm", "start"]\n', found)


def test_what_runs_first_is_done_by_a_launcher(tmp_path: Path) -> None:
    found = started(tmp_path, {"prestart": "node migrate.js", "start": "node server.js"})
    assert found.cmd == (NODE, "/usr/local/bin/start.cjs")
    assert 'run(["node", "migrate.js"])' in found.texts[0].text
    assert any("node migrate.js" in d.reason and d.outcome is Outcome.CHECK for d in found.decisions)


def test_a_program_of_a_package_is_run_by_node(tmp_path: Path) -> None:
    lock = {"node_modules/knex": {"bin": {"knex": "bin/cli.js"}}}
    files = locked(
        lock, scripts={"prestart": "knex migrate:latest", "start": "node server.js"}, dependencies={"knex": "3"}
    )
    found = runtime(tmp_path, f'FROM node:22-slim\n{BODY}CMD ["npm", "start"]\n', files)
    assert 'run(["node", "node_modules/knex/bin/cli.js", "migrate:latest"])' in found.texts[0].text


def test_arguments_of_an_entrypoint_reach_the_script(tmp_path: Path) -> None:
    files = package(scripts={"prestart": "node migrate.js", "start": "node server.js"})
    found = runtime(tmp_path, f'FROM node:22-slim\n{BODY}ENTRYPOINT ["npm", "start"]\n', files)
    assert found.entrypoint == (NODE, "/usr/local/bin/entrypoint.cjs")
    assert '"server.js"), ...args]' in found.texts[0].text


def test_a_source_that_runs_first_is_read(tmp_path: Path) -> None:
    files = {**package(scripts={"prestart": "node migrate.js", "start": "node server.js"})}
    files["migrate.js"] = "require('child_process').execSync('ls -l')\n"
    found = answer(tmp_path, f'FROM node:22\n{BODY}CMD ["npm", "start"]\n', files)
    assert not isinstance(found, Runtime)
    assert any("migrate.js:1 starts a shell" in one.reason for one in found)


@pytest.mark.parametrize(
    ("command", "scripts", "files", "reason"),
    [
        ('CMD ["npm", "start"]', {"start": "node server.js", "poststart": "node x.js"}, {}, "`poststart` as well"),
        ('CMD ["npm", "start"]', {"start": "node a.js & node server.js"}, {}, "needs a shell"),
        ('CMD ["npm", "start"]', {"start": "eval $X"}, {}, "eval"),
        ('CMD ["npm", "start"]', {"start": "node a.js && node b.js $npm_package_version"}, {}, "needs a shell"),
        ('CMD ["npm", "start"]', {"start": "$RUN && node server.js"}, {}, "needs a shell"),
        ('CMD ["npm", "start"]', {"prestart": "tsc", "start": "node server.js"}, {}, "tsc"),
        ('CMD ["npm", "start"]', {"prestart": "node m.js", "start": "node server.js"}, {".npmrc": "ignore-scripts=true\n"}, ".npmrc sets"),
        ('ENV npm_config_script_shell=/bin/bash\nCMD ["npm", "start"]', {"start": "node a.js && node b.js"}, {}, "ENV npm_config_script_shell"),
        ('RUN npm config set ignore-scripts true\nCMD ["npm", "start"]', {"prestart": "node m.js", "start": "node server.js"}, {}, "sets ignore-scripts"),
        ('ENTRYPOINT ["npm", "run"]\nCMD ["start"]', {"start": "node a.js && node b.js"}, {}, "needs a shell"),
        ('CMD ["pnpm", "start"]', {"prestart": "node m.js", "start": "node server.js"}, {}, "`prestart` as well"),
    ],
)  # fmt: skip
def test_what_stays(tmp_path: Path, command: str, scripts: Files, files: Files, reason: str) -> None:
    found = answer(tmp_path, f"FROM node:22\n{BODY}{command}\n", {**package(scripts=scripts), **files})
    assert not isinstance(found, Runtime)
    assert any(reason in one.reason for one in found), found


@pytest.mark.parametrize(
    ("manager", "version", "runs"),
    [
        ("yarn", "yarn@4.1.0", False),
        ("pnpm", "pnpm@8.15.1", False),
        ("yarn", "yarn@1.22.22", True),
        ("yarn", None, True),
        ("pnpm", "pnpm@9.1.0", True),
    ],
)
def test_which_managers_run_what_is_around(tmp_path: Path, manager: str, version: str | None, runs: bool) -> None:
    named = {"packageManager": version} if version else {}
    files = package(scripts={"prestart": "node migrate.js", "start": "node server.js"}, **named)
    found = runtime(tmp_path, f'FROM node:22-slim\n{BODY}CMD ["{manager}", "start"]\n', files)
    assert bool(found.texts) is runs
