"""From the parser's tree to simple commands: who runs, where, with what, and whether for sure."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from minify.shell.reading import Context, Function, Reading
from minify.shell.script import Script, Separator
from minify.shell.state import State, merged
from minify.shell.words import Word

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_BASE_NUMBER: Final = re.compile(r"\d#\s+\$")
_ESCAPED_SPACE: Final = re.compile(r"\\[ \t]")
_LEAVES: Final = ("exit", "return", "false")
_TESTS: Final = ("test", "[", "[[")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MOVES: Final = ("cd", "chdir", "pushd", "popd", "source", ".", "eval")

# A parser is for one thread at a time
_kept = threading.local()


def _parser() -> Parser:
    kept: Parser | None = getattr(_kept, "parser", None)
    if kept is None:
        # Imported on first use: a Dockerfile without RUN never pays for it
        import tree_sitter
        import tree_sitter_bash

        kept = _kept.parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
    return kept


def read_text(
    text: str,
    offsets: Sequence[int],
    *,
    cwd: str,
    env: Mapping[str, str],
    conditional: bool = False,
) -> Script:
    """The commands of a script; `offsets[i]` is where `text[i]` is in the file, and one more for the end."""
    return _Walker(text, offsets, State(cwd, env)).read(Context(conditional=conditional, final=True))


class _Walker(Reading):
    def __init__(self, text: str, offsets: Sequence[int], state: State) -> None:
        super().__init__(text, offsets, state)
        self.broken = False
        self.readers: dict[str, Callable[[Node, Context, Sequence[Node]], None]] = {
            "command": self._command,
            "list": self._list,
            "pipeline": self._pipeline,
            "redirected_statement": self._redirected,
            "variable_assignment": self._assignment,
            "variable_assignments": self._assignment,
            "declaration_command": self._declaration,
            "unset_command": self._declaration,
            "test_command": self._test,
            "negated_command": self._negated,
            "compound_statement": self._group,
            "subshell": self._subshell,
            "if_statement": self._if,
            "case_statement": self._case,
            "for_statement": self._loop,
            "c_style_for_statement": self._loop,
            "while_statement": self._loop,
            "function_definition": self._function,
        }

    def read(self, context: Context) -> Script:
        # The parser reads UTF-8; a byte that is not UTF-8 stands in the text as a lone surrogate
        data = _SURROGATE.sub("�", self.text).encode()
        if len(data) != len(self.text):
            self.characters = [
                index for index, character in enumerate(data.decode()) for _ in range(len(character.encode()))
            ] + [len(self.text)]
        root = _parser().parse(data).root_node
        self.broken = root.has_error
        if root.type == "ERROR":
            self.unreadable(root)
        else:
            self.statements(root.children, context)
        return Script(
            commands=tuple(self.commands),
            opaque=tuple(self.opaque),
            separators=tuple(self.separators),
            variables={name: self.state.env.get(name) for name in self.assigned},
            functions=tuple(self.functions),
        )

    # Statements

    def statements(self, nodes: Iterable[Node], context: Context) -> None:
        children = list(nodes)
        last = max((index for index, node in enumerate(children) if node.is_named), default=-1)
        inner = context._replace(final=False) if context.final else context
        for index, node in enumerate(children):
            if node.is_named:
                self._statement(node, context if index == last else inner)
            elif node.type in (";", "&", "\n", ";;"):
                self._separator(node)

    def _separator(self, node: Node) -> None:
        start, end = self.range(node)
        if start == end:
            start, end = node.start_byte, node.end_byte
            if self.characters is not None:
                start, end = self.characters[start], self.characters[end]
        self.separators.append(Separator(self.text[start:end], self.span(start, end)))

    def _statement(self, node: Node, context: Context, trailing: Sequence[Node] = ()) -> None:
        kind = node.type
        if kind == "comment":
            # Behind an escaped space, which the grammar takes for white space, # begins no comment
            start, _ = self.range(node)
            if self.text[max(0, start - 2) : start] in ("\\ ", "\\\t"):
                self.unreadable(node)
            return
        read = self.readers.get(kind)
        if read is None or (self.broken and self._is_broken(node)):
            self.unreadable(node)
            return
        read(node, context, trailing)

    def _is_broken(self, node: Node) -> bool:
        if not node.has_error:
            return False
        simple = node.type not in ("list", "compound_statement", "subshell", "pipeline")
        return simple or any(child.is_missing for child in node.children)

    def _list(self, node: Node, context: Context, trailing: Sequence[Node]) -> None:
        operands = [node]
        operators: list[Node] = []
        operator = self._operator(node)
        while operands[0].type == "list" and self._operator(operands[0]) == operator:
            children = operands[0].children
            marks = [child for child in children if not child.is_named]
            operators[:0] = marks[:1]
            operands[:1] = [child for child in children if child.is_named]
        if operator == "||":
            self._alternatives(operands, operators, context, trailing)
        else:
            self._chain(operands, operators, context, trailing)

    @staticmethod
    def _operator(node: Node) -> str:
        return next((child.type for child in node.children if child.type in ("&&", "||")), "&&")

    def _chain(
        self, operands: Sequence[Node], operators: Sequence[Node], context: Context, trailing: Sequence[Node]
    ) -> None:
        unless: State | None = None
        last = len(operands) - 1
        for index, operand in enumerate(operands):
            if index and index <= len(operators):
                self._separator(operators[index - 1])
            skippable = unless is not None or (index > 0 and context.fallible)
            final = context if index == last else context._replace(final=False) if context.final else context
            self._statement(operand, context.branch() if skippable else final, trailing if index == last else ())
            if unless is None and not context.final and index < last and self._is_test(operand):
                unless = self.state
        if unless is not None:
            self.state = merged((unless, self.state))

    def _alternatives(
        self, operands: Sequence[Node], operators: Sequence[Node], context: Context, trailing: Sequence[Node]
    ) -> None:
        caught = context._replace(fallible=True, final=False)
        before = self.state
        self._statement(operands[0], caught)
        for index, operand in enumerate(operands[1:], start=1):
            if index <= len(operators):
                self._separator(operators[index - 1])
            after = self.state
            self.state = merged((before, after))
            last = index == len(operands) - 1
            count = len(self.commands)
            self._statement(operand, context.branch() if last else caught.branch(), trailing if last else ())
            self.state = after if self._leaves(count) else merged((after, self.state))

    def _is_test(self, node: Node) -> bool:
        if node.type == "negated_command":
            return any(self._is_test(child) for child in node.children)
        if node.type == "command" and self.commands:
            return self.commands[-1].name in _TESTS
        return node.type == "test_command"

    def _leaves(self, since: int) -> bool:
        """Whether what was read last ends the script."""
        return len(self.commands) > since and self.commands[-1].name in _LEAVES

    def _pipeline(self, node: Node, context: Context, trailing: Sequence[Node]) -> None:
        stages = [child for child in node.children if child.is_named]
        outside = self.state
        upstream = context.upstream
        for child in node.children:
            if not child.is_named:
                self._separator(child)
                continue
            # Every stage is a subshell of its own
            self.state = outside
            last = child is stages[-1] or child == stages[-1]
            self._statement(
                child, context._replace(piped=True, upstream=upstream, final=False), trailing if last else ()
            )
            upstream = self.commands[-1] if self.commands else None
        self.state = outside

    def _negated(self, node: Node, context: Context, trailing: Sequence[Node]) -> None:
        for child in node.children:
            if child.is_named:
                self._statement(child, context, trailing)

    def _redirected(self, node: Node, context: Context, trailing: Sequence[Node]) -> None:
        redirects = [child for child in node.children if child.type.endswith("_redirect")]
        body = node.child_by_field_name("body")
        if body is None:
            self._bare(context, [*redirects, *trailing])
            return
        self._statement(body, context, [*redirects, *trailing])
        for redirect in redirects:
            if redirect.type == "heredoc_redirect":
                self._after_heredoc(redirect, context)

    def _after_heredoc(self, node: Node, context: Context) -> None:
        """The `| tee x && next` that follows `<<EOF` on its line: the grammar puts it inside the redirect."""
        outside = self.state
        for child in node.children:
            if child.type == "pipeline":
                upstream = self.commands[-1] if self.commands else None
                stages = [
                    part for stage in child.children for part in (stage.children if stage.type == "list" else [stage])
                ]
                piped = True
                for stage in stages:
                    if stage.is_named:
                        through = context._replace(piped=True, upstream=upstream, final=False) if piped else context
                        self._statement(stage, through)
                        upstream = self.commands[-1] if self.commands else None
                        continue
                    self._separator(stage)
                    if stage.type in ("&&", "||"):
                        piped, self.state = False, outside
            elif child.type in ("&&", "||", ";"):
                self._separator(child)
        right = node.child_by_field_name("right")
        if right is not None:
            operator = node.child_by_field_name("operator")
            skipped = operator is not None and operator.type == "||"
            self._statement(right, context.branch() if skipped or context.fallible else context)
            if skipped:
                self.state = merged((outside, self.state))

    def _group(self, node: Node, context: Context, trailing: Sequence[Node]) -> None:
        if node.children and node.children[0].type == "((":
            return
        self.statements(node.children, context)
        self._bare(context, trailing)

    def _subshell(self, node: Node, context: Context, trailing: Sequence[Node]) -> None:
        outside = self.state
        self.statements(node.children, context)
        self.state = outside
        self._bare(context, trailing)

    def _if(self, node: Node, context: Context, trailing: Sequence[Node]) -> None:
        ends: list[State] = []
        clauses = [child for child in node.children if child.type in ("elif_clause", "else_clause")]
        own = [child for child in node.children if child.type not in ("elif_clause", "else_clause")]
        complete = False
        self._clause(own, context, ends)
        for clause in clauses:
            complete = clause.type == "else_clause"
            if complete:
                count = len(self.commands)
                self.statements(clause.children, context.branch())
                self._close(ends, count)
            else:
                self._clause(clause.children, context.branch(), ends)
        if not complete:
            ends.append(self.state)
        self.state = merged(ends) if ends else self.state
        self._bare(context, trailing)

    def _clause(self, nodes: Sequence[Node], context: Context, ends: list[State]) -> None:
        """`if condition; then …`: adds where its branch ends, and leaves the state of a false condition."""
        marks = [index for index, child in enumerate(nodes) if child.type == "then"]
        then = marks[0] if marks else len(nodes)
        self.statements(nodes[:then], context._replace(fallible=True, final=False))
        after = self.state
        count = len(self.commands)
        self.statements(nodes[then:], context.branch())
        self._close(ends, count)
        self.state = after

    def _close(self, ends: list[State], count: int) -> None:
        if not self._leaves(count):
            ends.append(self.state)

    def _case(self, node: Node, context: Context, trailing: Sequence[Node]) -> None:
        value = node.child_by_field_name("value")
        if value is not None:
            self.substituted([value], context)
        before = self.state
        ends: list[State] = []
        default = False
        for item in node.children:
            if item.type != "case_item":
                continue
            self.state = before
            count = len(self.commands)
            patterns = item.children_by_field_name("value")
            default = default or any(self.raw(pattern) == "*" for pattern in patterns)
            names = [(pattern.start_byte, pattern.end_byte) for pattern in patterns]
            body = [child for child in item.children if (child.start_byte, child.end_byte) not in names]
            self.statements([child for child in body if child.type not in (")", "(", "|")], context.branch())
            self._close(ends, count)
        if not default:
            ends.append(before)
        self.state = merged(ends) if ends else before
        self._bare(context, trailing)

    def _loop(self, node: Node, context: Context, trailing: Sequence[Node]) -> None:
        values = node.children_by_field_name("value")
        if values:
            self.substituted(values, context)
        programs = [self.raw(name) for name in self.descendants(node, ("command_name",))]
        if any(program in _MOVES or program in self.functions for program in programs):
            # The second time around it starts from where the first one ended
            self.state = self.state.left()
        if any(program in ("read", "source", ".", "eval") or program in self.functions for program in programs):
            self.state = self.state._replace(env={})
        variable = node.child_by_field_name("variable")
        written = [self.raw(variable)] if variable is not None and variable.type == "variable_name" else []
        written += self._written(node)
        self.note(written)
        self.state = self.state.forgot(written)
        before = self.state
        inner = context.branch()
        for child in node.children:
            if child.type == "do_group":
                self.statements(child.children, inner)
            elif node.type == "while_statement" and child.is_named:
                self._statement(child, inner._replace(fallible=True))
        self.state = merged((before, self.state))
        self._bare(context, trailing)

    def _function(self, node: Node, context: Context, trailing: Sequence[Node]) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None:
            self.unreadable(node)
            return
        outside = self.state
        # It runs where it is called: from any directory, with any variables
        self.state = State("", {})
        self._statement(body, context.branch()._replace(nested=True))
        written = self._written(body)
        self.note(written)
        moves = any(self.raw(command) in _MOVES for command in self.descendants(body, ("command_name",)))
        self.functions[self.raw(name)] = Function(tuple(written), moves)
        self.state = outside
        self._bare(context, trailing)

    def _written(self, node: Node) -> list[str]:
        """The variables that the statements of a node assign."""
        names = [
            assignment.child_by_field_name("name") for assignment in self.descendants(node, ("variable_assignment",))
        ]
        return [self.raw(name) for name in names if name is not None]

    # Simple commands

    def _assignment(self, node: Node, context: Context, trailing: Sequence[Node]) -> None:
        nodes = node.children if node.type == "variable_assignments" else [node]
        assignments = [self.assign(child, context) for child in nodes if child.type == "variable_assignment"]
        self.emit(node, context, assignments, [], trailing)
        for name, _, value in assignments:
            self.note([name])
            self.state = self.state.assigned(name, value)

    def _declaration(self, node: Node, context: Context, trailing: Sequence[Node]) -> None:
        """`export A=b`, `unset A`: arguments and assignments at once."""
        words: list[Word] = []
        assigned: list[tuple[str, str | None]] = []
        forgets = node.type == "unset_command"
        for child in node.children:
            if child.type == "variable_assignment":
                name, _, value = self.assign(child, context)
                assigned.append((name, value))
                words.append(self.word([child], context, runs=False))
            elif child.type != "comment":
                words.append(self.word([child], context))
                if forgets and child.is_named:
                    assigned.append((words[-1].raw, None))
        self.emit(node, context, [], words, trailing)
        for name, value in assigned:
            self.note([name])
            self.state = self.state.assigned(name, value)

    def _test(self, node: Node, context: Context, trailing: Sequence[Node]) -> None:
        self.substituted([node], context)
        first = node.children[0]
        self.emit(node, context, [], [self.word([first], context)], trailing)

    def _escapes_space(self, node: Node) -> bool:
        """Whether a word begins with an escaped space, which the grammar takes for white space."""
        start, end = self.range(node)
        if "\\" not in self.text[max(0, start - 2) : end]:
            return False
        before = max(0, start - 2)
        for child in node.children:
            begin, stop = self.range(child)
            if _ESCAPED_SPACE.search(self.text, before, begin):
                return True
            before = max(before, stop)
        return False

    def _command(self, node: Node, context: Context, trailing: Sequence[Node]) -> None:
        assignments: list[tuple[str, Word, str | None]] = []
        redirects: list[Node] = []
        groups: list[list[Node]] = []
        for child in node.children:
            kind = child.type
            if kind == "variable_assignment":
                assignments.append(self.assign(child, context))
            elif kind.endswith("_redirect"):
                redirects.append(child)
            elif kind != "comment":
                # Neighbours with no white space between them are one word to the shell
                if groups and groups[-1][-1].end_byte == child.start_byte and not self.spaced(child):
                    groups[-1].append(child)
                else:
                    groups.append([child])
        # `1#$x` is a number of a base to the grammar, wherever it stands: white space in it is lost
        if self._escapes_space(node) or _BASE_NUMBER.search(self.text, *self.range(node)):
            self.unreadable(node)
            return
        words = [self.word(group, context) for group in groups]
        command = self.emit(node, context, assignments, words, [*redirects, *trailing])
        self.follow(command)

    def _bare(self, context: Context, redirects: Sequence[Node]) -> None:
        """Redirections of a group: `{ …; } > file`."""
        if redirects:
            self.emit(redirects[0], context, [], [], redirects)
