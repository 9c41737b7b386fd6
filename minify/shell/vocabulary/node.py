"""npm, yarn, pnpm, bun, corepack and npx."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from minify.shell.effects import (
    Builds,
    ChangesNothing,
    Configures,
    Effect,
    InstallsLibraries,
    RemovesLibraries,
    RunsProject,
    Writes,
)
from minify.shell.options import Options, below, home, parse, pinned, truthy, unknown
from minify.shell.options import names as words_of
from minify.shell.script import Command
from minify.shell.state import absolute
from minify.shell.vocabulary.pip import reach_value

_VALUED: Final = words_of(
    """
    --prefix -C --registry --omit --only --include --loglevel --cache --userconfig -w --workspace
    --timeout --tag --script-shell --network-timeout --network-concurrency --cwd --dir --filter -F
    --fetch-timeout --fetch-retries --fetch-retry-mintimeout --fetch-retry-maxtimeout --maxsockets
    --cache-folder --modules-folder --store-dir --reporter --mutex --node-options --location --depth
    --install-strategy --workspace-concurrency
    """
)
_LOCKS: Final = {
    "npm": "package-lock.json",
    "yarn": "yarn.lock",
    "pnpm": "pnpm-lock.yaml",
    "bun": "bun.lock",
}
_NPM_INSTALLS: Final = (
    "install",
    "i",
    "in",
    "add",
    "ci",
    "clean-install",
    "install-clean",
    "ic",
    "isntall",
    "update",
    "upgrade",
    "up",
)
_NPM_ASKS: Final = (
    *(
        "ls",
        "list",
        "view",
        "info",
        "show",
        "root",
        "bin",
        "prefix",
        "ping",
        "doctor",
        "help",
        "whoami",
        "outdated",
    ),
    *("search", "explain", "fund", "version", "get", "-v", "query", "why", "licenses"),
)


def _directory(options: Options, command: Command, *names: str) -> str:
    chosen = options.find(*names)
    return command.cwd if chosen is None else reach_value(chosen.value, command) or ""


def _develops(options: Options, env: Mapping[str, str]) -> bool:
    """Whether development dependencies come too, by npm's rules; yarn and pnpm have the same options."""
    if any("dev" in (option.value or "") for option in options.all("--include")) or options.has("--also"):
        return True
    switch = options.find("--production", "--prod", "-P")
    if switch is not None:
        return switch.value == "false"
    if any("dev" in (option.value or "") for option in options.all("--omit")):
        return False
    if (options.value("--only") or "").startswith("prod"):
        return False
    lowered = {name.lower(): env[name] for name in env if name.lower().startswith(("npm_config_", "yarn_production"))}
    if "dev" in lowered.get("npm_config_omit", "") or truthy(lowered.get("npm_config_production")):
        return False
    return env.get("NODE_ENV") != "production"


def _install(
    tool: str,
    names: Sequence[str | None],
    directory: str,
    options: Options,
    command: Command,
    env: Mapping[str, str],
) -> tuple[Effect, ...]:
    everywhere = options.has("-g", "--global") or options.value("--location") == "global"
    if None in names:
        # `npm install -g npm@$NPM_VERSION`: the name is known where only the version is not
        unclear = iter([pinned(operand) for operand in options.operands if operand.text is None])
        names = [name if name is not None else next(unclear, None) for name in names]
    if None in names:
        return (unknown(f"which libraries {tool} installs is not known", command),)
    packages = tuple(name for name in names if name is not None)
    files: tuple[str, ...] = ()
    if everywhere:
        set_to = env.get("NPM_CONFIG_PREFIX") or env.get("npm_config_prefix")
        if tool == "npm" and options.has("--prefix"):
            set_to = directory
        elif tool == "pnpm":
            set_to = env.get("PNPM_HOME") or below(home(env), ".local/share/pnpm")
        elif tool == "bun":
            set_to = env.get("BUN_INSTALL") or below(home(env), ".bun")
        prefix: str | None = set_to or "/usr/local"
    elif not directory:
        return (unknown(f"which directory {tool} installs to is not known", command),)
    else:
        files = (below(directory, "package.json"), below(directory, _LOCKS[tool]))
        prefix = below(directory, "node_modules")
    return (
        InstallsLibraries(
            tool=tool,
            packages=packages,
            files=files,
            prefix=prefix,
            editable=False,
            user=False,
            cache=True,
            dev=not everywhere and _develops(options, env),
            command=command,
        ),
    )


def _below_project(directory: str, name: str, command: Command) -> tuple[Effect, ...]:
    if not directory:
        return (unknown("which directory it works in is not known", command),)
    return (Writes(below(directory, name) if name else directory, command),)


