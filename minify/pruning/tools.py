"""The system packages that go: what the base image brings or the file installs by name, by what each is for and who calls it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from minify.analysis.facts import Facts
from minify.image.packages import role
from minify.image.pruning import brought, parts, prunable, together
from minify.plan import Decision, Outcome
from minify.pruning.texts import Mention
from minify.pruning.unread import Unread

_MAKERS = ("compiler", "dev-package")


class Candidate(NamedTuple):
    """A package that may go: what it is for, the programs that it is called by, and its line where the file installs it."""

    name: str
    role: str
    commands: tuple[str, ...]
    line: int | None


class Tools(NamedTuple):
    """What goes (patterns of names for the package manager), what was decided, and whether headers and compilers are there to go."""

    going: tuple[str, ...]
    roles: tuple[str, ...]
    decisions: tuple[Decision, ...]
    headers: bool


def candidates(facts: Facts, manager: str) -> tuple[Candidate, ...]:
    """The packages that may go, those of the base image first, each once."""
    found: dict[str, Candidate] = {}
    for name, line in _present(facts):
        known = prunable(manager, name, facts.base.distro if facts.base else None)
        if known is not None:
            found[name] = Candidate(name, known.role, known.commands or (name,), line)
    asked = {package.name for install in facts.footprint.installs for package in install.packages}
    for name in tuple(found):
        interpreter = brought(manager, name)
        if interpreter and interpreter not in asked and found[name].line is None:
            found[interpreter] = Candidate(interpreter, "interpreter", (interpreter,), None)
    return tuple(found.values())


def _present(facts: Facts) -> Iterator[tuple[str, int | None]]:
    base = facts.base
    for name in base.has if base is not None else ():
        yield name, None
    removed = facts.footprint.removed_packages()
    for install in facts.footprint.installs:
        for package in install.packages:
            if package.name not in removed and (package.virtual is None or package.virtual not in removed):
                yield package.name.partition(":")[0], facts.dockerfile.source.line(package.span.start)


def sort_out(
    facts: Facts, manager: str, found: tuple[Candidate, ...], named: Mapping[str, Mention], missing: Unread | None
) -> Tools:
    """Which of the candidates go: nothing names their programs, and every text that runs is known."""
    staying: dict[str, str] = {}
    for candidate in found:
        reason = _stays(candidate, named, missing)
        if reason is not None:
            staying[candidate.name] = reason
    roles = {c.name: c.role for c in found}
    compilers = [name for name in staying if roles[name] == "compiler"]
    for candidate in found:
        if candidate.name in staying:
            continue
        if candidate.role == "compiler" and compilers:
            staying[candidate.name] = f"{compilers[0]} stays, and may call it"
        elif candidate.name.startswith("openssh") and (
            over := [n for n in staying if roles[n] == "vcs" or n == "rsync"]
        ):
            staying[candidate.name] = f"{over[0]} stays, and calls it"
    for candidate in found:
        tool = next((n for n in staying if brought(manager, n) == candidate.name), None)
        if candidate.role == "interpreter" and candidate.name not in staying and tool is not None:
            staying[candidate.name] = f"{tool} stays, and is written in it"
    going = [c for c in found if c.name not in staying]
    kept = {c.name for c in found} & set(staying)
    # rpm takes one package at a time: what depends on others comes before them
    in_order = sorted(going, key=lambda candidate: -len(together(manager, candidate.name)))
    patterns = dict.fromkeys(candidate.name for candidate in in_order)
    for candidate in in_order:
        patterns.update(dict.fromkeys((*together(manager, candidate.name), *parts(candidate.name))))
    decisions = tuple(_decision(c, staying.get(c.name)) for c in found if c.line is not None or c.name in staying)
    return Tools(
        going=tuple(p for p in patterns if p not in kept),
        roles=tuple(dict.fromkeys(c.role for c in going)),
        decisions=decisions,
        headers=_headers(facts, manager) and not compilers,
    )


def _stays(candidate: Candidate, named: Mapping[str, Mention], missing: Unread | None) -> str | None:
    mention = next((named[name] for name in candidate.commands if name in named), None)
    if mention is not None:
        what = "" if mention.program == candidate.name else f" {mention.program}"
        return f"{mention.place} names{what or ' it'}"
    if missing is None or candidate.role == "text-editor":
        return None
    where = f" (line {missing.line})" if missing.line else ""
    return f"something may call it: {missing.reason}{where}"


def _headers(facts: Facts, manager: str) -> bool:
    distro = facts.base.distro if facts.base else None
    known = (role(manager, name, distro) for name, _ in _present(facts))
    return any(one is not None and one.role in _MAKERS for one in known)


def _decision(candidate: Candidate, stays: str | None) -> Decision:
    if stays is not None:
        return Decision(subject=candidate.name, outcome=Outcome.KEPT, reason=f"stays: {stays}", line=candidate.line)
    reason = f"{candidate.role.replace('-', ' ')}: nothing that runs names it"
    return Decision(subject=candidate.name, outcome=Outcome.DROPPED, reason=reason, line=candidate.line)
