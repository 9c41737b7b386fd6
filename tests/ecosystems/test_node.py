"""Node: what stops a conversion, and what the final stage starts, stands on and leaves out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from minify import api
from minify.analysis.facts import gather
from minify.analysis.placements import Placement
from minify.context.tree import Context
from minify.ecosystems import node
from minify.ecosystems.node_reach import reach, started_file
from minify.plan import Detection, Outcome, Refusal, Rung, Runtime
from minify.syntax import Source, parse

NODE = "/nodejs/bin/node"
OWN = "/usr/local/bin/node"
BODY = "WORKDIR /app\nCOPY . .\nRUN npm ci\n"
SERVER = {"server.js": "require('./lib/x')\n", "lib/x.js": "exports.x = 1\n"}

Files: TypeAlias = Mapping[str, str]


def package(**fields: object) -> Files:
    """A package.json beside a server."""
    return {"package.json": json.dumps(fields), **SERVER}


def locked(packages: Mapping[str, object], **fields: object) -> Files:
    """A package.json with a lock file of the new form."""
    lock = {"lockfileVersion": 3, "packages": {"": {}, **packages}}
    return {**package(**fields), "package-lock.json": json.dumps(lock)}


def answer(root: Path, dockerfile: str, files: Files, to: Rung | None = None) -> Runtime | tuple[Refusal, ...]:
    """What the module says of a Dockerfile in a context of these files."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    facts = gather(parse(Source(dockerfile, "Dockerfile")), Context(root, None))
    detection = node.detect(facts)
    assert detection is not None
    return node.plan(facts, detection, to)


def runtime(root: Path, dockerfile: str, files: Files, to: Rung | None = None) -> Runtime:
    """The runtime, where nothing stops it."""
    found = answer(root, dockerfile, files, to)
    assert isinstance(found, Runtime), found
    return found


