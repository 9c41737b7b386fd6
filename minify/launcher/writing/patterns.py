"""Shell patterns as plain comparisons where they are such, and as regular expressions otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable

from minify.launcher.values import AnyCharacter, AnyOf, AnyText, Literal, Pattern, Text

_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}/-]")


def plain_text(pattern: Pattern) -> tuple[Text, ...] | None:
    """The texts of a pattern without wildcards; None when it has some."""
    texts = tuple(part for part in pattern.parts if not isinstance(part, AnyText | AnyCharacter | AnyOf))
    return texts if len(texts) == len(pattern.parts) else None


def around(pattern: Pattern) -> tuple[bool, tuple[Text, ...], bool] | None:
    """`*text*` as whether it is open before, the text, and whether it is open after; None for other patterns."""
    parts = pattern.parts
    before = bool(parts) and isinstance(parts[0], AnyText)
    after = len(parts) > before and isinstance(parts[-1], AnyText)
    middle = Pattern(parts[before : len(parts) - after])
    texts = plain_text(middle)
    return None if texts is None or not texts else (before, texts, after)


def expression(pattern: Pattern, dynamic: Callable[[Text], str], *, lazy: bool = False) -> list[str]:
    """A pattern as pieces of a regular expression: text to write down, and code (after a NUL) that gives some.

    >>> expression(Pattern((Literal("a."), AnyText())), str)
    ['a\\\\..*']
    """
    pieces: list[str] = [""]
    for part in pattern.parts:
        if isinstance(part, AnyText):
            pieces[-1] += ".*?" if lazy else ".*"
        elif isinstance(part, AnyCharacter):
            pieces[-1] += "."
        elif isinstance(part, AnyOf):
            inner = "".join(
                _escaped(first) if first == last else f"{_escaped(first)}-{_escaped(last)}"
                for first, last in part.ranges
            )
            pieces[-1] += f"[{'^' if part.negated else ''}{inner}]"
        elif isinstance(part, Literal):
            pieces[-1] += (
                _SPECIAL.sub(r"\\\g<0>", part.text).replace("\n", "\\n").replace("\\-", "-").replace("\\/", "/")
            )
        else:
            pieces += ["\0" + dynamic(part), ""]
    return [piece for piece in pieces if piece]


def _escaped(character: str) -> str:
    return "\\" + character if character in "\\]^-[" else character
