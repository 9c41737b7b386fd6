"""What a shell text does, for a launcher that does the same: the types that travel, and what stands in the way."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minify.launcher.actions import Function, Statement


class Dialect(enum.Enum):
    """The shell that reads the text: `echo`, `[[`, and what is an error differ.

    >>> Dialect.of("/bin/bash")
    <Dialect.BASH: 'bash'>
    """

    DASH = "dash"
    """/bin/sh of Debian and Ubuntu."""
    BASH = "bash"
    ASH = "ash"
    """/bin/sh of Alpine: busybox."""

    @staticmethod
    def of(shell: str, *, alpine: bool = False) -> Dialect | None:
        """The dialect of a shell by its path or name; None for one that is not known here.

        `sh` is dash, or busybox where the image is Alpine's.
        """
        name = shell.rpartition("/")[2]
        if name == "bash":
            return Dialect.BASH
        if name == "dash":
            return Dialect.DASH
        if name == "ash":
            return Dialect.ASH
        if name == "sh":
            return Dialect.ASH if alpine else Dialect.DASH
        return None

    @property
    def knows_bash(self) -> bool:
        """Whether `[[`, `${x/a/b}`, `$'…'`, `source` and `function` are read: bash and, in part, busybox."""
        return self is not Dialect.DASH


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the text: both count from 1; `path` is the sourced file's, empty for the text itself."""

    line: int
    column: int
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A construct that cannot be translated: why, where, and as written."""

    reason: str
    line: int
    column: int
    raw: str
    path: str = ""
    """The file that it stands in, as the text names it; empty for the text itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A program that the launcher starts and that must be in the image.

    `name` is as written (`gunicorn`, `./bin/app`), None when only running tells (`exec "$@"`).
    """

    name: str | None
    line: int
    column: int
    raw: str
    replaces: bool
    """It is the last thing done: the launcher becomes it."""
    asked: bool = False
    """Not started: only asked for (`command -v nc`)."""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A shell text in the steps that a launcher takes: `python_source` and `node_source` write them down."""

    body: tuple[Statement, ...]
    functions: tuple[Function, ...]
    dialect: Dialect
    is_command: bool
    """The text is the argument of `sh -c`: its first argument is `$0`."""
    programs: tuple[Started, ...]
    private: tuple[str, ...]
    """Shell variables: programs do not get them, unless they came with the environment."""
    notes: tuple[str, ...]
    """What is different and cannot matter, or matters rarely: for the report."""
    python_only: tuple[Obstacle, ...]
    """What Node's standard library cannot do exactly; `node_source` needs it empty."""
    present: bool = False
    """Every program that the text names is in the image: what would happen without it is left out."""

    @property
    def ends_in_exec(self) -> bool:
        """Whether the last step replaces the launcher: process 1 is then the application itself."""
        from minify.launcher.actions import Exec

        return bool(self.body) and isinstance(self.body[-1], Exec)