BERRY = {"yarn.lock": "# yarn\n\n__metadata:\n  version: 8\n"}
STOPS = [
    pytest.param(
        f'FROM node:22\n{BODY}CMD ["npm", "start"]\n',
        locked({"node_modules/@nestjs/cli": {"bin": {"nest": "bin/nest.js"}}}, scripts={"start": "nest start"}),
        "nest starts other programs (@nestjs/cli: ",
        id="a program of a package with another name",
    ),
    pytest.param(
        f'FROM node:22\n{BODY}CMD ["node", "node_modules/.bin/nodemon", "server.js"]\n',
        package(),
        "nodemon starts other programs",
        id="node is given a link to a program of a package",
    ),
    pytest.param(
        f'FROM node:22\n{BODY}CMD ["node", "/app/node_modules/pm2/bin/pm2-runtime", "server.js"]\n',
        package(),
        "pm2 starts other programs",
        id="node is given a program of a package",
    ),
    pytest.param(
        'FROM node:22\nWORKDIR /app\nCOPY . .\nRUN yarn install\nCMD ["yarn", "start"]\n',
        {**package(scripts={"start": "node server.js"}), **BERRY},
        "only yarn says where packages are",
        id="yarn without node_modules",
    ),
    pytest.param(
        'FROM node:22\nWORKDIR /app\nCOPY . .\nRUN yarn install\nCMD ["node", "-r", "./.pnp.cjs", "server.js"]\n',
        {**package(), **BERRY},
        "yarn's own cache",
        id="packages in archives of yarn",
    ),
    pytest.param(
        'FROM node:22\nWORKDIR /app\nCOPY server.js .\nCMD ["npm", "start"]\n',
        package(scripts={"start": "node server.js"}),
        "package.json that it reads is not known",
        id="no package.json in the image",
    ),
    pytest.param(
        f'FROM node:22\n{BODY}CMD ["npm", "run", "x"]\n',
        package(scripts={}),
        "there is no script `x`",
        id="a script that is not there",
    ),
    pytest.param(
        f'FROM node:22\n{BODY}CMD ["npm", "start"]\n',
        package(scripts={"start": "nodemon server.js"}, devDependencies={"nodemon": "3"}),
        "nodemon starts other programs",
        id="a supervisor",
    ),
    pytest.param(
        f'FROM node:22\n{BODY}CMD ["npm", "start"]\n',
        package(scripts={"start": "sirv public"}, dependencies={"sirv-cli": "2"}),
        "which file of node_modules it runs is not known",
        id="a program whose file is not known",
    ),
    pytest.param(
        f'FROM node:22\n{BODY}RUN npm install -g pm2\nCMD ["pm2-runtime", "server.js"]\n',
        package(),
        "starts other programs",
        id="a program that is installed for all",
    ),
    pytest.param(
        f'FROM node:22\n{BODY}CMD ["npx", "-y", "serve@14"]\n', package(), "may fetch", id="npx with a version"
    ),
    pytest.param(
        f'FROM node:22\n{BODY}CMD ["node", "server.js"]\n',
        {**package(), "lib/x.js": "require('child_process').exec('ls -l')\n"},
        "lib/x.js:1 starts a shell",
        id="a source that runs starts a shell",
    ),
    pytest.param(
        f'FROM node:22\n{BODY}CMD ["node", "server.js"]\n',
        {**package(), "lib/x.js": "require('child_process').spawnSync('npm', ['ls'])\n"},
        "starts npm",
        id="a source that runs starts npm",
    ),
    pytest.param(
        f'FROM node:22\n{BODY}CMD ["npm", "start"]\n',
        {**package(scripts={"start": "node server.js"}), "lib/x.js": "console.log(process.env.npm_package_version)\n"},
        "only a package manager sets",
        id="a variable of npm",
    ),
    pytest.param(
        f'FROM node:22\nENV NODE_ENV=development\n{BODY}CMD ["npm", "start"]\n',
        package(scripts={"start": "NODE_ENV=production node server.js"}),
        "set different values",
        id="the script and ENV do not agree",
    ),
    pytest.param(
        f'FROM node:22\n{BODY}ENTRYPOINT ["npm", "run"]\nCMD ["serve"]\n',
        package(scripts={"serve": "node server.js"}),
        "reads CMD itself",
        id="arguments of docker run choose the script",
    ),
    pytest.param(
        f'FROM debian:13\n{BODY}CMD ["node", "server.js"]\n',
        package(),
        "is not a Node image",
        id="node of a distribution",
    ),
    pytest.param(
        f'FROM node:22\n{BODY}CMD ["node", "server.js"]\n',
        {"package.json": "{", **SERVER},
        "not JSON",
        id="a package.json that is broken",
    ),
]


@pytest.mark.parametrize(("dockerfile", "files", "reason"), STOPS)
def test_stops(tmp_path: Path, dockerfile: str, files: Files, reason: str) -> None:
    found = answer(tmp_path, dockerfile, files)
    assert not isinstance(found, Runtime)
    assert found, "a refusal has a reason"
    assert any(reason in refusal.reason for refusal in found), found
    assert all(refusal.rung is Rung.DISTROLESS for refusal in found)


def test_another_program_is_not_node() -> None:
    facts = gather(parse(Source('FROM debian:13\nCMD ["/usr/bin/caddy"]\n')), Context(None, None))
    assert node.detect(facts) is None


STARTS = [
    pytest.param('CMD ["node", "server.js"]', {}, (), (NODE, "server.js"), id="node"),
    pytest.param("CMD node server.js", {}, (), (NODE, "server.js"), id="the shell form"),
    pytest.param('CMD ["server.js"]', {}, (), (NODE, "server.js"), id="what the base gives to node"),
    pytest.param('CMD ["--inspect", "server.js"]', {}, (), (NODE, "--inspect", "server.js"), id="flags for node"),
    pytest.param('CMD ["npm", "start"]', {"start": "node server.js"}, (), (NODE, "server.js"), id="npm start"),
    pytest.param(
        'CMD ["npm", "start", "--", "-p", "80"]',
        {"start": "node server.js --a 'b c'"},
        (),
        (NODE, "server.js", "--a", "b c", "-p", "80"),
        id="arguments for the script",
    ),
    pytest.param(
        'CMD ["yarn", "go"]',
        {"go": "npm run inner", "inner": "node server.js"},
        (),
        (NODE, "server.js"),
        id="scripts that run scripts",
    ),
    pytest.param(
        'ENTRYPOINT ["node"]\nCMD ["server.js"]', {}, (NODE,), ("server.js",), id="docker run replaces the script"
    ),
    pytest.param(
        'ENTRYPOINT ["node", "server.js"]\nCMD ["--port", "80"]',
        {},
        (NODE, "server.js"),
        ("--port", "80"),
        id="docker run replaces the arguments",
    ),
    pytest.param('ENTRYPOINT ["node", "server.js"]', {}, (NODE, "server.js"), None, id="docker run adds arguments"),
    pytest.param(
        'ENTRYPOINT ["npm", "start", "--"]\nCMD ["--port", "80"]',
        {"start": "node server.js"},
        (NODE, "server.js"),
        ("--port", "80"),
        id="npm start as ENTRYPOINT",
    ),
    pytest.param(
        'ENTRYPOINT ["docker-entrypoint.sh"]\nCMD ["node", "server.js"]',
        {},
        (),
        (NODE, "server.js"),
        id="the script of the base, said again",
    ),
]


