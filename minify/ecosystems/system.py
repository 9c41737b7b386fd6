"""System packages that the file installs: which ones the application needs at run time, by what they are for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.launch import health_command
from minify.ecosystems.health import asked
from minify.image import packages
from minify.image.catalog import BaseImage
from minify.image.programs import script, shelled
from minify.plan import Decision, Outcome, Refusal, refuse
from minify.shell.effects import InstallsPackages

PROVIDED = {
    "ca-certificates": "ca-certificates",
    "ca-certificates-bundle": "ca-certificates",
    "tzdata": "tzdata",
    "netbase": "netbase",
    "fontconfig": "fontconfig",
    "fontconfig-config": "fontconfig",
    "libfontconfig1": "fontconfig",
    "libfreetype6": "fontconfig",
    "freetype": "fontconfig",
    "fonts-dejavu": "fonts-dejavu",
    "fonts-dejavu-core": "fonts-dejavu",
    "fonts-dejavu-extra": "fonts-dejavu",
    "ttf-dejavu": "fonts-dejavu",
    "font-dejavu": "fonts-dejavu",
    "dejavu-sans-fonts": "fonts-dejavu",
    **dict.fromkeys(
        ("icu-libs", "icu-data-full", "libicu-dev", *(f"libicu{n}" for n in (63, 66, 67, 70, 72, 74, 76, 78))), "icu"
    ),
}
"""Packages whose files the final base may have itself, by the name that the catalog's `has` gives them."""

MAKERS = {"locales": "/usr/lib/locale"}
"""Packages that only make files, by where those are: they come along as what a command wrote."""

_PROGRAMS = ("vcs", "archive-tool")
"""Roles that as a rule only builds need, of programs that an application may start all the same."""


class Calls(NamedTuple):
    """The programs that an application starts: their names, and the places where a name is not known."""

    programs: frozenset[str]
    unknown: tuple[str, ...]


class SystemPackages(NamedTuple):
    """The packages to take whole, why the others stay behind, and what could not be decided."""

    carried: tuple[str, ...]
    decisions: tuple[Decision, ...]
    refusals: tuple[Refusal, ...]
    headers: bool = False
    """Whether headers are among what stays behind: something may have been built against them."""


def system_packages(
    facts: Facts,
    calls: Calls,
    final: BaseImage,
    *,
    linked: bool = True,
    loads_by_name: bool = True,
    ignore: Sequence[str] = (),
    named: Sequence[str] = (),
) -> SystemPackages:
    """Sort the installed packages into taken and left.

    `linked`: shared libraries that something links are gathered by the loader anyway, so that -dev packages may go;
    `loads_by_name`: the language loads some behind the loader's back, so that installed libraries are taken whole;
    `named`: libraries that the application loads so, where it is known.
    """
    carried: list[str] = []
    decisions: list[Decision] = []
    refusals: list[Refusal] = []
    headers = False
    removed = facts.footprint.removed_packages()
    # A health check starts a program in the container too
    check = facts.contract.healthcheck
    health = health_command(check, []) if check and asked(facts) is None else ()
    calls = calls._replace(programs=calls.programs.union(word.rsplit("/", 1)[-1] for word in health[:1]))
    # The init process is taken by its file
    ignore = (*ignore, *(word.rsplit("/", 1)[-1] for word in facts.launch.init[:1]))
    for install in facts.footprint.installs:
        line = facts.dockerfile.source.line(install.command.span.start)
        for package in install.packages:
            if package.name == facts.launch.changer:
                reason = f"USER {facts.launch.user} says the same"
                where = facts.dockerfile.source.line(package.span.start)
                decisions.append(Decision(subject=package.name, outcome=Outcome.DROPPED, reason=reason, line=where))
                continue
            if package.name in removed or (package.virtual and package.virtual in removed):
                continue
            where = facts.dockerfile.source.line(package.span.start)
            distro = facts.base.distro if facts.base else None
            made = MAKERS.get(package.name)
            if made and any(w.path == made for w in facts.footprint.written):
                reason = f"what it makes is taken by itself: {made}"
                decisions.append(Decision(subject=package.name, outcome=Outcome.DROPPED, reason=reason, line=where))
                continue
            behind = _behind_headers(install.manager, package.name, distro, named) if linked and loads_by_name else ()
            if behind:
                carried += behind
                reason = (
                    f"headers of what is loaded by name, or loads by name itself: {', '.join(behind)} is taken whole"
                )
                decisions.append(Decision(subject=package.name, outcome=Outcome.REPLACED, reason=reason, line=where))
                continue
            verdict = _verdict(install, package.name, calls, final, linked, loads_by_name, ignore, distro)
            if isinstance(verdict, Decision):
                known = packages.role(install.manager, package.name, distro)
                headers |= known is not None and known.final == "replace" and package.name not in PROVIDED
                decisions.append(
                    Decision(subject=verdict.subject, outcome=verdict.outcome, reason=verdict.reason, line=where)
                )
            elif isinstance(verdict, str):
                refusals.append(refuse(verdict, where))
            elif "/" in package.name or package.name.startswith("@") or "://" in package.name:
                refusals.append(
                    refuse(
                        f"what {package.name} installs is not known",
                        line,
                        programs=_calls(install.manager, package.name, distro, calls),
                    )
                )
            else:
                carried.append(package.name)
                decisions += _checks(install.manager, package.name, distro, calls, where)
                decisions.append(
                    Decision(
                        subject=package.name,
                        outcome=Outcome.KEPT,
                        reason="may be needed at run time: taken whole, with what it depends on",
                        line=where,
                    )
                )
    return SystemPackages(tuple(dict.fromkeys(carried)), tuple(decisions), tuple(refusals), headers)


