"""Which here-documents a logical line opens."""

from __future__ import annotations

import re
from typing import NamedTuple

from minify.syntax.expand import ExpansionError, Lexer

_OPENING = re.compile(r"(\d*)<<(-?)([^<]*)", re.ASCII)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Opening(NamedTuple):
    """`3<<-"EOF"` is `Opening("EOF", expand=False, strip_tabs=True, fd=3)`."""

    delimiter: str
    expand: bool
    strip_tabs: bool
    fd: int


def openings(line: str) -> list[Opening]:
    """The here-documents of a whole logical line, in order.

    Only a word that starts with `<<`, or with digits and it, opens one: `a<<EOF` does not, and neither does
    `<< EOF`. A line whose quotes do not match opens none. The escape is the backslash whatever the file says.

    >>> [opening.delimiter for opening in openings("RUN cat <<A && cat <<'B C'")]
    ['A', 'B C']
    """
    try:
        words = _lexer(raw_quotes=True, raw_escapes=True).words(_LONE_SURROGATE.sub("\ufffd", line))
    except ExpansionError:
        return []
    return [opening for opening in map(_opening, words) if opening]


def is_heredoc(word: str) -> bool:
    """Whether an argument of COPY or ADD is a here-document and no path."""
    try:
        return _opening(word) is not None
    except ExpansionError:
        return False


def spaced_heredoc(line: str) -> bool:
    """Whether a line holds what newer BuildKits take for a here-document and older ones do not: `<< EOF`.

    >>> spaced_heredoc("cat << EOF > /x"), spaced_heredoc("cat <<EOF")
    (True, False)
    """
    return re.search(r"<<-?[ \t]+['\"]?\w", line) is not None


def _opening(word: str) -> Opening | None:
    match = _OPENING.fullmatch(word)
    if not match or not match[3]:
        return None
    words = _lexer(raw_quotes=False).words(match[3])
    if len(words) != 1:
        return None
    # Quotes that are there in one reading and gone in the other mean a quoted delimiter.
    raw = _lexer(raw_quotes=True).words(match[3])[0]
    expand = _quotes(raw) == _quotes(words[0])
    return Opening(words[0], expand, match[2] == "-", _descriptor(match[1]))


def _descriptor(digits: str) -> int:
    # Go stops at the largest 64-bit number.
    return min(int(digits.lstrip("0")[:20] or "0"), 2**64 - 1)


def _quotes(word: str) -> int:
    return word.count("'") + word.count('"')


def _lexer(*, raw_quotes: bool, raw_escapes: bool = False) -> Lexer:
    return Lexer(lookup=lambda _: None, raw_quotes=raw_quotes, raw_escapes=raw_escapes, keep_unset=True, patterns=False)
