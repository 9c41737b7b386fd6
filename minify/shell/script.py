"""What a RUN is read into: simple commands in order, each with its place in the Dockerfile."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from minify.shell.words import Word
from minify.syntax.source import Span


class Redirect(NamedTuple):
    """`> file`, `2>&1`, `<<EOF`: `body` is the text of a heredoc."""

    operator: str
    target: Word | None
    span: Span
    body: str | None = None


class Argument(NamedTuple):
    """One argument after expansion: None when it is not known; `word` is where it comes from."""

    text: str | None
    word: Word


class Command(NamedTuple):
    """One simple command of a script; `name`, `program` and `arguments` see through `sudo`, `env`, `exec`, ….

    `span` are offsets in the text that was read (the Dockerfile for a RUN); `text` is the command with
    continuations joined. `cwd` is the directory it runs in, "" when not known; `conditional` when the script
    may go on without running it.
    """

    argv: tuple[Word, ...]
    assignments: tuple[tuple[str, Word], ...]
    redirects: tuple[Redirect, ...]
    span: Span
    text: str
    cwd: str
    conditional: bool
    piped: bool
    nested: bool
    """Inside `$(…)` or a function: not a step of the script itself."""
    program: str | None
    """The program as written, `/opt/venv/bin/pip`; None when its name is not known."""
    arguments: tuple[Argument, ...]
    env: Mapping[str, str]
    """The variables known where it runs, its own assignments included."""
    upstream: Command | None
    """The command whose output is piped into this one."""

    @property
    def name(self) -> str:
        """`pip` of `sudo /opt/venv/bin/pip install`; "" when not known, or for bare assignments."""
        return (self.program or "").rpartition("/")[2]

    @property
    def args(self) -> tuple[str | None, ...]:
        """The arguments after the program, None where one is not known."""
        return tuple(argument.text for argument in self.arguments)


class OpaqueText(NamedTuple):
    """Text that is not understood, and why."""

    span: Span
    reason: str


class Separator(NamedTuple):
    """`&&`, `||`, `;`, `|`, `&` or a newline between two commands."""

    operator: str
    span: Span


class Script(NamedTuple):
    """The commands of one RUN in the order they are written.

    `variables` are the names the script assigns, with the value at its end (None when not known); `functions`
    the names it defines, whose bodies are among the commands.
    """

    commands: tuple[Command, ...] = ()
    opaque: tuple[OpaqueText, ...] = ()
    separators: tuple[Separator, ...] = ()
    variables: Mapping[str, str | None] = MappingProxyType({})
    functions: tuple[str, ...] = ()
    exec_form: bool = False
