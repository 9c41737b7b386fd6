"""Recommended packages that apt adds unasked, left out."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.edit import Edit, Fix, Safety
from minify.image import packages
from minify.rewrite.passes.places import plain_runs
from minify.shell.effects import InstallsPackages
from minify.syntax import Span

CODE = "apt-recommends"


def fixes(facts: Facts) -> Iterator[Fix]:
    """`apt-get install x` gains `--no-install-recommends`, shown only where a package recommends something."""
    for run in plain_runs(facts):
        for effect in run.effects:
            if not isinstance(effect, InstallsPackages) or effect.manager != "apt" or not effect.recommends:
                continue
            install = next((w for w in effect.command.argv if w.static == "install"), None)
            if install is None:
                continue
            leaning = [p.name for p in effect.packages if not packages.recommends_nothing(p.name.partition(":")[0])]
            yield Fix(
                code=CODE,
                edits=(Edit(Span(install.span.end, install.span.end), " --no-install-recommends"),),
                safety=Safety.DISPLAY if leaning else Safety.INFERRED,
                reason="installs what is named and what that depends on, not what the archive recommends beside it"
                + (f"; {', '.join(leaning[:3])} may count on it: try it" if leaning else ""),
            )
