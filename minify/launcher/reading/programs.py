"""Programs: run, become (`exec`), or asked for (`command -v`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from minify.launcher.actions import (
    Exec,
    Given,
    Nothing,
    Reopen,
    Run,
    Status,
    When,
)
from minify.launcher.program import Dialect
from minify.launcher.reading.scope import Want, Way
from minify.launcher.reading.scripts import Scripts
from minify.launcher.reading.statuses import Result
from minify.launcher.reading.variables import Variables
from minify.launcher.text import tree
from minify.launcher.values import (
    ArgumentCount,
    Available,
    Compared,
    Condition,
    EachArgument,
    EachSplit,
    FieldCount,
    Fields,
    Integer,
    One,
    Split,
)

_BUILTINS: Final = ("exec", "command", "type", "hash", ":", "true", "false", "echo", "printf", "test", "[", "exit",
                    "return", "break", "continue", "set", "shift", "export", "readonly", "local", "unset", "cd", "umask",
                    "ulimit", "wait", ".", "pwd")  # fmt: skip


class Programs(Scripts, Variables):
    """Reads programs."""

    def program(self, command: tree.Simple, way: Way, *, words: tuple[tree.Word, ...] | None = None) -> Result:
        """A program is run, with its arguments, variables and streams."""
        words = command.words if words is None else words
        fields = self.fields(words)
        name = words[0].static if words else None
        if name is None and set(self.definitions) - set(self.traps) and words is command.words:
            self.obstacle("which command runs is not known, and may be a function", command.place, command.raw)
        other = self.other_script(command, words, way, replaces=way.want is Want.END)
        if other is not None:
            return other
        env = self._own_variables(command)
        streams = self.program_streams(command.redirects, way.streams, command.place, command.raw)
        replaces = way.want is Want.END and not way.apart and not self.has_background and not self.traps
        self.starts(name, command.place, command.raw, replaces=replaces)
        if name is None and words is command.words:
            self.note(f"line {command.place.line}: the first word is taken for a program, not a command of the shell")
        run = Run(fields, env, streams)
        some = _some(fields)
        if replaces and some is not None:
            return Result((When(some, (Exec(run),)),), 0)
        return Result((), run)

    def do_exec(self, command: tree.Simple, way: Way) -> Result:
        words = command.words[1:]
        if words and words[0].static == "--":
            words = words[1:]
        if words and (words[0].static or "").startswith("-"):
            self.obstacle("an option of exec", command.place, command.raw)
        if way.apart:
            self.obstacle("exec in ( … )", command.place, command.raw)
        if not words:
            streams = self.streams(command.redirects, way.streams)
            if not way.streams.untouched or way.function:
                self.obstacle("exec of a stream inside a group", command.place, command.raw)
            if isinstance(streams.input, Given):
                self.obstacle("a here-document for the launcher itself", command.place, command.raw)
            self.only_python("exec of a stream", command.place, command.raw)
            return Result((Reopen(streams),))
        fields = self.fields(words)
        name = words[0].static
        other = self.other_script(command, words, replace(way, want=Want.END), replaces=True)
        if other is not None:
            return replace(other, left=True)
        if way.function:
            self.only_python("exec in a function", command.place, command.raw)
        env = self._own_variables(command)
        streams = self.streams(command.redirects, way.streams)
        self.starts(name, command.place, command.raw, replaces=True)
        run = Run(fields, env, streams)
        some = _some(fields)
        if some is not None:
            return Result((When(some, (Exec(run),)),))
        return Result((Exec(run),), left=True)

    def do_command(self, command: tree.Simple, way: Way) -> Result:
        words = command.words[1:]
        if words and words[0].static in ("-v", "-V"):
            return self._asked(command, words[1:], way)
        if words and (words[0].static is None or (words[0].static or "").startswith("-")):
            self.obstacle("an option of command", command.place, command.raw)
            return Result()
        if words and words[0].static in self.definitions:
            self.obstacle("command that looks past a function", command.place, command.raw)
        return self.simple_command(replace(command, words=words), way)

    def do_which(self, command: tree.Simple, way: Way) -> Result:
        streams = self.streams(command.redirects, way.streams)
        if isinstance(streams.output, Nothing) and len(command.words) == 2:
            return self._asked(command, command.words[1:], way)
        return self.program(command, way)

    def _asked(self, command: tree.Simple, words: tuple[tree.Word, ...], way: Way) -> Result:
        streams = self.streams(command.redirects, way.streams)
        fields = self.fields(words)
        if len(fields) != 1 or not isinstance(fields[0], One) or not isinstance(streams.output, Nothing):
            self.obstacle("command -v that writes, or is asked for several", command.place, command.raw)
            return Result()
        name = words[0].static
        if name in self.definitions or name in _BUILTINS:
            return Result((), 0)
        missing = 1 if command.words[0].static != "command" or self.dialect is Dialect.BASH else 127
        if missing == 127 and way.want is not Want.NONE:
            self.obstacle("the status of command -v", command.place, command.raw)
        self.starts(name, command.place, command.raw, asked=True)
        return Result((), Status(Available(fields[0].text)))


def _some(fields: Fields) -> Condition | None:
    """Whether there is a command at all, when that is not sure: `exec "$@"` without arguments does nothing."""
    if any(isinstance(field, One) for field in fields):
        return None
    if len(fields) == 1 and isinstance(field := fields[0], EachArgument | EachSplit):
        start = field.start if isinstance(field, EachArgument) else 1
        return Compared(">=", ArgumentCount(), Integer(start))
    if isinstance(fields[0], Split):
        return FieldCount(fields[0].text, 1, None) if len(fields) == 1 else None
    return None
