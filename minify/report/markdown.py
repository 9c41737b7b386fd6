"""Markdown for a comment on a pull request, from the template `report.md.j2`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from minify.plan import Outcome as Became
from minify.report.reported import Reported, clean, relative, results
from minify.report.text import megabytes
from minify.rewrite.render import render as render_template

ROOM: Final = 60_000
"""Characters: GitHub takes 65,536 in a comment. Diffs are left out beyond that, never cut."""


def render(files: Sequence[Reported], templates: Path | None = None) -> str:
    """Every file with its changes, the reasons, what stops the next rung, and the diff as long as there is room."""
    room = ROOM
    said = []
    for reported in files:
        values = _file(reported, room)
        room -= len(values.get("diff", "")) + 400
        said.append(values)
    return render_template("report.md.j2", {"files": said}, templates).rstrip("\n") + "\n"


def _file(reported: Reported, room: int) -> dict[str, Any]:
    path = relative(reported.path)
    if reported.outcome is None:
        return {"path": path, "error": str(reported.error)}
    outcome = reported.outcome
    plan = outcome.plan
    diff = clean(outcome.patch.unified())
    fits = len(diff) < room
    added, removed = outcome.patch.counts
    sizes = ""
    if plan.size_before_mb is not None and plan.size_after_mb is not None:
        sizes = f"base image {megabytes(plan.size_before_mb)} → {megabytes(plan.size_after_mb)}"
    return {
        "path": path,
        "error": "",
        "rung": plan.rung.label,
        "base": plan.base or "",
        "sizes": sizes,
        "why": plan.decisions[0].reason if plan.decisions and not plan.refusals else "",
        "changes": [
            {
                "code": result.code,
                "safety": result.safety.name.lower() if result.written else "shown, not written",
                "line": result.line,
                "reason": result.message,
            }
            for result in results(reported)
            if result.safety is not None
        ],
        "decisions": [
            {"subject": d.subject, "outcome": d.outcome.value, "reason": d.reason, "line": d.line}
            for d in sorted(plan.decisions, key=lambda d: d.outcome is not Became.CHECK)
        ]
        if not outcome.patch.empty
        else [],
        "refusals": [{"rung": r.rung.label, "reason": r.reason, "line": r.line} for r in plan.refusals],
        "around": list(outcome.around.findings) if outcome.around is not None else [],
        "diff": diff if fits else "",
        "left_out": bool(diff) and not fits,
        "fence": fence(diff),
        "added": added,
        "removed": removed,
    }


def fence(body: str) -> str:
    """Backticks that nothing in the text can end.

    >>> fence("x\\n"), fence("RUN echo '````'\\n")
    ('```', '`````')
    """
    return "`" * max(3, 1 + max((len(run) for run in re.findall("`+", body)), default=0))
