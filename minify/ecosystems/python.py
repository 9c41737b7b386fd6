"""Python: the interpreter that the image was built with, its packages and the application, at the same paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.analysis.scopes import join
from minify.context.needs import python_needs
from minify.context.python import PythonFacts, python_facts
from minify.context.requirements import Requirement, python_requirements
from minify.ecosystems.finals import closure_base
from minify.ecosystems.sources import context_files
from minify.ecosystems.system import Calls, system_packages
from minify.ecosystems.trees import application_trees
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree
from minify.shell.effects import InstallsLibraries, RunsProject
from minify.shell.script import Command

TEMPLATE = "python.Dockerfile.j2"

_INTERPRETER = re.compile(r"python(\d(\.\d+)?)?$")
_RUNNERS = ("poetry", "pipenv", "uv", "conda", "mamba", "pdm", "hatch", "rye", "tox", "nox")
# Where Debian's and Ubuntu's python3 is, by release. https://packages.debian.org/python3 and https://packages.ubuntu.com/python3
_SYSTEM_PYTHON = {
    "debian10": "3.7", "debian11": "3.9", "debian12": "3.11", "debian13": "3.13",
    "ubuntu18.04": "3.6", "ubuntu20.04": "3.8", "ubuntu22.04": "3.10", "ubuntu24.04": "3.12",
}  # fmt: skip
_INSTALLERS = ("pip", "pipenv", "poetry", "uv", "pdm", "hatch")
# Directories of the standard library that develop, test or show Python; each goes unless a source file imports it.
_STDLIB_EXTRAS = ("ensurepip", "idlelib", "test", "tkinter", "turtledemo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where the interpreter lives: its prefix, the directory of its programs, and its virtual environment if it has one.

    `minor` is "3.12", or None when the tag does not say; `packages` are the system packages that hold the interpreter.
    """

    prefix: str
    minor: str | None
    environment: str | None
    packages: tuple[str, ...]

    @property
    def programs(self) -> str:
        """The directory that `python` and console scripts are found in."""
        return f"{self.environment or self.prefix}/bin"

    @property
    def interpreter(self) -> str:
        """The absolute path of the interpreter."""
        return f"{self.programs}/python3" if self.environment is None else f"{self.environment}/bin/python"


