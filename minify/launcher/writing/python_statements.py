"""Statements and actions as Python."""

from __future__ import annotations

import keyword
import re
from typing import Final

from minify.launcher.actions import (
    Action,
    Apart,
    Assign,
    Background,
    Break,
    Call,
    Capture,
    Check,
    Choose,
    Continue,
    Do,
    End,
    Enter,
    Exec,
    Exit,
    ForEach,
    Forget,
    Function,
    Give,
    Given,
    Inherited,
    Into,
    Keep,
    KeepNumber,
    Mask,
    Note,
    Nothing,
    Open,
    Perform,
    Print,
    Reopen,
    Require,
    Return,
    Run,
    Scoped,
    SetArguments,
    Share,
    Shift,
    Statement,
    Status,
    Trap,
    When,
    While,
)
from minify.launcher.program import Program
from minify.launcher.text.tree import nodes
from minify.launcher.values import (
    EMPTY,
    Argument,
    Condition,
    Held,
    LastStatus,
    Literal,
    Matches,
    Number,
    NumberOf,
    Numeral,
    One,
    Text,
    Unescaped,
    Variable,
    joined,
    negation,
)
from minify.launcher.writing.code import Code
from minify.launcher.writing.layout import lay_out
from minify.launcher.writing.python_actions import PythonActions
from minify.launcher.writing.python_texts import AND, ATOM, NOT, PRODUCT

_SHORT: Final = 44


