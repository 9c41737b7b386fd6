"""pip's download cache, never kept."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.edit import Edit, Fix, Safety
from minify.rewrite.passes.places import plain_runs
from minify.shell.effects import InstallsLibraries
from minify.syntax import Span

CODE = "pip-no-cache"


def fixes(facts: Facts) -> Iterator[Fix]:
    """`pip install x` gains `--no-cache-dir`, unless a variable turns the cache off already."""
    for run in plain_runs(facts):
        values = run.placed.scope.values
        if values.get("PIP_NO_CACHE_DIR") or values.get("PIP_CACHE_DIR"):
            continue
        for effect in run.effects:
            if not isinstance(effect, InstallsLibraries) or effect.tool != "pip" or not effect.cache:
                continue
            words = [w.static for w in effect.command.argv]
            if (
                "install" not in words
                or "--no-cache-dir" in words
                or not any(w and "pip" in w for w in words[: words.index("install")])
            ):
                continue
            install = effect.command.argv[words.index("install")]
            yield Fix(
                code=CODE,
                edits=(Edit(Span(install.span.end, install.span.end), " --no-cache-dir"),),
                safety=Safety.INFERRED,
                reason="downloaded packages are of no use in the image",
            )