def detect(facts: Facts) -> Detection | None:
    """Python, when that is what the container starts: the interpreter, a console script of a package, or a script."""
    argv = facts.launch.argv
    if not argv:
        return None
    name = argv[0].rsplit("/", 1)[-1]
    base = facts.base
    line = facts.launch.line
    version = base.version if base is not None and base.language == "python" else None
    if _INTERPRETER.match(name) or argv[0].endswith(".py"):
        return Detection(
            ecosystem="python", version=version, evidence=(Evidence(what=f"{argv[0]} is what starts", line=line),)
        )
    installs = [i for i in facts.footprint.libraries if i.tool in ("pip", "uv", "poetry", "pipenv")]
    if installs and base is not None and (base.language == "python" or _installs_python(facts)) and not _built(facts, argv[0]):
        first = facts.dockerfile.source.line(installs[0].command.span.start)
        return Detection(
            ecosystem="python",
            version=version,
            evidence=(
                Evidence(what=f"{argv[0]} is what starts", line=line),
                Evidence(what=f"{installs[0].tool} installs packages, with their programs", line=first),
            ),
        )
    return None


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The interpreter's prefix, the application's own trees and the shared libraries, onto a base without any."""
    installation = _installation(facts)
    if isinstance(installation, Refusal):
        return (installation,)
    argv = _argv(facts, installation)
    if isinstance(argv, Refusal):
        return (argv,)
    files = context_files(facts)
    source = python_facts(facts.context, files)
    requirements = python_requirements(facts.context, files)
    final = closure_base(to)
    refusals = [*_sources_stop(source), *_requirements_stop(requirements, facts)]
    prefixes = [installation.prefix, *([installation.environment] if installation.environment else [])]
    carried = application_trees(facts, prefixes)
    calls = Calls(
        programs=frozenset(c.program for c in source.programs if c.program and not c.in_tests)
        | frozenset(p for r in requirements for p in python_needs(r.name).programs),
        unknown=tuple(f"{c.path}:{c.line}" for c in source.programs if c.program is None and not c.in_tests),
    )
    # A dynamic program name is only a danger where there is a program to find.
    system = system_packages(facts, calls, final, ignore=("python3-pip", "python3-setuptools", "python3-wheel"))
    refusals += [*carried.refusals, *system.refusals]
    if refusals:
        return tuple(refusals)
    kept_extras = tuple(m for m in (*_STDLIB_EXTRAS, "pip", "setuptools", "pkg_resources", "distutils", "wheel") if m in source.imports)
    trees = (
        Tree(path=installation.prefix, reason="the interpreter and the packages that are installed for it"),
        *([Tree(path=installation.environment, reason="the virtual environment")] if installation.environment else []),
        *carried.trees,
        *_home_trees(facts),
    )
    uninstalled = tuple(tool for tool in _INSTALLERS if tool == "pip" or _installed_by_name(facts, tool))
    uninstalled = tuple(tool for tool in uninstalled if tool not in kept_extras)
    decisions = [
        *carried.decisions,
        *system.decisions,
        Decision(
            subject="the C library",
            outcome=Outcome.ADDED,
            reason="comes from the build stage with every shared library that is loaded: no release has to match the final base's",
        ),
        *(
            Decision(subject=tool, outcome=Outcome.DROPPED, reason="installs packages; no source file imports it")
            for tool in uninstalled
        ),
        Decision(
            subject="bytecode caches, headers, IDLE, Tk and the standard library's tests",
            outcome=Outcome.DROPPED,
            reason="nothing at run time reads them; Python compiles what it imports again",
        ),
    ]
    decisions += [
        Decision(
            subject=f"{c.path}:{c.line}",
            outcome=Outcome.CHECK,
            reason="starts a program whose name is not known here: look whether the final image has it",
        )
        for c in source.programs
        if c.program is None and not c.shell and not c.in_tests
    ]
    return Runtime(
        base=final,
        template=TEMPLATE,
        trees=tuple(dict.fromkeys(trees)),
        entrypoint=argv[0],
        cmd=argv[1],
        packages=(*installation.packages, *system.carried),
        brings_libc=True,
        values={
            "prefix": installation.prefix,
            "programs": installation.programs,
            "official": not installation.packages,
            "library": f"python{installation.minor}" if installation.minor else "python3.*",
            "uninstalled": uninstalled,
            "setuptools": _ships_setuptools(installation.minor) and not {"setuptools", "pkg_resources", "distutils"} & set(kept_extras)
            and not any(r.name in ("setuptools", "wheel") for r in requirements),
            "extras": tuple(m for m in _STDLIB_EXTRAS if m not in kept_extras and not (m == "ensurepip" and "venv" in source.imports)),
            "tkinter": "tkinter" in kept_extras,
        },
        decisions=tuple(decisions),
    )


def _built(facts: Facts, program: str) -> bool:
    """Whether a command of the file compiles `program`."""
    from minify.shell.effects import Builds

    return any(isinstance(e, Builds) and e.output and e.output.endswith(program.lstrip("./")) for _, e in facts.footprint.effects())


def _installs_python(facts: Facts) -> bool:
    return any(p.name in ("python3", "python3-pip") for i in facts.footprint.installs for p in i.packages)


def _installation(facts: Facts) -> Installation | Refusal:
    base = facts.base
    assert base is not None
    environment = _environment(facts)
    if base.language == "python":
        return Installation(prefix="/usr/local", minor=_minor(base.version), environment=environment, packages=())
    if not _installs_python(facts):
        return Refusal(
            rung=Rung.DISTROLESS,
            reason=f"where {facts.launch.argv[0]} comes from is not known: {facts.base_written} has no Python and the file installs none",
            line=facts.launch.line,
        )
    if base.package_manager != "apt":
        return Refusal(
            rung=Rung.DISTROLESS, reason=f"the layout of {base.distro or facts.base_written}'s own Python is not known"
        )
    return Installation(
        prefix="/usr/local", minor=_SYSTEM_PYTHON.get(base.distro or ""), environment=environment, packages=("python3",)
    )


def _minor(version: str | None) -> str | None:
    match = re.match(r"\d+\.\d+", version or "")
    return match[0] if match else None


def _environment(facts: Facts) -> str | None:
    """The virtual environment that is first on PATH, if one of the file's commands made it."""
    made = {
        path.rstrip("/")
        for run, effect in facts.footprint.effects()
        for path in _environment_path(effect, run.placed.scope.values)
    }
    for directory in dict(facts.contract.env).get("PATH", "").split(":"):
        if directory.endswith("/bin") and directory[:-4] in made:
            return directory[:-4]
    for program in facts.launch.argv[:1]:
        for candidate in sorted(made):
            if program.startswith(candidate + "/bin/"):
                return candidate
    return None


