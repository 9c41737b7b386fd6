"""What a command prints, compared or searched: which answers are healthy then."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from minify.health.curl import Answer
from minify.health.files import Comparison
from minify.health.grep import Search
from minify.health.plan import Contains, HttpCheck, Obstacle, Statuses

_NUMBERS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "-eq": lambda code, value: code == value,
    "-ne": lambda code, value: code != value,
    "-lt": lambda code, value: code < value,
    "-le": lambda code, value: code <= value,
    "-gt": lambda code, value: code > value,
    "-ge": lambda code, value: code >= value,
}


def compared(answer: Answer, asked: Comparison) -> HttpCheck | None:
    """The check whose output compares as asked; a request that fails prints nothing, or the code 000."""
    if answer.writes == "body" and asked.operator == "=" and asked.value and _is_plain(asked.value):
        return answer.check._replace(contains=Contains(texts=(asked.value,), whole=True))
    if answer.writes != "code":
        return None
    if asked.operator in ("=", "!="):
        codes = [code for code in range(1000) if (f"{code:03}" == asked.value) == (asked.operator == "=")]
    elif asked.operator in _NUMBERS and asked.value.isdecimal():
        codes = [code for code in range(1000) if _NUMBERS[asked.operator](code, int(asked.value))]
    else:
        return None
    return _by_code(answer.check, codes)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def searched(answer: Answer, search: Search) -> HttpCheck | Obstacle:
    """The check in whose output grep finds something."""
    if answer.writes == "code":
        flags = re.IGNORECASE if search.ignore_case else 0
        try:
            codes = [code for code in range(1000) if re.search(search.expression, f"{code:03}", flags)]
        except re.error:
            codes = []
        found = _by_code(answer.check, codes)
        return found or Obstacle("which status it looks for is not known", search.expression)
    if answer.writes != "body":
        return Obstacle("it looks into more than the body of the answer", "")
    if search.texts is None:
        return Obstacle("it looks for a pattern", search.expression)
    return answer.check._replace(contains=Contains(texts=search.texts, ignore_case=search.ignore_case))


def _by_code(check: HttpCheck, codes: Sequence[int]) -> HttpCheck | None:
    """The check for these status codes; None when 000, which is no answer at all, is among them."""
    if 0 in codes:
        return None
    ranges: list[tuple[int, int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    # curl has printed the code before the body ends, or fails to
    return check._replace(statuses=Statuses(tuple(ranges)), reads_body=False) if ranges else None
