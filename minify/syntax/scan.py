"""The physical lines of a Dockerfile as BuildKit groups them: directives, comments, logical lines, bodies.

What decides where an instruction ends is here and in `heredoc`; nothing here knows what it means.
"""

from __future__ import annotations

import re

from minify.errors import SyntaxRefusedError
from minify.syntax.source import Source
from minify.syntax.text import SPACE, Joined

_DIRECTIVE = re.compile(r"#[\t\n\f\r ]*([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*\Z")
_DIRECTIVES = ("syntax", "escape", "check")
_LONGEST_LINE = 65535
"""In bytes, without the line feed: what BuildKit's reader holds at once."""


class Scanner:
    """Reads one file front to back; `position` is the start of the next physical line."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.position = 0
        self.escape = "\\"
        self.directives: list[tuple[str, str]] = []
        self._directives_over = False

    def line(self) -> str | None:
        """The next physical line with its newline; None at the end. The caller moves `position`."""
        text = self.source.text
        if self.position >= len(text):
            return None
        end = text.find("\n", self.position)
        line = text[self.position : end + 1 if end >= 0 else len(text)]
        if len(line) > _LONGEST_LINE // 4 and len(_bytes(line.removesuffix("\n"))) > _LONGEST_LINE:
            raise self.refused(f"dockerfile line greater than max allowed size of {_LONGEST_LINE}")
        return line

    def refused(self, reason: str, offset: int | None = None) -> SyntaxRefusedError:
        """The error to raise: BuildKit's reason at a place, by default the start of the next line."""
        at = self.position if offset is None else offset
        return SyntaxRefusedError(
            reason, path=self.source.path, line=self.source.line(at), column=self.source.column(at)
        )

    def is_directive(self, stripped: str) -> bool:
        """Whether a line is a parser directive, which only the first lines of a file can be."""
        if self._directives_over:
            return False
        match = _DIRECTIVE.match(stripped)
        if not match or match[1].lower() not in _DIRECTIVES:
            self._directives_over = True
            return False
        name, value = match[1].lower(), match[2]
        if any(name == seen for seen, _ in self.directives):
            raise self.refused(f"only one {name} parser directive can be used")
        if name == "escape":
            if value not in ("\\", "`"):
                raise self.refused(f"invalid escape token '{value}' does not match ` or \\")
            self.escape = value
        self.directives.append((name, value))
        return True

    def logical_line(self, first: str, offset: int) -> Joined:
        """Join the line that starts an instruction, left-stripped and at `offset`, with those it goes on in.

        Blank lines and comments do not end a continuation, and neither does the end of the file.
        """
        kept = self._continued(first)
        if kept is None:
            return Joined(first, ((0, offset),))
        texts, pieces, length = [kept], [(0, offset)], len(kept)
        while (raw := self.line()) is not None:
            start = self.position
            self.position += len(raw)
            line = raw.rstrip("\r\n")
            visible = line.lstrip(SPACE)
            if not visible or visible[0] == "#":
                continue
            kept = self._continued(line)
            part = line if kept is None else kept
            if part:
                texts.append(part)
                pieces.append((length, start))
                length += len(part)
            if kept is None:
                break
        return Joined("".join(texts), tuple(pieces))

    def _continued(self, line: str) -> str | None:
        """The line without the escape that continues it; None when it is not continued.

        An escape before it makes it an ordinary character, even if that one is escaped in its turn.
        """
        trimmed = line.rstrip(" \t")
        if not trimmed.endswith(self.escape) or trimmed.endswith(self.escape * 2):
            return None
        return trimmed[:-1]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
