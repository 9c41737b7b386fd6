"""Noise: what differs between two runs of one and the same image says nothing about another image.

The parts that two runs of the original differ in are cut out of its text; a new image's text that fits into what is
left is the same: `token 8f2c9a` and `token 77b01e` make room for any token, and for nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

# Aligning costs the square of it
_MAX_LINES: Final = 1500
_TOKEN: Final = re.compile(r"\w+|\W")
_WITH_DIGITS: Final = re.compile(r"\b[\w-]*\d[\w-]*\b")


class _Place(NamedTuple):
    """One line, or a gap where two runs have lines of their own: `fits` any number of times, also never."""

    fits: tuple[re.Pattern[str], ...]
    gap: bool


def only_noise(before: str, control: str, after: str) -> bool:
    """Whether `after` differs from `before` only where `control`, a second run of the same, does.

    >>> only_noise("id 17 ok", "id 99 ok", "id 4 ok"), only_noise("id 17 ok", "id 99 ok", "id 4 failed")
    (True, False)
    """
    if after in (before, control):
        return True
    if before == control:
        return False
    texts = [text.split("\n") for text in (before, control, after)]
    if sorted(texts[0]) == sorted(texts[1]):
        # The same lines in another order, as of two workers
        return sorted(texts[2]) == sorted(texts[0])
    if _words(before) == _words(control) == _words(after):
        # A set that was written out
        return True
    if len(set(map(len, texts))) == 1 and _fits([_line(*pair) for pair in zip(*texts[:2], strict=True)], texts[2]):
        # Line by line, where nothing has to be aligned: a long page with a token
        return True
    if max(map(len, texts)) > _MAX_LINES:
        return False
    return _fits(list(_places(texts[0], texts[1])), texts[2])


def _words(text: str) -> list[str]:
    return sorted(_TOKEN.findall(text))


def _places(before: Sequence[str], control: Sequence[str]) -> Iterator[_Place]:
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, control, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (_Place((re.compile(re.escape(line)),), False) for line in before[i1:i2])
        elif i2 - i1 == j2 - j1:
            pairs = zip(before[i1:i2], control[j1:j2], strict=True)
            yield from (_Place((_common(one, other),), False) for one, other in pairs)
        else:
            yield _Place(tuple(_shape(line) for line in dict.fromkeys((*before[i1:i2], *control[j1:j2]))), True)


def _line(one: str, other: str) -> _Place:
    return _Place((re.compile(re.escape(one)) if one == other else _common(one, other),), False)


def _common(one: str, other: str) -> re.Pattern[str]:
    """What two lines share, with room for what they do not."""
    a, b = _TOKEN.findall(one), _TOKEN.findall(other)
    if len(a) == len(b):
        parts = (
            re.escape(x) if x == y else r"\w+" if x.isalnum() and y.isalnum() else ".+"
            for x, y in zip(a, b, strict=True)
        )
        return re.compile("".join(parts))
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest = min(len(a), len(b)) - start
    end = next((i for i in range(rest) if a[-1 - i] != b[-1 - i]), rest)
    return re.compile(f"{re.escape(''.join(a[:start]))}.*{re.escape(''.join(a[len(a) - end :]))}")


def shape(line: str) -> str:
    """A line without the words that hold digits: what two messages of one kind share.

    >>> shape("worker 7f3a failed") == shape("worker 9b failed")
    True
    """
    return _WITH_DIGITS.sub("#", line)


def _shape(line: str) -> re.Pattern[str]:
    """A line whose words with digits may be others."""
    parts = _WITH_DIGITS.split(line)
    return re.compile(r"[\w-]+".join(map(re.escape, parts)))


def _fits(places: Sequence[_Place], lines: Sequence[str]) -> bool:
    """Whether the lines can be laid on the places, in order: every way to do so is followed at once."""
    reached = _past_gaps(places, {0})
    for line in lines:
        following: set[int] = set()
        for index in reached:
            if index < len(places) and any(pattern.fullmatch(line) for pattern in places[index].fits):
                following.add(index if places[index].gap else index + 1)
        reached = _past_gaps(places, following)
        if not reached:
            return False
    return len(places) in reached


def _past_gaps(places: Sequence[_Place], reached: set[int]) -> set[int]:
    for index in sorted(reached):
        while index < len(places) and places[index].gap:
            index += 1
            reached = reached | {index}
    return reached
