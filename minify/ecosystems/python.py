"""Python: the interpreter that the image was built with, its packages and the application, at the same paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from minify.analysis.contract import USUAL_PATH
from minify.analysis.facts import Facts, stage_facts
from minify.analysis.footprint import FORGOTTEN, SYSTEM, Footprint, under
from minify.analysis.homes import home
from minify.analysis.launch import health_command
from minify.analysis.scopes import ROOT, join
from minify.context.needs import Needs, python_needs
from minify.ecosystems.fetched import started_among
from minify.ecosystems.finals import C_LIBRARY, closure_base
from minify.ecosystems.gate import SHELLS
from minify.ecosystems.health import by_runtime
from minify.ecosystems.launcher import led, programs
from minify.ecosystems.named import named_files, named_libraries
from minify.ecosystems.programs import Dependency, installed_programs, lacking
from minify.ecosystems.python_environment import (
    INSTALLERS,
    INTERPRETER,
    RUNNERS,
    Installation,
    after_python,
    copied_stages,
    goes_home,
    installation,
    installs,
    installs_python,
    program,
)
from minify.ecosystems.sources import context_files, holds
from minify.ecosystems.started import started
from minify.ecosystems.system import Calls, system_packages
from minify.ecosystems.trees import application_trees
from minify.image import pythons
from minify.image.packages import role
from minify.image.programs import programs as of_base
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree, refuse
from minify.shell.effects import Builds, InstallsLibraries, RunsProject, Writes

if TYPE_CHECKING:
    from minify.context.python import PythonFacts
    from minify.context.requirements import Requirement
    from minify.health import HealthPlan

TEMPLATE = "python.Dockerfile.j2"

# Directories of the standard library that develop, test or show Python; each goes unless a source file imports it.
_STDLIB_EXTRAS = ("ensurepip", "idlelib", "test", "tkinter", "turtledemo")
_TEXTS = (
    ".txt",
    ".in",
    ".toml",
    ".lock",
    ".cfg",
    ".ini",
    ".conf",
    ".json",
    ".yaml",
    ".yml",
    ".md",
    ".rst",
    ".env",
    ".py",
    ".csv",
    ".pem",
)
"""Endings of single files that hold no program code."""


# Modules that are setuptools', or that it brings
_SETUPTOOLS = frozenset({"setuptools", "pkg_resources", "distutils"})
# Directories of the system that may be the home of who runs the application
_HOMES = ("/root", "/srv", "/opt", "/var/www")


def detect(facts: Facts) -> Detection | None:
    """Python, when that is what the container starts: the interpreter, a console script of a package, or a script."""
    argv = facts.launch.argv
    if not argv:
        return None
    name = argv[0].rsplit("/", 1)[-1]
    base = facts.base
    line = facts.launch.line
    version = base.version if base is not None and base.language == "python" else None
    starts = Evidence(what=f"{argv[0]} is what starts", line=line)
    if INTERPRETER.match(name) or argv[0].endswith(".py") or _is_script(facts):
        return Detection(ecosystem="python", version=version, evidence=(starts,))
    if base is None or not (base.language == "python" or installs_python(facts)):
        return None
    if _built(facts, argv[0]) or _made(facts, argv[0]) or _of_another_image(facts, argv[0]):
        return None
    for system in facts.footprint.installs:
        for package in system.packages:
            if package.name in (f"python3-{name}", f"py3-{name}", f"python-{name}") or (
                package.name == name and name in pythons.words("servers")
            ):
                where = facts.dockerfile.source.line(package.span.start)
                brings = Evidence(what=f"{package.name} brings it", line=where)
                return Detection(ecosystem="python", version=version, evidence=(starts, brings))
            if _is_of_system(facts, package.name, name):
                # `socat … EXEC:python3`, `cron -f`: what they start in turn is theirs to say
                return None
    if name in of_base(base) and argv[0].rpartition("/")[0] in ("", "/bin", "/usr/bin"):
        # `sleep infinity`, `tail -f /dev/null`: no package of Python brings it
        return None
    for footprint in (facts.footprint, *(stage.footprint for _, stage in copied_stages(facts))):
        for install in installs(footprint):
            first = facts.dockerfile.source.line(install.command.span.start)
            brings = Evidence(what=f"{install.tool} installs packages, with their programs", line=first)
            return Detection(ecosystem="python", version=version, evidence=(starts, brings))
    return None


def _is_script(facts: Facts) -> bool:
    """Whether a file of the context starts that names Python in its first line: `COPY app.py /usr/local/bin/app`."""
    script = started(facts) if facts.context.known else None
    return script is not None and after_python(script.interpreter) is not None


def _is_of_system(facts: Facts, package: str, program: str) -> bool:
    """Whether a system package brings a program that no package of Python by the program's name may be meant with."""
    base = facts.base
    known = role(base.package_manager or "", package, base.distro) if base is not None else None
    commands = (package, *(known.commands if known is not None else ()))
    return program in commands and not _installed_by_name(facts.footprint, program)


