"""A piece of code and how tightly it holds together."""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """An expression, and how tightly it holds together."""

    text: str
    tight: int = 7

    def at(self, tight: int) -> str:
        """The expression for a place that asks for at least this."""
        return self.text if self.tight >= tight else f"({self.text})"
