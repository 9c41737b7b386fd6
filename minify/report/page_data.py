"""One file's part of the HTML page, as plain data: small, so that thousands can be kept until the page is written."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any

from minify.analysis.footprint import RunRead
from minify.api import Outcome
from minify.diff import relative_name
from minify.plan import Decision
from minify.plan import Outcome as Became
from minify.review.changes import Change
from minify.shell.effects import InstallsPackages
from minify.verify.verdict import Verification


def data(outcome: Outcome, changes: tuple[Change, ...], verification: Verification | None = None) -> dict[str, Any]:
    """Everything that the page shows of a Dockerfile; offsets count UTF-16 units, as the browser's strings do."""
    source = outcome.patch.before
    units = _units(source.text)
    plan = outcome.plan
    return {
        "path": source.path,
        "name": relative_name(source.path),
        "text": source.text,
        "rung": plan.rung.label,
        "base": [outcome.facts.base_written, plan.base],
        "detection": None
        if plan.detection is None
        else {
            "ecosystem": plan.detection.ecosystem,
            "version": plan.detection.version,
            "evidence": [_evidence(e.what, e.line, e.path) for e in plan.detection.evidence],
        },
        "changes": [
            {
                "key": change.key,
                "code": change.fix.code,
                "safety": change.fix.safety.name.lower(),
                "reason": change.fix.reason,
                "suggested": change.suggested,
                "insteadOf": change.instead_of,
                "conflicts": list(change.conflicts),
                "edits": [
                    [units(edit.span.start), units(edit.span.end), edit.content, source.line(edit.span.start)]
                    for edit in change.fix.edits
                ],
                "decisions": [_decision(decision) for decision in change.decisions],
            }
            for change in changes
        ],
        # Where there is no change to which they belong
        "decisions": [] if any(change.decisions for change in changes) else [_decision(d) for d in plan.decisions],
        "refusals": [{"rung": r.rung.label, "reason": r.reason, "line": r.line} for r in plan.refusals],
        "sizes": [plan.size_before_mb, plan.size_after_mb],
        "installs": sorted({name for run in outcome.facts.footprint.runs for name in _installed(run)}),
        "takes": [d.subject for d in plan.decisions if d.outcome is Became.KEPT and d.subject.startswith("/")],
        "around": [
            {"file": f.file, "line": f.line, "subject": f.subject, "reason": f.reason, "instead": f.instead}
            for f in (outcome.around.findings if outcome.around is not None else ())
        ],
        "proof": None
        if verification is None
        else {
            "verdict": verification.verdict.value,
            "passed": verification.passed,
            "engine": verification.engine,
            "sections": [[s.name, s.verdict.value, s.summary] for s in verification.sections],
            "parts": [[p.what, p.before, p.after] for p in verification.parts],
        },
    }


def refused(path: str, message: str, line: int | None = None) -> dict[str, Any]:
    """A file that is not rewritten, or could not be read."""
    return {"path": path, "error": message, "line": line}


def summary(file: dict[str, Any]) -> dict[str, Any]:
    """What the list of files shows and filters by."""
    if "error" in file:
        return {"path": file["path"], "state": "refused", "error": file["error"]}
    changes = file["changes"]
    refusals = file["refusals"]
    return {
        "path": file["path"],
        "state": "suggested" if any(c["suggested"] for c in changes) else "shown" if changes else "unchanged",
        "rung": file["rung"],
        "base": file["base"][0],
        "ecosystem": file["detection"]["ecosystem"] if file["detection"] else "not known",
        "codes": sorted({c["code"] for c in changes if c["suggested"]}),
        "blocker": refusals[0]["reason"] if refusals and file["rung"] == "slim" else "",
        "saved": _saved(file),
        "proof": file["proof"]["verdict"] if file["proof"] else "",
    }


def _saved(file: dict[str, Any]) -> list[Any] | None:
    """`[MB, measured]`, None where nothing can be said."""
    if file["proof"] and file["proof"]["parts"]:
        return [sum(before - after for _, before, after in file["proof"]["parts"]) / 1e6, True]
    before, after = file["sizes"]
    return None if before is None or after is None or not file["changes"] else [before - after, False]


def _decision(decision: Decision) -> list[Any]:
    return [decision.subject, decision.outcome.value, decision.reason, decision.line]


def _evidence(what: str, line: int | None, path: str | None) -> str:
    return what + (f" (line {line})" if line else f" ({path})" if path else "")


def _installed(run: RunRead) -> Iterator[str]:
    for effect in run.effects:
        if isinstance(effect, InstallsPackages):
            yield from (package.name for package in effect.packages)


def _units(text: str) -> Callable[[int], int]:
    """Offsets in UTF-16 units: characters beyond the basic plane count twice."""
    wide = [place for place, character in enumerate(text) if ord(character) > 0xFFFF]
    return lambda offset: offset + bisect_left(wide, offset)
