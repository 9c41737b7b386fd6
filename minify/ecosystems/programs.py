"""Programs that an application starts and that a final image without a system would lack: each stops it, with its place.

What the file installs is not looked at here: `system_packages` takes it along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from minify.analysis.facts import Facts, stage_facts
from minify.analysis.footprint import under
from minify.analysis.launch import health_command
from minify.analysis.scopes import join
from minify.context.needs import Needs
from minify.context.places import Called
from minify.ecosystems.data_files import placements
from minify.ecosystems.gate import LAUNCHERS, SHELLS, starts
from minify.ecosystems.launcher import programs as of_launchers
from minify.ecosystems.through_shell import through_shell
from minify.image import packages
from minify.image.programs import programs
from minify.plan import Refusal, refuse
from minify.shell.effects import InstallsLibraries

# Nothing is there when the container starts: whoever starts it has made it before
_MADE: Final = ("/tmp/", "/var/tmp/", "/dev/shm/", "/run/", "/var/run/")
# What installs packages of a language whose programs are scripts, by the name of what reads them
_READERS: Final = {
    **dict.fromkeys(("pip", "uv", "poetry", "pipenv", "pdm"), "python"),
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), "node"),
    **dict.fromkeys(("gem", "bundle"), "ruby"),
    "composer": "php",
    "cpan": "perl",
}
JAVASCRIPT_MANAGERS: Final = ("npm", "npx", "corepack", "yarn", "yarnpkg", "pnpm", "pnpx")
"""Programs that install packages of JavaScript, or ready what does: none of them is an application's own."""


class Dependency(NamedTuple):
    """A package that the application asks for: where, and what its row of the needs table says."""

    where: str
    needs: Needs


def lacking(
    facts: Facts,
    called: Sequence[Called],
    dependencies: Iterable[Dependency],
    provided: Iterable[str],
    readers: Sequence[str] = (),
) -> Iterator[Refusal]:
    """Every reason, each once, in the order of the sources.

    `provided` are programs that the final image has for certain; `readers` are the paths there of the interpreter that has its
    packages beside it, with their programs.
    """
    dependencies = tuple(dependencies)
    own = frozenset(provided)
    reasons = (
        *_calls(facts, called, own, readers),
        *map(refuse, _needs(facts, dependencies, own)),
        *map(refuse, _beside(facts, called, dependencies, own, readers)),
    )
    yield from dict.fromkeys(reasons)


def installed_programs(facts: Facts) -> frozenset[str]:
    """The programs of the packages that the file installs: whether they come along is decided package by package."""
    found = (
        packages.role(install.manager, package.name, facts.base.distro if facts.base else None)
        for install in facts.footprint.installs
        for package in install.packages
    )
    named = frozenset(package.name for install in facts.footprint.installs for package in install.packages)
    return named.union(*(known.commands for known in found if known is not None))


def everywhere(install: InstallsLibraries) -> bool:
    """Whether it puts packages of JavaScript, but for those that install others, where every user finds their programs."""
    names = {package.rpartition("@")[0] or package for package in install.packages}
    return (
        _READERS.get(install.tool) == "node"
        and not (install.prefix or "").endswith("/node_modules")
        and not names <= {*JAVASCRIPT_MANAGERS, "n"}
    )


def _beside(
    facts: Facts,
    called: Sequence[Called],
    dependencies: Iterable[Dependency],
    provided: frozenset[str],
    readers: Sequence[str],
) -> Iterator[str]:
    """Programs that packages of another language may bring, or that look for such packages: neither works in the final image.

    Nor do the programs of `npm install --global`: they are scripts that env finds node for.
    """
    own = ("node", *(_language(reader) for reader in readers))
    found = {
        install.tool: _READERS[install.tool]
        for install in _libraries(facts)
        if everywhere(install) or _READERS.get(install.tool, "node") not in own
    }
    if not found:
        return
    sources = [(f"{c.path}:{c.line}", c.program) for c in called if c.program and not c.in_tests]
    for where, program in sources:
        name = program.rpartition("/")[2]
        if name not in provided and _interpreter(facts, program) is None and name not in programs(facts.base):
            yield f"{where} starts {program}, which {' or '.join(found)} may have brought: that is left out"
    needed = [(one.where, name) for one in dependencies if not one.needs.command for name in one.needs.programs]
    launchers = [("the launcher", name) for name in sorted(of_launchers(facts))]
    check = facts.contract.healthcheck
    health = (health_command(check, []) if check else ())[:1]
    read = [("HEALTHCHECK", word) for first in health for word in (first, *(_interpreter(facts, first) or ()))]
    for where, program in (*sources, *needed, *launchers, *read):
        for tool, language in found.items():
            if language != "node" and _language(program) == language:
                yield f"{where} starts {program}, and what {tool} installed for {language} is left out"


