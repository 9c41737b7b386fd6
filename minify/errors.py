"""The errors a user can meet, and the exit code that each one ends the program with.

    DockminifyError
    ├── UsageError            2   a missing file, a directory where a file belongs, a bad option
    │   └── ConfigurationError 2   .dockminify.toml or a template override that cannot be read
    ├── RefusedError          3   nothing is changed, and this is the line that says why
    │   └── SyntaxRefusedError 3   BuildKit would not build this Dockerfile either
    ├── VerificationError     4   the images do not behave the same
    └── InternalError        70   our bug

They carry facts (path, line, column, what to do) and never print.
"""

from __future__ import annotations

from typing import ClassVar


class DockminifyError(Exception):
    """The root: `message`, where it is, and what to do about it.

    `line` and `column` count from 1; `column` counts characters; both are None where there is no place to name.
    """

    exit_code: ClassVar[int] = 70

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line
        self.column = column
        self.hint = hint

    @property
    def location(self) -> str:
        """`Dockerfile:3:1`, as far as it is known; empty when nothing is."""
        parts = [self.path, self.line, self.column]
        return (
            ":".join(str(part) for part in parts[: parts.index(None)] if part is not None)
            if None in parts
            else ":".join(map(str, parts))
        )

    def __str__(self) -> str:
        return f"{self.location}: {self.message}" if self.location else self.message


class UsageError(DockminifyError):
    """What was asked for cannot be done as asked: a missing file, an unknown value of an option."""

    exit_code = 2


class ConfigurationError(UsageError):
    """A configuration file or a template override that cannot be used."""


class RefusedError(DockminifyError):
    """The Dockerfile is not one that is rewritten: Windows, ONBUILD bases, what BuildKit rejects."""

    exit_code = 3


class SyntaxRefusedError(RefusedError):
    """BuildKit's own parser rejects the text: `Dockerfile:3:1: unknown instruction: FORM`."""


class VerificationError(DockminifyError):
    """What was built does not behave as the original did."""

    exit_code = 4


class InternalError(DockminifyError):
    """Our bug: shown with what to paste into a report, and no traceback."""
