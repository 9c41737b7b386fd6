"""poetry, pdm, pipenv and conda."""

from __future__ import annotations

from collections.abc import Mapping

from minify.shell.effects import (
    Builds,
    ChangesNothing,
    Configures,
    Effect,
    InstallsLibraries,
    Removes,
    RemovesLibraries,
    RunsProject,
    Writes,
)
from minify.shell.options import Options, below, home, parse, path_of, truthy, unknown
from minify.shell.script import Command
from minify.shell.vocabulary.pip import environment_of, reach_value


def _project(options: Options, command: Command, *names: str) -> str:
    chosen = options.find(*names)
    return command.cwd if chosen is None else reach_value(chosen.value, command) or ""


def poetry(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`poetry install --only main --no-root`."""
    valued = (
        "--with",
        "--without",
        "--only",
        "-E",
        "--extras",
        "-G",
        "--group",
        "-o",
        "--output",
        "-f",
        "--format",
    )
    options = parse(command.arguments, valued=(*valued, "-C", "--directory", "-P", "--project", "--source", "--python"))
    directory = _project(options, command, "-C", "--directory", "-P", "--project")
    action, *rest = options.texts or (None,)
    match action:
        case "install" | "sync" | "update" | "add":
            return _poetry_install(action, directory, options, command, env)
        case "config":
            return _poetry_config(rest, options, command, env)
        case "export":
            output = options.find("-o", "--output")
            path = reach_value(output.value, command) if output else None
            if output is None:
                return (ChangesNothing(command),)
            return (Writes(path, command),) if path else (unknown("which file it writes is not known", command),)
        case "lock" | "new" | "init":
            return (
                (Writes(directory, command),)
                if directory
                else (unknown("which project it works on is not known", command),)
            )
        case "build":
            return (Builds(tool="poetry", output=None, package=directory or None, static=None, command=command),)
        case "run":
            return (RunsProject("poetry", next((text for text in rest), None), command),)
        case "remove":
            return (RemovesLibraries("poetry", tuple(text for text in rest if text), command),)
        case "self":
            return (unknown("what `poetry self` installs is not known", command),)
        case "cache":
            return (Removes(below(home(env), ".cache/pypoetry"), command),)
        case None | "check" | "show" | "env" | "version" | "about" | "list" | "search" | "help":
            return (ChangesNothing(command),)
        case _:
            return (unknown(f"what `poetry {action}` does is not known", command),)


def _poetry_install(
    action: str, directory: str, options: Options, command: Command, env: Mapping[str, str]
) -> tuple[Effect, ...]:
    if not directory:
        return (unknown("which project it works on is not known", command),)
    active = environment_of(command, env) if "/" not in (command.program or "") else env.get("VIRTUAL_ENV")
    created = env.get("POETRY_VIRTUALENVS_CREATE")
    if active:
        prefix: str | None = active
    elif created is not None and not truthy(created):
        prefix = None
    elif truthy(env.get("POETRY_VIRTUALENVS_IN_PROJECT")):
        prefix = below(directory, ".venv")
    else:
        prefix = env.get("POETRY_VIRTUALENVS_PATH") or below(home(env), ".cache/pypoetry/virtualenvs")
    only = options.value("--only") or ""
    without = ",".join(option.value or "" for option in options.all("--without"))
    bare = options.has("--no-root", "--only-main") or (bool(only) and not options.has("--root"))
    named = tuple(text for text in options.texts[1:] if text is not None) if action == "add" else ()
    return (
        InstallsLibraries(
            tool="poetry",
            # `--only main` leaves the project itself out too
            packages=named if bare else (*named, "."),
            files=(below(directory, "pyproject.toml"), below(directory, "poetry.lock")),
            prefix=prefix,
            editable=not bare,
            user=False,
            cache=not options.has("--no-cache"),
            dev=not (options.has("--no-dev") or only or "dev" in without.split(",")),
            command=command,
        ),
    )


def _poetry_config(
    texts: list[str | None], options: Options, command: Command, env: Mapping[str, str]
) -> tuple[Effect, ...]:
    if not texts or texts[0] is None:
        return (ChangesNothing(command),)
    local = options.has("--local")
    place = below(command.cwd, "poetry.toml") if local and command.cwd else below(home(env), ".config/pypoetry")
    value = texts[1] if len(texts) > 1 else None
    if value is None and len(texts) < 2 and not options.has("--unset"):
        return (ChangesNothing(command),)
    return (Configures(tool="poetry", name=texts[0], value=value, command=command), Writes(place, command))


def pdm(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`pdm install --prod --no-editable`."""
    options = parse(
        command.arguments, valued=("-p", "--project", "-G", "--group", "-L", "--lockfile", "-o", "--output")
    )
    directory = _project(options, command, "-p", "--project")
    action = options.texts[0] if options.operands else None
    if not directory:
        return (unknown("which project it works on is not known", command),)
    match action:
        case "install" | "sync" | "update":
            bare = options.has("--no-self")
            return (
                InstallsLibraries(
                    tool="pdm",
                    packages=() if bare else (".",),
                    files=(below(directory, "pyproject.toml"), below(directory, "pdm.lock")),
                    prefix=env.get("VIRTUAL_ENV") or below(directory, ".venv"),
                    editable=not (bare or options.has("--no-editable")),
                    user=False,
                    cache=True,
                    dev=not options.has("--prod", "--production", "--no-default"),
                    command=command,
                ),
            )
        case "run":
            return (RunsProject("pdm", options.texts[1] if len(options.operands) > 1 else None, command),)
        case "build":
            return (Builds(tool="pdm", output=None, package=directory, static=None, command=command),)
        case "config" | "lock" | "export" | "venv" | "use":
            return (Writes(directory, command, certain=False),)
        case _:
            return (unknown(f"what `pdm {action or ''}` does is not known", command),)


def pipenv(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`pipenv install --system --deploy`."""
    options = parse(
        command.arguments,
        valued=("--python", "-r", "--requirements", "-e", "--editable", "-i", "--index", "--categories"),
    )
    action, *rest = options.texts or (None,)
    directory = command.cwd
    if not directory:
        return (unknown("which project it works on is not known", command),)
    match action:
        case "install" | "sync" | "update":
            active = env.get("VIRTUAL_ENV")
            prefix: str | None = active or below(home(env), ".local/share/virtualenvs")
            if options.has("--system"):
                prefix = None
            elif truthy(env.get("PIPENV_VENV_IN_PROJECT")):
                prefix = below(directory, ".venv")
            return (
                InstallsLibraries(
                    tool="pipenv",
                    packages=tuple(text for text in rest if text is not None),
                    files=(below(directory, "Pipfile"), below(directory, "Pipfile.lock")),
                    prefix=prefix,
                    editable=options.has("-e", "--editable"),
                    user=False,
                    cache=True,
                    dev=options.has("--dev", "-d"),
                    command=command,
                ),
            )
        case "lock" | "requirements":
            prints = action == "requirements" or options.has("-r", "--requirements")
            return (ChangesNothing(command),) if prints else (Writes(below(directory, "Pipfile.lock"), command),)
        case "run":
            return (RunsProject("pipenv", next((text for text in rest), None), command),)
        case "uninstall":
            return (RemovesLibraries("pipenv", tuple(text for text in rest if text), command),)
        case "--clear" | "check" | "graph" | "verify" | None:
            return (ChangesNothing(command),)
        case _:
            return (unknown(f"what `pipenv {action}` does is not known", command),)


def conda(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`conda install -y -c conda-forge numpy`, `conda env create -f environment.yml`."""
    valued = (
        "-n",
        "--name",
        "-p",
        "--prefix",
        "-c",
        "--channel",
        "-f",
        "--file",
        "--solver",
        "-r",
        "--root-prefix",
    )
    options = parse(command.arguments, valued=valued)
    words = list(options.texts)
    if words[:1] == ["env"]:
        words = words[1:]
    action = words[0] if words else None
    root = options.find("-p", "--prefix")
    prefix = path_of(root.argument, command) if root else None
    match action:
        case "install" | "create" | "update" | "upgrade":
            files = [reach_value(option.value, command) for option in options.all("-f", "--file")]
            named = words[1:]
            if None in files or None in named or (root is not None and prefix is None):
                return (unknown("what conda installs is not known", command),)
            return (
                InstallsLibraries(
                    tool="conda",
                    packages=tuple(name for name in named if name is not None),
                    files=tuple(path for path in files if path is not None),
                    prefix=prefix,
                    editable=False,
                    user=False,
                    cache=True,
                    dev=False,
                    command=command,
                ),
            )
        case "remove" | "uninstall":
            return (RemovesLibraries("conda", tuple(name for name in words[1:] if name), command),)
        case "config" | "init":
            return (Writes(home(env), command),)
        case "clean" | "list" | "info" | "search" | "activate" | "deactivate" | "export" | None:
            return (ChangesNothing(command),)
        case "run":
            return (unknown("what `conda run` runs is not followed", command),)
        case _:
            return (unknown(f"what `conda {action}` does is not known", command),)
