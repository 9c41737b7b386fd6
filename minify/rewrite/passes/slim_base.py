"""The slimmer variant of the base image's own release, where what it lacks is known not to be used."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.edit import Edit, Fix, Safety
from minify.image import alternatives
from minify.rewrite.replace_base import built_on
from minify.shell.effects import (
    Builds,
    ChangesMode,
    ChangesNothing,
    ChangesOwner,
    CleansIndex,
    CopiesFile,
    InstallsPackages,
    MakesGroup,
    MakesUser,
    RefreshesIndex,
    Removes,
    Writes,
)

CODE = "slim-base"

_HARMLESS = (
    ChangesNothing,
    ChangesMode,
    ChangesOwner,
    CleansIndex,
    CopiesFile,
    InstallsPackages,
    MakesGroup,
    MakesUser,
    RefreshesIndex,
    Removes,
    Writes,
)


_MANUALS_WANTED = ("debian8", "debian9", "debian10")
"""Releases in which some packages (openjdk, postgresql-client) fail to install where manuals are left out.
https://bugs.debian.org/863199"""


def fixes(facts: Facts) -> Iterator[Fix]:
    """`FROM debian:12` becomes `FROM debian:12-slim`: applied when every command is understood, shown when some are not."""
    node = facts.lineage[0]
    if facts.base is None or node.unresolved or node.stage.from_.image != node.written:
        return
    slimmer = alternatives.slim_variant(facts.base)
    if slimmer is None:
        yield from _lighter(facts)
    if slimmer is None or node.written in (slimmer, facts.mirror.map(slimmer)):
        return
    lost = alternatives.lost(facts.base, slimmer)
    used = [program for program in _programs(facts) if program in lost]
    safe = any(other.reference == slimmer and other.safe for other in alternatives.alternatives(facts.base))
    if facts.base.distro in _MANUALS_WANTED and facts.footprint.installs:
        safe = False
    # Where the catalog says that nothing is lost, what starts does not matter; else every command must be known not to need it
    understood = safe or (
        not used
        and not facts.launch.needs_shell
        and not facts.launch.shelled
        and all(isinstance(effect, _HARMLESS) for _, effect in facts.footprint.effects())
        and (facts.contract.cmd is not None or facts.contract.entrypoint is not None)
        and facts.launch.argv[0].rsplit("/", 1)[-1] not in lost
        and facts.context.known
        and not facts.footprint.written
        and not facts.contract.onbuild
        and not built_on(facts)
        and not facts.later.used
    )
    yield Fix(
        code=CODE,
        edits=(Edit(node.stage.from_.image_span, facts.mirror.map(slimmer)),),
        safety=Safety.INFERRED if understood else Safety.DISPLAY,
        reason=f"{slimmer} is the same release without what only builds or documents"
        + (f"; it lacks {', '.join(lost[:6])}{' …' if len(lost) > 6 else ''}" if lost else ""),
    )


def _lighter(facts: Facts) -> Iterator[Fix]:
    """The next step of a ladder of variants, `devel` to `runtime`: shown, since what libraries load by name is not known."""
    node = facts.lineage[0]
    assert facts.base is not None
    step = alternatives.lighter_variant(facts.base)
    # What compiles needs all of it, and a RUN that is not understood may
    compiles = any(isinstance(effect, Builds) for _, effect in facts.footprint.effects())
    if step is None or compiles or facts.footprint.unknown or built_on(facts) or facts.later.used:
        return
    yield Fix(
        code=CODE,
        edits=(Edit(node.stage.from_.image_span, facts.mirror.map(step.reference)),),
        safety=Safety.DISPLAY,
        reason=f"{step.reference} is {step.why}; {step.constraint}",
    )


def _programs(facts: Facts) -> Iterator[str]:
    """Every program that the file's RUNs and its start command name."""
    for run in facts.footprint.runs:
        for command in run.script.commands:
            if command.name:
                yield command.name
    yield from facts.launch.argv[:1]
