"""Comments that belong to an instruction: they move and go with it."""

from __future__ import annotations

from minify.edit import Edit
from minify.syntax import Dockerfile, Instruction, Span, Trivia


def comments_above(dockerfile: Dockerfile) -> dict[int, tuple[str, int]]:
    """For each instruction that has comment lines right above it, by its offset: their text, and where they begin."""
    found: dict[int, tuple[str, int]] = {}
    begin: int | None = None
    for piece in dockerfile.slices:
        if isinstance(piece, Trivia) and piece.kind == "comment":
            begin = piece.span.start if begin is None else begin
            continue
        if not isinstance(piece, Trivia) and begin is not None:
            found[piece.span.start] = (dockerfile.source.text[begin : piece.span.start], begin)
        begin = None
    return found


def deletion(dockerfile: Dockerfile, instruction: Instruction, comments: dict[int, tuple[str, int]]) -> Edit:
    """Take an instruction out with the comment that stands above it, and one of the blank lines around it."""
    start = comments.get(instruction.span.start, ("", instruction.span.start))[1]
    end = instruction.span.end
    text = dockerfile.source.text
    if (start == 0 or text[:start].endswith(("\n\n", "\n\r\n"))) and text[end:].startswith(("\n", "\r\n")):
        end = text.index("\n", end) + 1
    return Edit(Span(start, end), "")
