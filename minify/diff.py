"""The difference of two texts as a unified diff that `git apply` and `patch` accept, byte for byte."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from minify.syntax import Source

CONTEXT_LINES = 3


class Hunk(NamedTuple):
    """One `@@` part: lines with their ` `, `-` or `+`, counted from 1."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: tuple[str, ...]


class Patch(NamedTuple):
    """A text before and after."""

    before: Source
    after: Source

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return self.before.text == self.after.text

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """The changed places with three lines around each."""
        return tuple(_hunks(lines_of(self.before.text), lines_of(self.after.text)))

    @property
    def counts(self) -> tuple[int, int]:
        """How many lines are added and how many removed."""
        lines = [line for hunk in self.hunks for line in hunk.lines]
        return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)

    def unified(self, path: str | None = None) -> str:
        r"""The diff's text; empty when nothing changes. Encode it as the source: UTF-8 with `surrogateescape`.

        >>> print(Patch(Source("FROM a\n"), Source("FROM b\n")).unified("Dockerfile"), end="")
        --- a/Dockerfile
        +++ b/Dockerfile
        @@ -1 +1 @@
        -FROM a
        +FROM b
        """
        if self.empty:
            return ""
        name = path or relative_name(self.before.path)
        out = [f"--- a/{name}\n", f"+++ b/{name}\n"]
        for hunk in self.hunks:
            out.append(f"@@ -{_range(hunk.old_start, hunk.old_count)} +{_range(hunk.new_start, hunk.new_count)} @@\n")
            out.extend(
                line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in hunk.lines
            )
        return "".join(out)


def relative_name(path: str) -> str:
    """The path as `patch` and `git apply` want it: from here down, or the name alone."""
    absolute = Path(path).absolute()
    here = Path.cwd()
    return absolute.relative_to(here).as_posix() if absolute.is_relative_to(here) else absolute.name


def lines_of(text: str) -> list[str]:
    """Lines as diff tools see them: only a line feed ends one."""
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def _range(start: int, count: int) -> str:
    return str(start) if count == 1 else f"{start},{count}"


def _hunks(before: list[str], after: list[str]) -> Iterator[Hunk]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT_LINES):
        old_start, old_end = group[0][1], group[-1][2]
        new_start, new_end = group[0][3], group[-1][4]
        lines: list[str] = []
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                lines += [" " + line for line in before[i1:i2]]
            else:
                lines += ["-" + line for line in before[i1:i2]]
                lines += ["+" + line for line in after[j1:j2]]
        yield Hunk(
            old_start + (old_end > old_start),
            old_end - old_start,
            new_start + (new_end > new_start),
            new_end - new_start,
            tuple(lines),
        )
