"""SARIF 2.1.0: each change as a result with the fix that writes it. https://docs.oasis-open.org/sarif/sarif/v2.1.0/"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from minify import __version__
from minify.api import Outcome
from minify.edit import Edit, Fix, Safety
from minify.report.reported import Reported, Result, clean, results, uri
from minify.report.rules import RULES
from minify.review.changes import WHOLE
from minify.syntax import Source

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(files: Sequence[Reported]) -> str:
    """The log of one run over all files."""
    found = [(reported, result) for reported in files for result in results(reported)]
    codes = list(dict.fromkeys(result.code for _, result in sorted(found, key=lambda one: one[1].code)))
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "dockminify",
                        "semanticVersion": __version__,
                        "rules": [{"id": code, "shortDescription": {"text": RULES.get(code, code)}} for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "artifacts": [{"location": _location(reported.path)} for reported in files],
                "results": [_result(reported, result, codes.index(result.code)) for reported, result in found],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _result(reported: Reported, result: Result, rule: int) -> dict[str, Any]:
    said: dict[str, Any] = {
        "ruleId": result.code,
        "ruleIndex": rule,
        "level": _level(result.safety),
        "message": {"text": clean(result.message)},
        "locations": [_place(result.path, {"startLine": result.line, "endLine": result.last})],
        "partialFingerprints": {"dockminify/v1": result.fingerprint},
    }
    outcome = reported.outcome
    if outcome is None or result.fix is None:
        return said
    if result.code in WHOLE and result.written:
        said["relatedLocations"] = [
            {
                "id": number,
                **_place(result.path, {"startLine": decision.line}),
                "message": {"text": clean(f"{decision.outcome.value}: {decision.subject}: {decision.reason}")},
            }
            for number, decision in enumerate((d for d in outcome.plan.decisions if d.line), 1)
        ]
    fix = _fix(outcome, result.fix)
    return {**said, "fixes": [fix]} if fix is not None else said


def _fix(outcome: Outcome, fix: Fix) -> dict[str, Any] | None:
    """None where the text holds bytes that SARIF, which is UTF-8, cannot carry."""
    source = outcome.patch.before
    if any(clean(edit.content) != edit.content for edit in fix.edits):
        return None
    return {
        "description": {"text": clean(fix.reason)},
        "artifactChanges": [
            {
                "artifactLocation": _location(source.path),
                "replacements": [
                    {
                        "deletedRegion": _region(source, edit),
                        **({"insertedContent": {"text": edit.content}} if edit.content else {}),
                    }
                    for edit in fix.edits
                ],
            }
        ],
    }


def _region(source: Source, edit: Edit) -> dict[str, int]:
    """Half open, as our spans are; an empty one inserts."""
    start, end = edit.span.start, edit.span.end
    return {
        "startLine": source.line(start),
        "startColumn": source.column(start),
        "endLine": source.line(end),
        "endColumn": source.column(end),
    }


def _level(safety: Safety | None) -> str:
    if safety is None:
        return "error"
    return "note" if safety is Safety.DISPLAY else "warning"


def _place(path: str, region: dict[str, Any]) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _location(path), "region": region}}


def _location(path: str) -> dict[str, str]:
    found = uri(path)
    return {"uri": found} if found.startswith("file:") else {"uri": found, "uriBaseId": "%SRCROOT%"}