@pytest.mark.parametrize(("command", "scripts", "entrypoint", "cmd"), STARTS)
def test_starts(
    tmp_path: Path,
    command: str,
    scripts: Mapping[str, str],
    entrypoint: tuple[str, ...],
    cmd: tuple[str, ...] | None,
) -> None:
    found = runtime(tmp_path, f"FROM node:22-slim\n{BODY}{command}\n", package(scripts=scripts))
    assert (found.entrypoint, found.cmd) == (entrypoint, cmd)


def test_program_of_a_package_is_found_in_the_lock_file(tmp_path: Path) -> None:
    files = locked(
        {"node_modules/@x/cli": {"bin": {"x": "./bin/x.js"}}},
        scripts={"start": "x --port 80"},
        dependencies={"@x/cli": "1"},
    )
    found = runtime(tmp_path, f'FROM node:22-slim\n{BODY}CMD ["npm", "start"]\n', files)
    assert found.cmd == (NODE, "node_modules/@x/cli/bin/x.js", "--port", "80")


@pytest.mark.parametrize(
    ("name", "package_name"), [("nest", "@nestjs/cli"), ("dotenv", "dotenv-cli")], ids=["a shell", "what it is told"]
)
def test_a_program_by_another_name_than_its_package_is_looked_up(tmp_path: Path, name: str, package_name: str) -> None:
    files = locked(
        {f"node_modules/{package_name}": {"bin": {name: "bin/x.js"}}},
        scripts={"start": f"{name} start"},
        dependencies={package_name: "1"},
    )
    found = answer(tmp_path, f'FROM node:22-slim\n{BODY}CMD ["npm", "start"]\n', files)
    assert not isinstance(found, Runtime)
    assert f"{name} starts other programs ({package_name}: " in found[0].reason


SERVES = "FROM node:22-slim\nRUN npm install -g {0}\nWORKDIR /app\nCOPY . .\n{1}\n"


@pytest.mark.parametrize(
    ("installed", "command", "cmd"),
    [
        ("serve", 'CMD ["serve", "-s", "build"]', (NODE, "/usr/local/bin/serve", "-s", "build")),
        ("serve@14.2.1 npm@11", "CMD serve -s .", (NODE, "/usr/local/bin/serve", "-s", ".")),
        ("http-server", 'CMD ["http-server"]', (NODE, "/usr/local/bin/http-server")),
    ],
)
def test_a_server_that_npm_installed_for_every_user_comes_along(
    tmp_path: Path, installed: str, command: str, cmd: tuple[str, ...]
) -> None:
    found = runtime(tmp_path, SERVES.format(installed, command), {"build/app.js": "1\n"})
    name = installed.partition("@")[0]
    assert found.cmd == cmd
    assert f"/usr/local/lib/node_modules/{name}" in [tree.path for tree in found.trees]
    assert f"/usr/local/bin/{name}" in found.files


def test_a_start_script_may_end_in_such_a_server(tmp_path: Path) -> None:
    files = {"build/app.js": "1\n", "start.sh": "#!/bin/sh\nmkdir -p /tmp/x\nexec serve -s build -l $PORT\n"}
    found = runtime(tmp_path, SERVES.format("serve", 'CMD ["sh", "start.sh"]'), files)
    assert '"/usr/local/bin/serve"' in found.texts[0].text
    assert "/usr/local/bin/serve" in found.files


