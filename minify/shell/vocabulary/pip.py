"""pip, virtual environments, setup.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from minify.shell.effects import (
    ChangesNothing,
    Configures,
    Effect,
    InstallsLibraries,
    Removes,
    RemovesLibraries,
    Writes,
)
from minify.shell.options import Options, below, home, names, parse, path_of, pinned, reach, truthy, unknown
from minify.shell.script import Argument, Command
from minify.shell.state import absolute

_VALUED = names(
    """
    -r --requirement -c --constraint -e --editable -t --target --prefix --root -i --index-url
    --extra-index-url -f --find-links --no-binary --only-binary --platform --python-version
    --implementation --abi --upgrade-strategy --global-option --install-option --config-settings -C
    --trusted-host --timeout --retries --cache-dir --proxy --src --progress-bar --log --cert
    --client-cert -d --dest -w --wheel-dir --root-user-action --use-feature --python --build -b
    --exists-action --report --group --default-timeout --use-deprecated --build-option
    """
)
_SYSTEM = ("/usr/bin", "/usr/local/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/sbin")
_ASKS = (
    "list",
    "freeze",
    "show",
    "check",
    "debug",
    "inspect",
    "index",
    "search",
    "hash",
    "help",
    "completion",
)


def environment_of(command: Command, env: Mapping[str, str]) -> str | None:
    """The virtual environment of a Python tool: of its path, VIRTUAL_ENV or PATH; None is the system."""
    program = command.program or ""
    if "/" in program:
        directory = (absolute(program, command.cwd) or "").rpartition("/")[0]
        inside = directory.endswith("/bin") and directory not in _SYSTEM
        return directory.removesuffix("/bin") if inside else None
    search = env.get("PATH")
    active = env.get("VIRTUAL_ENV")
    if active and (search is None or f"{active}/bin" in search.split(":")):
        return active
    for directory in (search or "").split(":"):
        if directory in _SYSTEM or not directory:
            break
        root, _, last = directory.rstrip("/").rpartition("/")
        if last == "bin" and "env" in root.rpartition("/")[2]:
            return root
    return None


def pip(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`pip install --no-cache-dir -r requirements.txt`."""
    return pip_with(command.arguments, command, env)