def _health(plan: HealthPlan) -> tuple[str, ...]:
    from minify.health.renderers.python import python

    return python(plan)


def _asked_by(interpreter: str, plan: HealthPlan) -> tuple[str, ...]:
    return (interpreter, *_health(plan))


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The interpreter's prefix, the application's own trees and the shared libraries, onto a base without any."""
    # Loaded here: `detect` is asked about every file, and needs no sources
    from minify.context.python import python_facts
    from minify.context.requirements import python_requirements
    from minify.ecosystems import python_data
    from minify.ecosystems.python_installers import left_behind, removed_by, settings
    from minify.ecosystems.python_tools import started_by

    place = installation(facts)
    if isinstance(place, Refusal):
        return (place,)
    argv = program(facts, place)
    if isinstance(argv, Refusal):
        return (argv,)
    files = tuple(
        dict.fromkeys(f for p in (None, *(s.placed for _, s in copied_stages(facts))) for f in context_files(facts, p))
    )
    source = python_facts(facts.context, files, facts.launch.argv)
    listed = (*python_requirements(facts.context, files), *_named(facts), *_parts(source))
    requirements = tuple(r for r in listed if r.kind in ("requirement", "optional", "unreadable"))
    if not holds(facts, (".py", ".pyz", argv_file(facts))):
        packaged = started_by(facts, requirements)
        if isinstance(packaged, Refusal):
            return (packaged,)
        source = source._replace(programs=packaged)
    final = closure_base(to)
    prefixes = [place.prefix, *([place.environment] if place.environment else [])]
    carried = application_trees(facts, prefixes, left=(*_consumed(facts), *settings(facts), *facts.launch.gone))
    named = [library.name or "" for library in source.libraries if not library.in_tests]
    named += [library for r in requirements for library in python_needs(r.name).libraries]
    ignore = (*pythons.words("brings"), *pythons.words("installers"))
    system = system_packages(facts, _calls(facts, source, requirements), final, ignore=ignore, named=named)
    refusals = [*_sources_stop(facts, place, source, requirements), *_requirements_stop(facts, requirements)]
    refusals += [*_hidden(facts), *carried.refusals, *system.refusals]
    fetched = started_among(facts)
    if fetched is not None:
        refusals.append(fetched)
    written = tuple(_home_trees(facts))
    homes = tuple(one for one in written if isinstance(one, Tree))
    refusals += [one for one in written if isinstance(one, Refusal)]
    if refusals:
        return tuple(refusals)
    # setup.py imports setuptools, and only pip runs it
    imported = frozenset(m for m, at in source.imports.items() if at.path.rpartition("/")[2] != "setup.py")
    installers = left_behind(facts, imported.union(source.all_imports))

    # `pipx install` and `uv tool install` make an environment for each program
    installed = [one.path for one in homes] + [
        effect.path
        for _, effect in facts.footprint.effects()
        if isinstance(effect, Writes) and effect.command.name in (*INSTALLERS, "pipx")
    ]

    def installs_in(path: str) -> bool:
        return any(under(one, path) for one in installed)

    trees = (
        Tree(path=place.prefix, reason="the interpreter and the packages that are installed for it"),
        *([Tree(path=place.environment, reason="the virtual environment")] if place.environment else []),
        *(
            t._replace(scanned=(t.scanned or installs_in(t.path)) and not t.path.endswith(_TEXTS))
            for t in carried.trees
        ),
        *_system_trees(facts, place, source, requirements),
        *_with_pip(facts, place, imported),
        *(one for one in homes if not any(under(one.path, t.path) for t in carried.trees)),
        *_editable(facts, listed),
        *named_files(facts, source.opened),
    )
    environments = (
        *(["/usr"] if place.shared else []),
        *(p for p in prefixes if p == place.environment or not place.packages),
    )
    library = f"python{place.minor}" if place.minor else "python3.*"
    runtime = Runtime(
        base=final,
        template=TEMPLATE,
        trees=_outermost(trees),
        entrypoint=argv[0],
        cmd=argv[1],
        health=by_runtime(facts, place.interpreter, _health),
        interpreter=place.interpreter,
        probe=partial(_asked_by, place.interpreter),
        packages=(*place.packages, *(p for p in system.carried if p not in place.packages)),
        brings_libc=True,
        loaded=python_data.libraries(facts, requirements),
        files=python_data.files(source, requirements, [tree.path for tree in trees]),
        values={
            "prefix": place.prefix,
            "environments": environments,
            "official": not place.packages,
            "library": library,
            "sites": tuple(f"{root}/lib/{library}/site-packages" for root in environments),
            "uninstalled": installers,
            "uninstaller": removed_by(facts, place, installers),
            "pip": "pip" not in imported,
            "setuptools": _drops_setuptools(place, facts, imported, requirements),
            "extras": tuple(
                m for m in _STDLIB_EXTRAS if m not in imported and not (m == "ensurepip" and "venv" in imported)
            ),
            "tkinter": "tkinter" in imported,
            "caches": _caches(facts, [t.path for t in trees]),
            "searched": _searched(facts, place, carried.trees),
        },
        decisions=(*carried.decisions, *system.decisions, *_decisions(source, installers, "pip" not in imported)),
    )
    if not facts.launch.shelled:
        return runtime
    from minify.ecosystems.python_launch import style

    return led(facts, runtime, style(facts, place, requirements, runtime.packages))


def _system_trees(
    facts: Facts, place: Installation, source: PythonFacts, requirements: Sequence[Requirement]
) -> Iterator[Tree]:
    """What pip installed beside what the distribution's own packages bring, and the programs of it that start."""
    if place.shared:
        reason = "pip installs there"
        yield Tree(path="/usr/lib/python3.*/site-packages", reason=reason, certain=False)
        others = {*of_base(facts.base), *installed_programs(facts), *SHELLS}
        called = dict.fromkeys(_called(facts, source, requirements))
        for name in dict.fromkeys(c.rpartition("/")[2] for c in called if c.rpartition("/")[0] in ("", "/usr/bin")):
            if name not in others and not INTERPRETER.match(name):
                yield Tree(path=f"/usr/bin/{name}", reason=reason, certain=False, scanned=False)


