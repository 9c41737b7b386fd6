"""Build arguments whose defaults a plan rests on: they choose the base image, or the paths that the final stage copies."""

from __future__ import annotations

import re
from typing import NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.scopes import Placed
from minify.syntax import Add, Arg, Copy, Env, Label, Workdir


class Chooses(NamedTuple):
    """What a build argument chooses, by its default, and where it stands."""

    what: str
    default: str
    line: int


def variables(text: str) -> set[str]:
    """The variables that a text reads.

    >>> sorted(variables("$A/${B:-c}"))
    ['A', 'B']
    """
    return {a or b for a, b in re.findall(r"\$(?:\{(\w+)|(\w+))", text)}


def choosing(facts: Facts) -> dict[str, Chooses]:
    """The ARGs with a default that choose the base image, or where WORKDIR, COPY and ADD of its stages put something."""
    found: dict[str, Chooses] = {}
    for placed in facts.placed:
        instruction = placed.instruction
        if isinstance(instruction, Workdir):
            found |= arguments(facts, placed, instruction.path)
        elif isinstance(instruction, Copy | Add):
            found |= arguments(facts, placed, instruction.dest)
    read = variables(facts.lineage[0].stage.from_.image)
    for arg in facts.dockerfile.global_args:
        for name in arg.names:
            if name.name in read and name.default is not None:
                found[name.name] = Chooses("the base image", name.default.strip("\"'"), arg.line)
    return found


def arguments(facts: Facts, at: Placed, text: str) -> dict[str, Chooses]:
    """The ARGs with a default that a text of an instruction hangs on, by itself or by an ENV."""
    if not variables(text):
        return {}
    outside = {n.name: n.default for arg in facts.dockerfile.global_args for n in arg.names}
    read: dict[str, dict[str, Chooses]] = {}
    for placed in facts.placed:
        instruction = placed.instruction
        if placed is at:
            break
        if isinstance(instruction, Arg):
            for name in instruction.names:
                default = name.default if name.default is not None else outside.get(name.name)
                if default is not None:
                    read[name.name] = {name.name: Chooses("a path", default.strip("\"'"), instruction.line)}
        elif isinstance(instruction, Env) and not isinstance(instruction, Label):
            for pair in instruction.pairs:
                read[pair.name] = {k: v for n in variables(pair.value) for k, v in read.get(n, {}).items()}
    return {k: v for name in variables(text) for k, v in read.get(name, {}).items()}
