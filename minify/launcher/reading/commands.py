"""Commands to statements: lists, branches, loops, functions, and what becomes of each status."""

from __future__ import annotations

from collections.abc import Callable

from minify.launcher.actions import (
    Action,
    Call,
    Check,
    Do,
    End,
    Exec,
    Exit,
    Function,
    Give,
    Keep,
    KeepNumber,
    Note,
    Return,
    Run,
    Statement,
    Status,
    Streams,
    When,
)
from minify.launcher.program import Dialect
from minify.launcher.reading.conditions import Tester
from minify.launcher.reading.redirects import Redirector
from minify.launcher.reading.scope import Want, Way
from minify.launcher.reading.statuses import (
    Result,
    asked,
    is_opened,
    is_plain,
    keeping,
    leaves,
    may_be_refused,
    when,
)
from minify.launcher.text import tree
from minify.launcher.text.tree_facts import reads_status
from minify.launcher.values import (
    Condition,
    Fields,
    LastStatus,
    LastSucceeded,
    Literal,
    Succeeds,
    Text,
    Truth,
    both,
    either,
    negation,
)


class Commander(Redirector, Tester):
    """Reads commands."""

    def __init__(self, dialect: Dialect, *, is_command: bool, files: Callable[[str], str | None]) -> None:
        super().__init__(dialect, is_command=is_command)
        self.files = files
        self.definitions: dict[str, tree.Definition] = {}
        self.uses: dict[str, set[str]] = {}
        self.checked: dict[str, set[bool]] = {}
        self.local: list[str] | None = None
        self.sourcing: tuple[str, ...] = ()
        self.entered: tuple[str, ...] = ()
        self.entered_dialect: Dialect | None = None
        self.inner_functions: tuple[Function, ...] = ()
        self.inner_private: dict[str, None] = {}
        self.plain_so_far = True
        """Nothing was done yet that one shell does differently from another."""

    # What the layers above this one read

    def simple_command(self, command: tree.Simple, way: Way) -> Result:
        """A command that is not compound."""
        raise NotImplementedError

    def branches_of(self, command: tree.If, way: Way) -> list[Statement]:
        """`if`."""
        raise NotImplementedError

    def loop(self, command: tree.Loop | tree.For, way: Way) -> list[Statement]:
        """`while`, `until` and `for`."""
        raise NotImplementedError

    def case(self, command: tree.Case, way: Way) -> list[Statement]:
        """`case`."""
        raise NotImplementedError

    def group(self, command: tree.Group, way: Way) -> list[Statement]:
        """`{ … }` and `( … )`."""
        raise NotImplementedError

    def definition(self, command: tree.Definition, way: Way) -> Result:
        """`name() { … }`."""
        raise NotImplementedError

    def call(self, name: str, command: tree.Simple, arguments: Fields, way: Way) -> Result:
        """A function of the text is called."""
        raise NotImplementedError

    def functions(self) -> tuple[Function, ...]:
        """The functions that are called, in the order of the text."""
        raise NotImplementedError

    def strict_apart(self, text: object, node: tree.Substitution | tree.Pipeline | tree.Group) -> None:
        """Where `set -u` would end a shell of its own, and not the one that reads on."""
        raise NotImplementedError

    def only_redirects(self, command: tree.Simple, way: Way) -> Result:
        """Redirections without a command: `> file`."""
        raise NotImplementedError

    def pipeline(self, command: tree.Pipeline, way: Way) -> Result:
        """`a | b` and `! a`."""
        raise NotImplementedError

    def background(self, item: tree.Item, way: Way) -> list[Statement]:
        """`program &`."""
        raise NotImplementedError

    def is_port(self, command: tree.Group) -> bool:
        """Whether a group is nothing but a look at a port: `(echo > /dev/tcp/db/5432)`."""
        raise NotImplementedError

    def port_group(self, command: tree.Group) -> Condition:
        """What such a group asks."""
        raise NotImplementedError

    def computed(self, command: tree.Compute) -> Action | int:
        """`(( … ))`."""
        raise NotImplementedError

    def program(self, command: tree.Simple, way: Way, *, words: tuple[tree.Word, ...] | None = None) -> Result:
        """A program is run, or a text is written."""
        raise NotImplementedError

    def printed(
        self, command: tree.Simple, text: Text, way: Way, *, newline: bool, streams: Streams | None = None
    ) -> Result:
        """A program is run, or a text is written."""
        raise NotImplementedError

    def known_output(self, command: tree.Simple) -> Text | None:
        """What a small program writes that the runtime knows too: `pwd`, `id -u`."""
        raise NotImplementedError

    def written(self, command: tree.Command) -> Text | None:
        """What `echo` or `printf` writes, for a pipe; None for any other command."""
        raise NotImplementedError

    def searched(self, command: tree.Command, text: Text) -> Condition | None:
        """`grep -q word` of a text as a condition; None for any other command."""
        raise NotImplementedError

    def fetched(self, command: tree.Command, search: tree.Command) -> Condition | None:
        """`curl url | grep -q word` as a condition; None for other commands."""
        raise NotImplementedError

    def port(self, command: tree.Simple) -> Condition | None:
        """`echo > /dev/tcp/host/port` as a condition."""
        raise NotImplementedError

    # Lists

    def sequence(self, sequence: tree.Sequence, way: Way) -> list[Statement]:
        """The statements of a list; the last one's status is as the way wants it."""
        statements: list[Statement] = []
        items = sequence.items
        for index, item in enumerate(items):
            statements += _comments(item.comments)
            last = index == len(items) - 1
            one = way
            if not last:
                following = items[index + 1].command
                one = way.once(Want.KEEP if reads_status(following) else Want.NONE)
            if item.background:
                statements += self.background(item, one)
            else:
                statements += self.statement(item.command, one)
            self.just_started = item.background
            if leaves(statements):
                # What follows is never reached
                break
        return statements

    def statement(self, command: tree.Command, way: Way) -> list[Statement]:
        """The statements of one command."""
        if isinstance(command, tree.AndOr):
            return self._and_or(command, way)
        if isinstance(command, tree.If):
            return self.branches_of(command, way)
        if isinstance(command, tree.Loop | tree.For):
            return self.loop(command, way)
        if isinstance(command, tree.Case):
            return self.case(command, way)
        if isinstance(command, tree.Group) and not self.is_port(command):
            return self.group(command, way)
        result = self.result(command, way)
        exempt = isinstance(command, tree.Pipeline) and command.negated
        wants_number = way.want is not Want.NONE or (self.options.errexit and not way.protected and not exempt)
        if wants_number and isinstance(result.status, Status):
            self.counted(result.status.condition, command)
        return self.finish(result, way, exempt=exempt)

    def counted(self, condition: Condition, command: tree.Command) -> None:
        """The status of a condition is wanted as a number: that of a test which the shell refuses is 2, not 1."""
        if may_be_refused(condition):
            self.obstacle(
                "the number that a test with unquoted words or a text for a number ends with",
                command.place,
                command.raw,
            )

    def finish(self, result: Result, way: Way, *, exempt: bool = False) -> list[Statement]:
        """A result as statements, with its status where it is wanted."""
        statements = list(result.before)
        if result.left:
            return statements
        status = result.status
        checked = self.options.errexit and not way.protected and not exempt
        if isinstance(status, Status) and isinstance(status.condition, Truth):
            status = 0 if status.condition.value else 1
        if isinstance(status, int):
            return statements + self.constant(status, way, checked=checked)
        self.used(status, "value" if way.want is not Want.NONE else "check" if checked else "do")
        if way.want is Want.END:
            # What is no child of the shell has nothing to do with those in the background
            alone = not way.apart and not self.has_background and not self.traps
            if isinstance(status, Run) and not is_opened(status.streams) and alone:
                return [*statements, Exec(status)]
            return [*statements, End(status)]
        if way.want is Want.GIVE and not checked:
            return [*statements, Give(status)]
        if checked:
            after: list[Statement] = []
            if way.want is not Want.NONE:
                after = [KeepNumber(0) if way.want is Want.KEEP else Return(Literal("0"))]
            return [*statements, Check(status), *after]
        if way.want is Want.KEEP:
            return [*statements, Keep(status)]
        if isinstance(status, Status):
            return [*statements, *asked(status.condition)]
        return [*statements, Do(status)]

    def constant(self, status: int, way: Way, *, checked: bool) -> list[Statement]:
        if way.want is Want.END or (checked and status):
            return [Exit(Literal(str(status)))] if status or way.want is not Want.END else []
        if way.want is Want.GIVE:
            return [Return(Literal(str(status)))]
        return [KeepNumber(status)] if way.want is Want.KEEP else []

    def used(self, action: Action, how: str) -> None:
        """Note how the status of a function is used."""
        if isinstance(action, Call):
            self.uses.setdefault(action.function, set()).add(how)

    # Conditions

    def condition(self, command: tree.Command, way: Way) -> tuple[list[Statement], Condition]:
        """A command as a condition, and what must be done ahead of it."""
        way = way.asked()
        if isinstance(command, tree.AndOr):
            return self.joined_conditions(command.first, command.rest, way)
        if isinstance(command, tree.Pipeline) and len(command.commands) == 1:
            before, condition = self.condition(command.commands[0], way)
            return before, negation(condition)
        if isinstance(command, tree.Group) and not command.redirects and not command.subshell:
            return self.last_condition(command.body, way)
        if isinstance(command, tree.If | tree.Loop | tree.For | tree.Case | tree.Definition) or (
            isinstance(command, tree.Group) and not self.is_port(command)
        ):
            return self.statement(command, way.once(Want.KEEP)), LastSucceeded()
        return self.question(self.result(command, way))

    def question(self, result: Result) -> tuple[list[Statement], Condition]:
        status = result.status
        if isinstance(status, int):
            return list(result.before), Truth(status == 0)
        if isinstance(status, Status):
            return list(result.before), status.condition
        self.used(status, "value")
        return list(result.before), Succeeds(status)

    def last_condition(self, sequence: tree.Sequence, way: Way) -> tuple[list[Statement], Condition]:
        """A list of which the last command is the condition."""
        items = sequence.items
        if items[-1].background:
            return self.sequence(sequence, way.asked()), Truth(True)
        kept = reads_status(items[-1].command)
        before: list[Statement] = []
        if len(items) > 1:
            ahead = tree.Sequence(items[:-1])
            before = self.sequence(ahead, way.asked().once(Want.KEEP if kept else Want.NONE))
        more, condition = self.condition(items[-1].command, way)
        return before + more, condition

    def joined_conditions(
        self, first: tree.Command, rest: tuple[tuple[str, tree.Command], ...], way: Way
    ) -> tuple[list[Statement], Condition]:
        """`a && b || c` as a condition."""
        before, condition = self.condition(first, way)
        for operator, command in rest:
            kept = reads_status(command)
            if kept:
                self.counted(condition, command)
                before, condition = self.kept(before, condition)
            with self.branch():
                more, right = self.condition(command, way.inside())
            if more:
                before, condition = self.kept(before, condition)
                inner = (*more, *keeping(right))
                holds = condition if operator == "&&" else negation(condition)
                before.append(When(holds, inner))
            elif operator == "&&":
                condition = both([condition, right])
            else:
                condition = either([condition, right])
        return before, condition

    def kept(self, before: list[Statement], condition: Condition) -> tuple[list[Statement], Condition]:
        """The same condition, with its status in `$?`."""
        if isinstance(condition, LastSucceeded):
            return before, condition
        return [*before, *keeping(condition)], LastSucceeded()

    def _checked_chain(self, command: tree.AndOr, way: Way) -> list[Statement] | None:
        """`a && b` at the end: a, and its status is the launcher's own when it is not 0; then b."""
        commands = [command.first, *(one for _, one in command.rest)]
        if any(reads_status(one) for one in commands):
            return None
        statements: list[Statement] = []
        for one in commands[:-1]:
            before, condition = self.condition(one, way.asked())
            if not isinstance(condition, Succeeds) and not is_plain(condition):
                return None
            self.counted(condition, command)
            ends = (
                [Check(condition.action)]
                if isinstance(condition, Succeeds)
                else when(negation(condition), [Exit(Literal("1"))], [])
            )
            statements += [*before, *ends]
        return [*statements, *self.statement(commands[-1], way)]

    def _and_or(self, command: tree.AndOr, way: Way) -> list[Statement]:
        """`a && b` as a statement: b, if a."""
        operator, last = command.rest[-1]
        if way.want is Want.END and not way.apart and all(sign == "&&" for sign, _ in command.rest):
            checked = self._checked_chain(command, way)
            if checked is not None:
                return checked
        before, condition = self.joined_conditions(command.first, command.rest[:-1], way.asked())
        wants_number = operator == "&&" and way.want is not Want.NONE and not is_plain(condition)
        if reads_status(last) or (operator == "&&" and way.want is not Want.NONE):
            self.counted(condition, command)
        if reads_status(last) or wants_number:
            before, condition = self.kept(before, condition)
        with self.branch() as _:
            body = self.statement(last, way.inside())
        if operator == "||":
            after: list[Statement] = []
            if way.want is Want.KEEP and not isinstance(condition, LastSucceeded):
                after = [KeepNumber(0)]
            elif way.want is Want.GIVE:
                after = [Return(Literal("0"))]
            return [*before, *when(negation(condition), body, after)]
        otherwise: list[Statement] = []
        failed = LastStatus() if isinstance(condition, LastSucceeded) else Literal("1")
        if way.want is Want.END:
            otherwise = [Exit(failed)]
        elif way.want is Want.GIVE:
            otherwise = [Return(failed)]
        elif way.want is Want.KEEP and not isinstance(condition, LastSucceeded):
            otherwise = [KeepNumber(1)]
        return [*before, *when(condition, body, otherwise)]

    def result(self, command: tree.Command, way: Way) -> Result:
        """What a command that is not a list, a branch, a loop or a group comes to."""
        if isinstance(command, tree.Simple):
            return self.simple_command(command, way)
        if isinstance(command, tree.Pipeline):
            return self.pipeline(command, way)
        if isinstance(command, tree.Conditional):
            before: list[Statement] = []
            if command.redirects:
                self.obstacle("a redirection of [[", command.place, command.raw)
            with self.ahead(before):
                status = self.double_bracket(command)
            return Result(tuple(before), status)
        if isinstance(command, tree.Compute):
            before = []
            if command.redirects:
                self.obstacle("a redirection of ((", command.place, command.raw)
            with self.ahead(before):
                status = self.computed(command)
            return Result(tuple(before), status)
        if isinstance(command, tree.Definition):
            return self.definition(command, way)
        if isinstance(command, tree.Group):
            return Result((), Status(self.port_group(command)))
        if isinstance(command, tree.Unread):
            self.obstacle(command.reason, command.place, command.raw)
            return Result()
        # A list, a branch or a loop whose status is asked for
        before, condition = self.condition(command, way)
        return Result(tuple(before), Status(condition))


def _comments(comments: tuple[str, ...]) -> list[Statement]:
    """The comments of a text that say something to who reads the launcher."""
    texts = [comment.lstrip("#").strip() for comment in comments]
    return [Note(text) for text in texts if text.strip("#- =*\t") and not text.startswith("shellcheck ")]
