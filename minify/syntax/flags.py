"""The `--name=value` flags between a keyword and its arguments."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from minify.syntax.text import Joined
from minify.syntax.tree import Flag

# BuildKit reads flags byte by byte. Inside a character beyond ASCII these two bytes are white space to it,
# and so end a flag; at the start of a word only bytes that are no UTF-8 can be that.
_BYTE_SPACE = "\t\n\v\f\r \x85\xa0"
_LEADING_SPACE = "\t\n\v\f\r \udc85\udca0"


def split_flags(joined: Joined, start: int, end: int) -> tuple[tuple[Flag, ...], int]:
    """The flags of `joined.text[start:end]`, and the index at which the arguments start.

    A word that does not start with `--` ends them, and so does `--` itself. Quotes and backslashes are taken
    out of a flag, and each byte of a character beyond ASCII becomes a character, as BuildKit does it.

    >>> flags, arguments = split_flags(Joined('COPY --from="a" b c', ((0, 0),)), 5, 19)
    >>> flags[0].name, flags[0].value, arguments
    ('from', 'a', 16)
    """
    text = joined.text
    flags: list[Flag] = []
    at = start
    while True:
        while at < end and text[at] in _LEADING_SPACE:
            at += 1
        if not text.startswith("--", at, end):
            return tuple(flags), at
        first, word, at = at, *_word(text, at, end)
        if word == "--":
            return tuple(flags), at
        name, equals, value = word[2:].partition("=")
        flags.append(Flag(name, value if equals else None, joined.span(first, at)))


def _word(text: str, start: int, end: int) -> tuple[str, int]:
    """The word that starts at an index, without its quotes and escapes, and the index after it."""
    word: list[str] = []
    quote = ""
    bytes_ = _bytes(text, start, end)
    for byte, at in bytes_:
        if quote and byte == quote:
            quote = ""
        elif not quote and byte in "\"'":
            quote = byte
        elif byte == "\\":
            word += [escaped for escaped, _ in islice(bytes_, 1)]
        elif not quote and byte in _BYTE_SPACE:
            return "".join(word), at if byte.isascii() else at + 1
        else:
            word.append(byte)
    return "".join(word), end


def _bytes(text: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    """The bytes of a stretch of text, each as a character, with the index of the character it is part of."""
    for at in range(start, end):
        character = text[at]
        if character.isascii():
            yield character, at
        else:
            for byte in character.encode("utf-8", "surrogateescape"):
                yield chr(byte), at
