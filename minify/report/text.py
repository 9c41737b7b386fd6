"""What `fix` says to a person: the rung, what left the image, what changed, what stopped the next rung, what to check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from minify.api import Outcome
from minify.plan import Decision, Refusal, Rung
from minify.plan import Outcome as Became
from minify.report.lines import Line, line
from minify.targets import TARGET

_GROUPS: tuple[tuple[str, tuple[Became, ...], str], ...] = (
    ("What left the image", (Became.DROPPED,), "green"),
    ("What changed", (Became.REPLACED, Became.ADDED), "yellow"),
    ("What moved to the final stage", (Became.MOVED,), ""),
    ("What the final image takes", (Became.KEPT,), ""),
)


def headline(outcome: Outcome) -> str:
    """`Dockerfile: distroless (gcr.io/distroless/static-debian13)`."""
    plan = outcome.plan
    path = outcome.patch.before.path
    if outcome.patch.empty:
        if plan.decisions and not plan.refusals:
            return f"{path}: nothing to do: {plan.decisions[0].reason}"
        return f"{path}: nothing to do on the {plan.rung.label} rung"
    base = f" on {plan.base}" if plan.base else ""
    return f"{path}: {plan.rung.label}{base}"


def summary(outcome: Outcome, *, verbose: bool = False) -> Iterator[Line]:
    """The whole report of one file; `verbose` also lists what stays and moves."""
    plan = outcome.plan
    yield line(headline(outcome), "bold")
    if plan.detection is not None:
        version = f" {plan.detection.version}" if plan.detection.version else ""
        yield line(f"  {plan.detection.ecosystem}{version}: " + "; ".join(_evidence(outcome)), "dim")
    if not outcome.patch.empty:
        if plan.size_before_mb is not None and plan.size_after_mb is not None:
            yield line(
                f"  base image: {megabytes(plan.size_before_mb)} → {megabytes(plan.size_after_mb)}, before what the application adds to either"
            )
        added, removed = outcome.patch.counts
        yield line(f"  lines: +{added} -{removed}")
    yield from _targets(outcome)
    own = [d for d in plan.decisions if not (outcome.targets and d.subject.startswith(TARGET))]
    for title, kinds, style in () if outcome.patch.empty else _GROUPS:
        if not verbose and kinds in ((Became.MOVED,), (Became.KEPT,)):
            continue
        yield from _group(title, [d for d in own if d.outcome in kinds], style)
    if plan.rung is Rung.SLIM and outcome.applied:
        yield line()
        yield line("What changed", "bold")
        for applied in outcome.applied:
            where = outcome.facts.dockerfile.source.line(applied.fix.edits[0].span.start)
            yield Line((("  ", ""), (f"{applied.fix.code} ", "yellow"), (f"{applied.fix.reason} (line {where})", "")))
    suggested = list(outcome.skipped)
    if suggested:
        yield line()
        yield line("Shown, not written", "bold")
        for skipped in suggested:
            where = outcome.facts.dockerfile.source.line(skipped.fix.edits[0].span.start)
            yield Line((("  ", ""), (f"{skipped.fix.code} ", "cyan"), (f"{skipped.fix.reason} (line {where})", "")))
    yield from _stopped(plan.refusals, outcome)
    yield from _group("Check by hand", [d for d in plan.decisions if d.outcome is Became.CHECK], "magenta")
    yield from surroundings(outcome)


def _targets(outcome: Outcome) -> Iterator[Line]:
    """What became of each image that the file builds; the rest of the report is the first one's."""
    if not outcome.targets:
        return
    yield line()
    yield line("Targets", "bold")
    for one in outcome.targets:
        name = one.target.stage or f"{one.facts.final.stage.from_.alias or 'no name'}, the last stage"
        where = f" ({one.target.said})" if one.target.said else ""
        if one.plan is None:
            said, style = f"stays as it is: {one.left}", ""
        else:
            changes = "" if one.plan.fixes else ", nothing to do"
            said, style = f"{one.plan.rung.label} on {one.plan.base}{changes}", "green" if one.plan.fixes else ""
        yield Line((("  ", ""), (name, "bold"), (": ", ""), (said, style), (where, "dim")))
        if one is outcome.targets[0] or one.plan is None or one.plan.rung >= Rung.DISTROLESS:
            continue
        for refusal in one.plan.refusals:
            at = f" (line {refusal.line})" if refusal.line else ""
            yield line(f"    not {refusal.rung.label}: {refusal.reason}{at}", "dim")


def surroundings(outcome: Outcome) -> Iterator[Line]:
    """What uses the image elsewhere in the repository, and would break."""
    if outcome.around is None or not outcome.around.findings:
        return
    yield line()
    yield line("Around the Dockerfile", "bold")
    for finding in outcome.around.findings:
        perhaps = "" if finding.certain else "perhaps: "
        where = f"{finding.file}:{finding.line}"
        yield Line((("  ", ""), (where, "magenta"), (f": {perhaps}{finding.subject}: {finding.reason}", "")))
        if finding.instead:
            yield Line((("    instead: ", "dim"), (finding.instead, "")))


def _group(title: str, decisions: Sequence[Decision], style: str) -> Iterator[Line]:
    if not decisions:
        return
    yield line()
    yield line(title, "bold")
    for decision in decisions:
        where = f" (line {decision.line})" if decision.line else ""
        yield Line((("  ", ""), (decision.subject, style), (f": {decision.reason}{where}", "")))


def _stopped(refusals: Sequence[Refusal], outcome: Outcome) -> Iterator[Line]:
    if not refusals:
        return
    yield line()
    yield line("What stops the next better rung", "bold")
    path = outcome.patch.before.path
    for refusal in refusals:
        where = f"{path}:{refusal.line}: " if refusal.line else ""
        yield Line((("  ", ""), (f"{refusal.rung.label}: ", "red"), (f"{where}{refusal.reason}", "")))


def _evidence(outcome: Outcome) -> Iterator[str]:
    assert outcome.plan.detection is not None
    for evidence in outcome.plan.detection.evidence:
        where = f" (line {evidence.line})" if evidence.line else f" ({evidence.path})" if evidence.path else ""
        yield f"{evidence.what}{where}"


def megabytes(size: float) -> str:
    """`1,130 MB`, `3.3 MB`."""
    return f"{size:,.0f} MB" if size >= 10 else f"{size:.1f} MB"
