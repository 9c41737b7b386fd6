"""The files of the build context that reach the final stage."""

from __future__ import annotations

from collections.abc import Sequence

from minify.analysis.facts import Facts
from minify.analysis.scopes import Placed
from minify.syntax import Add, Copy, process_word


def context_files(facts: Facts, instructions: Sequence[Placed] | None = None) -> tuple[str, ...]:
    """The context's files that a stage copies from it (the final one, unless its instructions are given), sorted, each once."""
    found: dict[str, None] = {}
    for placed in facts.placed if instructions is None else instructions:
        instruction = placed.instruction
        if not isinstance(instruction, Copy | Add) or instruction.flag("from"):
            continue
        for written in instruction.sources:
            if written.startswith("<<") or "://" in written:
                continue
            source = process_word(written, placed.scope.values)
            if not source.unresolved:
                found.update(dict.fromkeys(facts.context.expand(source.text)))
    return tuple(sorted(found))
