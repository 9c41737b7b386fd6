"""What was found around a Dockerfile: types only."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from minify.diff import Patch
from minify.syntax.source import Span


class Finding(NamedTuple):
    """One place that the new image breaks: `file` is relative to the repository's root, `line` counts from 1.

    Not `certain` when it may concern another image. `instead` is what to write there, as far as that is known; `edit`
    the same as a change of the file's text.
    """

    file: str
    line: int
    subject: str
    """`the health check of the service web`."""
    reason: str
    certain: bool = True
    instead: str = ""
    edit: tuple[Span, str] | None = None


class Surroundings(NamedTuple):
    """All that was found below `root`, by file and line, and the suggested changes, one patch a file."""

    root: Path | None = None
    findings: tuple[Finding, ...] = ()
    patches: tuple[Patch, ...] = ()


class Note(NamedTuple):
    """What is wrong with a command: the reason, and the exec form that does the same (empty: none is known)."""

    reason: str
    instead: tuple[str, ...] = ()
