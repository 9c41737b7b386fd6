"""The texts of a repository's change, from templates that teams may override: the commit message and the pull request."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from minify.batch.state import Change
from minify.rewrite.render import render

_GROUPS: Final = (
    ("What leaves the image", ("dropped",)),
    ("What changes", ("replaced", "added")),
    ("Check by hand", ("check",)),
)
_WIDTH: Final = 76
_ENDS_MESSAGE: Final = re.compile(r"^(?=---|diff -|Index: |From |From:|Date:|Subject:|\s*-+\s*(?:>8|8<|>%|%<))")


def values(change: Change) -> dict[str, Any]:
    """What a template may say of one file: docs/templates.md."""
    document = change.document
    decisions = document["decisions"]
    applied = [
        {
            "subject": fix["code"],
            "reason": fix["reason"],
            "line": fix["lines"][0] if fix["lines"] else None,
            "outcome": "replaced",
        }
        for fix in document["applied"]
        if document["rung"] == "slim"
    ]
    told = [*(d for d in decisions if d["outcome"] in ("dropped", "replaced", "added", "check")), *applied]
    sizes = document["base_size_mb"]
    saved = None if sizes["before"] is None or sizes["after"] is None else sizes["before"] - sizes["after"]
    proof = document.get("proof") or {"steps": []}
    verification = proof["steps"][-1]["verification"] if proof["steps"] else None
    return {
        "path": change.path,
        "rung": document["rung"],
        "base_before": document["base"]["before"],
        "base_after": document["base"]["after"] or document["base"]["before"],
        "size_before_mb": sizes["before"],
        "size_after_mb": sizes["after"],
        "saved_mb": saved,
        "added": document["lines"]["added"],
        "removed": document["lines"]["removed"],
        "context": change.context or ".",
        "evidence": list(change.evidence),
        "changes": told,
        "groups": [(title, found) for title, kinds in _GROUPS if (found := [d for d in told if d["outcome"] in kinds])],
        # Above distroless nothing is stopped: scratch is there for who asks for it
        "blockers": [
            {"rung": refusal["rung"], "reason": refusal["reason"], "line": refusal["line"]}
            for refusal in document["refusals"]
            if document["rung"] not in ("scratch", "distroless")
        ],
        "verdict": verification["verdict"] if verification else "",
        "sections": verification["sections"] if verification else [],
    }


def pull_request(repository: str, commit: str, files: Sequence[dict[str, Any]], templates: Path | None) -> str:
    """The text of a pull request."""
    return _rendered("pull-request.md.j2", repository, commit, files, templates)


def commit_message(repository: str, commit: str, files: Sequence[dict[str, Any]], templates: Path | None) -> str:
    """A commit message that `git am` reads whole: no line of it can be taken for the patch or a mail header."""
    text = _rendered("commit-message.txt.j2", repository, commit, files, templates)
    subject, *rest = [_printable(line).rstrip() for line in text.strip().split("\n")]
    lines = [subject, "", *(part for line in rest for part in _wrapped(line))]
    lines = [_ENDS_MESSAGE.sub(" ", line) for line in lines]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _wrapped(line: str) -> list[str]:
    """In the width that git shows messages in; an item goes on below its text."""
    indent = "  " if line.startswith(("- ", "  ")) else ""
    return textwrap.wrap(
        line, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    ) or [""]


def _rendered(
    template: str, repository: str, commit: str, files: Sequence[dict[str, Any]], templates: Path | None
) -> str:
    known = {
        "repository": repository,
        "commit": commit,
        "files": list(files),
        "verified": bool(files) and all(file["verdict"] for file in files),
    }
    # A path may have bytes that are no UTF-8
    return render(template, known, templates).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _printable(line: str) -> str:
    return "".join(character for character in line if character.isprintable() or character == "\t")
