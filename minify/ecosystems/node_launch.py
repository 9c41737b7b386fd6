"""Launchers in JavaScript: which programs they may start, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from minify.analysis.facts import Facts
from minify.analysis.launch import Shelled
from minify.analysis.placements import Placement
from minify.analysis.scopes import join
from minify.ecosystems.launcher import Command, Style, carried_commands
from minify.plan import Refusal

if TYPE_CHECKING:
    from minify.ecosystems.node import Started
    from minify.launcher import Program
    from minify.launcher.starts import Start

_OLDEST = 14
Resolve = Callable[[tuple[str, ...]], "Started | Refusal"]
"""What a command line of the package manager or of a package comes to."""


def style(facts: Facts, node: str, placed: Sequence[Placement], resolve: Resolve, carried: Sequence[str]) -> Style:
    """How launchers are written for a Node image; `carried` are the system packages that the image keeps."""
    from minify.launcher import node_source

    names = carried_commands(facts, carried)

    def provides(name: str) -> bool:
        return name in names or name in ("node", "nodejs")

    def found(start: Start, shelled: Shelled) -> Command | str | None:
        return _resolve(facts, placed, start, shelled, resolve, provides)

    def obstacle(program: Program) -> str | None:
        major = (facts.base.version or "").split(".")[0] if facts.base is not None else ""
        if major.isdigit() and int(major) < _OLDEST:
            return f"a launcher needs Node {_OLDEST}, and this is {major}"
        return f"{program.python_only[0].reason}: Node has nothing for it" if program.python_only else None

    return Style(
        interpreter=(node,),
        # A package.json beside it may make a module of another kind of .js
        suffix=".cjs",
        write=node_source,
        obstacle=obstacle,
        inline=lambda program: None,
        resolve=found,
        provides=provides,
    )


def _resolve(
    facts: Facts,
    placed: Sequence[Placement],
    start: Start,
    shelled: Shelled,
    resolve: Resolve,
    provides: Callable[[str], bool],
) -> Command | str | None:
    from minify.launcher.starts import moves

    word = start.words[0]
    assert word is not None
    known = next((n for n, one in enumerate(start.words) if one is None), len(start.words))
    words = tuple(one for one in start.words[:known] if one is not None)
    elsewhere = any(one != facts.contract.workdir for one in moves(shelled.program))
    name = word.rpartition("/")[2]
    if name in ("node", "nodejs"):
        script = next((one for one in words[1:] if not one.startswith("-")), "")
        if elsewhere and not script.startswith("/"):
            return f"{' '.join(start.shown)}: which directory that is in is not known"
        return None
    if "/" not in word and provides(word):
        return None
    if elsewhere:
        return f"{' '.join(start.shown)}: which directory that is in is not known"
    if "/" in word:
        source = next((one.source for one in placed if one.target == join(facts.contract.workdir, word)), None)
        data = facts.context.read(source) if source is not None else None
        if data is not None and data.startswith(b"\x7fELF"):
            return None
        first = (data or b"").partition(b"\n")[0].decode("utf-8", "replace").split()
        if first and first[0].startswith("#!") and first[-1].rpartition("/")[2] == "node" and len(first) <= 2:
            return Command(("node", word), 1)
    seen = resolve(words)
    if isinstance(seen, Refusal):
        return seen.reason
    return Command(seen.argv, known, seen.env)
