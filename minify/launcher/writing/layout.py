"""Lines that are too long are broken at their brackets; Python and JavaScript have them alike."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final, NamedTuple

BREAK: Final = "\x02"
"""Where a text of several lines goes on: the group around it is broken here, whatever its length."""
WIDTH: Final = 100
_QUESTION: Final = re.compile(r"(if|elif|while) (.*):")
_OPERATORS: Final = (" and ", " or ", " && ", " || ")


class Group(NamedTuple):
    """A pair of brackets: where it opens and closes, and what stands between, cut at the commas."""

    start: int
    end: int
    items: list[str]
    calls: bool
    """A name stands before it: it is the arguments of a call."""


def lay_out(code: str, indent: int, step: int, width: int = WIDTH) -> list[str]:
    """The lines of a statement.

    >>> lay_out('run("a", "b")', 0, 4, width=12)
    ['run(', '    "a",', '    "b",', ')']
    >>> lay_out('if first() and second():', 0, 4, width=20)
    ['if (', '    first()', '    and second()', '):']
    """
    if BREAK not in code and indent + len(code) <= width:
        return [" " * indent + code]
    question = _QUESTION.fullmatch(code)
    if question and len(_conditions(question[2])) > 1 and BREAK not in code:
        code = f"{question[1]} ({question[2]}):"
    group = _group(code)
    if group is None:
        return [" " * indent + code.replace(BREAK, " ")]
    # One argument alone stays with its call: `check(run(` opens both
    while group.calls and len(group.items) == 1 and (inner := _whole(group.items[0].strip())):
        offset = code.index(group.items[0].strip(), group.start + 1)
        group = Group(inner.start + offset, inner.end + offset, inner.items, inner.calls)
    head, tail = code[: group.start + 1], code[group.end :]
    lines = [" " * indent + head, *_inside(group, indent + step, step, width), " " * indent + tail]
    return [line.replace(BREAK, " ") for line in lines]


def _inside(group: Group, indent: int, step: int, width: int) -> list[str]:
    if len(group.items) == 1 and not group.calls:
        item = group.items[0]
        if BREAK in item:
            return [" " * indent + piece.strip() for piece in item.split(BREAK)]
        # Parentheses around a condition: a comma would make it something else
        return [line for piece in _conditions(item) for line in lay_out(piece, indent, step, width)]
    return [line for item in group.items for line in _item(item.strip(), indent, step, width)]


def _item(item: str, indent: int, step: int, width: int) -> list[str]:
    whole = _whole(item)
    if whole and not whole.calls and BREAK in item and len(whole.items) == 1 and whole.start == 0:
        lines = _inside(whole, indent, step, width)
    else:
        lines = lay_out(item, indent, step, width - 1)
    return [*lines[:-1], lines[-1] + ","]


def _whole(item: str) -> Group | None:
    """The bracket group that an item ends with, when it is one call or list."""
    group = _group(item)
    return (
        group
        if group is not None and group.end == len(item) - 1 and not re.search(r"\s", item[: group.start])
        else None
    )


def _conditions(code: str) -> list[str]:
    """`a and b or c` cut before each operator that stands outside brackets."""
    cuts = [0]
    depth = at = 0
    while at < len(code):
        if code[at] in "\"'`":
            at = _string_end(code, at)
            continue
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(code[at], 0)
        if depth == 0 and code[at] == " " and code.startswith(_OPERATORS, at):
            cuts.append(at)
        at += 1
    return [code[a:b].strip() for a, b in zip(cuts, [*cuts[1:], len(code)], strict=True)]


def _group(code: str) -> Group | None:
    """The longest outermost bracket group."""
    best: Group | None = None
    depth, start, at = 0, 0, 0
    commas: list[int] = []
    while at < len(code):
        character = code[at]
        if character in "\"'`":
            at = _string_end(code, at)
            continue
        if character in "([{":
            if depth == 0:
                start, commas = at, []
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth == 0 and at - start > 1 and (best is None or at - start > best.end - best.start):
                bounds = [start, *commas, at]
                items = [code[a + 1 : b] for a, b in pairwise(bounds)]
                calls = code[start] != "(" or re.match(r"[\w)\]]", code[start - 1 : start] or " ") is not None
                best = Group(start, at, [item for item in items if item.strip()], calls or len(items) > 1)
        elif character == "," and depth == 1:
            commas.append(at)
        at += 1
    return best


def _string_end(code: str, at: int) -> int:
    """Where the string that begins here is over."""
    quote = code[at]
    at += 1
    while at < len(code) and code[at] != quote:
        at += 2 if code[at] == "\\" else 1
    return at + 1
