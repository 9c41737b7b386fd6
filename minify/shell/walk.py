"""From the parser's tree to simple commands: who runs, where, with what, and whether for sure."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from minify.shell.prefixes import see_through
from minify.shell.script import Argument, Command, OpaqueText, Redirect, Script, Separator
from minify.shell.state import State, merged
from minify.shell.words import Literal, Word, is_plain, split_parts
from minify.syntax.source import Span

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_SUBSTITUTIONS: Final = ("command_substitution", "process_substitution", "expansion", "arithmetic_expansion")
_LEAVES: Final = ("exit", "return", "false")
_TESTS: Final = ("test", "[", "[[")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# A directory that only this script knows: mktemp's own name for it stands for it
_MKTEMP: Final = re.compile(r"\"?(?:\$\(|`)\s*mktemp(?:\s+-[dq]+)*(?:\s+(/tmp/[\w.-]+))?\s*(?:\)|`)\"?")
UNREADABLE: Final = "the shell parser cannot read it"


@functools.cache
def _parser() -> Parser:
    # Imported on first use: a Dockerfile without RUN never pays for it
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


@dataclass(frozen=True, slots=True)
class _Context:
    """How the statement at hand is reached."""

    conditional: bool = False
    piped: bool = False
    nested: bool = False
    fallible: bool = False
    """Its failure is caught, so what follows it in an `&&` chain may not run."""
    final: bool = False
    """Its status is the script's: when it fails, so does the build."""
    upstream: Command | None = None

    def branch(self) -> _Context:
        return replace(self, conditional=True, final=False)


def read_text(
    text: str,
    offsets: Sequence[int],
    *,
    cwd: str,
    env: Mapping[str, str],
    conditional: bool = False,
) -> Script:
    """The commands of a script; `offsets[i]` is where `text[i]` is in the file, and one more for the end."""
    return _Walker(text, offsets, State(cwd, env)).read(_Context(conditional=conditional, final=True))


