"""The JSON report: schema version 1, documented in docs/json.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from minify.api import Outcome
from minify.edit import Fix
from minify.errors import DockminifyError
from minify.plan import Plan
from minify.targets import Planned

if TYPE_CHECKING:
    from minify.surroundings import Surroundings

SCHEMA_VERSION = 1


def document(outcome: Outcome) -> dict[str, Any]:
    """One file's outcome as plain data."""
    plan = outcome.plan
    source = outcome.facts.dockerfile.source

    def fix(item: Fix) -> dict[str, Any]:
        return {
            "code": item.code,
            "safety": item.safety.name.lower(),
            "reason": item.reason,
            "lines": sorted({source.line(edit.span.start) for edit in item.edits}),
        }

    return {
        "schema_version": SCHEMA_VERSION,
        "path": source.path,
        "changed": not outcome.patch.empty,
        "rung": plan.rung.label,
        "base": {"before": outcome.facts.base_written, "after": plan.base},
        "base_size_mb": {"before": plan.size_before_mb, "after": plan.size_after_mb},
        "detection": None
        if plan.detection is None
        else {
            "ecosystem": plan.detection.ecosystem,
            "version": plan.detection.version,
            "evidence": [{"what": e.what, "line": e.line, "path": e.path} for e in plan.detection.evidence],
        },
        "decisions": _decisions(plan),
        "refusals": _refusals(plan),
        "applied": [fix(a.fix) for a in outcome.applied],
        "skipped": [{**fix(s.fix), "why": s.reason} for s in outcome.skipped],
        "diff": outcome.patch.unified(),
        **({"targets": [_target(one) for one in outcome.targets]} if outcome.targets else {}),
        **({} if outcome.around is None else {"surroundings": _surroundings(outcome.around)}),
    }


def _decisions(plan: Plan) -> list[dict[str, Any]]:
    return [
        {"subject": d.subject, "outcome": d.outcome.value, "reason": d.reason, "line": d.line} for d in plan.decisions
    ]


def _refusals(plan: Plan) -> list[dict[str, Any]]:
    return [{"rung": r.rung.label, "reason": r.reason, "line": r.line, "column": r.column} for r in plan.refusals]


def _target(one: Planned) -> dict[str, Any]:
    """One image of several: `left` says why it stays as it is."""
    return {
        "target": one.target.stage,
        "said": one.target.said or None,
        "line": one.line,
        "rung": one.plan.rung.label if one.plan is not None else None,
        "base": {"before": one.facts.base_written, "after": one.plan.base if one.plan is not None else None},
        "left": one.left or None,
        "decisions": _decisions(one.plan) if one.plan is not None else [],
        "refusals": _refusals(one.plan) if one.plan is not None else [],
    }


def refused(path: str, error: DockminifyError) -> dict[str, Any]:
    """A file that is not rewritten, and why."""
    return {
        "schema_version": SCHEMA_VERSION,
        "path": path,
        "changed": False,
        "rung": "refused",
        "error": {"message": error.message, "line": error.line, "column": error.column, "hint": error.hint},
    }


def _surroundings(around: Surroundings) -> dict[str, Any]:
    return {
        "root": None if around.root is None else str(around.root),
        "findings": [
            {
                "file": f.file,
                "line": f.line,
                "subject": f.subject,
                "reason": f.reason,
                "certain": f.certain,
                "instead": f.instead or None,
            }
            for f in around.findings
        ],
        "diffs": [patch.unified() for patch in around.patches],
    }


def render(documents: list[dict[str, Any]]) -> str:
    """A single document for one file, a list for several."""
    payload = documents[0] if len(documents) == 1 else documents
    # Text that is not UTF-8 holds lone surrogates: JSON writes them as escapes.
    return json.dumps(payload, indent=2, ensure_ascii=True) + "\n"
