"""GitLab's Code Quality report: the issues that a merge request shows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

from minify.edit import Safety
from minify.report.reported import Reported, clean, relative, results


def render(files: Sequence[Reported]) -> str:
    """A list of issues, each with a fingerprint of its own."""
    issues = []
    for reported in files:
        for result in results(reported):
            path = clean(relative(result.path))
            issues.append(
                {
                    "description": clean(result.message),
                    "check_name": result.code,
                    "fingerprint": sha256(f"{path}\n{result.fingerprint}".encode()).hexdigest(),
                    "severity": _severity(result.safety),
                    "location": {"path": path, "lines": {"begin": result.line, "end": result.last}},
                }
            )
    return json.dumps(issues, indent=2) + "\n"


def _severity(safety: Safety | None) -> str:
    return "major" if safety is None else "info" if safety is Safety.DISPLAY else "minor"