def _verdict(
    install: InstallsPackages,
    name: str,
    calls: Calls,
    final: BaseImage,
    linked: bool,
    loads_by_name: bool,
    ignore: Sequence[str],
    distro: str | None,
) -> Decision | str | None:
    """A Decision to leave it, a reason that stops the rung, or None: take it."""

    def left(reason: str) -> Decision:
        return Decision(subject=name, outcome=Outcome.DROPPED, reason=reason)

    if name in ignore:
        return left("its program is taken by itself")
    if name in PROVIDED and PROVIDED[name] in final.has:
        return left(f"{final.reference} has its files")
    known = packages.role(install.manager, name, distro)
    if known is None:
        return _script(install, (name,), name) if name in calls.programs else None
    commands = known.commands or (name,)
    called = sorted(calls.programs.intersection((*commands, name)))
    if known.final == "libraries" and linked and not (loads_by_name or called or calls.unknown):
        return left("the shared libraries that are linked are gathered; nothing calls its program")
    if called:
        return _script(install, called, name)
    if known.final in ("drop", "maybe") or known.role == "language-runtime":
        if calls.unknown and (known.final != "drop" or known.role in _PROGRAMS):
            return f"{name} may be one of the programs started at {calls.unknown[0]}"
        return left(f"{known.role.replace('-', ' ')}: nothing calls it at run time")
    if known.final == "replace" and linked:
        runtime = ", ".join(known.runtime)
        return left(f"headers; the shared libraries that are linked are gathered{f' ({runtime})' if runtime else ''}")
    if known.role == "runtime-program" and (reason := _script(install, (name,), name)):
        return reason
    if known.role == "runtime-library" and linked and not loads_by_name:
        return left("the shared libraries that are linked are gathered")
    return None


def _behind_headers(manager: str, name: str, distro: str | None, named: Sequence[str]) -> tuple[str, ...]:
    """The libraries of a -dev package that no loader tells all of: they read tables, load plugins, or are loaded by name.

    `libgdal-dev` is libgdal36 with its tables for one who loads GDAL by name.
    """
    known = packages.role(manager, name, distro)
    if known is None or known.final != "replace" or manager not in ("apt", "apt-get") or not known.runtime:
        return ()
    if not all(
        one.startswith("lib") and not one.startswith(("libpython", "libperl", "libruby")) for one in known.runtime
    ):
        return ()
    # "MagickWand-6.Q16" and "geos_c" are of libmagickwand-dev and libgeos-dev; "c" and "z" of every image
    stems = (re.split("[-_.]", library.casefold().removeprefix("lib"))[0] for library in named)
    asked = any(len(stem) > 1 and re.match(rf"lib{re.escape(stem)}(?![a-z])", name) for stem in stems)
    return known.runtime if asked else ()


def _calls(manager: str, name: str, distro: str | None, calls: Calls) -> bool:
    """Whether the application starts a program of a package, or may."""
    known = packages.role(manager, name, distro)
    programs = (name, *(known.commands if known is not None else ()))
    return bool(calls.unknown) or not calls.programs.isdisjoint(programs)


def _script(install: InstallsPackages, programs: Sequence[str], name: str) -> str | None:
    """A reason that stops the rung where one of the programs is a script whose reader does not come along."""
    for program in programs:
        # What is written in Perl brings it along where a package manager other than Debian's says so
        if (reader := script(program)) and (install.manager == "apt" or reader == "sh"):
            return f"{program} of {name} is a script, and {reader} is left out"
    return None


def _checks(manager: str, name: str, distro: str | None, calls: Calls, line: int) -> Iterator[Decision]:
    """What a program that comes along does by a shell, where nothing shows that it is asked for it."""
    known = packages.role(manager, name, distro)
    for program in (known.commands or (name,)) if known is not None else (name,):
        row = shelled(program) if program in calls.programs else None
        if row is not None and row.may:
            reason = f"starts a shell for {row.may}, and the final image has none: try what the application asks of it"
            yield Decision(subject=program, outcome=Outcome.CHECK, reason=reason, line=line)