def pip_with(arguments: Sequence[Argument], command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """The same, of `python -m pip …`."""
    options = parse(arguments, valued=_VALUED)
    action, *rest = options.operands or (None,)
    if action is None:
        return (ChangesNothing(command),)
    match action.text:
        case "install":
            return _install(rest, options, command, env)
        case "uninstall":
            names = tuple(text for text in options.texts[1:] if text is not None)
            return (RemovesLibraries("pip", names, command),)
        case "download" | "wheel":
            target = options.find("-d", "--dest", "-w", "--wheel-dir")
            path = reach_value(target.value, command) if target else command.cwd
            return (Writes(path, command),) if path else (unknown("where it downloads to is not known", command),)
        case "config":
            return _config(rest, command, env)
        case "cache":
            return (Removes(below(home(env), ".cache/pip"), command),)
        case text if text in _ASKS:
            return (ChangesNothing(command),)
        case _:
            return (unknown(f"what `pip {action.text or action.word.raw}` does is not known", command),)


def reach_value(value: str | None, command: Command) -> str | None:
    """The absolute path of an option's value."""
    return absolute(value, command.cwd)


def requirements(
    arguments: Sequence[Argument], options: Options, command: Command
) -> tuple[list[str], list[str], list[Effect]]:
    """The requirements named, the files read for them, and what is not known of either."""
    packages: list[str] = []
    files: list[str] = []
    unclear: list[Effect] = []
    for option in options.given:
        if option.name in ("-r", "--requirement", "--requirements", "-c", "--constraint"):
            path = option.value if option.value and "://" in option.value else reach_value(option.value, command)
            if path is None:
                unclear.append(unknown("which file the requirements are in is not known", command))
            else:
                files.append(path)
    editable = [(option.value, option.argument) for option in options.all("-e", "--editable")]
    for text, argument in [*editable, *((argument.text, argument) for argument in arguments)]:
        text = text if text is not None else pinned(argument)
        if text is None:
            unclear.append(unknown(f"what `{argument.word.raw}` installs is not known", command))
            continue
        packages.append(text)
        if text.startswith((".", "/")) or text.endswith((".whl", ".tar.gz", ".zip")):
            path = absolute(text.partition("[")[0] if not argument.word.has_glob else text, command.cwd)
            if "://" not in text:
                files.append(path or text)
    return packages, files, unclear


def _install(
    arguments: Sequence[Argument], options: Options, command: Command, env: Mapping[str, str]
) -> tuple[Effect, ...]:
    packages, files, unclear = requirements(arguments, options, command)
    target = options.find("-t", "--target", "--prefix", "--root")
    sources = options.find("--src")
    prefix = environment_of(command, env)
    if target is not None:
        prefix = reach_value(target.value, command)
        if prefix is None:
            unclear.append(unknown("where it installs to is not known", command))
    if options.has("--dry-run"):
        return (ChangesNothing(command),)
    if not packages and not files and not unclear and not options.has("--group"):
        return (ChangesNothing(command),)
    installs = InstallsLibraries(
        tool="pip",
        packages=tuple(packages),
        files=tuple(files),
        prefix=prefix,
        editable=options.has("-e", "--editable"),
        user=options.has("--user") or truthy(env.get("PIP_USER")),
        cache=not options.has("--no-cache-dir", "--no-cache") and not truthy(env.get("PIP_NO_CACHE_DIR")),
        dev=False,
        command=command,
        leaves=reach_value(sources.value, command) if sources is not None else None,
    )
    return (installs, *unclear)


def _config(arguments: Sequence[Argument], command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    texts = [argument.text for argument in arguments]
    if texts[:1] != ["set"] or len(texts) < 3 or texts[1] is None:
        return (
            (ChangesNothing(command),)
            if texts[:1] in (["list"], ["get"])
            else (Writes("/etc", command, certain=False),)
        )
    return (
        Configures(tool="pip", name=texts[1], value=texts[2], command=command),
        Writes(below(home(env), ".config/pip"), command, certain=False),
    )


def virtualenv(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`virtualenv /opt/venv`, `python -m venv /opt/venv`."""
    return virtualenv_with(command.arguments, command, env)


def virtualenv_with(arguments: Sequence[Argument], command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """The same, of `python -m venv …`."""
    options = parse(arguments, valued=("-p", "--python", "--prompt", "--app-data", "--pip", "--setuptools", "--wheel"))
    paths = [reach(operand, command) for operand in options.operands]
    if not paths or None in paths:
        return (unknown("where the virtual environment is made is not known", command),)
    return tuple(Writes(path, command) for path in paths if path is not None)


def easy_install(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`easy_install pip`."""
    options = parse(command.arguments, valued=("-d", "--install-dir", "-f", "-i"))
    packages, files, unclear = requirements(options.operands, options, command)
    installs = InstallsLibraries(
        tool="pip",
        packages=tuple(packages),
        files=tuple(files),
        prefix=environment_of(command, env),
        editable=False,
        user=False,
        cache=False,
        dev=False,
        command=command,
    )
    return (installs, *unclear)


def pipx(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`pipx install poetry`: below ~/.local, or PIPX_HOME and PIPX_BIN_DIR."""
    if command.args[:1] in (("list",), ("environment",)):
        return (ChangesNothing(command),)
    places = (env.get("PIPX_HOME"), env.get("PIPX_BIN_DIR"))
    known = tuple(place for place in places if place)
    if len(known) < 2:
        known = (*known, below(home(env), ".local"))
    return tuple(Writes(place, command) for place in known)


def setup_py(arguments: Sequence[Argument], command: Command, env: Mapping[str, str]) -> tuple[Effect, ...] | None:
    """`python setup.py install` and `develop`; None for its other actions, which build."""
    actions = [argument.text for argument in arguments]
    if not ("install" in actions or "develop" in actions):
        return None
    script = path_of(arguments[0], command) if arguments else None
    return (
        InstallsLibraries(
            tool="pip",
            packages=(".",),
            files=(script,) if script else (),
            prefix=environment_of(command, env),
            editable="develop" in actions,
            user="--user" in actions,
            cache=False,
            dev=False,
            command=command,
        ),
    )
