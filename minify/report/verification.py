"""What a verification says: one table for a terminal, plain data for JSON, and Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from minify.proof import Proof, Step
from minify.report.lines import Line, line
from minify.rewrite.render import render
from minify.verify.verdict import Finding, Section, Verdict, Verification

SCHEMA_VERSION = 1
SHOWN = 12
"""Findings of one kind in one section that a person is shown; JSON has them all."""

_STYLES = {
    Verdict.SAME: "green",
    Verdict.BETTER: "green",
    Verdict.CHANGED: "yellow",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.DIFFERENT: "red",
}
_WIDTH = max(len(verdict.value) for verdict in Verdict)


def table(verification: Verification, *, verbose: bool = False) -> Iterator[Line]:
    """The table, and below it what is not the same; `verbose` lists what is."""
    whole = verification.verdict
    yield Line(((f"{whole.value}", f"bold {_STYLES[whole]}"), (f" (built and run by {verification.engine})", "dim")))
    for section in verification.sections:
        verdict = section.verdict
        yield Line(
            (
                (f"  {section.name:<10} ", ""),
                (f"{verdict.value:<{_WIDTH}}", _STYLES[verdict]),
                (f"  {section.summary}", ""),
            )
        )
    for section in verification.sections:
        told = [f for f in section.findings if verbose or f.verdict is not Verdict.SAME]
        if not told and not (section.notes and (verbose or not section.verdict.passes)):
            continue
        yield line()
        yield line(section.name.capitalize(), "bold")
        for finding in told if verbose else told[:SHOWN]:
            yield from _finding(finding)
        if len(told) > SHOWN and not verbose:
            yield line(f"  and {len(told) - SHOWN} more (--verbose lists them)", "dim")
        for note in section.notes:
            yield line(f"  ({note})", "dim")


def _finding(finding: Finding) -> Iterator[Line]:
    change = ""
    if finding.before or finding.after:
        change = f"{finding.before or '(none)'} → {finding.after or '(none)'}"
    text = ": ".join(part for part in (change, finding.detail) if part)
    yield Line(
        (
            ("  ", ""),
            (finding.what, _STYLES[finding.verdict]),
            (f": {text}" if text else "", ""),
        )
    )


def steps(proof: Proof) -> Iterator[Line]:
    """Each attempt of `fix --verify` in one line."""
    for number, step in enumerate(proof.steps, 1):
        base = f" on {step.base}" if step.base else ""
        along = f", with {', '.join(step.repairs)}" if step.repairs else ""
        yield Line(
            (
                (f"  {number}. {f'{step.target}: ' if step.target else ''}{step.rung.label}{base}{along}: ", ""),
                (_said(step), _STYLES[step.verdict]),
            )
        )


def _said(step: Step) -> str:
    if step.failure is not None:
        return f"does not build: {step.failure}"
    assert step.verification is not None
    failed = [s for s in step.verification.sections if not s.verdict.passes]
    return step.verdict.value + "".join(f"; {s.name}: {s.summary}" for s in failed)


def header(proof: Proof) -> str:
    """Lines for the top of a diff that say what it was proven by; `patch` and `git apply` pass over them.

    Empty when nothing was built.
    """
    verification = proof.verification
    if verification is None:
        return ""
    lines = []
    for step in proof.passed:
        sections = step.verification.sections if step.verification is not None else ()
        said = "; ".join(f"{section.name} {section.verdict.value}" for section in sections)
        lines.append(f"{f'--target {step.target}: ' if step.target else ''}{said}.\n")
    whole = "".join(lines)
    return f"Verified by dockminify: built and run before and after by {verification.engine}:\n{whole}\n"


def document(verification: Verification) -> dict[str, Any]:
    """A verification as plain data: docs/json.md."""
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": verification.verdict.value,
        "passed": verification.passed,
        "engine": verification.engine,
        "sections": [_section(section) for section in verification.sections],
        "parts": [{"what": p.what, "before": p.before, "after": p.after} for p in verification.parts],
    }


def proof_document(proof: Proof) -> dict[str, Any]:
    """The steps of `fix --verify` as plain data."""
    return {
        "passed": proof.outcome is not None,
        "steps": [
            {
                **({"target": step.target} if step.target else {}),
                "rung": step.rung.label,
                "base": step.base,
                "repairs": list(step.repairs),
                "verification": None if step.verification is None else document(step.verification),
                "failure": None if step.failure is None else {"message": str(step.failure), "line": step.failure.line},
            }
            for step in proof.steps
        ],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "name": section.name,
        "verdict": section.verdict.value,
        "summary": section.summary,
        "findings": [
            {
                "what": finding.what,
                "verdict": finding.verdict.value,
                "before": finding.before,
                "after": finding.after,
                "detail": finding.detail,
                "repair": list(finding.repair),
            }
            for finding in section.findings
        ],
        "notes": list(section.notes),
    }


def markdown(verification: Verification, attempts: Sequence[Step] = ()) -> str:
    """The table as Markdown, from the template `verification.md.j2`."""
    told = [
        {"name": section.name, "findings": found, "notes": section.notes}
        for section in verification.sections
        if (found := [f for f in section.findings if f.verdict is not Verdict.SAME]) or not section.verdict.passes
    ]
    values = {
        "verification": verification,
        "told": told,
        "attempts": [{"rung": s.rung.label, "base": s.base, "repairs": s.repairs, "said": _said(s)} for s in attempts],
        "shown": SHOWN,
    }
    return render("verification.md.j2", values)
