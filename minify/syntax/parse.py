"""Text to tree: `parse(Source(text, path))`."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, NamedTuple

from minify.syntax.check import check_instructions
from minify.syntax.flags import split_flags
from minify.syntax.heredoc import openings
from minify.syntax.scan import Scanner
from minify.syntax.source import Source, Span
from minify.syntax.stages import check_stages
from minify.syntax.text import BLANKS, SPACE, Joined
from minify.syntax.tree import (
    INSTRUCTIONS,
    Arg,
    Dockerfile,
    Env,
    Flag,
    From,
    Heredoc,
    Instruction,
    Onbuild,
    Slice,
    Stage,
    Trivia,
)
from minify.syntax.words import BadWordsError, exec_form

_LEADING_TABS = re.compile(r"^\t+", re.MULTILINE)
_HEREDOC_KEYWORDS = ("ADD", "COPY", "RUN")


def parse(source: Source) -> Dockerfile:
    r"""Read a Dockerfile; one that BuildKit rejects is refused with its line and BuildKit's reason.

    >>> file = parse(Source("FROM python:3.12 AS build\nRUN make\n"))
    >>> file.stages[0].name, file.stages[0].instructions[0].value
    ('build', 'make')
    """
    scanner = Scanner(source)
    slices = _slices(scanner)
    instructions = tuple(one for one in slices if isinstance(one, Instruction))
    check_instructions(instructions)
    first = next((at for at, one in enumerate(instructions) if isinstance(one, From)), len(instructions))
    dockerfile = Dockerfile(
        source=source,
        slices=slices,
        directives=tuple(scanner.directives),
        escape=scanner.escape,
        global_args=tuple(one for one in instructions[:first] if isinstance(one, Arg)),
        stages=_stages(instructions[first:], len(source.text)),
    )
    check_stages(dockerfile)
    return dockerfile


def read_slices(source: Source) -> tuple[Slice, ...]:
    """Only what BuildKit's line parser does: keywords may be unknown, and stages make no sense.

    >>> [part.keyword for part in read_slices(Source("FROM a\\nFORM b"))]
    ['FROM', 'FORM']
    """
    return _slices(Scanner(source))


def _slices(scanner: Scanner) -> tuple[Slice, ...]:
    text = scanner.source.text
    if not text:
        raise scanner.refused("the Dockerfile cannot be empty")
    if (nul := text.find("\0")) >= 0:
        raise scanner.refused("the file holds a NUL character: it is binary, not a Dockerfile", nul)
    slices: list[Slice] = []
    while (raw := scanner.line()) is not None:
        start = scanner.position
        # The byte order mark belongs to the first slice, and to no word.
        mark = 1 if start == 0 and scanner.source.bom else 0
        line = raw[mark:].rstrip("\r\n")
        visible = line.lstrip(SPACE)
        directive = scanner.is_directive(visible)
        scanner.position += len(raw)
        if not visible or visible[0] == "#":
            span = Span(start, scanner.position)
            slices.append(Trivia(span, "directive" if directive else "comment" if visible else "blank"))
            continue
        joined = scanner.logical_line(visible, start + mark + len(line) - len(visible))
        slices.append(_instruction(scanner, joined, start))
    if not any(isinstance(one, Instruction) for one in slices):
        raise scanner.refused("file with no instructions", 0)
    return tuple(slices)


def _instruction(scanner: Scanner, joined: Joined, start: int) -> Instruction:
    text = joined.text
    end = len(text.rstrip(SPACE))
    begin = min(end, len(text) - len(text.lstrip(SPACE)))
    head = _head(joined, begin, end)
    try:
        bodies = _heredocs(scanner, head) if head.takes_heredocs and "<<" in text else ()
        instruction = _build(scanner, head, Span(start, scanner.position), bodies)
        _read(instruction)
    except BadWordsError as error:
        raise scanner.refused(str(error), joined.offset(begin)) from None
    return instruction


class _Head(NamedTuple):
    """What can be said of an instruction before its here-documents are read."""

    joined: Joined
    begin: int
    keyword_end: int
    flags: tuple[Flag, ...]
    extent: tuple[int, int]
    inner: _Head | None

    @property
    def keyword(self) -> str:
        return self.joined.text[self.begin : self.keyword_end].upper()

    @property
    def takes_heredocs(self) -> bool:
        """ADD, COPY and RUN that are no JSON array do, and an ONBUILD with one of them."""
        head = self if self.inner is None else self.inner
        return head.keyword in _HEREDOC_KEYWORDS and exec_form(self.joined.text[slice(*head.extent)]) is None


def _head(joined: Joined, begin: int, end: int, *, nested: bool = False) -> _Head:
    blank = BLANKS.search(joined.text, begin, end)
    keyword_end = blank.start() if blank else end
    flags: tuple[Flag, ...] = ()
    start = end
    if blank:
        flags, start = split_flags(joined, blank.end(), end)
        rest = joined.text[start:end]
        start = end - len(rest.lstrip(SPACE))
    inner = None
    if not nested and joined.text[begin:keyword_end].upper() == "ONBUILD":
        inner = _head(joined, start, end, nested=True)
    return _Head(joined=joined, begin=begin, keyword_end=keyword_end, flags=flags, extent=(start, end), inner=inner)


def _heredocs(scanner: Scanner, head: _Head) -> tuple[Heredoc, ...]:
    """Read the bodies that follow a logical line."""
    found: list[Heredoc] = []
    for opening in openings(head.joined.text):
        start = scanner.position
        while True:
            line = scanner.line()
            if line is None:
                raise BadWordsError("unterminated heredoc")
            end = scanner.position
            scanner.position += len(line)
            last = line.rstrip("\r\n")
            if (last.lstrip("\t") if opening.strip_tabs else last) == opening.delimiter:
                break
        raw = scanner.source.text[start:end]
        found.append(
            Heredoc(
                delimiter=opening.delimiter,
                expand=opening.expand,
                strip_tabs=opening.strip_tabs,
                fd=opening.fd,
                body=_LEADING_TABS.sub("", raw) if opening.strip_tabs else raw,
                body_span=Span(start, end),
            )
        )
    return tuple(found)


def _build(scanner: Scanner, head: _Head, span: Span, heredocs: tuple[Heredoc, ...]) -> Instruction:
    facts: dict[str, Any] = {
        "source": scanner.source,
        "span": span,
        "keyword": head.keyword,
        "keyword_span": head.joined.span(head.begin, head.keyword_end),
        "flags": head.flags,
        "heredocs": heredocs,
        "escape": scanner.escape,
        "joined": head.joined,
        "extent": head.extent,
    }
    if head.inner is not None:
        rest = Span(head.joined.offset(head.inner.begin), span.end)
        return Onbuild(**facts, inner=_build(scanner, head.inner, rest, heredocs))
    # An ONBUILD in an ONBUILD is refused later; until then it is of no known class.
    kind = Instruction if head.keyword == "ONBUILD" else INSTRUCTIONS.get(head.keyword, Instruction)
    return kind(**facts)


def _read(instruction: Instruction) -> None:
    """Read the values that BuildKit's line parser reads, so that what it rejects comes first."""
    if isinstance(instruction, Onbuild):
        _read(instruction.inner)
    elif isinstance(instruction, Env):
        _ = instruction.pairs
    else:
        _ = instruction.exec_form


def _stages(instructions: tuple[Instruction, ...], end: int) -> tuple[Stage, ...]:
    starts = [at for at, one in enumerate(instructions) if isinstance(one, From)]
    stages = []
    for index, (first, after) in enumerate(pairwise([*starts, len(instructions)])):
        from_ = instructions[first]
        assert isinstance(from_, From)
        stop = instructions[after].span.start if after < len(instructions) else end
        stages.append(
            Stage(
                index=index,
                name=from_.alias.lower() if from_.alias is not None else None,
                from_=from_,
                instructions=instructions[first + 1 : after],
                span=Span(from_.span.start, stop),
            )
        )
    return tuple(stages)
