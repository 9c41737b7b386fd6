"""dnf's and yum's caches, removed in the layer that filled them."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.edit import Edit, Fix, Safety
from minify.rewrite.passes.places import appended, plain_runs, steady
from minify.shell.effects import CleansIndex, InstallsPackages
from minify.syntax import Span

CODE = "rpm-cache"

_CLEAN = {
    "dnf": "dnf clean all",
    "yum": "yum clean all",
    "microdnf": "microdnf clean all",
    "tdnf": "tdnf clean all",
    "zypper": "zypper clean --all",
}


def fixes(facts: Facts) -> Iterator[Fix]:
    """`dnf install x` gains `&& dnf clean all`."""
    for run in plain_runs(facts):
        installs = [e for e in run.effects if isinstance(e, InstallsPackages) and e.manager in _CLEAN]
        if not installs or any(isinstance(e, CleansIndex) for e in run.effects) or not steady(installs[-1].command):
            continue
        last = installs[-1]
        end = last.command.span.end
        yield Fix(
            code=CODE,
            edits=(Edit(Span(end, end), appended(run, last.command, _CLEAN[last.manager])),),
            safety=Safety.INFERRED,
            reason="downloaded packages and metadata are of no use in the image",
        )