class PythonStatements(PythonActions):
    """Writes statements down, line by line."""

    def __init__(self, program: Program, names: dict[str, str]) -> None:
        self.program = program
        self.names = names
        self.gives = {function.name: function.gives for function in program.functions}
        execs = [one.run for one in nodes((program.body, program.functions)) if isinstance(one, Exec)]
        self.runs = any(isinstance(one, Run) and one not in execs for one in nodes((program.body, program.functions)))
        self.traps = any(isinstance(one, Trap) for one in nodes(program.body))
        self.lines: list[str] = []
        self.indent = 0

    def add(self, code: str) -> None:
        self.lines += lay_out(code, self.indent, 4)

    def block(self, head: str, body: tuple[Statement, ...]) -> None:
        self.add(head)
        self.indent += 4
        start = len(self.lines)
        self.statements(body)
        if all(line.lstrip().startswith("#") for line in self.lines[start:]):
            self.add("pass")
        self.indent -= 4

    def statements(self, statements: tuple[Statement, ...]) -> None:
        for index, statement in enumerate(statements):
            if isinstance(statement, Note) and index and self.indent == 0:
                self.lines.append("")
            self.statement(statement)

    # Actions

    # Statements

    def statement(self, statement: Statement) -> None:
        match statement:
            case Note():
                self.lines.append(f"{' ' * self.indent}# {statement.text}")
            case Do():
                self._do(statement.action)
            case Check():
                self._check(statement.action)
            case Keep():
                self.add(f"status = {self.call_action(statement.action).text}")
            case KeepNumber():
                self.add(f"status = {statement.status}")
            case Assign():
                self.add(f"{self.env}[{self.literal(statement.name)}] = {self.text(statement.text).text}")
            case Share():
                if statement.name in self.program.private:
                    self.add(f"private.discard({self.literal(statement.name)})")
            case Forget():
                self.add(f"{self.env}.pop({self.literal(statement.name)}, None)")
                if statement.name in self.program.private and not statement.shared:
                    self.add(f"private.add({self.literal(statement.name)})")
            case Scoped():
                self.block(f"with local({', '.join(map(self.literal, statement.names))}):", statement.body)
            case Require():
                self._block_if(negation(statement.condition))
                self.add(f"    fail({self.text(statement.message).text}, {statement.status})")
            case Print():
                self._print(statement)
            case Open():
                mode = self.literal(statement.mode)
                self.add(f"{statement.name} = opened({self.text(statement.path).text}, {mode})")
            case Reopen():
                self._reopen(statement)
            case When():
                self._when(statement)
            case Choose():
                self._choose(statement)
            case While():
                self._while(statement)
            case ForEach():
                self._for(statement)
            case Break():
                self.add("break")
            case Continue():
                self.add("continue")
            case SetArguments():
                self.add(f"{self.args} = {self.listed(statement.fields)}")
            case Shift():
                self._shift(statement)
            case Mask():
                self.add(f"os.umask(0o{statement.octal.lstrip('0') or '0'})")
            case Background():
                arguments = [*self.fields(statement.run.argv), *self.options(statement.run)]
                self.add(f"background({', '.join(arguments)})")
            case Trap():
                numbers = [f"signal.SIG{name}" for name in statement.signals]
                self.add(f"trap({', '.join([self.names[statement.function], *numbers])})")
            case Exit():
                self._exit(statement)
            case Return():
                self.add(f"return {self._as_number(statement.status)}" if self.giving else "return")
            case End():
                self.add(f"sys.exit({self.call_action(statement.action).text})")
            case Give():
                self.add(f"return {self.call_action(statement.action).text}")
            case Exec():
                self._exec(statement.run)
            case Apart():
                self.block("with apart():", statement.body)
            case Enter():
                self._enter(statement)

    giving = False

    def _enter(self, statement: Enter) -> None:
        if self.program.private:
            self.add("for name in private:")
            self.add(f"    {self.env}.pop(name, None)")
            names = ", ".join(map(self.literal, statement.private))
            self.add(f"private = {{{names}}} - set(env)" if names else "private = set()")

    def _do(self, action: Action) -> None:
        if self.traps and isinstance(action, Capture | Perform):
            self.add(self.call_action(action).text)
        elif isinstance(action, Capture):
            self.add(f"{self.env}[{self.literal(action.name)}] = output({', '.join(self.captured(action.run))})")
        elif isinstance(action, Status):
            self.add(self.condition(action.condition).text)
        elif isinstance(action, Perform) and (seconds := seconds_of(action)) is not None:
            self.add(f"time.sleep({seconds})")
        else:
            self.add(self.call_action(action).text)

    def _check(self, action: Action) -> None:
        if isinstance(action, Call) and not self.gives.get(action.function, False):
            self.add(self.call_action(action).text)
        elif isinstance(action, Status):
            self._block_if(negation(action.condition))
            self.add("    sys.exit(1)")
        elif self.traps and isinstance(action, Perform):
            self.add(f"check({self.call_action(action).text})")
        elif (
            isinstance(action, Perform)
            and action.task == "make_directories"
            and not action.quiet
            and len(action.arguments) == 1
            and isinstance(action.arguments[0], One)
        ):
            # What fails here ends the launcher with 1 too
            self.add(f"os.makedirs({self.fields(action.arguments)[0]}, exist_ok=True)")
        elif isinstance(action, Perform) and (seconds := seconds_of(action)) is not None:
            self.add(f"time.sleep({seconds})")
        else:
            self.add(f"check({self.call_action(action).text})")

    def _block_if(self, condition: Condition, word: str = "if") -> None:
        self.add(f"{word} {self.condition(condition).text}:")

    def _print(self, statement: Print) -> None:
        text = statement.text
        if isinstance(statement.stream, Nothing):
            self.add(self.text(text).text)
            return
        file = self.stream(statement.stream)
        options = [] if file == "sys.stdout" else [f"file={file}"]
        newline = statement.newline
        if isinstance(text, Unescaped):
            options = ([] if newline else ['end=""']) + options
            self.add(f"echo({', '.join([self.text(text.text).text, *options])})")
            return
        if isinstance(text, Literal) and text.text.endswith("\n") and not newline:
            text, newline = Literal(text.text[:-1]), True
        options = ([] if newline else ['end=""']) + options + ["flush=True"]
        arguments = [] if text == EMPTY and newline else [self.text(text).text]
        self.add(f"print({', '.join([*arguments, *options])})")

    def _reopen(self, statement: Reopen) -> None:
        streams = statement.streams
        done: dict[object, int] = {}
        for descriptor, stream in enumerate((streams.input, streams.output, streams.error)):
            if isinstance(stream, Into):
                if stream in done:
                    self.add(f"os.dup2({done[stream]}, {descriptor})")
                else:
                    self.add(f"reopen({descriptor}, {self.text(stream.path).text}, {self.literal(stream.mode)})")
                    done[stream] = descriptor
            elif isinstance(stream, Nothing):
                mode = "r" if descriptor == 0 else "w"
                self.add(f'reopen({descriptor}, os.devnull, "{mode}")')
            elif isinstance(stream, Inherited) and stream.descriptor != descriptor:
                self.add(f"os.dup2({stream.descriptor}, {descriptor})")

    def _when(self, statement: When, word: str = "if") -> None:
        self.block(f"{word} {self.condition(statement.condition).text}:", statement.body)
        rest = [one for one in statement.otherwise if not isinstance(one, Note)]
        if len(rest) == 1 and len(statement.otherwise) == 1 and isinstance(rest[0], When):
            self._when(rest[0], "elif")
        elif statement.otherwise:
            self.block("else:", statement.otherwise)

    def _choose(self, statement: Choose) -> None:
        text = statement.text
        arms = statement.arms
        if not arms or not arms[0][0]:
            self.statements(arms[0][1] if arms else ())
            return
        if (len(arms) > 1 and not isinstance(text, Literal) and len(self.text(text).text) > _SHORT - 20) or isinstance(
            text, Argument
        ):
            self.add(f"word = {self.text(text).text}")
            code: Text = Held()
        else:
            code = text
        word = "if"
        for patterns, body in arms:
            if patterns:
                self.block(f"{word} {self._any(code, patterns)}:", body)
            else:
                self.block("else:", body)
            word = "elif"

    def _any(self, text: Text, patterns: tuple[object, ...]) -> str:
        """Whether one of the patterns matches: `x in ("a", "b")` where all are plain texts."""
        from minify.launcher.values import Pattern
        from minify.launcher.writing.patterns import plain_text

        fixed = []
        for pattern in patterns:
            assert isinstance(pattern, Pattern)
            texts = plain_text(pattern)
            fixed.append(None if texts is None else joined(list(texts)))
        if len(fixed) > 1 and all(isinstance(one, Literal) for one in fixed):
            return f"{self.text(text).at(PRODUCT)} in ({', '.join(self.text(one).text for one in fixed if one)})"
        conditions = [
            self.condition(Matches(text, pattern))
            if isinstance(pattern, Pattern) and pattern.parts
            else Code(f"not {self.text(text).at(ATOM)}", NOT)
            for pattern in patterns
        ]
        return " or ".join(one.at(AND) for one in conditions)

    def _while(self, statement: While) -> None:
        if not statement.before:
            self.block(f"while {self.condition(statement.condition).text}:", statement.body)
            return
        self.add("while True:")
        self.indent += 4
        self.statements(statement.before)
        self._block_if(negation(statement.condition))
        self.add("    break")
        self.statements(statement.body)
        self.indent -= 4

    def _for(self, statement: ForEach) -> None:
        fields = statement.fields
        items = f"({', '.join(self.fields(fields))}{',' if len(fields) == 1 else ''})"
        if len(fields) == 1 and not isinstance(fields[0], One):
            items = self.listed(fields)
        self.add(f"for item in {items}:")
        self.indent += 4
        self.add(f"{self.env}[{self.literal(statement.name)}] = item")
        self.statements(statement.body)
        self.indent -= 4

    def _shift(self, statement: Shift) -> None:
        if statement.status:
            self.add(f"{self.args} = shifted({self.args}, {statement.count})")
        elif statement.count == 1:
            self.add(f"{self.args} = {self.args}[1:]")
        elif statement.count:
            self.add(f"if len({self.args}) >= {statement.count}:")
            self.add(f"    {self.args} = {self.args}[{statement.count}:]")

    def _exit(self, statement: Exit) -> None:
        if statement.status == Literal("0"):
            self.add("sys.exit()")
        else:
            self.add(f"sys.exit({self._as_number(statement.status)})")

    def _as_number(self, text: Text) -> str:
        if isinstance(text, Literal):
            return text.text
        if isinstance(text, LastStatus):
            return "status"
        number: Number = (
            text.number if isinstance(text, Numeral) else NumberOf(text, certain=isinstance(text, Variable))
        )
        return f"{self.number(number).at(PRODUCT)} & 255"

    def _exec(self, run: Run) -> None:
        if self.traps:
            self.add("trapped()")
        self._exec_streams(run)
        first = run.argv[0]
        argv = self.listed(run.argv)
        # Where programs are run anyway, what finds out that one is missing is there too
        if isinstance(first, One) and isinstance(first.text, Literal) and (self.program.present or not self.runs):
            name = self.literal(first.text.text)
            if run.env:
                self.add(f"os.execvpe({name}, {argv}, {self.environment(run)})")
            elif self.program.private:
                self.add(f"os.execvpe({name}, {argv}, exported())")
            else:
                self.add(f"os.execvp({name}, {argv})")
            return
        env = [f"environment={self.environment(run)}"] if run.env else []
        self.add(f"execute({', '.join([*self.fields(run.argv), *env])})")

    def _exec_streams(self, run: Run) -> None:
        streams = run.streams
        if isinstance(streams.input, Given):
            self.add(f"feed({self.text(streams.input.text).text})")
        self._reopen(Reopen(streams))

    # Functions

    def function(self, function: Function, *, takes: bool) -> None:
        self.giving = function.gives
        self.add(f"def {self.names[function.name]}({'*args' if takes else ''}):")
        self.indent += 4
        if any(isinstance(one, Keep | KeepNumber) for one in nodes(function.body)):
            self.add("global status")
        start = len(self.lines)
        self.statements(function.body)
        if all(line.lstrip().startswith("#") for line in self.lines[start:]):
            self.add("pass")
        if function.gives and not ends(function.body):
            self.add("return 0")
        self.indent -= 4
        self.giving = False


