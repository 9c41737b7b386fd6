"""Paths and programs that the final image takes along because somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.plan import Decision, Outcome, Runtime, Tree
from minify.shell.effects import InstallsPackages


class Asked(NamedTuple):
    """`curl`, `/data`: who asks for it, and where."""

    name: str
    reason: str
    line: int | None = None


def with_asked(facts: Facts, runtime: Runtime, asked: Iterable[Asked]) -> Runtime:
    """The runtime with what is asked for; a path may not exist, so it is taken if it is there.

    A package that the file installs comes whole; another name is a program, which comes with its shared libraries.
    """
    installed = set(_installed(facts))
    trees: list[Tree] = []
    packages: list[str] = []
    programs: list[str] = []
    decisions: list[Decision] = []
    for name, reason, line in asked:
        if name.startswith("/"):
            have = [tree.path for tree in (*runtime.trees, *trees)]
            if not any(under(name, tree) for tree in have):
                trees.append(Tree(path=name, reason=reason, certain=False))
            continue
        (packages if name in installed else programs).append(name)
        decisions.append(Decision(subject=name, outcome=Outcome.KEPT, reason=reason, line=line))
    if not trees and not decisions:
        return runtime
    names = {decision.subject for decision in decisions}
    found = runtime._replace(
        trees=(*runtime.trees, *trees),
        packages=tuple(dict.fromkeys((*runtime.packages, *packages))),
        programs=tuple(dict.fromkeys((*runtime.programs, *programs))),
        decisions=(*(d for d in runtime.decisions if d.subject not in names), *decisions),
    )
    if not decisions or found.brings_libc:
        return found
    # A program loads libraries, whatever the application itself does
    lacks_libc = not runtime.base.libc
    return found._replace(brings_libc=lacks_libc, libraries_lacking=not lacks_libc)


def _installed(facts: Facts) -> Iterator[str]:
    for _, effect in facts.footprint.effects():
        if isinstance(effect, InstallsPackages):
            yield from (package.name for package in effect.packages)