def _configure(tool: str, texts: Sequence[str | None], command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`set name value`, `set name=value` or, of a newer npm, `name=value`."""
    words = [text or "" for text in texts]
    if words[:1] != ["set"]:
        return (
            (ChangesNothing(command),)
            if words[:1] in ([], ["get"], ["list"], ["ls"])
            else (Writes(home(env), command),)
        )
    name, equals, value = (words[1] if len(words) > 1 else "").partition("=")
    known = value if equals else (texts[2] if len(texts) > 2 else None)
    return (
        Configures(tool=tool, name=name, value=known, command=command),
        Writes(below(home(env), f".{tool}rc"), command),
    )


def npm(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`npm ci --omit=dev`, `npm install -g pm2`, `npm run build`."""
    options = parse(command.arguments, valued=_VALUED)
    directory = _directory(options, command, "--prefix", "-C")
    action, *rest = options.texts or (None,)
    match action:
        case "ci" | "clean-install" | "install-clean" | "ic":
            return _install("npm", (), directory, options, command, env)
        case text if text in _NPM_INSTALLS:
            return _install("npm", rest, directory, options, command, env)
        case "run" | "run-script" | "rum" | "urn":
            return (RunsProject("npm", rest[0] if rest else None, command),)
        case "test" | "t" | "start" | "restart" | "stop":
            return (RunsProject("npm", action, command),)
        case "exec" | "x":
            return (RunsProject("npm", rest[0] if rest else None, command),)
        case "uninstall" | "rm" | "remove" | "un" | "unlink":
            return (RemovesLibraries("npm", tuple(text for text in rest if text), command),)
        case "prune" | "rebuild" | "dedupe" | "ddp":
            return _below_project(directory, "node_modules", command)
        case "cache" | "completion":
            return (ChangesNothing(command),)
        case "config" | "c":
            return _configure("npm", rest, command, env)
        case "set":
            return _configure("npm", ["set", *rest], command, env)
        case "pack" | "init" | "shrinkwrap" | "pkg":
            return _below_project(directory, "", command)
        case "link" | "ln":
            return (
                Writes("/usr/local/lib/node_modules", command, certain=False),
                *_below_project(directory, "node_modules", command),
            )
        case "login" | "adduser" | "logout" | "token":
            return (Writes(below(home(env), ".npmrc"), command),)
        case None:
            return (ChangesNothing(command),)
        case text if text in _NPM_ASKS:
            return (ChangesNothing(command),)
        case "audit" if rest[:1] != ["fix"]:
            return (ChangesNothing(command),)
        case _:
            return (unknown(f"what `npm {action}` does is not known", command),)


_YARN_ASKS: Final = (
    "list",
    "info",
    "why",
    "versions",
    "check",
    "help",
    "bin",
    "cache",
    "licenses",
    "outdated",
    "audit",
    "node",
)


def yarn(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`yarn install --frozen-lockfile`, `yarn build`; a bare `yarn` installs."""
    options = parse(command.arguments, valued=_VALUED)
    directory = _directory(options, command, "--cwd")
    words = list(options.texts)
    if words[:1] == ["workspace"]:
        return (RunsProject("yarn", words[2] if len(words) > 2 else None, command),)
    if words[:2] in (["workspaces", "focus"], ["global", "add"]):
        if words[0] == "global":
            folder = options.find("--prefix")
            prefix = reach_value(folder.value, command) if folder else "/usr/local"
            return _yarn_global(words[2:], prefix, command)
        return _install("yarn", (), directory, options, command, env)
    action, *rest = words or ["install"]
    match action:
        case "install":
            return _install("yarn", (), directory, options, command, env)
        case "add" | "up" | "upgrade":
            return _install("yarn", rest, directory, options, command, env)
        case "remove" | "unlink":
            return (RemovesLibraries("yarn", tuple(text for text in rest if text), command),)
        case "config":
            return _configure("yarn", rest, command, env)
        case "set" | "plugin" | "policies" | "pack" | "init" | "import" | "autoclean" | "dedupe" | "rebuild" | "link":
            return _below_project(directory, "", command)
        case "run" | "exec" | "dlx" | "workspaces":
            return (RunsProject("yarn", rest[0] if rest else None, command),)
        case text if text in _YARN_ASKS:
            return (ChangesNothing(command),)
        case _:
            # A word that is none of yarn's own is a script of package.json
            return (RunsProject("yarn", action, command),)


def _yarn_global(names: Sequence[str | None], prefix: str | None, command: Command) -> tuple[Effect, ...]:
    if None in names or prefix is None:
        return (unknown("which libraries yarn installs is not known", command),)
    return (
        InstallsLibraries(
            tool="yarn",
            packages=tuple(name for name in names if name is not None),
            files=(),
            prefix=prefix,
            editable=False,
            user=False,
            cache=True,
            dev=False,
            command=command,
        ),
    )


_PNPM_ASKS: Final = ("list", "ls", "store", "why", "root", "bin", "outdated", "audit", "licenses", "help")


def pnpm(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`pnpm install --frozen-lockfile --prod`, `pnpm --filter web deploy /out`."""
    options = parse(command.arguments, valued=_VALUED)
    directory = _directory(options, command, "--dir", "-C")
    action, *rest = options.texts or (None,)
    match action:
        case "install" | "i" | "ci" | "fetch":
            return _install("pnpm", rest, directory, options, command, env)
        case "add" | "update" | "up":
            return _install("pnpm", rest, directory, options, command, env)
        case "deploy":
            target = absolute(rest[0], command.cwd) if rest else None
            return (Writes(target, command),) if target else (unknown("where it deploys to is not known", command),)
        case "remove" | "rm" | "uninstall":
            return (RemovesLibraries("pnpm", tuple(text for text in rest if text), command),)
        case "prune" | "rebuild" | "dedupe":
            return _below_project(directory, "node_modules", command)
        case "config" | "c":
            return _configure("npm", rest, command, env)
        case "set":
            return _configure("npm", ["set", *rest], command, env)
        case "setup" | "env" | "self-update":
            return (
                Writes(env.get("PNPM_HOME") or below(home(env), ".local/share/pnpm"), command),
                Writes(home(env), command),
            )
        case "pack" | "init" | "import" | "patch" | "link":
            return _below_project(directory, "", command)
        case "run" | "exec" | "dlx" | "recursive" | "m" | "multi":
            return (RunsProject("pnpm", rest[0] if rest else None, command),)
        case None:
            return (ChangesNothing(command),)
        case text if text in _PNPM_ASKS:
            return (ChangesNothing(command),)
        case _:
            return (RunsProject("pnpm", action, command),)


def bun(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`bun install --frozen-lockfile --production`, `bun run build`."""
    options = parse(command.arguments, valued=(*_VALUED, "--outdir", "--outfile", "--target", "--env"))
    directory = _directory(options, command, "--cwd")
    action, *rest = options.texts or (None,)
    match action:
        case "install" | "i" | "ci":
            return _install("bun", rest, directory, options, command, env)
        case "add" | "a":
            return _install("bun", rest, directory, options, command, env)
        case "build" if options.has("--compile"):
            made = reach_value(options.value("--outfile"), command) if options.has("--outfile") else None
            if made is None:
                return (unknown("which program is made is not known", command),)
            return (Builds(tool="bun", output=made, package=rest[0] if rest else None, static=None, command=command),)
        case "run" | "x" | "test" | "exec":
            return (RunsProject("bun", rest[0] if rest else None, command),)
        case None | "pm":
            return (ChangesNothing(command),)
        case _:
            return (RunsProject("bun", action, command),)


# https://github.com/nodejs/corepack: npm is not among those that `enable` takes without a name
_COREPACK_LINKS: Final = {"npm": ("npm", "npx"), "pnpm": ("pnpm", "pnpx"), "yarn": ("yarn", "yarnpkg")}


def corepack(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`corepack enable`: yarn and pnpm beside node; `corepack prepare` fetches them to a cache."""
    options = parse(command.arguments, valued=("--install-directory", "-o", "--output"))
    cache = Writes(env.get("COREPACK_HOME") or below(home(env), ".cache/node/corepack"), command)
    if options.texts[:1] in (("enable",), ("disable",)):
        chosen = options.find("--install-directory")
        place = reach_value(chosen.value, command) if chosen else "/usr/local/bin"
        if not place:
            return (unknown("where it installs to is not known", command),)
        names = [name.partition("@")[0] for name in options.texts[1:] or ("pnpm", "yarn") if name]
        if len(names) < len(options.texts[1:]):
            return (unknown("what it installs is not known", command),)
        links = (link for name in names for link in _COREPACK_LINKS.get(name, (name,)))
        return tuple(Writes(f"{place.rstrip('/')}/{link}", command) for link in links)
    if options.texts[:1] in (("prepare",), ("install",), ("use",), ("up",), ("hydrate",)):
        return (cache,)
    return (ChangesNothing(command),)


def runner(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`npx tsc`, `bunx vite build`: a program of the project, or one from the registry."""
    options = parse(command.arguments, valued=("-p", "--package", "-c", "--call"), first=True)
    return (RunsProject(command.name, options.texts[0] if options.operands else None, command),)


def project_tool(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`tsc`, `ng build`, `gulp`: a build program of npm that runs the project's own configuration."""
    return (RunsProject(command.name, command.args[0] if command.args else None, command),)


def bower(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`bower install --allow-root`."""
    return _below_project(command.cwd, "bower_components", command)


def version_manager(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`nvm install 20`, `n stable`: another Node."""
    if command.name == "n":
        return (Writes(env.get("N_PREFIX") or "/usr/local", command),)
    if command.args[:1] in (("install",), ("alias",), ("use",), ("uninstall",), ("cache",)):
        return (Writes(env.get("NVM_DIR") or below(home(env), ".nvm"), command),)
    return (ChangesNothing(command),)
