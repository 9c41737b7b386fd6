"""How far a batch is: a bar with its rate and the time that is left on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

from minify.batch.run import Watch

if TYPE_CHECKING:
    from rich.progress import Progress

_EVERY_SECONDS: Final = 5.0


@contextmanager
def watching(quiet: bool, out: TextIO | None = None) -> Iterator[Watch]:
    """What suits standard error; with `quiet` only what went wrong is told."""
    out = out if out is not None else sys.stderr
    if quiet or not out.isatty():
        plain = Plain(out, quiet=quiet)
        yield plain
        plain.end()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(file=out, highlight=False)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield Bar(progress)


class Bar:
    """A bar a step."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = None if not progress.tasks else progress.tasks[0].id
        self._begun = time.monotonic()
        self._done = 0

    def step(self, name: str, total: int | None) -> None:
        """A step begins."""
        if self._task is not None:
            self._progress.update(self._task, total=self._done, completed=self._done)
        self._begun, self._done = time.monotonic(), 0
        self._task = self._progress.add_task(name, total=total, rate="")

    def advance(self, count: int, what: str) -> None:
        """So many more are done."""
        self._done += count
        assert self._task is not None
        self._progress.update(self._task, advance=count, rate=rate(self._done, time.monotonic() - self._begun))

    def note(self, text: str) -> None:
        """A line above the bars."""
        from rich.text import Text

        self._progress.console.print(Text(printable(text)))


class Plain:
    """A line for each step's begin and end, and every few seconds between them: for a log."""

    def __init__(self, out: TextIO, *, quiet: bool = False) -> None:
        self._out = out
        self._quiet = quiet
        self._name = ""
        self._total: int | None = None
        self._done = 0
        self._begun = self._last = time.monotonic()

    def step(self, name: str, total: int | None) -> None:
        """A step begins; one that has nothing to do is not told."""
        self.end()
        self._name, self._total, self._done = name, total, 0
        self._begun = self._last = time.monotonic()

    def advance(self, count: int, what: str) -> None:
        """So many more are done."""
        self._done += count
        now = time.monotonic()
        if now - self._last >= _EVERY_SECONDS:
            self._last = now
            self._say(now)

    def note(self, text: str) -> None:
        """Something went wrong."""
        self._out.write(f"{printable(text)}\n")
        self._out.flush()

    def end(self) -> None:
        """The step is over."""
        if self._done:
            self._say(time.monotonic())
        self._done = 0

    def _say(self, now: float) -> None:
        if self._quiet:
            return
        seconds = now - self._begun
        of = f" of {self._total:,}" if self._total is not None else ""
        left = ""
        if self._total is not None and 0 < self._done < self._total:
            left = f", {(self._total - self._done) * seconds / self._done:,.0f} s left"
        self._out.write(f"{self._name}: {self._done:,}{of}, {rate(self._done, seconds)}{left}\n")
        self._out.flush()


def rate(done: int, seconds: float) -> str:
    """How many a second, or a minute where they are slow.

    >>> rate(500, 2), rate(3, 60)
    ('250/s', '3.0/min')
    """
    each = done / max(seconds, 0.001)
    return f"{each:,.0f}/s" if each >= 1 else f"{60 * each:.1f}/min"


def printable(text: str) -> str:
    """A message in one line; a control character in a path must not steer the terminal."""
    flat = "".join(character if character.isprintable() else " " for character in text)
    return flat.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
