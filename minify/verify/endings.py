"""Programs that end by themselves: exit status and output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from minify.verify.clues import failure
from minify.verify.differences import Compared, Observed, compare, short
from minify.verify.engine import Ended
from minify.verify.interpreters import waits_for_input
from minify.verify.trial import Trial
from minify.verify.verdict import Finding, Section, Verdict

NAME: Final = "behaviour"
HINT: Final = "give what it needs with --env, --run-arg or --cmd, or say with --expect-exit that it is right so"


def section(trial: Trial, old: Ended, new: Ended) -> Section:
    """Compare how two containers ended."""

    @cache
    def control(_: int) -> tuple[Observed, ...]:
        state = trial.again()[1]
        return observed(state.ended) if state.ended is not None else ()

    compared = compare(observed(old), observed(new), trial.normalisers, control)
    expected = trial.ask.expect_exit if trial.ask.expect_exit is not None else 0
    if compared.different:
        return _differs(trial, old, new, compared, expected)
    if old.status != expected:
        return _fails_in_both(old, compared.findings, compared.notes, expected)
    wrote = bool(old.stdout.strip() or old.stderr.strip())
    if not wrote and waits_for_input(trial.before.image.configuration, trial.ask.command):
        return _nothing_started(compared.findings, compared.notes)
    notes = compared.notes if wrote else (*compared.notes, "it wrote nothing and ended: little was exercised")
    end = "ends with status " + str(old.status)
    said = outcome(compared.findings) or (f"{end}, with the same output" if wrote else f"{end}, without output")
    return Section.of(NAME, f"a program: {said}", compared.findings, notes)


def _nothing_started(findings: tuple[Finding, ...], notes: tuple[str, ...]) -> Section:
    detail = "a shell or an interpreter with nothing to run ends at once: --cmd says what to start"
    found = Finding(what="command", verdict=Verdict.INCONCLUSIVE, detail=detail)
    return Section.of(NAME, "nothing of the application was started", (*findings, found), notes)


def _differs(trial: Trial, old: Ended, new: Ended, compared: Compared, expected: int) -> Section:
    findings, notes = compared.findings, compared.notes
    if old.status == new.status and old.status != expected and _fails_alike(trial, old, new):
        alike = tuple(replace(one, verdict=Verdict.SAME, detail="") for one in findings)
        note = "the messages differ on the way to the same failure"
        return _fails_in_both(old, alike, (*notes, note), expected)
    if old.status not in (0, expected) and new.status in (0, expected):
        better = (replace(one, verdict=Verdict.INCONCLUSIVE) for one in findings)
        summary = f"the original fails ({ending(old)}), the new image does not"
        return Section.of(NAME, summary, tuple(better), (*notes, HINT))
    explained = explain_first(findings, lambda one: trial.explained(one, said(old), said(new)))
    what = ", ".join(one.what for one in findings if one.verdict is Verdict.DIFFERENT)
    return Section.of(NAME, f"a program: another {what}", explained, notes)


def _fails_alike(trial: Trial, old: Ended, new: Ended) -> bool:
    """Whether what both write and the reason that both give agree, if not every line on the way."""
    before, after = trial.normalisers
    reasons = before(failure(old.stderr)).text, after(failure(new.stderr)).text
    return before(old.stdout).text == after(new.stdout).text and reasons[0] == reasons[1]


def _fails_in_both(old: Ended, findings: tuple[Finding, ...], notes: tuple[str, ...], expected: int) -> Section:
    status, *rest = findings
    reason = short(failure(old.stderr or old.stdout))
    detail = reason if expected == 0 else f"{expected} was expected; {reason}"
    found = replace(status, verdict=Verdict.INCONCLUSIVE, detail=detail)
    return Section.of(NAME, f"both fail alike: {ending(old)}; {reason or 'no message'}", (found, *rest), (*notes, HINT))


def observed(ended: Ended) -> tuple[Observed, ...]:
    """What is compared of an end."""
    return (
        Observed(what="exit status", shown=ending(ended), parts=(("exit status", ending(ended)),)),
        *(
            Observed(what=name, shown=_lines(text), parts=((name, text),))
            for name, text in (("standard output", ended.stdout), ("standard error", ended.stderr))
        ),
    )


def ending(ended: Ended) -> str:
    """An end in words: `exit status 3`, `killed for using too much memory`."""
    if ended.out_of_memory:
        return "killed for using too much memory"
    if ended.out_of_disk:
        return "killed for writing too much"
    return "killed for taking too long" if ended.timed_out else f"exit status {ended.status}"


def said(ended: Ended) -> str:
    """Everything that was written."""
    return f"{ended.stdout}\n{ended.stderr}"


def explain_first(findings: tuple[Finding, ...], explain: Callable[[Finding], Finding]) -> tuple[Finding, ...]:
    """The first thing that differs is where the reason is told."""
    first = next(index for index, one in enumerate(findings) if one.verdict is Verdict.DIFFERENT)
    return (*findings[:first], explain(findings[first]), *findings[first + 1 :])


def outcome(findings: Sequence[Finding]) -> str:
    """What a reader has to look at, in words; empty when all is well."""
    for verdict, words in ((Verdict.DIFFERENT, "not the same"), (Verdict.INCONCLUSIVE, "not to be compared")):
        if named := [one.what for one in findings if one.verdict is verdict]:
            return f"{words}: {', '.join(named)}"
    better = [one.what for one in findings if one.verdict in (Verdict.BETTER, Verdict.CHANGED)]
    return f"{len(findings)} comparisons, the same but for: {', '.join(better)}" if better else ""


def _lines(text: str) -> str:
    count = len(text.splitlines())
    return "nothing" if not count else f"{count} line{'s' if count != 1 else ''}"
