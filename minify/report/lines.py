"""Text with styles, free of any terminal: reports are made of it, and one door prints it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TextIO


class Line(NamedTuple):
    """A line of a report: pieces of text, each with a style of rich's ("bold", "green", "") ."""

    pieces: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The line without styles."""
        return "".join(text for text, _ in self.pieces)


def line(text: str = "", style: str = "") -> Line:
    """A line in one style."""
    return Line(((text, style),))


def write(lines: Iterable[Line], out: TextIO, *, colour: bool) -> None:
    """Print lines: plain, or with rich when colour is wanted."""
    if not colour:
        out.writelines(item.text.encode("utf-8", "surrogateescape").decode("utf-8", "replace") + "\n" for item in lines)
        out.flush()
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, highlight=False, soft_wrap=True)
    for item in lines:
        console.print(Text.assemble(*((text, style) for text, style in item.pieces)))


def wants_colour(out: TextIO, environment: dict[str, str] | None = None) -> bool:
    """Colour only on a terminal, and never with NO_COLOR. https://no-color.org"""
    import os

    env = dict(os.environ) if environment is None else environment
    return out.isatty() and not env.get("NO_COLOR") and env.get("TERM") != "dumb"


__all__ = ["Line", "line", "wants_colour", "write"]
