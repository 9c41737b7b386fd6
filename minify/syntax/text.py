"""White space and lines as BuildKit's parser, which is written in Go, understands them."""

from __future__ import annotations

import re
from typing import NamedTuple

from minify.syntax.source import Span

SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""What Go's `unicode.IsSpace` holds for; Python's `str.isspace` also takes U+001C to U+001F."""

BLANKS = re.compile(r"[\t\v\f\r ]+")
"""What separates a keyword from its arguments, and the arguments of COPY, EXPOSE, FROM and VOLUME."""


_NAMED = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


def quoted(text: str) -> str:
    r"""A text as Go's `%q` shows it in a message.

    >>> print(quoted("a 'b'\t\\"))
    "a 'b'\t\\"
    """
    return '"' + "".join(map(_quoted, text)) + '"'


def _quoted(character: str) -> str:
    code = ord(character)
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    if character in _NAMED:
        return _NAMED[character]
    if code < 0x80:
        return f"\\x{code:02x}"
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class Logical(NamedTuple):
    r"""An instruction's lines joined: continuations, and the comments and blank lines inside them, are gone.

    `offsets[i]` is where `text[i]` stands in `Source.text`; one more entry says where the last one ends.

    >>> Logical("ab", (4, 8, 9)).span(1, 2)
    Span(start=8, end=9)
    """

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """The stretch of the source from `text[start]` to just after `text[end - 1]`."""
        if start == end:
            return Span(self.offsets[start], self.offsets[start])
        return Span(self.offsets[start], self.offsets[end - 1] + 1)


class Joined(NamedTuple):
    """A logical line before its offsets are spelled out: pieces of the source, one a physical line.

    >>> Joined("RUN a b", ((0, 0), (6, 8))).offset(6)
    8
    """

    text: str
    pieces: tuple[tuple[int, int], ...]
    """Pairs of an index into `text` and the offset in the source of the character there, ascending."""

    def offset(self, index: int) -> int:
        """Where `text[index]` stands in the source; `len(text)` gives the place after the last character."""
        if index and index == len(self.text):
            return self.offset(index - 1) + 1
        start, base = self.pieces[0]
        for piece in self.pieces:
            if piece[0] > index:
                break
            start, base = piece
        return base + index - start

    def logical(self, start: int, end: int) -> Logical:
        """The part `text[start:end]`, with the offset of every character."""
        offsets: list[int] = []
        edges = [piece[0] for piece in self.pieces[1:]] + [len(self.text)]
        for (first, base), edge in zip(self.pieces, edges, strict=True):
            low, high = max(first, start), min(edge, end)
            if low < high:
                offsets.extend(range(base + low - first, base + high - first))
        offsets.append(offsets[-1] + 1 if offsets else self.offset(start))
        return Logical(self.text[start:end], tuple(offsets))

    def span(self, start: int, end: int) -> Span:
        """The stretch of the source from `text[start]` to just after `text[end - 1]`."""
        first = self.offset(start)
        return Span(first, self.offset(end - 1) + 1 if end > start else first)
