"""The change types: an `Edit` replaces a span, a `Fix` groups edits with a reason and a safety."""

from __future__ import annotations

import enum
from typing import NamedTuple

from minify.syntax.source import Span


class Safety(enum.IntEnum):
    """How sure a fix is; a fix is applied when its safety is at least what was asked for.

    >>> Safety.SAFE >= Safety.INFERRED
    True
    """

    DISPLAY = 0
    """Shown, never written."""
    INFERRED = 1
    """Expected to behave the same, but something was inferred; `fix --verify` turns that into evidence."""
    SAFE = 2
    """Same contract, same final filesystem, comments kept."""


class Edit(NamedTuple):
    """Replace the text of `span` by `content`; an empty span inserts, an empty content deletes.

    >>> Edit(Span(0, 4), "FROM")
    Edit(span=Span(start=0, end=4), content='FROM')
    """

    span: Span
    content: str


class Fix(NamedTuple):
    """One reviewable change: `code` names the pass that made it and its manual page, docs/passes/<code>.md."""

    code: str
    edits: tuple[Edit, ...]
    safety: Safety
    reason: str


class Applied(NamedTuple):
    """A fix that was written."""

    fix: Fix


class Skipped(NamedTuple):
    """A fix that was not written, and why."""

    fix: Fix
    reason: str