@pytest.mark.parametrize("installed", ["nodemon", "pm2", "json-server"])
def test_other_programs_for_every_user_stop_the_rung(tmp_path: Path, installed: str) -> None:
    found = answer(tmp_path, SERVES.format(installed, f'CMD ["{installed}", "x.js"]'), {"x.js": "1\n"})
    assert not isinstance(found, Runtime)


def test_variables_of_a_script_become_env(tmp_path: Path) -> None:
    files = package(scripts={"start": "NODE_ENV=production PORT=80 node server.js"})
    found = runtime(tmp_path, f'FROM node:22-slim\n{BODY}CMD ["npm", "start"]\n', files)
    assert found.env[:2] == (("NODE_ENV", "production"), ("PORT", "80"))
    assert any(d.subject == "docker stop" and d.outcome is Outcome.CHECK for d in found.decisions)


BASES = [
    pytest.param("node:22", None, "gcr.io/distroless/nodejs22-debian13", id="a major"),
    pytest.param("node:24-slim", None, "gcr.io/distroless/nodejs24-debian13", id="a slim major"),
    pytest.param("node:22-bookworm", None, "gcr.io/distroless/nodejs22-debian13", id="a major on a release"),
    pytest.param("node:lts", None, "gcr.io/distroless/nodejs24-debian13", id="an alias"),
    pytest.param("node:22.11.0", None, "gcr.io/distroless/static-debian13", id="a patch"),
    pytest.param("node:22.11-slim", None, "gcr.io/distroless/static-debian13", id="a minor"),
    pytest.param(f"node:22@sha256:{'0' * 64}", None, "gcr.io/distroless/static-debian13", id="a digest"),
    pytest.param("node:20", None, "gcr.io/distroless/static-debian13", id="a major out of support"),
    pytest.param("node:22-alpine", None, "gcr.io/distroless/static-debian13", id="musl"),
    pytest.param("node:22", Rung.SCRATCH, "scratch", id="scratch on demand"),
]


@pytest.mark.parametrize(("base", "to", "final"), BASES)
def test_base(tmp_path: Path, base: str, to: Rung | None, final: str) -> None:
    found = runtime(tmp_path, f'FROM {base}\n{BODY}CMD ["node", "server.js"]\n', package(), to)
    own = "nodejs" not in final
    assert found.base.reference == final
    assert found.brings_libc is own
    assert found.cmd == (OWN if own else NODE, "server.js")
    assert (OWN in [tree.path for tree in found.trees]) is own
    assert ("PATH" in dict(found.env)) is not own


