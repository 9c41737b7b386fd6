"""package.json: what it says, and what `npm start` comes down to when no shell is left to run it."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from minify.context.tree import Context

_LOCKS: Final = (
    ("package-lock.json", "npm"), ("npm-shrinkwrap.json", "npm"), ("yarn.lock", "yarn"),
    ("pnpm-lock.yaml", "pnpm"), ("bun.lock", "bun"), ("bun.lockb", "bun"),
)  # fmt: skip
_NOTHING: Mapping[str, str] = MappingProxyType({})
_MAX_DEPTH = 8

# Options that change neither which script runs nor where; the second tuple: those with a value of their own.
_PLAIN_OPTIONS = frozenset({
    "-s", "--silent", "-q", "--quiet", "-d", "--verbose", "--if-present", "--no-update-notifier",
    "--no-audit", "--no-fund", "--offline", "--prefer-offline", "--color", "--no-color", "--production",
    "--non-interactive",
})  # fmt: skip
_VALUE_OPTIONS = frozenset({"--loglevel", "--reporter", "--cache"})
_RUN: Final = {
    "npm": ("run", "run-script", "rum", "urn"), "yarn": ("run",), "pnpm": ("run", "run-script"),
}  # fmt: skip
_SHORT: Final = {
    "start": "start",
    "stop": "stop",
    "test": "test",
    "t": "test",
    "tst": "test",
    "restart": "restart",
}
_OTHER_COMMANDS = frozenset({
    "install", "i", "add", "ci", "remove", "exec", "dlx", "create", "init", "publish", "pack",
    "workspace", "workspaces", "global", "config", "cache", "rebuild", "up",
    "upgrade",
})  # fmt: skip
_HARMLESS = re.compile(r"\s*(?:(?:true|:|exit 0|echo(?:\s[^|&;<>$`]*)?)\s*)?")


class Lock(NamedTuple):
    """The lock file beside a manifest and the manager that writes it."""

    manager: str
    path: str


class PackageManifest(NamedTuple):
    """A package.json; `problem` says why the rest is empty when it cannot be read."""

    path: str
    directory: str
    name: str | None = None
    version: str | None = None
    scripts: Mapping[str, str] = _NOTHING
    dependencies: Mapping[str, str] = _NOTHING
    dev_dependencies: Mapping[str, str] = _NOTHING
    optional: Mapping[str, str] = _NOTHING
    bin: Mapping[str, str] = _NOTHING
    main: str | None = None
    type: str | None = None
    engines: Mapping[str, str] = _NOTHING
    workspaces: tuple[str, ...] = ()
    package_manager: str | None = None
    lock: Lock | None = None
    has_server_js: bool = False
    plug_n_play: bool = False
    """Whether yarn installs no node_modules: only what it loads first finds its archives (https://yarnpkg.com/features/pnp)."""
    problem: str | None = None


class ResolvedScript(NamedTuple):
    """What a script starts: `argv` as the shell would have it, `env` set on the way, `chain` the scripts.

    `reason` says why not; `argv` is empty then. `text` is what a shell would do in their place, where that can be said.
    """

    argv: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    chain: tuple[str, ...] = ()
    reason: str | None = None
    text: str = ""


def package_manifest(context: Context, directory: str = "") -> PackageManifest | None:
    """The package.json of a directory of the context; None when there is none."""
    folder = posixpath.normpath(directory.lstrip("/") or ".")
    folder = "" if folder == "." else folder
    path = posixpath.join(folder, "package.json")
    text = context.read_text(path)
    if text is None:
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        return PackageManifest(path=path, directory=folder, problem=f"{path} is not JSON: {error}")
    if not isinstance(data, dict):
        return PackageManifest(path=path, directory=folder, problem=f"{path} is not a JSON object")
    name = _text(data.get("name"))
    binary = data.get("bin")
    workspaces = data.get("workspaces")
    if isinstance(workspaces, dict):
        workspaces = workspaces.get("packages")
    return PackageManifest(
        path=path,
        directory=folder,
        name=name,
        version=_text(data.get("version")),
        scripts=_texts(data.get("scripts")),
        dependencies=_texts(data.get("dependencies")),
        dev_dependencies=_texts(data.get("devDependencies")),
        optional=_texts(data.get("optionalDependencies")),
        bin=_texts({(name or "").rpartition("/")[2]: binary} if isinstance(binary, str) else binary),
        main=_text(data.get("main")),
        type=_text(data.get("type")),
        engines=_texts(data.get("engines")),
        workspaces=tuple(filter(None, map(_text, workspaces))) if isinstance(workspaces, list) else (),
        package_manager=_text(data.get("packageManager")),
        lock=_lock(context, folder),
        has_server_js=context.exists(posixpath.join(folder, "server.js")),
        plug_n_play=_plug_n_play(context, folder),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> Mapping[str, str]:
    pairs = value.items() if isinstance(value, dict) else ()
    return MappingProxyType({str(key): item for key, item in pairs if isinstance(item, str)})


def _lock(context: Context, folder: str) -> Lock | None:
    for name, manager in _LOCKS:
        path = posixpath.join(folder, name)
        if context.exists(path):
            return Lock(manager, path)
    return None


def _plug_n_play(context: Context, folder: str) -> bool:
    """Whether the lock file of this package, or of the project that it is part of, is one of yarn 2 or later without another linker."""
    while not context.exists(posixpath.join(folder, "yarn.lock")):
        if not folder:
            return False
        folder = posixpath.dirname(folder)
    if "\n__metadata:" not in (context.read_text(posixpath.join(folder, "yarn.lock")) or ""):
        return False
    settings = context.read_text(posixpath.join(folder, ".yarnrc.yml")) or ""
    linker = re.search(r"""^nodeLinker\s*:\s*["']?([\w-]+)""", settings, re.MULTILINE)
    return linker is None or linker[1] == "pnp"


def resolve_script(manifest: PackageManifest, manager: str, args: Sequence[str]) -> ResolvedScript:
    """What `npm start`, `yarn serve` or `pnpm run x -- --port 80` starts, without manager and shell.

    >>> manifest = PackageManifest(path="", directory="", scripts={"start": "PORT=80 node app.js"})
    >>> resolve_script(manifest, "npm", ["start"])
    ResolvedScript(argv=('node', 'app.js'), env=(('PORT', '80'),), chain=('start',), reason=None, text='')
    """
    if manifest.problem is not None:
        return ResolvedScript(reason=manifest.problem)
    return _resolve(manifest, manager, tuple(args), _Before())


def _resolve(
    manifest: PackageManifest,
    manager: str,
    args: tuple[str, ...],
    before: _Before,
) -> ResolvedScript:
    env, chain = before.env, before.chain

    def refuse(reason: str) -> ResolvedScript:
        return ResolvedScript(env=env, chain=chain, reason=reason)

    asked = f"{manager} {' '.join(args)}".strip()
    if manager not in _RUN:
        return refuse(f"{manager} is not a package manager whose scripts are read")
    if manager == "yarn" and manifest.plug_n_play:
        return refuse(f"`{asked}`: only yarn says where packages are (Plug'n'Play): there is no node_modules")
    name, rest, problem = _script_name(manager, args)
    if problem is not None:
        return refuse(f"`{asked}`: {problem}")
    if name in chain or len(chain) >= _MAX_DEPTH:
        return refuse(f"the script `{name}` runs itself")
    script = manifest.scripts.get(name)
    if script is None:
        if name == "start" and manager != "yarn" and manifest.has_server_js:
            script = "node server.js"
        elif manager in ("yarn", "pnpm") and args and name not in _SHORT:
            # Not a script: a program of node_modules/.bin, or `yarn node x.js`.
            return _found((name, *rest), before)
        else:
            return refuse(f"there is no script `{name}` in {manifest.path}")
    runs = runs_around(manifest, manager)
    around = {
        one: text
        for one in (f"pre{name}", f"post{name}")
        if not _HARMLESS.fullmatch(text := manifest.scripts.get(one, ""))
    }
    if around and runs is not False:
        said = " and ".join(f"`{one}`" for one in around)
        reason = f"`{asked}` runs the script {said} as well: {', '.join(around.values())}"
        text = around.get(f"pre{name}", "")
        if runs is None or f"post{name}" in around or (env and simple_command(text) is None):
            return refuse(reason)
        before = before._replace(texts=(*before.texts, _alone(env, text)), reason=before.reason or reason)
    return _read_script(manifest, name, script, rest, before._replace(chain=(*chain, name)))


class _Before(NamedTuple):
    """What comes ahead of the script at hand: variables, scripts on the way, and the texts of those that run first."""

    env: tuple[tuple[str, str], ...] = ()
    chain: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    reason: str | None = None


def runs_around(manifest: PackageManifest, manager: str) -> bool | None:
    """Whether a manager runs `prestart` and `poststart` around `start`; None where that hangs on what is not known.

    Yarn from 2 on does not (https://yarnpkg.com/advanced/lifecycle-scripts), pnpm does again since 9; tried with npm 11,
    yarn 1.22 and 4, pnpm 6 to 10.

    >>> runs_around(PackageManifest(path="", directory="", package_manager="yarn@4.1.0"), "yarn")
    False
    """
    if manager == "npm":
        return True
    named, _, version = (manifest.package_manager or "").partition("@")
    major = int(found[0]) if (found := re.match(r"\d+", version)) else None
    if named != manager or major is None:
        # What corepack would start hangs on the file that names it; an image of Node has yarn 1 itself
        return True if manager == "yarn" and not named else None
    return major < 2 if manager == "yarn" else major >= 9


def _set(env: tuple[tuple[str, str], ...], text: str) -> str:
    return " ".join([*(f"{name}={shlex.quote(value)}" for name, value in env), text])


def _found(argv: tuple[str, ...], before: _Before) -> ResolvedScript:
    """A command line at the end of the chain, behind what runs first."""
    if before.reason is None:
        return ResolvedScript(argv, before.env, before.chain)
    return _texts_of(_set(before.env, shlex.join(argv)), before, before.reason)


def _alone(env: tuple[tuple[str, str], ...], text: str) -> str:
    """A text as a command: what it does to its shell is gone when it ends."""
    read = simple_command(text)
    return f"({text})" if read is None else _set((*env, *read[0]), shlex.join(read[1]))


def _texts_of(last: str, before: _Before, reason: str) -> ResolvedScript:
    """Everything in the order in which it runs, and the end where one fails."""
    text = "\n".join([*(f"{one} || exit $?" for one in before.texts), last])
    return ResolvedScript(env=before.env, chain=before.chain, reason=reason, text=text)


def _script_name(manager: str, args: tuple[str, ...]) -> tuple[str, tuple[str, ...], str | None]:
    """The script that is run and what is passed to it; or a problem."""
    rest = list(args)
    problem = _skip_options(rest)
    if problem is None and rest and rest[0] in _RUN[manager]:
        rest.pop(0)
        problem = _skip_options(rest)
        if problem is None and rest:
            return rest[0], *_passed(manager, rest[1:])
    if problem is not None or not rest:
        return "", (), problem or "no script is named"
    name = rest.pop(0)
    if (name not in _SHORT) if manager == "npm" else (name in _OTHER_COMMANDS):
        return "", (), "this is not the run of a script"
    return _SHORT.get(name, name) if manager == "npm" else name, *_passed(manager, rest)


def _skip_options(rest: list[str]) -> str | None:
    """Take options that change nothing from the front; the problem with one that may."""
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in _VALUE_OPTIONS and rest:
            rest.pop(0)
        elif option.partition("=")[0] not in _PLAIN_OPTIONS | _VALUE_OPTIONS:
            return f"the option {option} is not read"
    return None


def _passed(manager: str, rest: list[str]) -> tuple[tuple[str, ...], str | None]:
    """What of the command line reaches the script."""
    if manager == "npm":
        # npm takes options for itself up to `--`.
        split = rest.index("--") if "--" in rest else len(rest)
        own = [item for item in rest[:split] if item.startswith("-")]
        if any(item.partition("=")[0] not in _PLAIN_OPTIONS for item in own):
            return (), f"the option {own[0]} is read by npm, not by the script"
        return (*(item for item in rest[:split] if not item.startswith("-")), *rest[split + 1 :]), None
    if "--" in rest:
        return (), f"what {manager} makes of `--` hangs on its version"
    return tuple(rest), None


def _read_script(
    manifest: PackageManifest, name: str, script: str, rest: tuple[str, ...], before: _Before
) -> ResolvedScript:
    read = simple_command(script)
    if read is None:
        reason = f"the script `{name}` needs a shell: {script}"
        exports = [f"export {_set((one,), '').strip()}" for one in before.env]
        last = " ".join([script, *map(shlex.quote, rest)])
        return _texts_of("\n".join([*exports, last]), before, reason)
    set_here, argv = read
    # A variable set twice: the inner one counts, at the outer one's place in the order.
    before = before._replace(env=tuple({**dict(before.env), **dict(set_here)}.items()))
    argv = (*argv, *rest)
    program = argv[0].rpartition("/")[2]
    if program in _RUN:
        return _resolve(manifest, program, argv[1:], before)
    return _found(argv, before)


def simple_command(script: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]] | None:
    """One command whose words are all plain, as (variables set, argv); None when a shell is needed.

    >>> simple_command("cross-env A=b node -r dotenv/config 'x.js'")
    ((('A', 'b'),), ('node', '-r', 'dotenv/config', 'x.js'))
    """
    from minify.shell.run import read_command_line

    read = read_command_line(script)
    if read.opaque or len(read.commands) != 1 or read.functions:
        return None
    command = read.commands[0]
    # A lone command followed by `&` or `;` is one command and still not one that simply runs.
    if command.redirects or command.piped or command.nested or read.separators:
        return None
    words = [None if word.has_glob else word.static for word in command.argv]
    values = [(name, word.static) for name, word in command.assignments]
    found = [word for word in words if word is not None]
    env = {name: value for name, value in values if value is not None}
    if len(found) < len(words) or len(env) < len(values):
        return None
    while found and found[0] in ("exec", "env", "cross-env"):
        prefix = found.pop(0)
        while found and prefix != "exec" and (match := re.fullmatch(r"([A-Za-z_]\w*)=(.*)", found[0], re.DOTALL)):
            env[match[1]] = match[2]
            found.pop(0)
        if found and found[0].startswith("-"):
            return None
    # cd, a dot and the like are the shell's own; `cross-env-shell` starts one.
    if not found or found[0] in _SHELL_WORDS:
        return None
    return tuple(env.items()), tuple(found)


_SHELL_WORDS = frozenset({
    "cd", ".", "source", "export", "set", "unset", "eval", "exit", "ulimit", "umask", "trap", "wait",
    "cross-env-shell", "if", "for", "while", "until", "case", "{", "(", "!", ":", "[", "[[",
})  # fmt: skip
