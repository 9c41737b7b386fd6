"""Programs that an application starts and that a final image without a system would lack: each stops it, with its place.

What the file installs is not looked at here: `system_packages` takes it along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.scopes import join
from minify.context.needs import Needs
from minify.context.places import Called
from minify.ecosystems.data_files import placements
from minify.ecosystems.gate import LAUNCHERS, SHELLS
from minify.image import packages
from minify.image.programs import programs
from minify.plan import Refusal, Rung

# Nothing is there when the container starts: whoever starts it has made it before
_MADE: Final = ("/tmp/", "/var/tmp/", "/dev/shm/", "/run/", "/var/run/")


class Dependency(NamedTuple):
    """A package that the application asks for: where, and what its row of the needs table says."""

    where: str
    needs: Needs


def lacking(
    facts: Facts, called: Sequence[Called], dependencies: Iterable[Dependency], provided: Iterable[str]
) -> Iterator[Refusal]:
    """Every reason, each once, in the order of the sources; `provided` are programs that the final image has for certain."""
    for reason in dict.fromkeys((*_calls(facts, called, frozenset(provided)), *_needs(facts, dependencies, provided))):
        yield Refusal(rung=Rung.DISTROLESS, reason=reason)


def installed_programs(facts: Facts) -> frozenset[str]:
    """The programs of the packages that the file installs: whether they come along is decided package by package."""
    found = (
        packages.role(install.manager, package.name, facts.base.distro if facts.base else None)
        for install in facts.footprint.installs
        for package in install.packages
    )
    named = frozenset(package.name for install in facts.footprint.installs for package in install.packages)
    return named.union(*(known.commands for known in found if known is not None))


def _calls(facts: Facts, called: Sequence[Called], provided: frozenset[str]) -> Iterator[str]:
    for one in called:
        if not one.in_tests and (reason := _reason(facts, one, provided)):
            yield f"{one.path}:{one.line} {reason}"


def _reason(facts: Facts, called: Called, provided: frozenset[str]) -> str:
    if called.shell:
        return "starts a shell"
    if called.program is None:
        return "starts a program whose name is not known"
    program = called.program
    name = program.rsplit("/", 1)[-1]
    if name in SHELLS:
        return f"starts {program}"
    if "/" in program:
        if program.startswith(_MADE):
            return f"starts {program}, which is made at run time"
        script = _interpreter(facts, program)
        if script is not None:
            shell = next((word for word in script[:2] if word.rsplit("/", 1)[-1] in SHELLS), None)
            return f"starts {program}, which {shell} reads" if shell else ""
    if name not in provided and (name in LAUNCHERS or name in programs(facts.base)):
        return f"starts {program}, which comes with the base image"
    return ""


def _interpreter(facts: Facts, program: str) -> tuple[str, ...] | None:
    """The words after `#!` of a file of the context that is started by its path; None when it is none of them.

    Where it is started from is not always known: then whichever file ends alike is meant.
    """
    target = join(facts.contract.workdir, program)
    ending = "/" + program.lstrip("./")
    found = placements(facts)
    for placement in (*(p for p in found if p.target == target), *(p for p in found if p.target.endswith(ending))):
        first = (facts.context.read(placement.source) or b"")[:256].partition(b"\n")[0].decode("utf-8", "replace")
        return tuple(first[2:].split()) if first.startswith("#!") else ()
    return None


def _needs(facts: Facts, dependencies: Iterable[Dependency], provided: Iterable[str]) -> Iterator[str]:
    own = frozenset(provided)
    for where, needs in dependencies:
        if needs.optional or needs.command:
            continue
        if needs.unknown:
            yield f"{where} {needs.name} starts programs that are not known here ({needs.why})"
        for program in needs.programs:
            if program not in own and program in programs(facts.base):
                yield f"{where} {needs.name} starts {program}, which comes with the base image"