DEV = {"devDependencies": {"typescript": "5"}}
PRUNES = [
    pytest.param(BODY, package(**DEV), "", id="no lock file"),
    pytest.param("WORKDIR /app\nCOPY . .\nRUN npm ci --omit=dev\n", locked({}, **DEV), "", id="not installed"),
    pytest.param("ENV NODE_ENV=production\n" + BODY, locked({}, **DEV), "", id="not installed in production"),
    pytest.param("WORKDIR /app\nCOPY . .\n", locked({}, **DEV), "", id="no install in the file"),
    pytest.param("WORKDIR /app\nCOPY . .\nRUN yarn install\n", locked({}, **DEV), "", id="yarn"),
    pytest.param(BODY, locked({}), "", id="there are none"),
    pytest.param(
        BODY, {**locked({}, **DEV), "lib/x.js": "const ts = require('typescript/lib')\n"}, "", id="a source uses one"
    ),
    pytest.param(
        BODY,
        {**locked({}, devDependencies={"sqlite3": "5"}), "lib/x.js": "exports.dialect = 'sqlite3'\n"},
        "",
        id="a setting names one",
    ),
    pytest.param(
        BODY,
        {**locked({}, **DEV), "server.js": "require(process.env.X)\n", "other.js": "require('typescript')\n"},
        "",
        id="what is loaded is not known",
    ),
    pytest.param("WORKDIR /app\nCOPY . .\nRUN cd web && npm ci\n", locked({}, **DEV), "", id="another directory"),
    pytest.param(BODY, locked({}, **DEV), "npm prune --omit=dev", id="installed and not used"),
    pytest.param(
        BODY,
        {**locked({}, **DEV), "build.js": "require('typescript')\n"},
        "npm prune --omit=dev",
        id="used by what only builds",
    ),
    pytest.param(
        "ENV NODE_OPTIONS='-r typescript/x'\n" + BODY, locked({}, **DEV), "", id="an option of node names one"
    ),
    pytest.param(
        BODY,
        {**locked({}, dependencies={"ts-node": "10"}, **DEV), "server.js": "require('ts-node/register')\n"},
        "",
        id="sources are compiled when it starts",
    ),
    pytest.param(
        "ENV NODE_OPTIONS=--require=@babel/register\n" + BODY,
        locked({}, dependencies={"@babel/register": "7"}, devDependencies={"@babel/preset-env": "7"}),
        "",
        id="sources are compiled as an option of node says",
    ),
    pytest.param(
        BODY,
        locked({}, dependencies={"ts-node": "10"}, **DEV),
        "npm prune --omit=dev",
        id="a compiler that nothing starts",
    ),
    pytest.param(BODY + "RUN npm install --no-save pg\n", locked({}, **DEV), "", id="a package that is not saved"),
    pytest.param(
        "WORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nRUN npm i pg\nCOPY . .\n",
        locked({}, **DEV),
        "",
        id="package.json is the old one again",
    ),
    pytest.param(
        BODY + "RUN npm install pg\n", locked({}, **DEV), "npm prune --omit=dev", id="a package that is saved"
    ),
    pytest.param(
        BODY + "COPY lib node_modules/own\n", locked({}, **DEV), "", id="a package that is copied into node_modules"
    ),
    pytest.param(
        BODY.replace("npm ci", "npm ci --legacy-peer-deps"),
        locked({}, **DEV),
        "npm prune --omit=dev --legacy-peer-deps",
        id="packages that do not fit each other",
    ),
    pytest.param(
        BODY.replace("npm ci", "npm install -f"), locked({}, **DEV), "npm prune --omit=dev --force", id="by force"
    ),
    pytest.param(
        BODY.replace("npm ci", "npm config set legacy-peer-deps true && npm ci"),
        locked({}, **DEV),
        "npm prune --omit=dev --legacy-peer-deps",
        id="by a setting of the user",
    ),
    pytest.param(
        BODY + "RUN rm .npmrc\n",
        {**locked({}, **DEV), ".npmrc": "legacy-peer-deps=true\n"},
        "npm prune --omit=dev --legacy-peer-deps",
        id="by a setting of the project",
    ),
]


@pytest.mark.parametrize(("body", "files", "command"), PRUNES)
def test_prune(tmp_path: Path, body: str, files: Files, command: str) -> None:
    found = runtime(tmp_path, f'FROM node:22-slim\n{body}CMD ["node", "server.js"]\n', files)
    assert found.values["prune"] == command
    dropped = [d for d in found.decisions if d.subject == "development dependencies" and d.outcome is Outcome.DROPPED]
    assert bool(dropped) is bool(command)


def test_settings_in_typescript_are_compiled_when_a_framework_starts(tmp_path: Path) -> None:
    lock = {"node_modules/next": {"bin": {"next": "dist/bin/next"}}}
    files = {
        **locked(lock, scripts={"start": "next start"}, dependencies={"next": "15"}, **DEV),
        "next.config.ts": "export default {}",
    }
    found = runtime(tmp_path, f'FROM node:22-slim\n{BODY}CMD ["npm", "start"]\n', files)
    assert found.values["prune"] == ""


def test_what_bun_installed_for_development_is_named(tmp_path: Path) -> None:
    body = "COPY --from=oven/bun:1 /usr/local/bin/bun /usr/local/bin/bun\nWORKDIR /app\nCOPY . .\nRUN bun install\n"
    found = runtime(tmp_path, f'FROM node:22-slim\n{body}CMD ["node", "server.js"]\n', package(**DEV))
    assert "bun removes them only with an install of its own" in [decision.reason for decision in found.decisions]