class _Walker:
    def __init__(self, text: str, offsets: Sequence[int], state: State) -> None:
        self.text = text
        self.offsets = offsets
        self.state = state
        self.commands: list[Command] = []
        self.opaque: list[OpaqueText] = []
        self.separators: list[Separator] = []
        self.assigned: list[str] = []
        self.functions: list[str] = []
        self.characters: list[int] | None = None
        self.statements: dict[str, Callable[[Node, _Context, Sequence[Node]], None]] = {
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

    def read(self, context: _Context) -> Script:
        # The parser reads UTF-8; a byte that is not UTF-8 stands in the text as a lone surrogate
        data = _SURROGATE.sub("�", self.text).encode()
        if len(data) != len(self.text):
            self.characters = [
                index for index, character in enumerate(data.decode()) for _ in range(len(character.encode()))
            ] + [len(self.text)]
        root = _parser().parse(data).root_node
        self.broken = root.has_error
        if root.type == "ERROR":
            self._unreadable(root)
        else:
            self._statements(root.children, context)
        return Script(
            commands=tuple(self.commands),
            opaque=tuple(self.opaque),
            separators=tuple(self.separators),
            variables={name: self.state.env.get(name) for name in self.assigned},
            functions=tuple(self.functions),
        )

    # Places

    def _range(self, node: Node) -> tuple[int, int]:
        start, end = node.start_byte, node.end_byte
        if self.characters is not None:
            start, end = self.characters[start], self.characters[end]
        # A token inside a string may begin with the white space before it
        while start < end and self.text[start].isspace():
            start += 1
        return start, end

    def _span(self, start: int, end: int) -> Span:
        begin = self.offsets[start]
        return Span(begin, max(begin, self.offsets[end - 1] + 1 if end > start else begin))

    def _unreadable(self, node: Node) -> None:
        start, end = self._range(node)
        self.opaque.append(OpaqueText(self._span(start, end), UNREADABLE))
        # What could not be read may have assigned a variable or changed the directory
        self.state = State("" if "cd" in self.text[start:end] else self.state.cwd, {})

    # Statements

    def _statements(self, nodes: Iterable[Node], context: _Context) -> None:
        children = list(nodes)
        last = max((index for index, node in enumerate(children) if node.is_named), default=-1)
        inner = replace(context, final=False) if context.final else context
        for index, node in enumerate(children):
            if node.is_named:
                self._statement(node, context if index == last else inner)
            elif node.type in (";", "&", "\n", ";;"):
                self._separator(node)

    def _separator(self, node: Node) -> None:
        start, end = self._range(node)
        if start == end:
            start, end = node.start_byte, node.end_byte
            if self.characters is not None:
                start, end = self.characters[start], self.characters[end]
        self.separators.append(Separator(self.text[start:end], self._span(start, end)))

    def _statement(self, node: Node, context: _Context, trailing: Sequence[Node] = ()) -> None:
        kind = node.type
        if kind == "comment":
            return
        read = self.statements.get(kind)
        if read is None or (self.broken and self._is_broken(node)):
            self._unreadable(node)
            return
        read(node, context, trailing)

    def _is_broken(self, node: Node) -> bool:
        if not node.has_error:
            return False
        simple = node.type not in ("list", "compound_statement", "subshell", "pipeline")
        return simple or any(child.is_missing for child in node.children)

    def _list(self, node: Node, context: _Context, trailing: Sequence[Node]) -> None:
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
        self, operands: Sequence[Node], operators: Sequence[Node], context: _Context, trailing: Sequence[Node]
    ) -> None:
        unless: State | None = None
        last = len(operands) - 1
        for index, operand in enumerate(operands):
            if index and index <= len(operators):
                self._separator(operators[index - 1])
            skippable = unless is not None or (index > 0 and context.fallible)
            final = context if index == last else replace(context, final=False) if context.final else context
            self._statement(
                operand, context.branch() if skippable else final, trailing if index == last else ()
            )
            if unless is None and not context.final and index < last and self._is_test(operand):
                unless = self.state
        if unless is not None:
            self.state = merged((unless, self.state))

    def _alternatives(
        self, operands: Sequence[Node], operators: Sequence[Node], context: _Context, trailing: Sequence[Node]
    ) -> None:
        caught = replace(context, fallible=True, final=False)
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

    def _pipeline(self, node: Node, context: _Context, trailing: Sequence[Node]) -> None:
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
                child, replace(context, piped=True, upstream=upstream, final=False), trailing if last else ()
            )
            upstream = self.commands[-1] if self.commands else None
        self.state = outside

    def _negated(self, node: Node, context: _Context, trailing: Sequence[Node]) -> None:
        for child in node.children:
            if child.is_named:
                self._statement(child, context, trailing)

    def _redirected(self, node: Node, context: _Context, trailing: Sequence[Node]) -> None:
        redirects = [child for child in node.children if child.type.endswith("_redirect")]
        body = node.child_by_field_name("body")
        if body is None:
            self._bare(context, [*redirects, *trailing])
            return
        self._statement(body, context, [*redirects, *trailing])
        for redirect in redirects:
            if redirect.type == "heredoc_redirect":
                self._after_heredoc(redirect, context)

    def _after_heredoc(self, node: Node, context: _Context) -> None:
        """The `| tee x && next` that follows `<<EOF` on its line: the grammar puts it inside the redirect."""
        outside = self.state
        for child in node.children:
            if child.type == "pipeline":
                upstream = self.commands[-1] if self.commands else None
                stages = [
                    part
                    for stage in child.children
                    for part in (stage.children if stage.type == "list" else [stage])
                ]
                piped = True
                for stage in stages:
                    if stage.is_named:
                        through = (
                            replace(context, piped=True, upstream=upstream, final=False) if piped else context
                        )
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

    def _group(self, node: Node, context: _Context, trailing: Sequence[Node]) -> None:
        if node.children and node.children[0].type == "((":
            return
        self._statements(node.children, context)
        self._bare(context, trailing)

    def _subshell(self, node: Node, context: _Context, trailing: Sequence[Node]) -> None:
        outside = self.state
        self._statements(node.children, context)
        self.state = outside
        self._bare(context, trailing)

    def _if(self, node: Node, context: _Context, trailing: Sequence[Node]) -> None:
        ends: list[State] = []
        clauses = [child for child in node.children if child.type in ("elif_clause", "else_clause")]
        own = [child for child in node.children if child.type not in ("elif_clause", "else_clause")]
        complete = False
        self._clause(own, context, ends)
        for clause in clauses:
            complete = clause.type == "else_clause"
            if complete:
                count = len(self.commands)
                self._statements(clause.children, context.branch())
                self._close(ends, count)
            else:
                self._clause(clause.children, context.branch(), ends)
        if not complete:
            ends.append(self.state)
        self.state = merged(ends) if ends else self.state
        self._bare(context, trailing)

    def _clause(self, nodes: Sequence[Node], context: _Context, ends: list[State]) -> None:
        """`if condition; then …`: adds where its branch ends, and leaves the state of the condition not holding."""
        marks = [index for index, child in enumerate(nodes) if child.type == "then"]
        then = marks[0] if marks else len(nodes)
        self._statements(nodes[:then], replace(context, fallible=True, final=False))
        after = self.state
        count = len(self.commands)
        self._statements(nodes[then:], context.branch())
        self._close(ends, count)
        self.state = after

    def _close(self, ends: list[State], count: int) -> None:
        if not self._leaves(count):
            ends.append(self.state)

    def _case(self, node: Node, context: _Context, trailing: Sequence[Node]) -> None:
        value = node.child_by_field_name("value")
        if value is not None:
            self._substituted([value], context)
        before = self.state
        ends: list[State] = []
        default = False
        for item in node.children:
            if item.type != "case_item":
                continue
            self.state = before
            count = len(self.commands)
            patterns = item.children_by_field_name("value")
            default = default or any(self._raw(pattern) == "*" for pattern in patterns)
            names = [(pattern.start_byte, pattern.end_byte) for pattern in patterns]
            body = [child for child in item.children if (child.start_byte, child.end_byte) not in names]
            self._statements([child for child in body if child.type not in (")", "(", "|")], context.branch())
            self._close(ends, count)
        if not default:
            ends.append(before)
        self.state = merged(ends) if ends else before
        self._bare(context, trailing)

    def _loop(self, node: Node, context: _Context, trailing: Sequence[Node]) -> None:
        values = node.children_by_field_name("value")
        if values:
            self._substituted(values, context)
        changed = [self._raw(name) for name in self._descendants(node, ("variable_name",))]
        if any(
            self._raw(name) in ("cd", "pushd", "popd") for name in self._descendants(node, ("command_name",))
        ):
            # The second time around it starts from where the first one ended
            self.state = replace(self.state, cwd="", previous="", pushed=())
        if any(
            self._raw(name) in ("read", "mapfile", "source", ".", "eval")
            for name in self._descendants(node, ("command_name",))
        ):
            self.state = replace(self.state, env={})
        variable = node.child_by_field_name("variable")
        written = [self._raw(variable)] if variable is not None else []
        for assignment in self._descendants(node, ("variable_assignment",)):
            name = assignment.child_by_field_name("name")
            written += [self._raw(name)] if name is not None else []
        self._note([name for name in written if name in changed])
        self.state = self.state.forgot(written)
        before = self.state
        inner = context.branch()
        for child in node.children:
            if child.type == "do_group":
                self._statements(child.children, inner)
            elif node.type == "while_statement" and child.is_named:
                self._statement(child, replace(inner, fallible=True))
        self.state = merged((before, self.state))
        self._bare(context, trailing)

    def _function(self, node: Node, context: _Context, trailing: Sequence[Node]) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None:
            self._unreadable(node)
            return
        self.functions.append(self._raw(name))
        outside = self.state
        # It runs where it is called: from any directory, with any variables
        self.state = State("", {})
        self._statement(body, replace(context.branch(), nested=True))
        written = [
            self._raw(target)
            for assignment in self._descendants(body, ("variable_assignment",))
            if (target := assignment.child_by_field_name("name")) is not None
        ]
        self._note(written)
        self.state = outside.forgot(written)

    # Simple commands

    def _assignment(self, node: Node, context: _Context, trailing: Sequence[Node]) -> None:
        nodes = node.children if node.type == "variable_assignments" else [node]
        assignments = [self._assign(child, context) for child in nodes if child.type == "variable_assignment"]
        self._emit(node, context, assignments, [], trailing)
        for name, _, value in assignments:
            self._note([name])
            self.state = self.state.assigned(name, value)

    def _assign(self, node: Node, context: _Context) -> tuple[str, Word, str | None]:
        name_node = node.child_by_field_name("name")
        value_node = node.child_by_field_name("value")
        name = self._raw(name_node) if name_node is not None else ""
        end = self._range(node)[1]
        if value_node is None:
            word = Word((Literal("", quoted=True),), self._span(end, end), "")
            value: str | None = ""
        else:
            after = node.children[1].end_byte if len(node.children) > 1 else value_node.start_byte
            begin = self.characters[after] if self.characters is not None else after
            word = self._word_at(begin, end, [value_node], context)
            value = None if value_node.type == "array" else word.resolve(self.state.env)
            if value is None and (temporary := _MKTEMP.fullmatch(word.raw)):
                value = temporary[1] or "/tmp/tmp.XXXXXXXXXX"
        if len(node.children) > 1 and node.children[1].type == "+=":
            before = self.state.env.get(name)
            value = None if value is None or before is None else before + value
        if name_node is not None and name_node.type == "subscript":
            name, value = name.partition("[")[0], None
        return name, word, value

    def _declaration(self, node: Node, context: _Context, trailing: Sequence[Node]) -> None:
        """`export A=b`, `unset A`: arguments and assignments at once."""
        words: list[Word] = []
        assigned: list[tuple[str, str | None]] = []
        forgets = node.type == "unset_command"
        for child in node.children:
            if child.type == "variable_assignment":
                name, _, value = self._assign(child, context)
                assigned.append((name, value))
                words.append(self._word([child], context, nested=False))
            elif child.type != "comment":
                words.append(self._word([child], context))
                if forgets and child.is_named:
                    assigned.append((words[-1].raw, None))
        self._emit(node, context, [], words, trailing)
        for name, value in assigned:
            self._note([name])
            self.state = self.state.assigned(name, value)

    def _test(self, node: Node, context: _Context, trailing: Sequence[Node]) -> None:
        self._substituted([node], context)
        first = node.children[0]
        self._emit(node, context, [], [self._word([first], context)], trailing)

    def _command(self, node: Node, context: _Context, trailing: Sequence[Node]) -> None:
        assignments: list[tuple[str, Word, str | None]] = []
        redirects: list[Node] = []
        groups: list[list[Node]] = []
        for child in node.children:
            kind = child.type
            if kind == "variable_assignment":
                assignments.append(self._assign(child, context))
            elif kind.endswith("_redirect"):
                redirects.append(child)
            elif kind != "comment":
                # Neighbours with no white space between them are one word to the shell
                if groups and groups[-1][-1].end_byte == child.start_byte and not self._gap(child):
                    groups[-1].append(child)
                else:
                    groups.append([child])
        words = [self._word(group, context) for group in groups]
        command = self._emit(node, context, assignments, words, [*redirects, *trailing])
        self._follow(command)

    def _gap(self, node: Node) -> bool:
        start = node.start_byte if self.characters is None else self.characters[node.start_byte]
        return self.text[start : start + 1].isspace()

    def _bare(self, context: _Context, redirects: Sequence[Node]) -> None:
        """Redirections of a group: `{ …; } > file`."""
        if redirects:
            self._emit(redirects[0], context, [], [], redirects)

    def _emit(
        self,
        node: Node,
        context: _Context,
        assignments: Sequence[tuple[str, Word, str | None]],
        words: list[Word],
        redirect_nodes: Sequence[Node],
    ) -> Command:
        start, end = self._range(node)
        redirects: list[Redirect] = []
        for redirect in redirect_nodes:
            end = max(end, self._redirect(redirect, context, redirects, words))
        env = self.state.env
        arguments = tuple(Argument(text, word) for word in words for text in word.fields(env))
        rest, passed = see_through(arguments)
        own = [(name, value) for name, _, value in assignments] + list(passed)
        if own:
            known = {name: value for name, value in own if value is not None}
            env = {**{name: value for name, value in env.items() if name not in dict(own)}, **known}
        command = Command(
            argv=tuple(words),
            assignments=tuple((name, word) for name, word, _ in assignments),
            redirects=tuple(redirects),
            span=self._span(start, end),
            text=self.text[start:end],
            cwd=self.state.cwd,
            conditional=context.conditional,
            piped=context.piped,
            nested=context.nested,
            program=rest[0].text if rest else "" if not words else None,
            arguments=rest[1:],
            env=env,
            upstream=context.upstream if context.piped else None,
        )
        self.commands.append(command)
        return command

    def _redirect(self, node: Node, context: _Context, into: list[Redirect], words: list[Word]) -> int:
        """Add a redirection to `into`, and to `words` what the grammar took for a second target; where it ends."""
        start, end = self._range(node)
        operator = "".join(self._raw(child) for child in node.children if not child.is_named)
        if node.type == "heredoc_redirect":
            return self._heredoc(node, context, into, words)
        targets = node.children_by_field_name("destination")
        if node.type == "herestring_redirect":
            operator, targets = "<<<", [child for child in node.children if child.is_named]
        descriptor = node.child_by_field_name("descriptor")
        if descriptor is not None:
            operator = self._raw(descriptor) + operator
        target = self._word([targets[0]], context) if targets else None
        into.append(Redirect(operator=operator, target=target, span=self._span(start, end)))
        words += [self._word([extra], context) for extra in targets[1:]]
        return end

    def _heredoc(self, node: Node, context: _Context, into: list[Redirect], words: list[Word]) -> int:
        start, end = self._range(node)
        operator = "<<"
        target: Word | None = None
        body: str | None = None
        later: list[Node] = []
        for child in node.children:
            if child.type in ("<<", "<<-"):
                operator = child.type
            elif child.type == "heredoc_start":
                target = self._word([child], context, nested=False)
                end = self._range(child)[1]
            elif child.type == "heredoc_body":
                first = child.start_byte if self.characters is None else self.characters[child.start_byte]
                body = self.text[first : self._range(child)[1]]
                self._substituted([child], context)
            elif child.type.endswith("_redirect"):
                later.append(child)
            elif child.is_named and child.type not in ("heredoc_end", "pipeline", "file_descriptor"):
                right = node.child_by_field_name("right")
                if right is None or child.start_byte != right.start_byte:
                    words.append(self._word([child], context))
                    end = max(end, self._range(child)[1])
        into.append(Redirect(operator=operator, target=target, span=self._span(start, end), body=body))
        for redirect in later:
            end = max(end, self._redirect(redirect, context, into, words))
        return end

    def _follow(self, command: Command) -> None:
        """What a command changes for those after it: the directory, variables."""
        name, args = command.name, command.args
        operands = [text for text in args if text is None or not text.startswith("-") or text == "-"]
        if name == "cd":
            self.state = self.state.entered(operands[0] if operands else self.state.env.get("HOME"))
        elif name == "pushd":
            before = self.state
            self.state = replace(
                before.entered(operands[0] if operands else None), pushed=(*before.pushed, before.cwd)
            )
        elif name == "popd":
            pushed = self.state.pushed
            self.state = replace(self.state.entered(pushed[-1] if pushed else None), pushed=pushed[:-1])
        elif name in ("source", ".") and operands:
            self.state = self.state.sourced(operands[0])
        elif name in ("read", "mapfile", "readarray", "getopts", "printf"):
            names = (
                [text for text in operands if text is not None] if name != "printf" else _printf_target(args)
            )
            self._note(names)
            self.state = self.state.forgot(names)

    # Words

    def _raw(self, node: Node) -> str:
        start, end = self._range(node)
        return self.text[start:end]

    def _note(self, names: Iterable[str]) -> None:
        self.assigned += [name for name in names if name not in self.assigned]

    def _word(self, nodes: Sequence[Node], context: _Context, *, nested: bool = True) -> Word:
        start, _ = self._range(nodes[0])
        _, end = self._range(nodes[-1])
        return self._word_at(start, end, nodes if nested else (), context)

    def _word_at(self, start: int, end: int, nodes: Sequence[Node], context: _Context) -> Word:
        raw = self.text[start:end]
        span = self._span(start, end)
        if is_plain(raw):
            return Word((Literal(raw),), span, raw)
        found: dict[int, int] = {}
        if "$" in raw or "`" in raw or "<(" in raw or ">(" in raw:
            for node in nodes:
                for substitution in self._descendants(node, _SUBSTITUTIONS):
                    first, stop = self._range(substitution)
                    found.setdefault(first - start, stop - start)
            self._substituted(nodes, context)
        return Word(split_parts(raw, found), span, raw)

    def _substituted(self, nodes: Iterable[Node], context: _Context) -> None:
        """Read the commands of every `$(…)` in the nodes: they run before the command they are part of."""
        for node in nodes:
            for substitution in self._descendants(node, ("command_substitution", "process_substitution")):
                outside = self.state
                self._statements(
                    [
                        child
                        for child in substitution.children
                        if child.is_named and not child.type.endswith("_redirect")
                    ],
                    replace(context, nested=True, piped=False, final=False, upstream=None),
                )
                self.state = outside

    def _descendants(self, node: Node, types: tuple[str, ...]) -> list[Node]:
        """The outermost nodes of these types, the node itself included."""
        if node.type in types:
            return [node]
        return [found for child in node.children for found in self._descendants(child, types)]


def _printf_target(args: Sequence[str | None]) -> list[str]:
    return [args[1]] if len(args) > 1 and args[0] == "-v" and args[1] is not None else []
