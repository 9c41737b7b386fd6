"""Statements and actions as JavaScript."""

from __future__ import annotations

import re

from minify.launcher.actions import (
    Action,
    Apart,
    Assign,
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
    Keep,
    KeepNumber,
    Mask,
    Note,
    Nothing,
    Open,
    Perform,
    Print,
    Require,
    Return,
    Run,
    Scoped,
    SetArguments,
    Share,
    Shift,
    Statement,
    Status,
    When,
    While,
)
from minify.launcher.program import Program
from minify.launcher.values import (
    EachArgument,
    Held,
    LastStatus,
    Literal,
    Matches,
    NumberOf,
    Numeral,
    One,
    Text,
    Unescaped,
    Variable,
    joined,
    negation,
)
from minify.launcher.writing.layout import lay_out
from minify.launcher.writing.node_actions import NodeActions
from minify.launcher.writing.node_texts import ATOM, OR, PRODUCT
from minify.launcher.writing.python_statements import ends, seconds_of


class NodeStatements(NodeActions):
    """Writes statements down, line by line."""

    def __init__(self, program: Program, names: dict[str, str], *, waits: bool) -> None:
        self.program = program
        self.names = names
        self.waits = waits
        self.gives = {function.name: function.gives for function in program.functions}
        self.lines: list[str] = []
        self.indent = 0
        self.giving = False
        self.saved = 0

    def add(self, code: str) -> None:
        self.lines += lay_out(code, self.indent, 2)

    def block(self, head: str, body: tuple[Statement, ...], tail: str = "}") -> None:
        self.add(head)
        self.indent += 2
        self.statements(body)
        self.indent -= 2
        self.add(tail)

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
                self.lines.append(f"{' ' * self.indent}// {statement.text}")
            case Do():
                self._do(statement.action)
            case Check():
                self._check(statement.action)
            case Keep():
                self.add(f"status = {self.call_action(statement.action).text};")
            case KeepNumber():
                self.add(f"status = {statement.status};")
            case Assign():
                self.add(f"env.{statement.name} = {self.text(statement.text).text};")
            case Share():
                if statement.name in self.program.private:
                    self.add(f"hidden.delete({self.literal(statement.name)});")
            case Forget():
                self.add(f"delete env.{statement.name};")
                if statement.name in self.program.private and not statement.shared:
                    self.add(f"hidden.add({self.literal(statement.name)});")
            case Scoped():
                self.add(f"const values = saved({', '.join(map(self.literal, statement.names))});")
                self.block("try {", statement.body, "} finally {")
                self.add("  restore(values);")
                self.add("}")
            case Require():
                self.add(f"if ({self.condition(negation(statement.condition)).text}) {{")
                self.add(f"  fail({self.text(statement.message).text}, {statement.status});")
                self.add("}")
            case Print():
                self._print(statement)
            case Open():
                self.add(
                    f"const {statement.name} = opened({self.text(statement.path).text}, {self.literal(statement.mode)});"
                )
            case When():
                self._when(statement)
            case Choose():
                self._choose(statement)
            case While():
                self._while(statement)
            case ForEach():
                self._for(statement)
            case Break():
                self.add("break;")
            case Continue():
                self.add("continue;")
            case SetArguments():
                self.add(f"args = {self.listed(statement.fields)};")
            case Shift():
                self._shift(statement)
            case Mask():
                self.add(f"process.umask(0o{statement.octal.lstrip('0') or '0'});")
            case Exit():
                self.add(
                    f"process.exit({'' if statement.status == Literal('0') else self._as_number(statement.status)});"
                )
            case Return():
                self.add(f"return {self._as_number(statement.status)};" if self.giving else "return;")
            case End():
                self.add(f"process.exit({self.call_action(statement.action).text});")
            case Give():
                self.add(f"return {self.call_action(statement.action).text};")
            case Exec():
                self._exec(statement.run)
            case Apart():
                self.saved += 1
                name = "here" if self.saved == 1 else f"here{self.saved}"
                self.add(f"const {name} = aside();")
                self.block("try {", statement.body, "} finally {")
                self.add(f"  back({name});")
                self.add("}")
            case Enter():
                self._enter(statement)
            case _:
                raise AssertionError(statement)

    def _enter(self, statement: Enter) -> None:
        if self.program.private:
            self.add("for (const name of hidden) {")
            self.add("  delete env[name];")
            self.add("}")
            names = ", ".join(map(self.literal, statement.private))
            self.add(f"hidden = new Set([{names}].filter((name) => !(name in env)));")

    def _do(self, action: Action) -> None:
        if isinstance(action, Capture):
            assert isinstance(action.run, Run), "the output of a function is for Python"
            arguments = [self.listed(action.run.argv), *self.options(action.run, captures=True)]
            self.add(f"env.{action.name} = output({', '.join(arguments)});")
        elif isinstance(action, Status):
            self.add(f"{self.condition(action.condition).text};")
        elif isinstance(action, Perform) and (seconds := seconds_of(action)) is not None:
            self.add(f"pause({seconds});")
        else:
            self.add(f"{self.call_action(action).text};")

    def _check(self, action: Action) -> None:
        if isinstance(action, Call) and not self.gives.get(action.function, False):
            self.add(f"{self.call_action(action).text};")
        elif isinstance(action, Status):
            self.add(f"if ({self.condition(negation(action.condition)).text}) {{")
            self.add("  process.exit(1);")
            self.add("}")
        elif isinstance(action, Perform) and (seconds := seconds_of(action)) is not None:
            self.add(f"pause({seconds});")
        else:
            self.add(f"check({self.call_action(action).text});")

    def _print(self, statement: Print) -> None:
        text = statement.text
        if isinstance(statement.stream, Nothing):
            self.add(f"{self.text(text).text};")
            return
        stream = self.stream(statement.stream, 1, [], execs=False).replace('"inherit"', "1")
        where = [] if stream == "1" else [stream]
        if isinstance(text, Unescaped):
            end = [] if statement.newline and not where else ['"\\n"' if statement.newline else '""']
            self.add(f"echo({', '.join([self.text(text.text).text, *end, *where])});")
            return
        if statement.newline:
            text = joined([text, Literal("\n")])
        self.add(f"print({', '.join([self.text(text).text, *where])});")

    def _when(self, statement: When, word: str = "if") -> None:
        """`if (…) { … } else if (…) { … } else { … }`."""
        self.add(f"{word} ({self.condition(statement.condition).text}) {{")
        self.indent += 2
        self.statements(statement.body)
        self.indent -= 2
        only = statement.otherwise[0] if len(statement.otherwise) == 1 else None
        if isinstance(only, When):
            self._when(only, "} else if")
            return
        if statement.otherwise:
            self.add("} else {")
            self.indent += 2
            self.statements(statement.otherwise)
            self.indent -= 2
        self.add("}")

    def _choose(self, statement: Choose) -> None:
        arms = statement.arms
        if not arms or not arms[0][0]:
            self.statements(arms[0][1] if arms else ())
            return
        text: Text = statement.text
        if not isinstance(text, Variable | Literal) or (isinstance(text, Variable) and text.strict):
            self.add(f"word = {self.text(text).text};")
            text = Held()
        word = "if"
        for patterns, body in arms:
            if patterns:
                conditions = [
                    self.condition(Matches(text, pattern)).at(OR) if pattern.parts else f"!{self.text(text).at(ATOM)}"
                    for pattern in patterns
                ]
                self.add(f"{word} ({' || '.join(conditions)}) {{")
            else:
                self.add("} else {")
            self.indent += 2
            self.statements(body)
            self.indent -= 2
            word = "} else if"
        self.add("}")

    def _while(self, statement: While) -> None:
        if not statement.before:
            self.block(f"while ({self.condition(statement.condition).text}) {{", statement.body)
            return
        self.add("for (;;) {")
        self.indent += 2
        self.statements(statement.before)
        self.add(f"if ({self.condition(negation(statement.condition)).text}) {{")
        self.add("  break;")
        self.add("}")
        self.statements(statement.body)
        self.indent -= 2
        self.add("}")

    def _for(self, statement: ForEach) -> None:
        self.add(f"for (const item of {self.listed(statement.fields)}) {{")
        self.indent += 2
        self.add(f"env.{statement.name} = item;")
        self.statements(statement.body)
        self.indent -= 2
        self.add("}")

    def _shift(self, statement: Shift) -> None:
        if statement.status:
            self.add(f"args = shifted(args, {statement.count});")
        elif statement.count == 1:
            self.add("args = args.slice(1);")
        elif statement.count:
            self.add(f"if (args.length >= {statement.count}) {{")
            self.add(f"  args = args.slice({statement.count});")
            self.add("}")

    def _as_number(self, text: Text) -> str:
        if isinstance(text, Literal):
            return text.text
        if isinstance(text, LastStatus):
            return "status"
        number = text.number if isinstance(text, Numeral) else NumberOf(text, certain=isinstance(text, Variable))
        return f"{self.number(number).at(PRODUCT)} & 255"

    def _exec(self, run: Run) -> None:
        if self._is_node(run):
            self._become_script(run)
            return
        if run.argv == (EachArgument(),) and run.streams.untouched and not run.env and not self.sets_node_options:
            if self.program.private:
                self.add("for (const name of hidden) {")
                self.add("  delete env[name];")
                self.add("}")
            self.add("return start(args);")
            return
        arguments = [self.listed(run.argv), *self.options(run, execs=True)]
        self.add(f"return become({', '.join(arguments)});")

    def _is_node(self, run: Run) -> bool:
        """Whether the program is node with a script, so that this very process can go on as it."""
        if len(run.argv) < 2 or not all(isinstance(field, One) for field in run.argv[:2]) or not run.streams.untouched:
            return False
        first, script = run.argv[:2]
        assert isinstance(first, One)
        assert isinstance(script, One)
        names = [name for name, _ in run.env]
        if (
            not isinstance(first.text, Literal)
            or not isinstance(script.text, Literal)
            or self.sets_node_options
            or any(name.startswith("NODE_") for name in names)
        ):
            return False
        return re.fullmatch(r"(?:.*/)?node(?:js)?", first.text.text) is not None and not script.text.text.startswith(
            "-"
        )

    sets_node_options = False

    def _become_script(self, run: Run) -> None:
        script = run.argv[1]
        assert isinstance(script, One)
        arguments = "".join(f", {code}" for code in self.fields(run.argv[2:]))
        self.lines.append(f"{' ' * self.indent}// This process is node already: it goes on as the application")
        self.add(f"process.argv = [process.execPath, path.resolve({self.text(script.text).text}){arguments}];")
        for name, text in run.env:
            self.add(f"env.{name} = {self.text(text).text};")
        if self.program.private:
            self.add("for (const name of hidden) {")
            self.add("  delete env[name];")
            self.add("}")
        self.add('return require("module").runMain();')

    # Functions

    def function(self, function: Function, *, takes: bool) -> None:
        self.giving = function.gives
        word = "async function" if self.waits else "function"
        self.add(f"{word} {self.names[function.name]}({'...args' if takes else ''}) {{")
        self.indent += 2
        self.statements(function.body)
        if function.gives and not ends(function.body):
            self.add("return 0;")
        self.indent -= 2
        self.add("}")
        self.giving = False
