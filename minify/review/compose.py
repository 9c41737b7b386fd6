"""The file that the accepted changes give: checked as any other output is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from minify.diff import Patch
from minify.edit import Safety
from minify.review.changes import Change, open_to
from minify.rewrite.apply import apply_fixes
from minify.syntax import Source


class Composed(NamedTuple):
    """The text, the keys of the changes that are in it, and of accepted ones that are not: what they touch is taken."""

    patch: Patch
    taken: tuple[str, ...]
    left: tuple[str, ...]


def compose(source: Source, changes: Sequence[Change], accepted: Collection[str]) -> Composed:
    """Apply exactly the accepted changes, in their order; a result that does not parse is raised, never returned."""
    taken: list[Change] = []
    left: list[str] = []
    for change in changes:
        if change.key not in accepted:
            continue
        if open_to(change, [other.key for other in taken]):
            taken.append(change)
        else:
            left.append(change.key)
    text, applied, skipped = apply_fixes(source, [change.fix for change in taken], Safety.DISPLAY)
    written = {id(item.fix) for item in applied}
    left += [change.key for change in taken if id(change.fix) not in written] if skipped else []
    keys = tuple(change.key for change in taken if id(change.fix) in written)
    return Composed(Patch(source, text), keys, tuple(left))
