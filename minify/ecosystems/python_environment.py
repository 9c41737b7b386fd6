"""Where a Python application's interpreter, packages and programs are: the prefix, the virtual environment, the command."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from minify.analysis.facts import Facts, StageFacts, stage_facts
from minify.analysis.footprint import FORGOTTEN, Footprint, under
from minify.analysis.scopes import join
from minify.ecosystems.started import started
from minify.image import pythons
from minify.image.packages import DATABASES
from minify.plan import Refusal, refuse
from minify.shell.effects import Configures, InstallsLibraries
from minify.shell.script import Command

INTERPRETER = re.compile(r"python(\d(\.\d+)?)?$")
INSTALLERS = ("pip", "uv", "poetry", "pipenv", "pdm")
RUNNERS = (
    "poetry",
    "pipenv",
    "uv",
    "conda",
    "mamba",
    "micromamba",
    "pdm",
    "hatch",
    "rye",
    "tox",
    "nox",
    "pipx",
    "uvx",
    "pip",
    "pip3",
    "pip-compile",
    "pip-sync",
    "pip-audit",
    "pyproject-build",
    "flit",
)
# Options of `uv run`, `poetry run` and their like that only say whether packages are installed first.
_RUN_OPTIONS = (
    "--no-sync", "--frozen", "--locked", "--no-dev", "--no-default-groups", "--no-cache", "--offline", "--quiet", "-q", "-n",
    "--no-editable", "--exact", "--all-extras", "--active",
)  # fmt: skip


class Installation(NamedTuple):
    """Where the interpreter lives: its prefix, and its virtual environment if it has one.

    `minor` is "3.12", or None when the tag does not say; `packages` are the system packages that hold the interpreter;
    `private` says that packages were installed in that environment only, or in the prefix when there is none.
    """

    prefix: str
    minor: str | None
    environment: str | None
    packages: tuple[str, ...]
    private: bool
    shared: bool = False
    """Whether pip installed where the distribution's own packages lie: Debian and Fedora keep them apart."""

    @property
    def programs(self) -> str:
        """The directory that `python` and console scripts are found in."""
        return f"{self.environment or self.prefix}/bin"

    @property
    def interpreter(self) -> str:
        """The absolute path of the interpreter."""
        if self.environment is not None:
            return f"{self.environment}/bin/python"
        return self._found

    @property
    def interpreters(self) -> tuple[str, ...]:
        """The interpreter, and the one that its virtual environment was made with."""
        return tuple(dict.fromkeys((self.interpreter, self._found)))

    @property
    def _found(self) -> str:
        return f"/usr/bin/{self.packages[0]}" if self.packages else f"{self.prefix}/bin/python"


def installation(facts: Facts) -> Installation | Refusal:
    """The interpreter of the final stage's base image, or of its distribution when the file installs that one."""
    base = facts.base
    assert base is not None
    environment = _environment(facts)
    own = [facts.footprint, *(stage.footprint for _, stage in copied_stages(facts))]
    private = all(
        i.prefix == environment and not i.user for footprint in own for i in installs(footprint) if not _only_tools(i)
    )
    if base.language == "python":
        if not (base.interpreter or "").startswith("/usr/local/bin/python"):
            reason = f"the layout of {facts.base_written}'s Python is not known"
            return refuse(reason, facts.lineage[0].stage.from_.line)
        script = started(facts) if facts.launch.argv and facts.context.known else None
        first = [*facts.launch.argv[:1], *(script.interpreter[:1] if script is not None else ())]
        other = next((word for word in first if re.fullmatch(r"(/usr)?/bin/python[\d.]*", word)), None)
        if other is not None:
            reason = f"{other} is the distribution's own Python, not the one of {facts.base_written}"
            return refuse(reason, facts.launch.line)
        minor = _minor(base.version)
        if minor is not None and minor not in facts.base_written:
            # `python:3` is another one tomorrow.
            minor = None
        return Installation(prefix="/usr/local", minor=minor, environment=environment, packages=(), private=private)
    package = _system_package(facts)
    if package is None:
        return refuse(
            f"where {facts.launch.argv[0]} comes from is not known: {facts.base_written} has no Python and the file installs none",
            facts.launch.line,
        )
    if base.package_manager not in DATABASES:
        reason = f"the layout of {base.distro or facts.base_written}'s own Python is not known"
        return refuse(reason, facts.launch.line)
    there = [i for i in installs(facts.footprint) if not i.prefix and not i.user]
    where = pythons.pip_prefix(base.distro, base.package_manager)
    lost = next((i for i in there if where is None and not _only_tools(i)), None)
    if lost is not None:
        return refuse(
            f"where {lost.tool} of {base.distro or facts.base_written}'s own Python installs to is not known",
            facts.dockerfile.source.line(lost.command.span.start),
        )
    return Installation(
        prefix="/usr/local",
        minor=package[6:] if "." in package else pythons.version_of(base.distro),
        environment=environment,
        packages=(package,),
        private=private and environment is not None,
        shared=bool(there) and where == "/usr",
    )


