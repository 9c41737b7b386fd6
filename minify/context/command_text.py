"""Command lines that a source holds as text, of which only the beginning may be known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Text(NamedTuple):
    """What is known of a string: its beginning, and whether that is all of it."""

    start: str
    whole: bool


def words(text: Text) -> tuple[str | None, ...]:
    """The words of a string; the last one of an unfinished text may go on, unless a space ends it.

    >>> words(Text("git log -", False))
    ('git', 'log', None)
    """
    found: list[str | None] = list(text.start.split())
    if not text.whole and found and not text.start[-1].isspace():
        found[-1] = None
    return tuple(found)


def shell_programs(text: Text) -> tuple[str | None, ...]:
    """The programs of a shell command line, as far as plain words show them.

    >>> shell_programs(Text("cd /data && A=b git log | head -1", True))
    ('cd', 'git', 'head')
    """
    return tuple(_programs(text))


def _programs(text: Text) -> Iterator[str | None]:
    # Redirections are no separators.
    parts = re.split(r"&&|\|\|?|[;\n&]", re.sub(r"\d?>&\d?|&>", ">", text.start))
    for number, part in enumerate(parts):
        whole = text.whole or number < len(parts) - 1
        found = [word for word in words(Text(part, whole)) if word is None or not re.match(r"[A-Za-z_]\w*=", word)]
        if found:
            plain = found[0] is not None and re.fullmatch(r"[\w./+@-]+", found[0])
            yield found[0] if plain else None
        elif not whole:
            yield None