def _with_pip(facts: Facts, place: Installation, imported: frozenset[str]) -> Iterator[Tree]:
    """What the distribution's pip brought that packages load, beside an interpreter of its own."""
    used = not _SETUPTOOLS.isdisjoint(imported)
    installed = any(not i.prefix for i in installs(facts.footprint)) and not place.private
    if place.packages and (used or installed):
        assert facts.base is not None
        reason = "pip takes it for installed, so that packages may load it"
        for path in pythons.with_pip(facts.base.package_manager):
            yield Tree(path=path, reason=reason, certain=False, scanned=False)


def _called(facts: Facts, source: PythonFacts, requirements: Sequence[Requirement]) -> Iterator[str]:
    """The programs that the command, a launcher, the health check, the sources and the packages start, as they are written."""
    from minify.context.needs import python_commands

    yield from facts.launch.argv[:1]
    # `ddtrace-run gunicorn app:app`
    known = {command for one in requirements for command in (one.name, *python_commands(one.name))}
    wrapped = () if INTERPRETER.match(facts.launch.argv[0].rpartition("/")[2]) else facts.launch.argv[1:]
    yield from (word for word in wrapped if word in known)
    yield from sorted(programs(facts))
    check = facts.contract.healthcheck
    yield from (health_command(check, []) if check else ())[:1]
    yield from (one.program for one in source.programs if one.program and not one.in_tests)
    yield from (name for one in requirements for name in _needs(facts, one).programs)


