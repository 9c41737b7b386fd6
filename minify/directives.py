"""What a Dockerfile's own comments ask for.

# dockminify: off                                 leave the file alone (before the first instruction; `skip` says the same)
# dockminify: keep=curl,bash,/data                take these along into the final image
# dockminify: ignore=apt-recommends needed by X   leave out that fix: of the whole file before the first instruction,
                                                  else of the instruction below
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from minify.config import CODES, suggestion
from minify.edit import Fix
from minify.errors import ConfigurationError
from minify.syntax import Dockerfile, Instruction, Span, Trivia

_COMMENT: Final = re.compile(r"\s*#\s*dockminify:\s*(?P<said>.*?)\s*$")
_WORDS: Final = ("off", "skip", "keep", "ignore")
_NAME: Final = re.compile(r"/[\w.+@:/-]*|[\w.+-]+")


class Kept(NamedTuple):
    """A path or a program that a comment asks for."""

    name: str
    line: int


class Ignored(NamedTuple):
    """A fix that is not wanted: of one instruction (`span`), or of the whole file."""

    code: str
    reason: str
    line: int
    span: Span | None

    def covers(self, fix: Fix) -> bool:
        """Whether the fix is of this code, and touches the instruction."""
        if fix.code != self.code:
            return False
        span = self.span
        return span is None or any(e.span.start <= span.end and span.start <= e.span.end for e in fix.edits)


class Directives(NamedTuple):
    """All of them; `off` is the line of the one that asks to be left alone."""

    off: int | None = None
    keep: tuple[Kept, ...] = ()
    ignore: tuple[Ignored, ...] = ()


def read(dockerfile: Dockerfile) -> Directives:
    """The comments of a file; one that says nothing that is known is a ConfigurationError, so that no typing mistake goes unseen.

    >>> from minify.syntax import Source, parse
    >>> read(parse(Source("# dockminify: keep=curl\\nFROM a\\n# dockminify: ignore=apt-lists offline builds\\nRUN b\\n"))).keep
    (Kept(name='curl', line=1),)
    """
    if "dockminify:" not in dockerfile.source.text:
        return Directives()
    off: int | None = None
    keep: list[Kept] = []
    ignore: list[Ignored] = []
    for line, said, head, below in _comments(dockerfile):
        word, equals, rest = said.partition("=")
        word = word.strip()
        if word in ("off", "skip") and not equals:
            # Further down it is a comment like any other: half of a file cannot be left alone
            off = line if off is None and head else off
        elif word == "keep" and equals:
            keep += [Kept(name, line) for name in _names(dockerfile, rest, line)]
        elif word == "ignore" and equals:
            codes, _, reason = rest.strip().partition(" ")
            for code in codes.split(","):
                if code not in CODES:
                    raise _wrong(dockerfile, line, f"ignore={code}", suggestion(code, CODES, "the codes are"))
                if head or below is not None:
                    ignore.append(Ignored(code, reason.strip(), line, None if below is None else below.span))
        else:
            known = ("off", "keep=…", "ignore=…")
            hint = suggestion(word, _WORDS, "it says") if word not in _WORDS else f"write one of {', '.join(known)}"
            raise _wrong(dockerfile, line, said, hint)
    return Directives(off, tuple(keep), tuple(ignore))


def _comments(dockerfile: Dockerfile) -> Iterator[tuple[int, str, bool, Instruction | None]]:
    """Each with its line, its words, whether it stands before the first instruction, and else the instruction below it."""
    slices = dockerfile.slices
    first = next((i for i, piece in enumerate(slices) if isinstance(piece, Instruction)), len(slices))
    for index, piece in enumerate(slices):
        if not isinstance(piece, Trivia):
            continue
        match = _COMMENT.match(dockerfile.source.slice(piece.span))
        if match is not None:
            below = next((p for p in slices[index:] if isinstance(p, Instruction)), None) if index > first else None
            yield dockerfile.source.line(piece.span.start), match["said"], index < first, below


def _names(dockerfile: Dockerfile, text: str, line: int) -> Iterator[str]:
    for name in (part.strip() for part in text.split(",")):
        if not _NAME.fullmatch(name):
            raise _wrong(dockerfile, line, f"keep={text.strip()}", "name programs and paths with commas between them")
        yield name


def _wrong(dockerfile: Dockerfile, line: int, said: str, hint: str) -> ConfigurationError:
    return ConfigurationError(
        f"# dockminify: {said} is not understood", path=dockerfile.source.path, line=line, column=1, hint=hint
    )