def _libraries(facts: Facts) -> Iterator[InstallsLibraries]:
    """What the file installs, and what it copies from the stages that installed it."""
    yield from facts.footprint.libraries
    for written in facts.footprint.written:
        stage = stage_facts(facts, written.origin[6:]) if written.origin.startswith("stage:") else None
        source = join("/", written.source)
        for install in stage.footprint.libraries if stage is not None else ():
            place = install.prefix or "/usr/local"
            if under(place, source) or under(source, place):
                yield install


def by_name(facts: Facts, *tools: str) -> Iterator[tuple[str, int]]:
    """What RUNs install by its name with these tools, each as it is written, with its line: `gem install puma`.

    What is installed for every user of Node (`npm install --global`) is none of the application's.
    """
    source = facts.dockerfile.source
    for install in _libraries(facts):
        if install.tool in tools and not everywhere(install):
            for package in install.packages:
                yield package, source.line(install.command.span.start)


def _language(program: str) -> str:
    """`/usr/bin/python3.11` is "python"."""
    return program.rpartition("/")[2].rstrip("0123456789.")


def _calls(
    facts: Facts, called: Sequence[Called], provided: frozenset[str], readers: Sequence[str]
) -> Iterator[Refusal]:
    for one in called:
        if not one.in_tests and (reason := _reason(facts, one, provided, readers)):
            yield starts(one, reason)


def _reason(facts: Facts, called: Called, provided: frozenset[str], readers: Sequence[str]) -> str:
    if called.shell:
        return "starts a shell"
    if called.program is None:
        return "starts a program whose name is not known"
    program = called.program
    name = program.rsplit("/", 1)[-1]
    if name in SHELLS:
        return f"starts {program}"
    if "/" in program and program.startswith(_MADE):
        return f"starts {program}, which is made at run time"
    script = _interpreter(facts, program)
    if script is not None:
        shell = next((word for word in script[:2] if word.rpartition("/")[2] in SHELLS), "")
        there = not script or any(_same(script[0], reader) for reader in readers)
        return "" if there and not shell else f"starts {program}, which {shell or script[0]} reads"
    if "/node_modules/.bin/" in f"/{program}":
        return f"starts {program}, a script that env finds node for"
    if name not in provided and _fetched(facts, program):
        return f"starts {program}, which is fetched: it may be a script, and what reads it is left out"
    if name not in provided and (name in LAUNCHERS or name in programs(facts.base)):
        return f"starts {program}, which comes with the base image"
    if name not in provided and (script_of := _start_script(name)):
        return f"starts {program}: a shell reads {script_of}"
    if name in LAUNCHERS:
        return f"starts {program}: {LAUNCHERS[name]}"
    return through_shell(facts, name, called.argv[1:]) if name in provided else ""


def _start_script(name: str) -> str:
    # Loaded here: most applications start no other program
    from minify.image.start_scripts import start_script

    row = start_script(name)
    return row.script if row is not None else ""


def _same(program: str, reader: str) -> bool:
    """Whether `/usr/bin/python3` lies beside `/usr/bin/python3.11`, and is that."""
    return program.rpartition("/")[0] == reader.rpartition("/")[0] and _language(program) == _language(reader)


def _interpreter(facts: Facts, program: str) -> tuple[str, ...] | None:
    """The words after `#!` of a file of the context that is started by its path or its name; None when it is none of them.

    Where it is started from is not always known: then whichever file ends alike is meant.
    """
    targets = _targets(facts, program)
    ending = "/" + program.lstrip("./") if "/" in program else "\0"
    found = placements(facts)
    for placement in (*(p for p in found if p.target in targets), *(p for p in found if p.target.endswith(ending))):
        first = (facts.context.read(placement.source) or b"")[:256].partition(b"\n")[0].decode("utf-8", "replace")
        return tuple(first[2:].split()) if first.startswith("#!") else ()
    return None


def _targets(facts: Facts, program: str) -> tuple[str, ...]:
    """Where a program may lie: its path, or its name in each directory of PATH."""
    if "/" in program:
        return (join(facts.contract.workdir, program),)
    path = facts.contract.path
    return tuple(join(directory, program) for directory in path.split(":") if directory)


def _fetched(facts: Facts, program: str) -> bool:
    """Whether a RUN or an ADD downloads it, or unpacks what has it."""
    targets = _targets(facts, program)
    return any(
        written.path in targets
        for written in facts.footprint.written
        if written.origin == "url" or written.source in ("Downloads", "CopiesFile", "Writes")
    )


def _needs(facts: Facts, dependencies: Iterable[Dependency], own: frozenset[str]) -> Iterator[str]:
    for where, needs in dependencies:
        if needs.optional or needs.command:
            continue
        if needs.unknown:
            yield f"{where} {needs.name} starts programs that are not known here ({needs.why})"
        for program in needs.programs:
            if program not in own and program in programs(facts.base):
                yield f"{where} {needs.name} starts {program}, which comes with the base image"
            elif program in own and (reason := through_shell(facts, program)):
                yield f"{where} {needs.name} {reason}"