def _needs(facts: Facts, requirement: Requirement) -> Needs:
    """What a requirement needs: one whose program is what starts needs what it does as a program."""
    from minify.context.needs import python_commands

    found = python_needs(requirement.name)
    argv = facts.launch.argv
    started = argv[2] if argv[1:2] == ("-m",) and len(argv) > 2 else argv[0].rsplit("/", 1)[-1] if argv else ""
    if found.command and started in python_commands(requirement.name):
        return found._replace(command=False, optional=False)
    return found


def _calls(facts: Facts, source: PythonFacts, requirements: Sequence[Requirement]) -> Calls:
    """The programs that the command, the sources and the packages start."""
    needs = [(r, _needs(facts, r)) for r in requirements]
    modules = {module.partition(".")[0] for module, at in source.imports.items() if not at.in_tests}
    needs = [(r, n) for r, n in needs if not n.command and (not n.imported or r.name.replace("-", "_") in modules)]
    return Calls(
        programs=frozenset(word.rsplit("/", 1)[-1] for word in facts.launch.argv)
        | programs(facts)
        | frozenset(c.program for c in source.programs if c.program and not c.in_tests)
        | frozenset(p for _, need in needs for p in need.programs),
        unknown=(
            *(f"{c.path}:{c.line}" for c in source.programs if c.program is None and not c.in_tests),
            *(f"{r.path}:{r.line} ({r.name})" for r, need in needs if need.unknown),
        ),
    )


def _decisions(source: PythonFacts, installers: Sequence[str], pip: bool) -> Iterator[Decision]:
    yield C_LIBRARY
    for tool in (*installers, *(["pip"] if pip else [])):
        yield Decision(subject=tool, outcome=Outcome.DROPPED, reason="installs packages; no source file imports it")
    yield Decision(
        subject="bytecode caches, headers, IDLE, Tk and the standard library's tests",
        outcome=Outcome.DROPPED,
        reason="nothing at run time reads them; Python compiles what it imports again",
    )


def _built(facts: Facts, program: str) -> bool:
    """Whether a command of the file compiles `program`."""
    path = join(facts.contract.workdir, program) if "/" in program else ""
    return any(
        isinstance(e, Builds)
        and e.output
        and (
            e.output.endswith(program.lstrip("./"))
            or (e.tool == "zig" and not path)
            or (e.tool in ("zig", "cargo") and path.rpartition("/")[0] == e.output.rstrip("/"))
        )
        for _, e in facts.footprint.effects()
    )


def _made(facts: Facts, program: str) -> bool:
    """Whether a command of the file writes, links or fetches `program`: no package of Python brings it then."""
    paths = _paths(facts, program)
    return any(
        w.path in paths for w in facts.footprint.written if w.origin in ("run", "url") and w.source != "ChangesMode"
    )


def _of_another_image(facts: Facts, program: str) -> bool:
    """Whether `program` is copied from an image that is no stage of the file: what that is is not known."""
    if program.rpartition("/")[2] in RUNNERS:
        return False
    paths = _paths(facts, program)
    return any(
        w.path in paths or ("/" in program and under(paths[0], w.path))
        for w in facts.footprint.written
        if w.path and w.origin.startswith("stage:") and stage_facts(facts, w.origin[6:]) is None
    )


def _paths(facts: Facts, program: str) -> list[str]:
    """Where `program` may lie: its path, or its name in each directory of PATH."""
    if "/" in program:
        return [join(facts.contract.workdir, program)]
    return [f"{d}/{program}" for d in dict.fromkeys((*facts.contract.path.split(":"), *USUAL_PATH.split(":")))]


