"""The words of an instruction: exec-form arrays, blank-separated arguments, `name=value` pairs."""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn

from minify.syntax.text import BLANKS, SPACE, quoted

_SWAPPED = str.maketrans("\\`", "`\\")
# Python's white space that is none in Go; the splitter's answer is only used for its lengths.
_NO_SPACE = str.maketrans("\x1c\x1d\x1e\x1f", "xxxx")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class BadWordsError(ValueError):
    """What BuildKit says about arguments that it does not take."""


def _reject(literal: str) -> NoReturn:
    raise ValueError(literal)


def _number(literal: str) -> None:
    # Go decodes numbers as float64 and takes one that does not fit for a text that is no JSON.
    if math.isinf(float(literal)):
        _reject(literal)


_decoder = json.JSONDecoder(parse_int=_number, parse_float=_number, parse_constant=_reject)


def exec_form(text: str) -> tuple[str, ...] | None:
    r"""The strings of a JSON array; None when the text is none, which makes it the shell form.

    BuildKit reads the first JSON value and leaves what follows it. A character that is no Unicode becomes
    U+FFFD, as in Go.

    >>> exec_form('["a", "b"]'), exec_form("['a']")
    (('a', 'b'), None)
    """
    text = text.lstrip(SPACE)
    if not text.startswith("["):
        return None
    try:
        values, _ = _decoder.raw_decode(text)
    except ValueError:
        return None
    except RecursionError:
        raise BadWordsError(_ONLY_STRINGS) from None
    if not all(isinstance(value, str) for value in values):
        raise BadWordsError(_ONLY_STRINGS)
    return tuple(_LONE_SURROGATE.sub("\ufffd", value) for value in values)


_ONLY_STRINGS = "when using JSON array syntax, arrays must be comprised of strings only"


def blank_separated(text: str) -> tuple[str, ...]:
    """The arguments of COPY, ADD, EXPOSE, FROM and VOLUME: quotes mean nothing here.

    >>> blank_separated("a  'b c'")
    ('a', "'b", "c'")
    """
    return tuple(BLANKS.split(text)) if text else ()


def quoted_words(text: str, escape: str) -> list[tuple[int, int]]:
    r"""Where the words of ENV, LABEL and ARG start and end; quotes and escapes stay in them.

    dockerfile-parse splits. It knows the backslash only, so with `# escape=` set to the backtick the two
    trade places first. A lone escape that ends the text is part of no word in BuildKit.

    >>> quoted_words("a='b c' d", "\\")
    [(0, 7), (8, 9)]
    """
    # Its package takes longer to import than most Dockerfiles to read: those with neither ENV, LABEL nor ARG.
    from dockerfile_parse.util import WordSplitter

    readable = text.translate(_NO_SPACE)
    if escape != "\\":
        readable = readable.translate(_SWAPPED)
    spans: list[tuple[int, int]] = []
    position = 0
    for word in WordSplitter(readable).split(dequote=False):
        start = readable.index(word, position)
        position = start + len(word)
        spans.append((start, position))
    if spans and _ends_in_escape(readable):
        start, end = spans.pop()
        if end - start > 1:
            spans.append((start, end - 1))
    return spans


def _ends_in_escape(text: str) -> bool:
    """Whether the last character is a backslash that escapes nothing, inside quotes or not."""
    if not text.endswith("\\"):
        return False
    quote, index = "", 0
    while index < len(text):
        character = text[index]
        if character == "\\" and quote != "'":
            if index + 1 == len(text):
                return True
            index += 1
        elif character == quote:
            quote = ""
        elif not quote and character in "\"'":
            quote = character
        index += 1
    return False


def name_values(text: str, keyword: str, escape: str) -> list[tuple[str, str, tuple[int, int]]]:
    r"""The pairs of ENV and LABEL with their places: `a=1 b=2`, or `a one value` in the old form.

    >>> [(name, value) for name, value, _ in name_values("a=1 b='2 3'", "ENV", "\\")]
    [('a', '1'), ('b', "'2 3'")]
    >>> [(name, value) for name, value, _ in name_values("a b c", "ENV", "\\")]
    [('a', 'b c')]
    """
    words = quoted_words(text, escape)
    if not words:
        return []
    if "=" not in text[slice(*words[0])]:
        parts = BLANKS.split(text, maxsplit=1)
        if len(parts) < 2:
            raise BadWordsError(f"{keyword} must have two arguments")
        return [(parts[0], parts[1], (0, len(text)))]
    pairs: list[tuple[str, str, tuple[int, int]]] = []
    for start, end in words:
        name, equals, value = text[start:end].partition("=")
        if not equals:
            raise BadWordsError(f"Syntax error - can't find = in {quoted(name)}. Must be of the form: name=value")
        pairs.append((name, value, (start, end)))
    return pairs