def _only_tools(install: InstallsLibraries) -> bool:
    """Whether it installs nothing but what installs: `pip install --upgrade pip`."""
    names = [re.split(r"[\[<>=!~ @;]", package)[0] for package in install.packages]
    return (
        bool(names)
        and not install.files
        and all(name in (*INSTALLERS, "setuptools", "wheel", "virtualenv") for name in names)
    )


def _minor(version: str | None) -> str | None:
    match = re.match(r"\d+\.\d+", version or "")
    return match[0] if match else None


def installs_python(facts: Facts) -> bool:
    """Whether the file installs its distribution's Python: `python3`, or a package of it."""
    return _system_package(facts) is not None


def _system_package(facts: Facts) -> str | None:
    """The package that holds the interpreter: `python3`, `python3.11` where the file asks for that one, Arch's `python`."""
    names = [p.name for i in facts.footprint.installs for p in i.packages]
    started = facts.launch.argv[0].rsplit("/", 1)[-1] if facts.launch.argv else ""
    if re.fullmatch(r"python3\.\d+", started) and started in names:
        return started
    if facts.base is not None and facts.base.package_manager == "pacman":
        return "python" if any(n == "python" or n.startswith("python-") for n in names) else None
    return "python3" if any(pythons.brings_python(n) for n in names) else None


def copied_stages(facts: Facts) -> tuple[tuple[str, StageFacts], ...]:
    """The stages of the file that the final stage copies from, by the name that it calls them, each once."""
    names = [w.origin[6:] for w in facts.footprint.written if w.origin.startswith("stage:")]
    found = [(name, stage_facts(facts, name)) for name in dict.fromkeys(names)]
    return tuple((name, stage) for name, stage in found if stage is not None)


def installs(footprint: Footprint) -> Iterator[InstallsLibraries]:
    """The installations of Python packages, each with the place that settings made before it say."""
    settings: dict[str, str] = {}
    for run, effect in footprint.effects():
        if isinstance(effect, Configures) and effect.value is not None:
            settings[f"{effect.tool} {effect.name}"] = effect.value.lower()
        if not isinstance(effect, InstallsLibraries) or effect.tool not in INSTALLERS:
            continue
        in_cache = effect.prefix is not None and any(under(effect.prefix, f) for f in FORGOTTEN)
        if effect.tool == "poetry" and in_cache:
            if settings.get("poetry virtualenvs.create") == "false":
                effect = effect._replace(prefix=None)
            elif settings.get("poetry virtualenvs.in-project") == "true" and effect.files:
                effect = effect._replace(prefix=effect.files[0].rpartition("/")[0] + "/.venv")
        if goes_home(run.placed.scope.user, effect):
            effect = effect._replace(user=True)
        yield effect


def goes_home(user: str, effect: InstallsLibraries) -> bool:
    """Whether packages go below the user's home: pip does so by itself where it may not write to the interpreter's own.

    https://pip.pypa.io/en/stable/cli/pip_install/ (--user)
    """
    root = user.partition(":")[0] in ("", "root", "0")
    return effect.user or (effect.tool == "pip" and effect.prefix is None and not root)


def _environment(facts: Facts) -> str | None:
    """The virtual environment that is first on PATH, or that the command names, if one of the file's commands made it."""
    made = dict.fromkeys(_environments(facts.footprint))
    for name, stage in copied_stages(facts):
        for place in _environments(stage.footprint):
            for written in facts.footprint.written:
                if written.origin != f"stage:{name}":
                    continue
                source = join("/", written.source)
                if under(place, source):
                    made.setdefault(written.path + place[len(source) :].rstrip("/"))
                elif under(source, place):
                    made.setdefault(place)
    for directory in dict(facts.contract.env).get("PATH", "").split(":"):
        if directory.endswith("/bin") and directory[:-4] in made:
            return directory[:-4]
    for word in facts.launch.argv:
        for candidate in made:
            if under(join(facts.contract.workdir, word), f"{candidate}/bin") and "/" in word:
                return candidate
    return _runner_environment(facts, tuple(made))


def _runner_environment(facts: Facts, made: Sequence[str]) -> str | None:
    """The environment that `uv run` and its like find: the working directory's."""
    argv = facts.launch.argv
    if argv[1:2] != ("run",) or argv[0] not in RUNNERS:
        return None
    own = dict(facts.contract.env).get("UV_PROJECT_ENVIRONMENT") if argv[0] == "uv" else None
    path = join(facts.contract.workdir, own or ".venv")
    return path if path in made else None


