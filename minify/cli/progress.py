"""What happens, while it happens: builds take minutes, and nobody likes to look at nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from minify.verify.engine import Progress


@contextmanager
def status(out: TextIO) -> Iterator[Progress]:
    """One line that changes, with a spinner: for a terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, highlight=False)
    with console.status("starting") as shown:

        def progress(line: str) -> None:
            # Text, not markup: a Dockerfile is full of brackets
            shown.update(Text(line, overflow="ellipsis", no_wrap=True))

        yield progress


@contextmanager
def lines(out: TextIO) -> Iterator[Progress]:
    """A line each: for a log."""

    def progress(line: str) -> None:
        out.write(line.encode("utf-8", "surrogateescape").decode("utf-8", "replace") + "\n")
        out.flush()

    yield progress
