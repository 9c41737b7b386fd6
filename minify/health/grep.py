"""grep on what a request answers: which texts it looks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from minify.health.options import Table, parse, same
from minify.health.plan import Obstacle
from minify.health.text import Text

TABLE: Final = Table(
    program="grep",
    switches={
        **same("", "-q --quiet --silent -s --no-messages -c --count -o --only-matching -n --line-number -a --text"),
        **same("", "-H -h --with-filename --no-filename --line-buffered -G --basic-regexp --color --colour"),
        **same("ignore case", "-i --ignore-case -y"),
        **same("fixed", "-F --fixed-strings"),
        **same("extended", "-E --extended-regexp"),
    },
    valued={
        **same("pattern", "-e --regexp"),
        **same("", "-m --max-count --color --colour -A -B -C"),
    },
    obstacles={
        **same("it looks for what is not there", "-v --invert-match -L --files-without-match"),
        **same("it looks for whole words or lines", "-w -x --word-regexp --line-regexp"),
        **same("it looks for a Perl pattern", "-P --perl-regexp"),
        **same("it reads its patterns from a file", "-f --file"),
    },
)
# What a backslash makes plain in a basic pattern, and in an extended one
_PLAIN_ESCAPES: Final = {"basic": "./-\"'\\[]*^$:#@!%=,;", "extended": "./-\"'\\[]*^$:#@!%=,;+?(){}|"}
# Patterns for a status code, which mean the same to Python
_CODES: Final = {"basic": re.compile(r"[\d.^$\[\]-]+"), "extended": re.compile(r"[\d.^$\[\]()|-]+")}
_SPECIAL: Final = {"basic": ".[]*^$", "extended": ".[]*^$+?(){}|"}


class Search(NamedTuple):
    """What is looked for: texts of which one is enough (None: it is more than that), and a Python pattern."""

    texts: tuple[str, ...] | None
    expression: str
    ignore_case: bool


def read_grep(name: str, words: Sequence[Text]) -> Search | Obstacle:
    """What `grep words` looks for in its input.

    >>> read_grep("grep", [Text.join("-q"), Text.join("green\\\\|yellow")]).texts
    ('green', 'yellow')
    """
    parsed = parse(words, TABLE)
    if isinstance(parsed, Obstacle):
        return parsed
    patterns, operands = parsed.values("pattern"), parsed.operands
    if not patterns:
        patterns, operands = operands[:1], operands[1:]
    if operands or not patterns:
        return Obstacle("it looks into a file", " ".join([name, *map(str, words)]))
    kind = "extended" if parsed.has("extended") or name == "egrep" else "basic"
    texts: list[str] = []
    expressions: list[str] = []
    plain = True
    for pattern in patterns:
        static = pattern.static
        if not static or not static.isascii() or not static.isprintable():
            return Obstacle("what it looks for is not known", str(pattern))
        found = (static,) if parsed.has("fixed") or name == "fgrep" else alternatives(static, kind)
        if found is None and not _CODES[kind].fullmatch(static):
            return Obstacle("it looks for a pattern", static)
        plain = plain and found is not None
        texts += found or ()
        expressions += [static] if found is None else map(re.escape, found)
    return Search(tuple(texts) if plain else None, "|".join(expressions), parsed.has("ignore case"))


def alternatives(pattern: str, kind: str) -> tuple[str, ...] | None:
    r"""The plain texts of a pattern of grep; None when it is more than that.

    >>> alternatives(r"green\|yellow", "basic"), alternatives("ok|up", "extended"), alternatives("v1.0", "basic")
    (('green', 'yellow'), ('ok', 'up'), None)
    """
    texts = [""]
    index = 0
    while index < len(pattern):
        letter = pattern[index]
        if letter == "\\":
            index += 1
            escaped = pattern[index : index + 1]
            if kind == "basic" and escaped == "|":
                texts.append("")
            elif escaped and escaped in _PLAIN_ESCAPES[kind]:
                texts[-1] += escaped
            else:
                return None
        elif kind == "extended" and letter == "|":
            texts.append("")
        elif letter in _SPECIAL[kind] and not (kind == "extended" and letter in "{}" and index == 0):
            return None
        else:
            texts[-1] += letter
        index += 1
    return tuple(texts) if all(texts) else None