def test_prune_before_npm_7(tmp_path: Path) -> None:
    found = runtime(tmp_path, f'FROM node:14\n{BODY}CMD ["node", "server.js"]\n', locked({}, **DEV))
    assert found.values["prune"] == "npm prune --production"


def test_download_caches_of_a_home_that_is_taken(tmp_path: Path) -> None:
    own = "USER node\nWORKDIR /home/node/app\nCOPY . .\nRUN npm ci\n"
    found = runtime(tmp_path, f'FROM node:22-slim\n{own}CMD ["node", "server.js"]\n', locked({}))
    assert found.values["caches"] == ("/home/node/.npm",)
    found = runtime(tmp_path, f'FROM node:22-slim\n{BODY}CMD ["node", "server.js"]\n', locked({}))
    assert found.values["caches"] == (), "root's home stays behind as a whole"


ADDONS = [
    pytest.param("node:22-slim", "", locked({}), False, id="nothing compiles on slim"),
    pytest.param("node:22", "", locked({"node_modules/a": {}}), False, id="the lock file knows of no addon"),
    pytest.param(
        "node:22", "", locked({"node_modules/a": {"hasInstallScript": True, "dev": True}}), False, id="only to develop"
    ),
    pytest.param("node:22", "", locked({"node_modules/a": {"hasInstallScript": True}}), True, id="one may compile"),
    pytest.param("node:22", "", package(), True, id="no lock file"),
    pytest.param(
        "node:22-slim", "RUN apt-get install -y g++ libpq-dev\n", locked({}), True, id="headers are installed"
    ),
]


@pytest.mark.parametrize(("base", "before", "files", "gathers"), ADDONS)
def test_libraries_of_addons(tmp_path: Path, base: str, before: str, files: Files, gathers: bool) -> None:
    found = runtime(tmp_path, f'FROM {base}\n{before}{BODY}CMD ["node", "server.js"]\n', files)
    assert found.libraries_lacking is gathers


def test_home_and_name_of_the_user(tmp_path: Path) -> None:
    def trees(user: str) -> list[str]:
        found = runtime(tmp_path, f'FROM node:22-slim\n{BODY}USER {user}\nCMD ["node", "server.js"]\n', package())
        return [tree.path for tree in found.trees]

    assert trees("root") == ["/app"]
    assert trees("node") == ["/home/node", "/app"]
    assert trees("1000") == ["/home/node", "/etc/passwd", "/etc/group", "/app"]
    assert trees("4711") == ["/app"]


BESIDE = [
    pytest.param("WORKDIR /usr/local/app\nCOPY . .\nRUN npm ci\n", ["/usr/local/app"], id="below the prefix"),
    pytest.param(f"RUN npm install -g nodemon\n{BODY}", ["/app"], id="what installs into the prefix"),
    pytest.param(f"RUN corepack enable\n{BODY}", ["/app"], id="package managers"),
    pytest.param(f"RUN chown -R node /usr/local/lib/node_modules /usr/local/bin\n{BODY}", ["/app"], id="owners"),
    pytest.param(f"COPY lib/x.js /usr/local/bin/npm\n{BODY}", ["/app"], id="a package manager's program"),
    pytest.param(f"COPY lib/x.js /usr/local/bin/x\n{BODY}", ["/usr/local/bin/x", "/app"], id="programs"),
    pytest.param(
        f"COPY lib /usr/local/lib/node_modules/x\n{BODY}",
        ["/usr/local/lib/node_modules/x", "/app"],
        id="a package beside the base's",
    ),
    pytest.param(
        f"COPY lib /usr/local/share/lib\n{BODY}", ["/usr/local/share/lib", "/app"], id="data below the prefix"
    ),
]


@pytest.mark.parametrize(("body", "trees"), BESIDE)
def test_applications_beside_the_base_image_s_programs(tmp_path: Path, body: str, trees: list[str]) -> None:
    found = runtime(tmp_path, f'FROM node:22-slim\n{body}CMD ["node", "server.js"]\n', package())
    assert [tree.path for tree in found.trees] == trees


