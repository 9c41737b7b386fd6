"""The changes that a person decides on: each stands or falls as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from hashlib import sha256
from itertools import accumulate
from typing import NamedTuple

from minify import api
from minify.diff import Patch, lines_of
from minify.edit import Edit, Fix, Safety
from minify.plan import Decision, Plan, Rung
from minify.planner import CONVERSION, Wish
from minify.rewrite.apply import clash
from minify.syntax import Source, Span

WHOLE = (CONVERSION, "final-base", "pruned")
"""Codes of fixes that the plan's decisions belong to."""


class Change(NamedTuple):
    """One decision: `key` names it as long as file and suggestion stay the same.

    `suggested` ones are what `fix` writes. `instead_of` is the change in whose place this one comes when that is
    rejected; `conflicts` are those that touch the same text.
    """

    key: str
    fix: Fix
    suggested: bool
    decisions: tuple[Decision, ...] = ()
    instead_of: str | None = None
    conflicts: tuple[str, ...] = ()


def changes_of(outcome: api.Outcome, wish: Wish) -> tuple[Change, ...]:
    """What `fix` would write, what it only shows, and what there is in the place of a conversion that is rejected."""
    found = list(_changes(outcome, None))
    first = next((change for change in found if change.suggested), None)
    without: Wish | None = None
    if upgraded(outcome):
        without = wish._replace(upgrade=False)
    elif outcome.plan.rung > Rung.SLIM:
        without = wish._replace(disable=(*wish.disable, CONVERSION))
    if first is not None and without is not None:
        without = without._replace(repairs=(), targets=tuple(one.target for one in outcome.targets))
        other = api.fix_source(outcome.patch.before, outcome.facts.context, without, Safety.INFERRED)
        there = {change.key for change in found}
        found += [change for change in _changes(other, first.key) if change.key not in there]
    return tuple(with_conflicts(found))


def upgraded(outcome: api.Outcome) -> bool:
    """Whether a base was replaced by a newer release first: what else is written was planned for that."""
    return outcome.facts.dockerfile.source.text != outcome.patch.before.text


def fixes_of(outcome: api.Outcome) -> tuple[tuple[Fix, bool], ...]:
    """Every fix for the text as it was, and whether it is written. With a newer base all that is written is one."""
    if not upgraded(outcome):
        return (*((a.fix, True) for a in outcome.applied), *((s.fix, False) for s in outcome.skipped))
    fixes = [applied.fix for applied in outcome.applied]
    whole = Fix(
        code=fixes[-1].code,
        edits=line_edits(outcome.patch),
        safety=min(fix.safety for fix in fixes),
        reason="; ".join(fix.reason for fix in fixes),
    )
    return ((whole, True),)


def line_edits(patch: Patch) -> tuple[Edit, ...]:
    """A patch as edits of the text before, each as small as it can be.

    >>> line_edits(Patch(Source("FROM a\\nRUN b\\n"), Source("FROM a\\nRUN c\\n")))
    (Edit(span=Span(start=11, end=12), content='c'),)
    """
    before, after = lines_of(patch.before.text), lines_of(patch.after.text)
    starts = list(accumulate(map(len, before), initial=0))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return tuple(
        _smallest(patch.before.text, Edit(Span(starts[i1], starts[i2]), "".join(after[j1:j2])))
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    )


def _smallest(text: str, edit: Edit) -> Edit:
    """The edit without what is the same at both ends, so that it touches no more than it changes."""
    old, new = text[edit.span.start : edit.span.end], edit.content
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    rest = shorter - head
    tail = next((i for i in range(rest) if old[-1 - i] != new[-1 - i]), rest)
    return Edit(Span(edit.span.start + head, edit.span.end - tail), new[head : len(new) - tail])


def open_to(change: Change, accepted: Iterable[str]) -> bool:
    """Whether a change can be taken beside those that are accepted."""
    taken = set(accepted)
    return change.instead_of not in taken and not taken.intersection(change.conflicts)


def _changes(outcome: api.Outcome, instead_of: str | None) -> Iterator[Change]:
    for fix, written in fixes_of(outcome):
        plan = _plan(outcome, fix)
        conversion = written and fix.code in WHOLE and (plan.rung > Rung.SLIM or upgraded(outcome))
        yield Change(
            key=key(outcome.patch.before, fix),
            fix=fix,
            suggested=written and instead_of is None,
            decisions=plan.decisions if conversion else (),
            instead_of=instead_of,
        )


def _plan(outcome: api.Outcome, fix: Fix) -> Plan:
    """The plan that a fix is of: a file may build several images."""
    plans = [one.plan for one in outcome.targets if one.plan is not None]
    others = (plan for plan in plans[1:] if fix in plan.fixes and fix not in plans[0].fixes)
    return next(others, outcome.plan)


def with_conflicts(found: Sequence[Change]) -> Iterator[Change]:
    """The changes, each with those that touch the same text."""
    for change in found:
        yield change._replace(
            conflicts=tuple(
                other.key
                for other in found
                if other.key != change.key
                and other.key != change.instead_of
                and other.instead_of != change.key
                and any(clash(mine, theirs) for mine in change.fix.edits for theirs in other.fix.edits)
            )
        )


def key(source: Source, fix: Fix) -> str:
    """`pip-no-cache-4f1a09c2`: the same for the same change of the same file."""
    digest = sha256(source.encode())
    digest.update(repr((fix.code, [_plain(edit) for edit in fix.edits])).encode("utf-8", "surrogateescape"))
    return f"{fix.code}-{digest.hexdigest()[:8]}"


def _plain(edit: Edit) -> tuple[int, int, str]:
    return edit.span.start, edit.span.end, edit.content
