"""Branches, loops and groups: `if`, `case`, `while`, `for`, `{ … }` and `( … )`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from minify.launcher.actions import (
    Apart,
    Choose,
    Exit,
    ForEach,
    Given,
    Into,
    Keep,
    KeepNumber,
    Open,
    Opened,
    Require,
    Return,
    Statement,
    Stream,
    Streams,
    When,
    While,
)
from minify.launcher.program import Dialect
from minify.launcher.reading.commands import Commander
from minify.launcher.reading.scope import Want, Way
from minify.launcher.reading.statuses import leaves, when
from minify.launcher.text import tree
from minify.launcher.text.tree_facts import assigned_names, reads_status, reads_status_first, unset_names
from minify.launcher.text.words import NAME
from minify.launcher.values import (
    EachArgument,
    Fields,
    IsOpen,
    LastStatus,
    Literal,
    One,
    Pattern,
    Truth,
    both,
    negation,
)


class Brancher(Commander):
    """Reads compound commands."""

    def branches_of(self, command: tree.If, way: Way) -> list[Statement]:
        opened, inner = self.around(command.redirects, way)
        return self.inside(opened, self._branches(list(command.branches), command.otherwise, inner), way)

    def _branches(
        self, branches: list[tuple[tree.Sequence, tree.Sequence]], otherwise: tree.Sequence | None, way: Way
    ) -> list[Statement]:
        (asked, body), *rest = branches
        before, condition = self.last_condition(asked, way)
        other = rest[0][0] if rest else otherwise
        if reads_status_first(body) or (other is not None and reads_status_first(other)):
            self.counted(condition, asked.items[-1].command)
            before, condition = self.kept(before, condition)
        ends: list[tuple[set[str], set[str]]] = []
        then = self._arm(body, way, ends)
        if rest:
            otherwise_statements = self._arm_of(lambda: self._branches(rest, otherwise, way.inside()), ends)
        elif otherwise is not None:
            otherwise_statements = self._arm(otherwise, way, ends)
        else:
            otherwise_statements = self.constant(0, way, checked=False) if way.want is Want.KEEP else []
            if way.want is Want.GIVE:
                otherwise_statements = [Return(Literal("0"))]
            ends.append((set(self.certain), set(self.shared)))
        self._merge(ends)
        return [*before, *when(condition, then, otherwise_statements)]

    def _arm(self, body: tree.Sequence, way: Way, ends: list[tuple[set[str], set[str]]]) -> list[Statement]:
        return self._arm_of(lambda: self.sequence(body, way.inside()), ends)

    def _arm_of(self, read: Callable[[], list[Statement]], ends: list[tuple[set[str], set[str]]]) -> list[Statement]:
        """One branch; what is certain at its end goes to `ends`, unless it does not come to an end."""
        certain, shared = set(self.certain), set(self.shared)
        self.branching += 1
        statements = read()
        self.branching -= 1
        if not leaves(statements):
            ends.append((self.certain, self.shared))
        self.certain, self.shared = certain, shared
        return statements

    def _merge(self, ends: list[tuple[set[str], set[str]]]) -> None:
        """What is certain after branches is what is so at the end of each."""
        if ends:
            self.certain = set.intersection(*(certain for certain, _ in ends))
            self.shared = set.intersection(*(shared for _, shared in ends))

    def case(self, command: tree.Case, way: Way) -> list[Statement]:
        opened, way = self.around(command.redirects, way)
        before: list[Statement] = []
        with self.ahead(before):
            text = self.text(command.word)
        arms: list[tuple[tuple[Pattern, ...], tuple[Statement, ...]]] = []
        ends: list[tuple[set[str], set[str]]] = []
        everything = False
        for words, body, ending in command.arms:
            if ending != ";;":
                self.obstacle(f"{ending} in case", command.place, command.raw)
            patterns = tuple(self.pattern(word) for word in words)
            if any(word.raw == "*" for word in words):
                patterns, everything = (), True
            statements = self._arm(body, way, ends)
            if not body.items:
                statements = self.constant(0, way, checked=False)
            arms.append((patterns, tuple(statements)))
            if everything:
                break
        if not everything:
            ends.append((set(self.certain), set(self.shared)))
            missed = self.constant(0, way, checked=False)
            if missed:
                arms.append(((), tuple(missed)))
        self._merge(ends)
        return self.inside(opened, [*before, Choose(text, tuple(arms))], way)

    def loop(self, command: tree.Loop | tree.For, way: Way) -> list[Statement]:
        opened, way = self.around(command.redirects, way)
        keeps = way.want is not Want.NONE
        asks = isinstance(command, tree.Loop) and reads_status_first(command.condition)
        inner = replace(way.inside(), want=Want.KEEP if keeps or asks else Want.NONE, loop=True, kept=keeps or asks)
        if keeps and (reads_status(command) or reads_status_first(command.body)):
            self.obstacle("a loop that reads the status before it, and whose own is read", command.place, command.raw)
        # A later round starts from what an earlier one left
        for name in unset_names(command):
            self.certain.discard(name)
        statements: list[Statement] = []
        if isinstance(command, tree.Loop):
            before, condition = self.last_condition(
                command.condition, replace(way, want=Want.NONE, loop=True, kept=keeps or asks)
            )
            if reads_status_first(command.body):
                before, condition = self.kept(before, condition)
            if command.negated:
                condition = negation(condition)
            endless = condition == Truth(True)
            with self.branch():
                body = self.sequence(command.body, inner)
            if keeps and not endless:
                # The status of a loop is its body's, not its condition's
                if before or any(isinstance(one, Keep) for one in before):
                    self.obstacle("the status of a loop", command.place, command.raw)
                statements.append(KeepNumber(0))
            statements.append(While(tuple(before), condition, tuple(body)))
        else:
            fields: Fields = (EachArgument(),)
            ahead: list[Statement] = []
            with self.ahead(ahead):
                if command.words is not None:
                    fields = self.fields(command.words)
            if not NAME.fullmatch(command.name):
                self.obstacle("the name of a loop's variable", command.place, command.raw)
            with self.branch():
                self.assigned(command.name)
                body = self.sequence(command.body, inner)
            if fields and all(isinstance(field, One) for field in fields):
                self.certain.add(command.name)
            statements += [*ahead, *([KeepNumber(0)] if keeps else []), ForEach(command.name, fields, tuple(body))]
        if way.want is Want.END:
            statements.append(Exit(LastStatus()))
        elif way.want is Want.GIVE:
            statements.append(Return(LastStatus()))
        return self.inside(opened, statements, way)

    def group(self, command: tree.Group, way: Way) -> list[Statement]:
        opened, inner = self.around(command.redirects, way)
        if not command.subshell:
            return self.inside(opened, self.sequence(command.body, inner), way)
        if way.want in (Want.END, Want.GIVE):
            # At the end there is nothing left that it could be apart from
            inner = inner.once(Want.KEEP)
        names = set(assigned_names(command.body))
        certain, shared = set(self.certain), set(self.shared)
        options = replace(self.options)
        self.branching += 1
        self.grouped += 1
        body = self.sequence(command.body, replace(inner, apart=True))
        self.grouped -= 1
        self.branching -= 1
        self.certain, self.shared = certain, shared
        if any(isinstance(one, Require) for one in tree.nodes(tuple(body))):
            self.obstacle("${…:?…} in ( … )", command.place, command.raw)
        self.strict_apart(tuple(body), command)
        if options != self.options:
            self.obstacle("options that a ( … ) sets", command.place, command.raw)
            self.options = options
        moves = any(
            isinstance(node, tree.Simple) and node.words and node.words[0].static in ("cd", ".", "source", "umask")
            for node in tree.nodes(command.body)
        )
        statements: list[Statement] = [Apart(tuple(body), moves=moves, assigns=bool(names))]
        if way.want is Want.END:
            statements.append(Exit(LastStatus()))
        elif way.want is Want.GIVE:
            statements.append(Return(LastStatus()))
        return self.inside(opened, statements, way)

    def inside(self, opened: list[Statement], statements: list[Statement], way: Way) -> list[Statement]:
        """The statements of a group, which are done when its files could be opened."""
        names = [one for one in opened if isinstance(one, Open)]
        if not names:
            return opened + statements
        condition = both([IsOpen(one.name) for one in names])
        checked = self.options.errexit and not way.protected
        otherwise = self.constant(names[0].status, way, checked=checked)
        return [*opened, When(condition, tuple(statements), tuple(otherwise))]

    def around(self, redirects: tuple[tree.Redirect, ...], way: Way) -> tuple[list[Statement], Way]:
        """The files that a compound command opens, and the way inside it."""
        if not redirects:
            return [], way
        before: list[Statement] = []
        with self.ahead(before):
            streams = self.streams(redirects, way.streams)
        named: dict[Into, Opened] = {}
        found: list[Stream] = []
        for stream in (streams.input, streams.output, streams.error):
            if isinstance(stream, Into):
                if stream not in named:
                    named[stream] = self.fresh()
                    status = 1 if self.dialect is not Dialect.DASH else 2
                    before.append(Open(named[stream].name, stream.path, stream.mode, status))
                found.append(named[stream])
            else:
                found.append(stream)
        if isinstance(found[0], Opened | Given):
            self.obstacle("standard input of a whole group", redirects[0].place, redirects[0].raw)
        return before, replace(way, streams=Streams(*found))
