"""apk's package index, never kept."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.edit import Edit, Fix, Safety
from minify.rewrite.passes.places import plain_runs
from minify.shell.effects import CleansIndex, InstallsPackages
from minify.syntax import Span

CODE = "apk-no-cache"


def fixes(facts: Facts) -> Iterator[Fix]:
    """`apk add x` gains `--no-cache`: the index is fetched for the command and not stored."""
    for run in plain_runs(facts):
        if any(isinstance(e, CleansIndex) and e.manager == "apk" for e in run.effects):
            continue
        for effect in run.effects:
            if not isinstance(effect, InstallsPackages) or effect.manager != "apk":
                continue
            words = [w.static for w in effect.command.argv]
            if "--no-cache" in words or any(w and w.startswith("--cache") for w in words) or "add" not in words:
                continue
            add = effect.command.argv[words.index("add")]
            yield Fix(
                code=CODE,
                edits=(Edit(Span(add.span.end, add.span.end), " --no-cache"),),
                safety=Safety.INFERRED,
                reason="the package index is of no use in the image",
            )