def _environment_path(effect: object, values: dict[str, str]) -> Iterator[str]:
    if isinstance(effect, InstallsLibraries) and effect.prefix:
        yield effect.prefix
    command: Command | None = getattr(effect, "command", None)
    if command is None:
        return
    words = [w.resolve(values) or "" for w in command.argv]
    if "venv" in words[1:4] or words[:1] == ["virtualenv"]:
        yield from (join(command.cwd, w) for w in words[1:] if w and not w.startswith("-") and w not in ("venv", "uv"))
    if words[:2] == ["uv", "sync"]:
        yield join(command.cwd, values.get("UV_PROJECT_ENVIRONMENT", ".venv"))
    if words[:2] == ["poetry", "install"] and values.get("POETRY_VIRTUALENVS_IN_PROJECT", "").lower() in ("1", "true"):
        yield join(command.cwd, ".venv")


def _argv(
    facts: Facts, installation: Installation
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None] | Refusal:
    """ENTRYPOINT and CMD with the program as an absolute path; None where the source's own line can move as it is."""
    spoken = [facts.launch.entrypoint, facts.launch.cmd]
    first = next(i for i, s in enumerate(spoken) if s.argv)
    out: list[tuple[str, ...] | None] = [s.argv if s.rewritten else None for s in spoken]
    argv = spoken[first].argv
    program = argv[0]
    if program in _RUNNERS:
        return Refusal(rung=Rung.DISTROLESS, reason=f"{program} starts the application: a package manager is needed at run time", line=facts.launch.line)
    if "/" not in program:
        directory = installation.programs
        if _INTERPRETER.match(program) and installation.environment is None and installation.packages:
            directory = "/usr/bin"
        out[first] = (f"{directory}/{program}", *argv[1:])
    elif program.endswith(".py"):
        # `#!/usr/bin/env python3` needs env: the interpreter is named instead.
        out[first] = (installation.interpreter if not installation.packages else "/usr/bin/python3", *argv)
    if out[first] is not None and spoken[first].placed is None:
        return Refusal(rung=Rung.DISTROLESS, reason="the command comes from the base image")
    return out[0], out[1]


def _sources_stop(source: PythonFacts) -> Iterator[Refusal]:
    for called in source.programs:
        if called.in_tests:
            continue
        if called.shell:
            yield Refusal(
                rung=Rung.DISTROLESS, reason=f"{called.path}:{called.line} starts a shell"
            )
            return


def _requirements_stop(requirements: Sequence[Requirement], facts: Facts) -> Iterator[Refusal]:
    for requirement in requirements:
        need = python_needs(requirement.name)
        if need.shell:
            yield Refusal(
                rung=Rung.DISTROLESS,
                reason=f"{requirement.path}:{requirement.line} {requirement.name} starts programs through a shell",
            )
            return


def _home_trees(facts: Facts) -> Iterator[Tree]:
    """Home directories that packages or the application's own code wrote to while it was built."""
    for run, effect in facts.footprint.effects():
        if isinstance(effect, InstallsLibraries) and effect.user:
            yield Tree(path=_home(facts, run.placed.scope.user) + "/.local", reason="pip --user installs there", certain=False)
        elif isinstance(effect, RunsProject) and effect.tool.startswith("python") and not under(_home(facts, ""), "/app"):
            yield Tree(path=_home(facts, run.placed.scope.user), reason="the application's code ran here while it was built", certain=False)


def _home(facts: Facts, user: str) -> str:
    home = dict(facts.contract.env).get("HOME")
    if home:
        return home.rstrip("/")
    name = user.partition(":")[0]
    return "/root" if name in ("", "root", "0") else f"/home/{name}"


def _installed_by_name(facts: Facts, tool: str) -> bool:
    return any(
        re.match(rf"{tool}(\[|[<>=!~ ]|$)", package)
        for install in facts.footprint.libraries
        for package in install.packages
    )


def _ships_setuptools(minor: str | None) -> bool:
    """Whether the official image of that version brings setuptools: until 3.11. https://github.com/docker-library/python/pull/952"""
    return minor is not None and int(minor.split(".")[1]) < 12
