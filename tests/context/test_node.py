from __future__ import annotations

import json
from pathlib import Path

import pytest

from minify.context.node import Lock, PackageManifest, ResolvedScript, package_manifest, resolve_script

from .folder import context


def manifest(**scripts: str) -> PackageManifest:
    return PackageManifest(path="package.json", directory="", scripts=scripts)


RESOLVED: list[tuple[str, dict[str, str], ResolvedScript, str]] = [
    ("npm start", {"start": "node app.js"}, ResolvedScript(("node", "app.js"), (), ("start",)), "plain"),
    ("npm run start", {"start": "node app.js"}, ResolvedScript(("node", "app.js"), (), ("start",)), "run"),
    ("npm run-script x", {"x": "node x"}, ResolvedScript(("node", "x"), (), ("x",)), "the long name of run"),
    ("npm -s run --silent x", {"x": "node x"}, ResolvedScript(("node", "x"), (), ("x",)), "options that do nothing"),
    ("npm --loglevel warn start", {"start": "node x"}, ResolvedScript(("node", "x"), (), ("start",)), "with a value"),
    ("npm t", {"test": "jest"}, ResolvedScript(("jest",), (), ("test",)), "an abbreviation"),
    ("npm run x -- --a b", {"x": "node x"}, ResolvedScript(("node", "x", "--a", "b"), (), ("x",)), "arguments"),
    ("npm run x a", {"x": "node x"}, ResolvedScript(("node", "x", "a"), (), ("x",)), "an argument without --"),
    ("yarn start", {"start": "next start"}, ResolvedScript(("next", "start"), (), ("start",)), "a program of .bin"),
    ("yarn run x --port 80", {"x": "node x"}, ResolvedScript(("node", "x", "--port", "80"), (), ("x",)), "arguments"),
    ("yarn next start", {}, ResolvedScript(("next", "start"), (), ()), "no script: a program of .bin"),
    ("yarn node x.js", {}, ResolvedScript(("node", "x.js"), (), ()), "node by yarn"),
    ("pnpm x", {"x": "node x"}, ResolvedScript(("node", "x"), (), ("x",)), "pnpm's short form"),
    ("yarn build", {"build": "vite"}, ResolvedScript(("vite",), (), ("build",)), "no command of yarn's"),
    ("pnpm run x", {"x": "node x"}, ResolvedScript(("node", "x"), (), ("x",)), "pnpm"),
    (
        "npm start",
        {"start": "A=b C='d e' node x.js"},
        ResolvedScript(("node", "x.js"), (("A", "b"), ("C", "d e")), ("start",)),
        "variables before the command",
    ),
    (
        "npm start",
        {"start": "cross-env A=b node -r dotenv/config x.js"},
        ResolvedScript(("node", "-r", "dotenv/config", "x.js"), (("A", "b"),), ("start",)),
        "cross-env",
    ),
    ("npm start", {"start": "env A=b exec node x"}, ResolvedScript(("node", "x"), (("A", "b"),), ("start",)), "env"),
    ("npm start", {"start": 'node "a b.js"'}, ResolvedScript(("node", "a b.js"), (), ("start",)), "quotes"),
    (
        "npm start",
        {"start": "A=1 npm run serve -- --x", "serve": "A=2 B=3 node s.js"},
        ResolvedScript(("node", "s.js", "--x"), (("A", "2"), ("B", "3")), ("start", "serve")),
        "one script calls another: the inner value counts",
    ),
    (
        "yarn start",
        {"start": "yarn serve", "serve": "node s.js"},
        ResolvedScript(("node", "s.js"), (), ("start", "serve")),
        "yarn calls yarn",
    ),
    (
        "npm start",
        {"prestart": "echo starting", "poststart": "", "start": "node x"},
        ResolvedScript(("node", "x"), (), ("start",)),
        "a script before that does nothing",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("line", "scripts", "expected", "why"), RESOLVED)
def test_resolved(line: str, scripts: dict[str, str], expected: ResolvedScript, why: str) -> None:
    manager, *args = line.split()
    assert resolve_script(manifest(**scripts), manager, args) == expected, why


REFUSED = [
    ("npm start", {"start": "node a && node b"}, "node a && node b", "two commands"),
    ("npm start", {"start": "node a | tee log"}, "node a | tee log", "a pipe"),
    ("npm start", {"start": "node a > log"}, "node a > log", "a redirection"),
    ("npm start", {"start": "node a &"}, "node a &", "the background"),
    ("npm start", {"start": "node a; node b"}, "node a; node b", "a list"),
    ("npm start", {"start": "node a --port $PORT"}, "$PORT", "a variable"),
    ("npm start", {"start": "node $(cat x)"}, "$(cat x)", "a substitution"),
    ("npm start", {"start": "node dist/*.js"}, "dist/*.js", "a glob"),
    ("npm start", {"start": "A=$B node x"}, "A=$B", "a variable's value from another"),
    ("npm start", {"start": "cd dist"}, "cd dist", "the shell's own command"),
    ("npm start", {"start": "if true; then node x; fi"}, "needs a shell", "a condition"),
    ("npm start", {"start": ""}, "needs a shell", "empty"),
    ("npm start", {"start": "cross-env-shell A=b node x"}, "needs a shell", "a shell by its name"),
    ("npm start", {"start": "env -i node x"}, "needs a shell", "env with options"),
    ("npm start", {"start": "npm run a", "a": "npm start"}, "itself", "a loop"),
    ("npm start", {"start": "node x", "prestart": "node migrate"}, "prestart", "a script before"),
    ("npm start", {"start": "node x", "poststart": "rm y"}, "poststart", "a script after"),
    ("npm start", {"start": "npm run b", "b": "node x", "preb": "tsc"}, "preb", "a script before the inner one"),
    ("npm start", {}, "no script `start`", "no script"),
    ("npm run y", {"x": "node x"}, "no script `y`", "no such script"),
    ("npm run", {"x": "node x"}, "no script is named", "a list of scripts"),
    ("npm", {}, "no script is named", "nothing"),
    ("yarn", {"start": "node x"}, "no script is named", "an installation"),
    ("npm ci", {}, "not the run of a script", "an installation"),
    ("yarn workspace a start", {}, "not the run of a script", "another package"),
    ("npm --prefix a start", {"start": "node x"}, "--prefix", "another directory"),
    ("npm start --port 80", {"start": "node x"}, "--port", "an option that npm takes for its own"),
    ("pnpm start -- --port 80", {"start": "node x"}, "version", "what -- means has changed"),
    ("bun start", {"start": "node x"}, "bun is not", "another manager"),
]


@pytest.mark.parametrize(("line", "scripts", "reason", "why"), REFUSED)
def test_refused(line: str, scripts: dict[str, str], reason: str, why: str) -> None:
    manager, *args = line.split()
    found = resolve_script(manifest(**scripts), manager, args)
    assert found.argv == (), why
    assert found.reason is not None
    assert reason in found.reason, why


def test_server_js_is_what_npm_starts_by_default() -> None:
    plain = PackageManifest(path="package.json", directory="", has_server_js=True)
    assert resolve_script(plain, "npm", ["start"]).argv == ("node", "server.js")
    assert resolve_script(plain, "yarn", ["start"]).reason is not None


def test_manifest(tmp_path: Path) -> None:
    data = {
        "name": "@a/b",
        "version": "1.0.0",
        "scripts": {"start": "node x", "odd": 1},
        "dependencies": {"express": "^4"},
        "devDependencies": {"jest": "29"},
        "optionalDependencies": {"c": "1"},
        "bin": "cli.js",
        "main": "x.js",
        "type": "module",
        "engines": {"node": ">=20"},
        "workspaces": {"packages": ["packages/*"]},
        "packageManager": "pnpm@9.0.0",
    }
    files = {"web/package.json": "\ufeff" + json.dumps(data), "web/pnpm-lock.yaml": "", "web/server.js": ""}
    found = package_manifest(context(tmp_path, files), "/web/")
    assert found == PackageManifest(
        path="web/package.json",
        directory="web",
        name="@a/b",
        version="1.0.0",
        scripts={"start": "node x"},
        dependencies={"express": "^4"},
        dev_dependencies={"jest": "29"},
        optional={"c": "1"},
        bin={"b": "cli.js"},
        main="x.js",
        type="module",
        engines={"node": ">=20"},
        workspaces=("packages/*",),
        package_manager="pnpm@9.0.0",
        lock=Lock("pnpm", "web/pnpm-lock.yaml"),
        has_server_js=True,
    )


@pytest.mark.parametrize(
    ("text", "problem"), [("{", "is not JSON"), ("[]", "is not a JSON object"), ('{"a": 1,}', "is not JSON")]
)
def test_a_broken_manifest_says_so(tmp_path: Path, text: str, problem: str) -> None:
    found = package_manifest(context(tmp_path, {"package.json": text}))
    assert found is not None
    assert problem in (found.problem or "")
    assert problem in (resolve_script(found, "npm", ["start"]).reason or "")


@pytest.mark.parametrize(
    ("name", "manager"),
    [("package-lock.json", "npm"), ("npm-shrinkwrap.json", "npm"), ("yarn.lock", "yarn"), ("pnpm-lock.yaml", "pnpm"),
     ("bun.lockb", "bun")],
)  # fmt: skip
def test_locks(tmp_path: Path, name: str, manager: str) -> None:
    found = package_manifest(context(tmp_path, {"package.json": "{}", name: ""}), ".")
    assert found is not None
    assert found.lock == Lock(manager, name)


@pytest.mark.parametrize(
    ("lock", "settings", "found"),
    [
        ("# yarn lockfile v1\n", "", False),
        ("\n__metadata:\n  version: 8\n", "", True),
        ("\n__metadata:\n  version: 8\n", "nodeLinker: pnp\n", True),
        ("\n__metadata:\n  version: 8\n", "enableTelemetry: 0\nnodeLinker: node-modules\n", False),
        ("\n__metadata:\n  version: 8\n", 'nodeLinker: "pnpm"\n', False),
    ],
)
def test_yarn_without_node_modules(tmp_path: Path, lock: str, settings: str, found: bool) -> None:
    manifests = {"package.json": "{}", "apps/web/package.json": "{}"}
    files = context(tmp_path, {"yarn.lock": lock, ".yarnrc.yml": settings, **manifests})
    for directory in ("", "apps/web"):
        manifest = package_manifest(files, directory)
        assert manifest is not None
        assert manifest.plug_n_play is found


def test_no_manifest(tmp_path: Path) -> None:
    assert package_manifest(context(tmp_path, {"a.js": ""})) is None
