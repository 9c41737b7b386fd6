"""Apply fixes to a text: back to front by offset, a fix as a whole or not at all, none lost without a reason."""

from __future__ import annotations

from collections.abc import Sequence

from minify.edit import Applied, Edit, Fix, Safety, Skipped
from minify.errors import InternalError, SyntaxRefusedError
from minify.syntax import Source, parse


def apply_fixes(
    source: Source, fixes: Sequence[Fix], required: Safety
) -> tuple[Source, tuple[Applied, ...], tuple[Skipped, ...]]:
    """The patched text; fixes below the required safety, or that touch the same text as an earlier one, are skipped.

    No fixes give the source back as it is. A result that does not parse is our bug: it is raised and never written.
    """
    taken: list[Edit] = []
    applied: list[Applied] = []
    skipped: list[Skipped] = []
    for fix in fixes:
        if fix.safety < required:
            skipped.append(Skipped(fix=fix, reason=f"it is {fix.safety.name.lower()}, below what was asked for"))
        elif any(clash(edit, other) for edit in fix.edits for other in taken):
            skipped.append(Skipped(fix=fix, reason="it changes the same text as another fix"))
        else:
            # Two final stages may ask the same of a stage that both copy from
            taken.extend([edit for edit in fix.edits if edit not in taken])
            applied.append(Applied(fix=fix))
    if not taken:
        return source, (), tuple(skipped)
    patched = Source(_replace(source.text, taken), source.path)
    try:
        parse(patched)
    except SyntaxRefusedError as error:
        raise InternalError(
            f"the patched file does not parse: {error.message}", path=source.path, line=error.line, hint=patched.text
        ) from error
    return patched, tuple(applied), tuple(skipped)


def clash(edit: Edit, other: Edit) -> bool:
    """Whether two edits touch the same text; two insertions at one place keep their order, and what is the same stands once."""
    if edit == other:
        return False
    if not len(edit.span) and not len(other.span):
        return False
    return edit.span.start < other.span.end and other.span.start < edit.span.end


def _replace(text: str, edits: Sequence[Edit]) -> str:
    pieces: list[str] = []
    position = 0
    # The sort is stable: edits at one place stay in the order of their fixes.
    for edit in sorted(edits, key=lambda e: (e.span.start, e.span.end)):
        pieces.append(text[position : edit.span.start])
        pieces.append(edit.content)
        position = edit.span.end
    pieces.append(text[position:])
    return "".join(pieces)