@pytest.mark.parametrize(
    ("env", "server", "reason"),
    [
        (
            "ENV NODE_PATH=/usr/local/lib/node_modules\n",
            "require('x')",
            "NODE_PATH says that serve-handler may be loaded",
        ),
        (
            "ENV NODE_PATH=lib:/usr/lib/node_modules\n",
            "require('x')",
            "NODE_PATH says that serve-handler may be loaded",
        ),
        ("ENV NODE_PATH=/app/lib:./src\n", "require('./lib/x')", None),
        ("", "require('/usr/local/lib/node_modules/x')", "server.js says that serve-handler may be loaded"),
        ("", "require('./lib/x')", None),
    ],
)
@pytest.mark.parametrize(
    "base", ["node:22\n", "alpine:3.22\nRUN apk add nodejs npm\n", "debian:13\nRUN apt-get install -y nodejs npm\n"]
)
def test_packages_for_every_user(tmp_path: Path, base: str, env: str, server: str, reason: str | None) -> None:
    text = f'FROM {base}RUN npm install -g serve-handler\n{env}{BODY}CMD ["node", "server.js"]\n'
    found = answer(tmp_path, text, {**package(), "server.js": server})
    if reason is None:
        assert isinstance(found, Runtime)
    else:
        assert not isinstance(found, Runtime)
        assert [refusal.reason.partition(",")[0] for refusal in found] == [reason]


def test_package_json_of_an_earlier_stage(tmp_path: Path) -> None:
    text = (
        "FROM node:22 AS build\nWORKDIR /src\nCOPY . .\nRUN npm ci\n"
        'FROM node:22-slim\nWORKDIR /app\nCOPY --from=build /src ./\nCMD ["npm", "start"]\n'
    )
    found = runtime(tmp_path, text, package(scripts={"start": "node server.js"}))
    assert found.cmd == (NODE, "server.js")


SCRIPT = [
    (["node", "app.js"], "app.js"),
    (["node", "-r", "x", "--enable-source-maps", "app.js", "y"], "app.js"),
    (["node", "-e", "1"], None),
    (["node"], None),
]


@pytest.mark.parametrize(("argv", "script"), SCRIPT)
def test_started_file(argv: list[str], script: str | None) -> None:
    assert started_file(argv) == script


REACH = [
    pytest.param({"a.js": "require(x)", "b.js": ""}, "a.js", ("a.js", "b.js"), id="computed: everything"),
    pytest.param(
        {"b.js": "", "gulpfile.js": "", "x.test.js": ""}, "no.js", ("b.js",), id="not in the context: everything"
    ),
    pytest.param(
        {"next.config.js": "", "package.json": "{}"},
        "node_modules/next/dist/bin/next",
        ("next.config.js",),
        id="a framework: its configuration too",
    ),
    pytest.param(
        {"a.ts": "import '@/b'", "b.ts": "", "tsconfig.json": '{"compilerOptions": {"paths": {}}}'},
        "a.ts",
        ("a.ts", "b.ts"),
        id="names of its own: everything",
    ),
    pytest.param({"a.js": "require('./b')", "b.js": "", "c.js": ""}, "a.js", ("a.js", "b.js"), id="require"),
    pytest.param({"a.js": "import b from './b.js'", "b.js": "", "c.js": ""}, "a", ("a.js", "b.js"), id="import"),
    pytest.param(
        {"a.js": "load(join(__dirname, 'routes'))", "routes/x.js": "", "c.js": ""},
        "a.js",
        ("a.js", "routes/x.js"),
        id="a directory",
    ),
    pytest.param(
        {"src/a.ts": "import {b} from './b.js'", "src/b.ts": "", "c.js": ""},
        "dist/a.js",
        ("src/a.ts", "src/b.ts"),
        id="compiled",
    ),
]


@pytest.mark.parametrize(("files", "script", "found"), REACH)
def test_reach(tmp_path: Path, files: Files, script: str, found: tuple[str, ...]) -> None:
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    placed = [Placement(path, f"/app/{path}") for path in files]
    assert reach(Context(tmp_path, None), placed, ["node", script], "/app").files == found


