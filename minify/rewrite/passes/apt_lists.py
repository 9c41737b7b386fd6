"""apt's package lists, removed in the layer that fetched them."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.edit import Edit, Fix, Safety
from minify.rewrite.passes.places import appended, plain_runs, steady
from minify.shell.effects import CleansIndex, InstallsPackages, RefreshesIndex
from minify.syntax import Span

CODE = "apt-lists"


def fixes(facts: Facts) -> Iterator[Fix]:
    """`apt-get update && apt-get install x` gains `&& rm -rf /var/lib/apt/lists/*`, where no later RUN installs without an update."""
    runs = list(plain_runs(facts))
    for run in runs:
        kinds = [e for e in run.effects if getattr(e, "manager", None) == "apt"]
        refreshes = [e for e in kinds if isinstance(e, RefreshesIndex)]
        installs = [e for e in kinds if isinstance(e, InstallsPackages)]
        if not refreshes or not installs or any(isinstance(e, CleansIndex) and _lists(e) for e in kinds):
            continue
        if not steady(installs[-1].command) or _needed_later(facts, run.placed.instruction.span.start):
            continue
        end = installs[-1].command.span.end
        yield Fix(
            code=CODE,
            edits=(Edit(Span(end, end), appended(run, installs[-1].command, "rm -rf /var/lib/apt/lists/*")),),
            safety=Safety.INFERRED,
            reason="the package lists are of no use in the image; a later layer could not take them out of this one",
        )


def _lists(effect: CleansIndex) -> bool:
    # apt-get clean only removes downloaded packages; dist-clean (apt >= 2.9) removes the lists too
    words = [word.static for word in effect.command.argv]
    return effect.command.name == "rm" or "dist-clean" in words or "distclean" in words


def _needed_later(facts: Facts, start: int) -> bool:
    """Whether a later RUN installs from the lists that this one fetched."""
    for run in facts.footprint.runs:
        if run.placed.instruction.span.start <= start:
            continue
        refreshed = False
        for effect in run.effects:
            if isinstance(effect, RefreshesIndex) and effect.manager == "apt":
                refreshed = True
            if isinstance(effect, InstallsPackages) and effect.manager == "apt" and not refreshed:
                return True
        if run.script.opaque and "apt" in run.placed.instruction.text:
            return True
    return False
