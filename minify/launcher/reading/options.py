"""The options of small programs."""

from __future__ import annotations

from typing import Final

from minify.launcher.actions import (
    Given,
    Into,
    Nothing,
)
from minify.launcher.reading.commands import Commander
from minify.launcher.reading.scope import Way
from minify.launcher.text import tree

_LONG: Final = {"--fail": "-f", "--silent": "-s", "--show-error": "-S", "--insecure": "-k", "--location": "-L",
                "--head": "-I", "--max-time": "-m", "--output": "-o", "--parents": "-p", "--force": "-f",
                "--recursive": "-r", "--symbolic": "-s", "--zero": "-z", "--quiet": "-q"}  # fmt: skip


class OptionReader(Commander):
    """Reads options."""

    def is_quiet(self, command: tree.Simple, way: Way) -> bool:
        """Whether the complaints of a command go nowhere; a command that writes to no file otherwise."""
        streams = self.streams(command.redirects, way.streams)
        if any(isinstance(stream, Into | Given) for stream in (streams.input, streams.output, streams.error)):
            self.obstacle("a file for the output of what has none", command.place, command.raw)
        return isinstance(streams.error, Nothing)

    def taken(
        self, command: tree.Simple, known: str, valued: str = ""
    ) -> tuple[dict[str, str], list[tree.Word]] | None:
        """The one-letter options and the operands; None when one is not known here."""
        given: dict[str, str] = {}
        words = list(command.words[1:])
        operands: list[tree.Word] = []
        while words:
            word = words.pop(0)
            text = word.static
            if text == "--":
                return given, operands + words
            if text is None or not text.startswith("-") or text == "-":
                operands.append(word)
                continue
            text = _LONG.get(text, text)
            if text.startswith("--"):
                return None
            for index, letter in enumerate(text[1:], start=1):
                if letter in valued:
                    value = text[index + 1 :] or (words.pop(0).static if words else None)
                    if value is None:
                        return None
                    given[letter] = value
                    break
                if letter not in known:
                    return None
                given[letter] = ""
        return given, operands
