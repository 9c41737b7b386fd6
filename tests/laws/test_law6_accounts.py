"""Law 6: every instruction of the source is in the output, or a Decision or a fix says what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from minify.api import Outcome
from minify.plan import Outcome as Became
from minify.syntax import Instruction, Source, Trivia, parse
from tests.laws.cases import Case, broken

# Fixes that write a whole stage: what they take out is for the decisions to say, one by one.
WHOLE = ("multi-stage", "final-base", "pruned")


def written(instruction: Instruction) -> str:
    """An instruction as it stands, without its newline: moved text is byte-equal but for newlines."""
    return instruction.text.strip().replace("\r\n", "\n")


def lost(outcome: Outcome) -> Iterator[str]:
    """The instructions that are neither kept nor accounted for."""
    before = outcome.facts.dockerfile
    after = parse(Source(outcome.patch.after.text))
    left = Counter(written(one) for one in after.instructions)
    decided = {d.line for d in outcome.plan.decisions if d.outcome in (Became.DROPPED, Became.REPLACED, Became.MOVED)}
    subjects = {d.subject for d in outcome.plan.decisions if d.outcome in (Became.DROPPED, Became.REPLACED)}
    for one in before.instructions:
        text = written(one)
        if left[text] > 0:
            left[text] -= 1
        elif one.line not in decided and not changed_by_a_fix(outcome, one) and subject(one) not in subjects:
            yield f"{one.keyword} is lost: line {one.line}: {text[:80]!r}"


def subject(one: Instruction) -> str:
    """An instruction as decisions name it."""
    return " ".join(f"{one.keyword} {one.value}".split())


def changed_by_a_fix(outcome: Outcome, one: Instruction) -> bool:
    """Whether a fix changes a part of it and says why; one that writes a whole stage may only insert, or name a base."""
    for applied in outcome.applied:
        for edit in applied.fix.edits:
            inside = one.span.start <= edit.span.start and edit.span.end <= one.span.end
            touches = edit.span.start < one.span.end and one.span.start < edit.span.end
            if applied.fix.code in WHOLE:
                if inside and len(edit.span) == 0 and one.span.start < edit.span.start < one.span.end:
                    return True
            elif touches or (inside and len(edit.span) == 0):
                return True
    return False


def test_every_instruction_is_accounted_for(changed: tuple[Case, ...]) -> None:
    failures = []
    for case in changed:
        assert case.outcome is not None
        failures += [(case.name, what) for what in lost(case.outcome)]
    assert not failures, broken(failures, len(changed))


def test_every_comment_stays_or_goes_with_its_instruction(changed: tuple[Case, ...]) -> None:
    """A comment between instructions is in the output, unless it stands above an instruction that is taken out."""
    failures = []
    for case in changed:
        assert case.outcome is not None
        dockerfile = case.outcome.facts.dockerfile
        left = Counter(line.strip() for line in case.after.splitlines())
        removed = {d.line for d in case.outcome.plan.decisions if d.outcome in (Became.DROPPED, Became.REPLACED)}
        pending: list[str] = []
        for piece in dockerfile.slices:
            if isinstance(piece, Trivia):
                if piece.kind == "comment":
                    pending += [line.strip() for line in dockerfile.source.slice(piece.span).splitlines()]
                continue
            for comment in pending:
                if left[comment] > 0:
                    left[comment] -= 1
                elif piece.line not in removed:
                    failures.append((case.name, f"a comment is lost: above line {piece.line}: {comment!r}"))
            pending = []
    assert not failures, broken(failures, len(changed))


def test_fixes_are_applied_or_skipped_with_a_reason(cases: tuple[Case, ...]) -> None:
    for case in cases:
        if case.outcome is None:
            continue
        applied = [a.fix for a in case.outcome.applied]
        skipped = [s.fix for s in case.outcome.skipped]
        assert len(applied) + len(skipped) == len(case.outcome.plan.fixes)
        assert all(fix in applied or fix in skipped for fix in case.outcome.plan.fixes)
        assert all(s.reason for s in case.outcome.skipped)
        assert all(fix.reason and fix.code for fix in case.outcome.plan.fixes)
        assert all(d.reason and d.subject for d in case.outcome.plan.decisions)