def _environments(footprint: Footprint) -> Iterator[str]:
    """Directories that a virtual environment was made in, or that packages were installed to."""
    for install in installs(footprint):
        if install.prefix:
            yield install.prefix.rstrip("/")
    for run, effect in footprint.effects():
        if effect.command is not None:
            yield from _made_by(effect.command, run.placed.scope.values)


def _made_by(command: Command, values: dict[str, str]) -> Iterator[str]:
    words = [w.resolve(values) or "" for w in command.argv]
    if "venv" in words[1:4] or words[:1] == ["virtualenv"]:
        paths = [w for w in words[1:] if w and not w.startswith("-") and w not in ("venv", "uv", "virtualenv")]
        yield from (join(command.cwd, w) for w in paths or [".venv"])


def program(facts: Facts, place: Installation) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None] | Refusal:
    """ENTRYPOINT and CMD with the program where it is known to be; None where the source's own line can move as it is."""
    spoken = [facts.launch.entrypoint, facts.launch.cmd]
    first = next(i for i, s in enumerate(spoken) if s.argv)
    out: list[tuple[str, ...] | None] = [s.argv if s.rewritten else None for s in spoken]
    argv = behind_runner(spoken[first].argv, place)
    if isinstance(argv, str):
        return refuse(argv, facts.launch.line)
    if argv != spoken[first].argv:
        out[first] = argv
    name = argv[0]
    script = started(facts) if facts.context.known else None
    flags = after_python(script.interpreter) if script is not None else None
    if (name.endswith(".py") and "/" in name) or flags is not None:
        # `#!/usr/bin/env python3` needs env: the interpreter is named instead.
        path = name if "/" in name or script is None else script.target
        out[first] = (place.interpreter, *(flags or ()), path, *argv[1:])
    elif "/" not in name:
        known = None if _comes_before(facts, place) else _directory(name, place)
        # Where it is not known which directory of PATH has it, it is looked up there as before.
        out[first] = (f"{known}/{name}", *argv[1:]) if known else out[first]
    if out[first] is not None and spoken[first].placed is None:
        return refuse("the command comes from the base image")
    return out[0], out[1]


def after_python(interpreter: tuple[str, ...]) -> tuple[str, ...] | None:
    """The flags of `#!/usr/bin/env -S python3 -u`; None when the line names no Python."""
    for index, word in enumerate(interpreter):
        if INTERPRETER.match(word.rsplit("/", 1)[-1]):
            return interpreter[index + 1 :]
    return None


def _comes_before(facts: Facts, place: Installation) -> bool:
    """Whether PATH has a directory before the interpreter's that the file puts something in: /root/.local/bin after `pipx install`."""
    path = dict(facts.contract.env).get("PATH", "").split(":")
    before = path[: path.index(place.programs)] if place.programs in path else path
    written = [w.path for w in facts.footprint.written if w.path and w.source not in ("ChangesMode", "ChangesOwner")]
    return any(under(w, one) or under(one, w) for one in before if one.startswith("/") for w in written)


def _directory(name: str, place: Installation) -> str | None:
    if INTERPRETER.match(name):
        return "/usr/bin" if place.packages and place.environment is None else place.programs
    return place.programs if place.private and not (place.packages and place.environment is None) else None


def behind_runner(argv: tuple[str, ...], place: Installation) -> tuple[str, ...] | str:
    """`uv run --no-sync gunicorn x` is the environment's own gunicorn; a text says why it cannot be told."""
    tool = argv[0].rsplit("/", 1)[-1]
    if tool not in RUNNERS:
        return argv
    rest = list(argv[1:])
    if tool not in ("uv", "poetry", "pipenv", "pdm") or rest[:1] != ["run"]:
        return f"{tool} starts the application: a package manager is needed at run time"
    rest = rest[1:]
    while rest and rest[0] in _RUN_OPTIONS:
        rest = rest[1:]
    if rest[:1] == ["--"]:
        rest = rest[1:]
    if not rest or rest[0].startswith("-"):
        return f"{' '.join(argv[:3])} installs packages when the container starts"
    if place.environment is None and tool == "uv":
        return f"{' '.join(argv[:2])} starts the application, and where its virtual environment is is not known"
    if not place.private:
        return f"{' '.join(argv[:2])} starts the application, and where its packages are is not known"
    if tool == "uv" and rest[0].endswith(".py"):
        return (place.interpreter, *rest)
    return (f"{place.programs}/{rest[0]}", *rest[1:]) if "/" not in rest[0] else tuple(rest)