BEFORE = [
    pytest.param({}, ["-r", "./t.js"], (), id="an option"),
    pytest.param({}, ["--import=./t.js"], (), id="an option with its value"),
    pytest.param({}, [], (("NODE_OPTIONS", "--require ./t.js"),), id="a variable"),
    pytest.param(
        {"t.js": "", "lib/b.js": ""}, [], (("NODE_PATH", "/app/lib"),), id="modules of a directory of its own"
    ),
    pytest.param(
        {
            "package.json": '{"workspaces": ["p"]}',
            "p/package.json": '{"name": "@a/p", "main": "../t.js"}',
            "a.js": "require('@a/p')",
        },
        [],
        (),
        id="a package of the workspace",
    ),
    pytest.param(
        {
            "package.json": '{"dependencies": {"p": "file:p"}}',
            "p/package.json": '{"name": "p"}',
            "a.js": "require('p')",
        },
        [],
        (),
        id="a package that lies in the project",
    ),
]


@pytest.mark.parametrize(("files", "options", "env"), BEFORE)
def test_what_is_loaded_by_no_literal_path(
    tmp_path: Path, files: Files, options: list[str], env: tuple[tuple[str, str], ...]
) -> None:
    files = {"a.js": "", "t.js": "", **files}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    placed = [Placement(path, f"/app/{path}") for path in files]
    assert "t.js" in reach(Context(tmp_path, None), placed, ["node", *options, "a.js"], "/app", env).files


def test_a_package_that_is_loaded_before_the_script_is_none_of_the_sources(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("")
    (tmp_path / "b.js").write_text("")
    placed = [Placement("a.js", "/app/a.js"), Placement("b.js", "/app/b.js")]
    found = reach(Context(tmp_path, None), placed, ["node", "-r", "dotenv/config", "a.js"], "/app")
    assert (found.files, found.certain) == (("a.js",), True)


def test_detection_names_the_version() -> None:
    facts = gather(parse(Source('FROM node:22\nCMD ["node", "x.js"]\n')), Context(None, None))
    detection = node.detect(facts)
    assert isinstance(detection, Detection)
    assert (detection.ecosystem, detection.version) == ("node", "22")


@pytest.mark.parametrize("packages", ["json-server@0.17.4", "npm@latest json-server"])
def test_a_package_that_was_read_and_no_source_of_its_own(tmp_path: Path, packages: str) -> None:
    (tmp_path / "db.json").write_text("{}")
    path = tmp_path / "Dockerfile"
    path.write_text(f'FROM node:22\nRUN npm install -g {packages}\nCOPY db.json .\nCMD ["json-server", "db.json"]\n')
    outcome = api.fix(path)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert '\nCMD ["/nodejs/bin/node", "/usr/local/bin/json-server", "db.json"]\n' in outcome.patch.after.text


@pytest.mark.parametrize("packages", ["prettier prettier-plugin-sql", "prettier-eslint-cli", ""])
def test_a_package_that_was_not_read_and_no_source_of_its_own(tmp_path: Path, packages: str) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(f'FROM node:22\nRUN npm install -g {packages or "."}\nENTRYPOINT ["prettier"]\n')
    outcome = api.fix(path)
    assert outcome.plan.rung < Rung.DISTROLESS
    said = [refusal.reason for refusal in outcome.plan.refusals]
    assert "none of the application's sources is in the build context, so what it calls is not known" in said


@pytest.mark.parametrize(
    ("install", "reason"),
    [
        (
            "npm init -y && npm install express simple-git@3",
            "Dockerfile:4 simple-git starts git, which comes with the base image",
        ),
        ("npm install express @types/node", ""),
    ],
)
def test_a_package_that_a_run_installs_by_its_name_is_asked(tmp_path: Path, install: str, reason: str) -> None:
    (tmp_path / "server.js").write_text("require('express')()\n")
    path = tmp_path / "Dockerfile"
    path.write_text(f'FROM node:22\nWORKDIR /app\nCOPY server.js .\nRUN {install}\nCMD ["node", "server.js"]\n')
    outcome = api.fix(path)
    said = [refusal.reason.replace(f"{tmp_path}/", "") for refusal in outcome.plan.refusals]
    assert (outcome.plan.rung is Rung.DISTROLESS) is not bool(reason)
    assert not reason or reason in said
