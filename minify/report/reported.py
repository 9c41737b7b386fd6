"""What a report is made of: one Dockerfile with what became of it, or the reason why nothing did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from minify.api import Outcome
from minify.edit import Fix, Safety
from minify.errors import DockminifyError
from minify.planner import Wish
from minify.review.changes import fixes_of, key
from minify.verify.verdict import Verification


class Reported(NamedTuple):
    """`outcome`, or `error` where there is none; `wish` is what the outcome was asked with."""

    path: str
    outcome: Outcome | None = None
    error: DockminifyError | None = None
    wish: Wish = Wish()
    verification: Verification | None = None


class Result(NamedTuple):
    """One thing to say about a place: a change, or a file that is refused. `last` is the last line that it touches."""

    path: str
    code: str
    message: str
    line: int
    last: int
    fingerprint: str
    safety: Safety | None
    """None where the file is refused."""
    fix: Fix | None = None
    written: bool = False
    """Whether `fix` writes it; what it only shows it does not."""


def results(reported: Reported) -> Iterator[Result]:
    """Each change in the order of its lines; those that are only shown come as what they are."""
    if reported.outcome is None:
        assert reported.error is not None
        line = reported.error.line or 1
        yield Result(
            path=reported.path,
            code="refused",
            message=reported.error.message,
            line=line,
            last=line,
            fingerprint=f"refused-{line}",
            safety=None,
        )
        return
    source = reported.outcome.patch.before
    found = []
    for fix, written in fixes_of(reported.outcome):
        first, last = _lines(reported.outcome, fix)
        found.append(
            Result(
                path=reported.path,
                code=fix.code,
                message=fix.reason,
                line=first,
                last=last,
                fingerprint=key(source, fix),
                safety=fix.safety,
                fix=fix,
                written=written,
            )
        )
    yield from sorted(found, key=lambda result: result.line)


def relative(path: str) -> str:
    """The path from here, as services that read reports want it; absolute where it is somewhere else."""
    absolute = Path(path).absolute()
    here = Path.cwd()
    return absolute.relative_to(here).as_posix() if absolute.is_relative_to(here) else absolute.as_posix()


def uri(path: str) -> str:
    """The same as a URI reference: `docker/My%20Dockerfile`, `file:///srv/Dockerfile`."""
    found = relative(path)
    quoted = quote(found.encode("utf-8", "surrogateescape"))
    return f"file://{quoted}" if found.startswith("/") else quoted


def _lines(outcome: Outcome, fix: Fix) -> tuple[int, int]:
    """The first line that a fix touches, and the end of that place."""
    source = outcome.patch.before
    if fix.code in ("multi-stage", "pruned"):
        # It touches the whole last stage: what a person looks at is its FROM
        line = outcome.facts.final.stage.from_.line
        return line, line
    edit = min(fix.edits, key=lambda item: item.span.start)
    return source.line(edit.span.start), source.line(max(edit.span.start, edit.span.end - 1))


def clean(text: str) -> str:
    """Text that any reader of UTF-8 takes: a byte that is none becomes U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
