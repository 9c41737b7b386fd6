"""A person's own lines in the place of a change: parsed, and compared with what was suggested."""

from __future__ import annotations

from typing import NamedTuple

from minify.api import Outcome
from minify.diff import Patch
from minify.edit import Edit
from minify.errors import SyntaxRefusedError
from minify.review.changes import Change, line_edits
from minify.review.compose import compose
from minify.review.contract import differences
from minify.review.session import Session
from minify.syntax import Source, parse


class Written(NamedTuple):
    """What a person wrote, as edits of the original, and the settings of the image that it changes."""

    edits: tuple[Edit, ...]
    differences: tuple[str, ...]


def suggestion(session: Session, item: Change) -> bytes:
    """The file with this change alone: what is given to an editor."""
    return _alone(session, item).encode()


def problem(session: Session, data: bytes) -> SyntaxRefusedError | None:
    """Why what came out of the editor does not parse; None when it does."""
    try:
        parse(Source.from_bytes(data, session.source.path))
    except SyntaxRefusedError as error:
        return error
    return None


def read(session: Session, item: Change, data: bytes, outcome: Outcome) -> Written | None:
    """What came out of the editor and parses; None when nothing was edited."""
    suggested = _alone(session, item)
    text = Source.from_bytes(data, session.source.path)
    if text.text == suggested.text:
        return None
    edits = line_edits(Patch(session.source, text))
    return Written(edits, differences(suggested, text, outcome.facts.context))


def _alone(session: Session, item: Change) -> Source:
    alone = item._replace(conflicts=(), instead_of=None)
    return compose(session.source, (alone,), [item.key]).patch.after