def argv_file(facts: Facts) -> str:
    """The name of the file that starts, for scripts without an ending; a name that no file has when an interpreter starts."""
    return "/" + facts.launch.argv[0].rsplit("/", 1)[-1]


def _named(facts: Facts) -> Iterator[Requirement]:
    """The packages that RUNs install by name, but for those that install others."""
    from minify.context.requirements import read_requirement

    source = facts.dockerfile.source
    for install in facts.footprint.libraries:
        if install.tool in INSTALLERS:
            # `pip install -U pip setuptools wheel` readies the installer; a list of requirements means it
            for text in install.packages:
                if re.match(r"(pip|setuptools|wheel)\b", text):
                    continue
                yield read_requirement(text, path=source.path, line=source.line(install.command.span.start))


def _parts(source: PythonFacts) -> Iterator[Requirement]:
    """The parts of packages that need more than the whole does: an application of django.contrib.gis asks for GDAL."""
    from minify.context.requirements import Requirement

    for name, place in source.modules.items():
        if not place.in_tests:
            yield Requirement(name=name, spec="", path=place.path, line=place.line)


def _sources_stop(
    facts: Facts, place: Installation, source: PythonFacts, requirements: Sequence[Requirement]
) -> Iterator[Refusal]:
    """What the sources and the packages start and the final image would lack."""
    needs = [Dependency(f"{r.path}:{r.line}", _needs(facts, r)) for r in requirements]
    for called in source.programs:
        if called.program in INSTALLERS and not called.in_tests:
            yield refuse(f"{called.path}:{called.line} starts {called.program}, which is left out")
    # A package's program has the package's name as a rule, and is installed beside the interpreter
    provided = ("python", "python3", *(r.name for r in requirements), *installed_programs(facts))
    yield from lacking(facts, source.programs, needs, provided, place.interpreters)
    yield from named_libraries(facts, source.libraries, needs)


def _requirements_stop(facts: Facts, requirements: Sequence[Requirement]) -> Iterator[Refusal]:
    for requirement in requirements:
        if _needs(facts, requirement).always_shell:
            reason = f"{requirement.path}:{requirement.line} {requirement.name} starts programs through a shell"
            yield refuse(reason)
            return


def _hidden(facts: Facts) -> Iterator[Refusal]:
    """Packages that a tool keeps in a cache directory, under a name of its own making."""
    for install in installs(facts.footprint):
        if install.prefix and any(under(install.prefix, f) for f in FORGOTTEN):
            yield refuse(
                f"{install.tool} installs into a virtual environment below {install.prefix}, whose name is not known",
                facts.dockerfile.source.line(install.command.span.start),
            )
            return


def _consumed(facts: Facts) -> tuple[str, ...]:
    """Directories of other stages' wheels, when all that happens with them is `pip install /wheels/*`."""
    copied = {w.path for w in facts.footprint.written if w.origin.startswith("stage:")}
    others = {w.path for w in facts.footprint.written if not w.origin.startswith("stage:")}
    places = (f.rpartition("/")[0] for i in installs(facts.footprint) for f in i.files if f.endswith(("/*", "/*.whl")))
    return tuple(dict.fromkeys(p for p in places if p in copied and p not in others and p != facts.contract.workdir))


def _outermost(trees: Sequence[Tree]) -> tuple[Tree, ...]:
    """The trees without those that another one holds: a virtual environment within the application's directory."""
    unique = {tree.path: tree for tree in reversed(trees)}
    return tuple(
        tree
        for path, tree in reversed(unique.items())
        if not any(other.certain and path != other.path and under(path, other.path) for other in trees)
    )


