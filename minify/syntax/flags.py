"""The `--name=value` flags between a keyword and its arguments."""

from __future__ import annotations

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


def _word(text: str, at: int, end: int) -> tuple[str, int]:
    """The word that starts at an index, without its quotes and escapes, and the index after it."""
    word: list[str] = []
    quote = ""
    while at < end:
        character = text[at]
        if quote and character == quote:
            quote = ""
        elif not quote and character in "\"'":
            quote = character
        elif character == "\\":
            at += 1
            if at < end:
                word.append(_bytes(text[at]))
        else:
            read = _bytes(character)
            if not quote and any(byte in _BYTE_SPACE for byte in read):
                kept = read[: next(i for i, byte in enumerate(read) if byte in _BYTE_SPACE)]
                return "".join([*word, kept]), at + (1 if kept else 0)
            word.append(read)
        at += 1
    return "".join(word), min(at, end)


def _bytes(character: str) -> str:
    if character.isascii():
        return character
    return character.encode("utf-8", "surrogateescape").decode("latin-1")