def seconds_of(action: Perform) -> str | None:
    """What `sleep 5` sleeps, in seconds; None where only running tells."""
    if action.task != "sleep" or not isinstance(action.arguments[0], One):
        return None
    text = action.arguments[0].text
    if not isinstance(text, Literal):
        return None
    match = re.fullmatch(r"(\d*\.?\d+)([smhd]?)", text.text)
    assert match
    seconds = float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
    return f"{seconds:.10g}"


def ends(body: tuple[Statement, ...]) -> bool:
    last = next((one for one in reversed(body) if not isinstance(one, Note)), None)
    if isinstance(last, When):
        return bool(last.otherwise) and ends(last.body) and ends(last.otherwise)
    if isinstance(last, Scoped):
        return ends(last.body)
    if isinstance(last, Choose):
        return last.arms[-1][0] == () and all(ends(body) for _, body in last.arms)
    return isinstance(last, Return | Give | Exit | End | Exec)


def python_name(name: str, taken: set[str]) -> str:
    """A function's name in Python: `wait-for` is `wait_for`.

    >>> python_name("wait-for", set())
    'wait_for'
    """
    found = re.sub(r"\W", "_", name, flags=re.ASCII)
    found = "_" + found if found[0].isdecimal() else found
    while keyword.iskeyword(found) or found in taken:
        found += "_"
    return found