def _home_trees(facts: Facts) -> Iterator[Tree | Refusal]:
    """Home directories that packages or the application's own code wrote to while it was built.

    Nobody else may look into root's, and only root writes to the system's own directories.
    """
    final = facts.contract.user.partition(":")[0]
    for run, effect in facts.footprint.effects():
        user = run.placed.scope.user.partition(":")[0]
        if isinstance(effect, InstallsLibraries) and effect.tool in INSTALLERS and goes_home(user, effect):
            below, reason = "/.local", f"pip {'--user installs' if effect.user else f'installs for {user}'} there"
        elif isinstance(effect, RunsProject) and effect.tool.startswith("python"):
            below, reason = "", "the application's code ran here while it was built"
        else:
            continue
        place = home(facts, run.placed.scope.env, user)
        if place is None:
            reason = f"where the home of {user} is is not known, and {effect.tool} may have written there"
            line = facts.dockerfile.source.line(effect.command.span.start)
            yield refuse(reason, line)
        elif (place != "/root" or final in ROOT) and (below or place not in SYSTEM or place in _HOMES):
            yield Tree(path=place.rstrip("/") + below, reason=reason, certain=False)


def _editable(facts: Facts, requirements: Sequence[Requirement]) -> Iterator[Tree]:
    """What an editable installation writes where the sources are, or fetches: names of its own where the context's are taken by name.

    https://pip.pypa.io/en/stable/topics/vcs-support/#editable-vcs-installs
    """
    listed = [r.url for r in requirements if r.editable and r.url]
    for install in installs(facts.footprint):
        cwd = install.command.cwd
        if not cwd:
            continue
        for text in dict.fromkeys(
            (*(install.packages if install.editable else ()), *(listed if install.files else ()))
        ):
            if "://" in text and not install.prefix:
                yield Tree(
                    path=join(cwd, "src"), reason="pip keeps the sources of editable packages there", certain=False
                )
            elif text.startswith((".", "/")):
                place = join(cwd, text.partition("[")[0]).rstrip("/")
                reason = "an editable package is found by its metadata"
                yield Tree(path=f"{place}/*.egg-info", reason=reason, certain=False, scanned=False)
                yield Tree(path=f"{place}/*.so", reason="an editable package is compiled in place", certain=False)


def _caches(facts: Facts, taken: Sequence[str]) -> tuple[str, ...]:
    """Download caches of the installers, in homes that are taken."""
    found: dict[str, None] = {}
    for run, effect in facts.footprint.effects():
        if isinstance(effect, InstallsLibraries) and effect.cache and effect.tool in INSTALLERS:
            place = home(facts, run.placed.scope.env, run.placed.scope.user)
            if place and any(under(place, t) for t in taken):
                found.setdefault(f"{place.rstrip('/')}/.cache/{'pypoetry' if effect.tool == 'poetry' else effect.tool}")
    return tuple(found)


def _installed_by_name(footprint: Footprint, tool: str) -> bool:
    return any(
        re.match(rf"{tool}(\[|[<>=!~ ]|$)", package) for install in installs(footprint) for package in install.packages
    )


def _drops_setuptools(
    place: Installation, facts: Facts, imported: frozenset[str], requirements: Sequence[Requirement]
) -> bool:
    """Whether setuptools came with the image (until 3.11) or for a build, and the application does not ask for it.

    https://github.com/docker-library/python/pull/952
    """
    shipped = place.minor is not None and int(place.minor.split(".")[1]) < 12 and not place.packages
    named = _installed_by_name(facts.footprint, "setuptools")
    # Before importlib.metadata the programs of an editable package asked pkg_resources, and they are no .py files
    by_programs = place.minor is not None and int(place.minor.split(".")[1]) < 8
    return (
        (shipped or named)
        and not (by_programs and any(one.editable for one in installs(facts.footprint)))
        and not _SETUPTOOLS & imported
        and not any(r.name in ("setuptools", "wheel") for r in requirements)
    )


def _searched(facts: Facts, place: Installation, trees: Sequence[Tree]) -> tuple[str, ...]:
    """Where Python sources lie that are not the standard library's, as the build stage has them when it gathers."""
    system = (
        "/runtime/usr/lib/python3"
        if facts.base and facts.base.package_manager == "apt"
        else "/runtime/usr/lib*/python3*"
    )
    own = [system] if place.packages else [f"{place.prefix}/lib/python3*/site-packages"]
    own += [place.prefix] if place.packages else []
    own += [place.environment] if place.environment else []
    return (*own, *(t.path for t in trees if t.scanned and t.certain and not t.path.endswith(_TEXTS)))
