"""Go's `filepath.Match`, which COPY and ADD sources are read with."""

from __future__ import annotations

import re
from functools import lru_cache

from minify.context.ignore import check_match_pattern


def has_wildcards(pattern: str) -> bool:
    r"""Whether BuildKit takes a source for a glob: an unescaped `*`, `?` or `[`.

    >>> has_wildcards("*.txt"), has_wildcards(r"\*.txt")
    (True, False)
    """
    at = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 1
        elif pattern[at] in "*?[":
            return True
        at += 1
    return False


@lru_cache(maxsize=256)
def _regex(pattern: str) -> re.Pattern[str] | None:
    try:
        check_match_pattern(pattern)
    except ValueError:
        return None
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "\\":
            out.append(re.escape(pattern[at]))
            at += 1
        elif char == "[":
            text, at = _class(pattern, at)
            out.append(text)
        else:
            out.append(re.escape(char))
    return re.compile("".join(out), re.DOTALL)


def _class(pattern: str, at: int) -> tuple[str, int]:
    """A `[...]` that check_match_pattern has passed; `at` is after the bracket."""
    negated = pattern[at] == "^"
    at += negated
    ranges: list[str] = []

    def one() -> str:
        nonlocal at
        at += pattern[at] == "\\"
        at += 1
        return pattern[at - 1]

    while pattern[at] != "]":
        low = high = one()
        if pattern[at] == "-":
            at += 1
            high = one()
        # An empty range (`z-a`) matches nothing in Go, and is an error in Python.
        if low <= high:
            ranges.append(f"{re.escape(low)}-{re.escape(high)}")
    # Go's classes may match a slash only in theory: a name never holds one.
    if negated:
        return (f"[^/{''.join(ranges)}]" if ranges else "[^/]"), at + 1
    return (f"(?!/)[{''.join(ranges)}]" if ranges else "(?!)"), at + 1


class GoGlob:
    """One pattern; a bad one matches nothing.

    >>> GoGlob("src/*.py").matches("src/app.py"), GoGlob("*").matches("src/app.py")
    (True, False)
    """

    __slots__ = ("_compiled",)

    def __init__(self, pattern: str) -> None:
        self._compiled = _regex(pattern)

    def matches(self, path: str) -> bool:
        """Whether the whole path matches; `*` and `?` never match a slash."""
        return self._compiled is not None and self._compiled.fullmatch(path) is not None
