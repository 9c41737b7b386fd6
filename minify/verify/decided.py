"""What the planner decided about the instructions of the contract: the reason for a setting that is another one now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from minify.plan import Decision, Outcome
from minify.verify.verdict import Finding, Verdict

_CHANGES: Final = (Outcome.DROPPED, Outcome.REPLACED, Outcome.ADDED)


class Decided:
    """Decisions, asked by the instruction that they are about."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self._decisions = tuple(d for d in decisions if d.outcome in _CHANGES)

    def reason(self, keyword: str, name: str | None = None, outcomes: Sequence[Outcome] = _CHANGES) -> str | None:
        """Why an instruction, or the variable or label that it sets, is another one now; None when nothing was decided.

        `reason("ENV", "GOPATH")` is of the decision whose subject is `ENV GOPATH` or `ENV GOPATH=/go`.
        """
        for decision in self._decisions:
            said, _, rest = decision.subject.partition(" ")
            about = name is None or rest.partition("=")[0].strip() == name
            if said.upper() == keyword and about and decision.outcome in outcomes:
                return decision.reason
        return None


def judged(what: str, before: str, after: str, reason: str | None, detail: str = "") -> Finding:
    """A setting that is another one: CHANGED for a reason, DIFFERENT without."""
    verdict = Verdict.DIFFERENT if reason is None else Verdict.CHANGED
    return Finding(what=what, verdict=verdict, before=short(before), after=short(after), detail=reason or detail)


def same(what: str, value: str, detail: str = "") -> Finding:
    """A setting that is what it was."""
    return Finding(what=what, verdict=Verdict.SAME, before=short(value), after=short(value), detail=detail)


def short(text: str) -> str:
    """A value as a table's cell can hold it."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return printable if len(printable) <= 80 else printable[:77] + "..."
