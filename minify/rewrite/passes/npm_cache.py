"""npm's download cache, removed in the layer that filled it."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.edit import Edit, Fix, Safety
from minify.rewrite.passes.places import appended, plain_runs, steady
from minify.shell.effects import InstallsLibraries
from minify.syntax import Span

CODE = "npm-cache"


def fixes(facts: Facts) -> Iterator[Fix]:
    """`npm ci` gains `&& npm cache clean --force`."""
    for run in plain_runs(facts):
        installs = [
            e
            for e in run.effects
            if isinstance(e, InstallsLibraries) and e.tool == "npm" and e.cache and e.command.name == "npm"
        ]
        text = run.placed.instruction.text
        if not installs or "cache clean" in text or ".npm" in text or not steady(installs[-1].command):
            continue
        end = installs[-1].command.span.end
        yield Fix(
            code=CODE,
            edits=(Edit(Span(end, end), appended(run, installs[-1].command, "npm cache clean --force")),),
            safety=Safety.INFERRED,
            reason="downloaded packages are of no use in the image",
        )
