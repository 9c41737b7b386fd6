"""Pipelines, the background, and `$(…)`: what runs beside the launcher."""

from __future__ import annotations

from dataclasses import replace

from minify.launcher.actions import (
    Background,
    Call,
    Given,
    KeepNumber,
    Nothing,
    Piped,
    Return,
    Run,
    Statement,
    Status,
    Streams,
)
from minify.launcher.program import Dialect
from minify.launcher.reading.commands import Commander
from minify.launcher.reading.scope import Want, Way
from minify.launcher.reading.statuses import Result
from minify.launcher.reading.value_facts import is_strict
from minify.launcher.text import tree
from minify.launcher.values import (
    EMPTY,
    Chomped,
    Condition,
    Literal,
    Output,
    Text,
    Truth,
    negation,
)


class Pipelines(Commander):
    """Reads pipelines and substitutions."""

    def pipeline(self, command: tree.Pipeline, way: Way) -> Result:
        if len(command.commands) == 1:
            before, condition = self.condition(command.commands[0], way)
            return Result(tuple(before), Status(negation(condition)))
        result = self._piped(command, way)
        if command.negated and not isinstance(result.status, int):
            _, condition = self.question(result)
            return Result(result.before, Status(negation(condition)))
        return result

    def _piped(self, command: tree.Pipeline, way: Way) -> Result:
        if command.both:
            self.obstacle("|&", command.place, command.raw)
        before: list[Statement] = []
        with self.ahead(before):
            given = self.written(command.commands[0])
            if len(command.commands) == 2 and (fetched := self.fetched(command.commands[0], command.commands[1])):
                return Result(tuple(before), Status(fetched))
            if given is not None and len(command.commands) == 2:
                asked = self.searched(command.commands[1], given)
                if asked is not None:
                    self.strict_apart(given, command)
                    return Result(tuple(before), Status(asked))
            stages = command.commands if given is None else command.commands[1:]
            runs: list[Run] = []
            for stage in stages:
                result = self.simple_command(stage, way.asked()) if isinstance(stage, tree.Simple) else Result()
                if not isinstance(result.status, Run) or result.before:
                    self.obstacle("a pipe with what is no program", command.place, command.raw)
                    return Result()
                runs.append(result.status)
            if given is not None:
                if runs[0].streams.input != Streams().input:
                    self.obstacle("a pipe and another standard input", command.place, command.raw)
                runs[0] = replace(runs[0], streams=replace(runs[0].streams, input=Given(given)))
        self.strict_apart((given, tuple(runs)), command)
        if len(runs) == 1:
            return Result(tuple(before), runs[0])
        self.only_python("a pipe between programs", command.place, command.raw)
        return Result(tuple(before), Piped(tuple(runs), fails=self.options.pipefail))

    def background(self, item: tree.Item, way: Way) -> list[Statement]:
        """`program &`."""
        command = item.command
        if not isinstance(command, tree.Simple):
            self.obstacle("several commands in the background", item.place, item.raw)
            return []
        self.branching += 1
        result = self.simple_command(command, way.asked())
        self.branching -= 1
        if not isinstance(result.status, Run):
            self.obstacle("a command of the shell in the background", item.place, item.raw)
            return []
        self.has_background = True
        self.only_python("a program in the background", item.place, item.raw)
        after: list[Statement] = [KeepNumber(0)] if way.want is Want.KEEP else []
        if way.want is Want.GIVE:
            after = [Return(Literal("0"))]
        return [*result.before, Background(result.status), *after]

    def is_port(self, command: tree.Group) -> bool:
        """Whether a group is nothing but a look at a port: `(echo > /dev/tcp/db/5432)`."""
        return self.dialect is Dialect.BASH and any(
            isinstance(node, tree.Redirect) and node.target.raw.strip('"').startswith("/dev/tcp/")
            for node in tree.nodes(command.body)
        )

    def port_group(self, command: tree.Group) -> Condition:
        items = command.body.items
        self.streams(command.redirects, Streams())
        only = items[0].command if len(items) == 1 else None
        if isinstance(only, tree.Simple) and (condition := self.port(only)) is not None:
            return condition
        self.obstacle("/dev/tcp in a group", command.place, command.raw)
        return Truth(False)

    def substituted(self, part: tree.Substitution) -> Text:
        items = part.body.items
        if not items:
            return EMPTY
        if len(items) != 1 or items[0].background:
            self.obstacle("several commands in $(…)", part.place, part.raw)
            return EMPTY
        command = items[0].command
        if (
            isinstance(command, tree.AndOr)
            and len(command.rest) == 1
            and command.rest[0][0] == "||"
            and isinstance(last := command.rest[0][1], tree.Simple)
            and [word.static for word in last.words] in (["true"], [":"])
        ):
            command = command.first
        before: list[Statement] = []
        with self.ahead(before), self.branch():
            written = self.written(command)
            text = self._captured(command, part) if written is None else _chomped(written)
        if before:
            self.obstacle("an assignment in $(…)", part.place, part.raw)
        self.strict_apart(text, part)
        return text

    def strict_apart(self, text: object, node: tree.Substitution | tree.Pipeline | tree.Group) -> None:
        """Where `set -u` would end a shell of its own, and not the one that reads on."""
        if is_strict(text):
            self.obstacle("set -u looks at a variable in a shell of its own", node.place, node.raw)

    def _captured(self, command: tree.Command, part: tree.Substitution) -> Text:
        if isinstance(command, tree.Simple):
            known = self.known_output(command)
            if known is not None:
                return known
            # bash leaves set -e at the door of $(…)
            protected = self.dialect is Dialect.BASH or not self.options.errexit
            result = self.simple_command(command, Way(protected=protected, branch=True, apart=True))
            if isinstance(result.status, Call) and not result.before:
                self.used(result.status, "value")
                self.only_python("the output of a function", part.place, part.raw)
                return Output(result.status)
            if isinstance(result.status, Run) and not result.before:
                if result.status.streams.output == Streams().output:
                    return Output(result.status)
                if isinstance(result.status.streams.output, Nothing):
                    return Output(result.status)
        self.obstacle("the output of what is no program", part.place, part.raw)
        return EMPTY


def _chomped(text: Text) -> Text:
    if isinstance(text, Literal):
        return Literal(text.text.rstrip("\n"))
    return Chomped(text)
