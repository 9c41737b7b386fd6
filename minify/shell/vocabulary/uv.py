"""uv and uvx."""

from __future__ import annotations

from collections.abc import Mapping

from minify.shell.effects import (
    Builds,
    ChangesNothing,
    Effect,
    InstallsLibraries,
    RemovesLibraries,
    RunsProject,
    Writes,
)
from minify.shell.options import Options, below, home, names, parse, reach, truthy, unknown
from minify.shell.script import Command
from minify.shell.state import absolute
from minify.shell.vocabulary.pip import environment_of, reach_value, requirements

_VALUED = names(
    """
    -r --requirement --requirements -c --constraint --constraints --override -e --editable -t
    --target --prefix -p --python --python-version --python-platform -i --index-url --default-index
    --index --extra-index-url -f --find-links --no-binary --only-binary --no-binary-package
    --index-strategy --keyring-provider --resolution --prerelease --exclude-newer --link-mode
    --cache-dir --project --directory --extra --group --no-group --only-group --package
    --no-install-package --config-setting -C -o --output-file --out-dir --format --with --from
    --env-file --config-file --compile-bytecode-timeout --allow-insecure-host --prompt -n
    """
)


def uv(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`uv sync --frozen --no-dev`, `uv pip install --system -r requirements.txt`."""
    options = parse(command.arguments, valued=tuple(name for name in _VALUED if name != "-n"))
    words = options.texts
    directory = command.cwd
    chosen = options.find("--directory", "--project")
    if chosen is not None:
        directory = reach_value(chosen.value, command) or ""
    match words[:2]:
        case ("pip", "install" | "sync"):
            return _pip(options, command, env)
        case ("pip", "uninstall"):
            return (RemovesLibraries("uv", tuple(text for text in words[2:] if text is not None), command),)
        case ("pip", "compile") | ("lock", *_) | ("export", *_):
            output = options.find("-o", "--output-file")
            path = reach_value(output.value, command) if output else directory
            if output is None and words[:1] != ("lock",):
                return (ChangesNothing(command),)
            path = path if output is not None or not path else below(path, "uv.lock")
            return (Writes(path, command),) if path else (unknown("which file it writes is not known", command),)
        case (
            ("pip", _) | ("version" | "tree" | "help" | "self", *_) | ("cache", _) | ("python", "list" | "find" | "dir")
        ):
            return (ChangesNothing(command),)
        case ("python", _):
            return (Writes(env.get("UV_PYTHON_INSTALL_DIR") or below(home(env), ".local/share/uv/python"), command),)
        case ("tool", "install" | "upgrade"):
            places = (
                env.get("UV_TOOL_DIR") or below(home(env), ".local/share/uv/tools"),
                env.get("UV_TOOL_BIN_DIR") or below(home(env), ".local/bin"),
            )
            return tuple(Writes(place, command) for place in places)
        case ("tool", "run"):
            return (RunsProject("uv", words[2] if len(words) > 2 else None, command),)
        case ("venv", *_):
            target = reach(options.operands[1], command) if len(words) > 1 else _environment(directory, env)
            return (
                (Writes(target, command),)
                if target
                else (unknown("where the environment is made is not known", command),)
            )
        case ("build", *_):
            return (Builds(tool="uv", output=None, package=directory or None, static=None, command=command),)
        case ("sync" | "add" | "remove" | "run", *_):
            return _project(directory, options, command, env)
        case ():
            return (ChangesNothing(command),)
        case _:
            return (unknown("what this uv command does is not known", command),)


def _environment(directory: str, env: Mapping[str, str]) -> str | None:
    named = env.get("UV_PROJECT_ENVIRONMENT") or ".venv"
    return absolute(named, directory)


def _project(directory: str, options: Options, command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`uv sync`, and the sync that `uv run` and `uv add` begin with."""
    action = options.texts[0]
    after: tuple[Effect, ...] = ()
    if action == "run":
        script = options.texts[1] if len(options.operands) > 1 else None
        after = (RunsProject("uv", script, command),)
        if options.has("--no-sync", "--no-project"):
            return after
    prefix = _environment(directory, env)
    if not directory or prefix is None:
        return (unknown("which project uv works on is not known", command), *after)
    named = tuple(text for text in options.texts[1:] if text is not None) if action == "add" else ()
    without = options.has("--no-install-project", "--no-install-workspace", "--no-install-local") or truthy(
        env.get("UV_NO_INSTALL_PROJECT")
    )
    installs = InstallsLibraries(
        tool="uv",
        packages=named if without else (*named, "."),
        files=(below(directory, "pyproject.toml"), below(directory, "uv.lock")),
        prefix=environment_of(command, env) if options.has("--active") else prefix,
        editable=not (without or options.has("--no-editable") or truthy(env.get("UV_NO_EDITABLE"))),
        user=False,
        cache=_caches(options, env),
        dev=not (options.has("--no-dev", "--no-default-groups", "--only-group") or truthy(env.get("UV_NO_DEV"))),
        command=command,
    )
    return (installs, *after)


def _caches(options: Options, env: Mapping[str, str]) -> bool:
    return not (options.has("--no-cache", "-n", "--no-cache-dir") or truthy(env.get("UV_NO_CACHE")))


def _pip(options: Options, command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    operands = options.operands[2:]
    packages, files, unclear = requirements(operands if options.texts[1] == "install" else (), options, command)
    if options.texts[1] == "sync":
        files += [path for operand in operands if (path := absolute(operand.text, command.cwd)) is not None]
        if len(files) < len(operands):
            unclear.append(unknown("which file the requirements are in is not known", command))
    target = options.find("-t", "--target", "--prefix")
    prefix = environment_of(command, env)
    if options.has("--system") or truthy(env.get("UV_SYSTEM_PYTHON")):
        prefix = None
    python = options.find("-p", "--python")
    if python is not None and (python.value or "").rpartition("/")[0].endswith("/bin"):
        root = reach_value((python.value or "").rpartition("/bin/")[0], command)
        prefix = None if root in ("/usr", "/usr/local", None) else root
    if target is not None:
        prefix = reach_value(target.value, command)
        if prefix is None:
            unclear.append(unknown("where it installs to is not known", command))
    installs = InstallsLibraries(
        tool="uv",
        packages=tuple(packages),
        files=tuple(files),
        prefix=prefix,
        editable=options.has("-e", "--editable"),
        user=False,
        cache=_caches(options, env),
        dev=False,
        command=command,
    )
    return (installs, *unclear)


def uvx(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`uvx ruff`: a tool run from the cache."""
    options = parse(command.arguments, valued=("--from", "--with", "-p", "--python"), first=True)
    return (RunsProject("uv", options.texts[0] if options.operands else None, command),)
