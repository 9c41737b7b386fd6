"""Build arguments whose defaults a plan rests on: they choose the base image, or the paths that the final stage copies."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.analysis.scopes import Placed, join
from minify.syntax import Add, Arg, Copy, Env, Label, Workdir, process_word

OF_BASE: Final = "the base image"


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


def choosing(facts: Facts, copied: Collection[str] = ()) -> dict[str, Chooses]:
    """The ARGs with a default that choose the base image, or a path that is copied or the working directory of the image.

    `copied` are the paths that the final stage names. What stands below one of them comes along under any name.
    """
    found: dict[str, Chooses] = {}
    for placed in facts.placed if copied else ():
        instruction = placed.instruction
        if isinstance(instruction, Workdir | Copy | Add):
            written = instruction.path if isinstance(instruction, Workdir) else instruction.dest
            read = arguments(facts, placed, written)
            path = join(placed.scope.workdir, process_word(written, placed.scope.values).text) if read else ""
            if path and any(under(one, path) for one in (*copied, facts.contract.workdir)):
                found |= read
    of_base = variables(facts.lineage[0].stage.from_.image)
    for arg in facts.dockerfile.global_args:
        for name in arg.names:
            if name.name in of_base and name.default is not None:
                found[name.name] = Chooses(OF_BASE, name.default.strip("\"'"), arg.line)
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
