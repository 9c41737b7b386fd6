"""The simple commands of a script as they are read: places, words, redirections, and what is known where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from minify.shell.prefixes import see_through
from minify.shell.script import Argument, Command, OpaqueText, Redirect, Separator
from minify.shell.state import UNKNOWN_DIRECTORY, State
from minify.shell.words import Literal, Word, is_plain, split_parts
from minify.syntax.source import Span

if TYPE_CHECKING:
    from tree_sitter import Node

_SUBSTITUTIONS: Final = ("command_substitution", "process_substitution", "expansion", "arithmetic_expansion")
# A directory that only this script knows: mktemp's own name for it stands for it
_MKTEMP: Final = r"\"?(?:\$\(|`)\s*mktemp(?:\s+-[dq]+)*(?:\s+(/tmp/[\w.-]+))?\s*(?:\)|`)\"?"
# `eval $(opam env)` sets variables and does nothing else
SWITCH: Final = re.compile(r"\"?(?:\$\(|`)\s*opam\s+(?:config\s+)?env\b[^;|&]*(?:\)|`)\"?")
UNREADABLE: Final = "the shell parser cannot read it"


class Context(NamedTuple):
    """How the statement at hand is reached."""

    conditional: bool = False
    piped: bool = False
    nested: bool = False
    fallible: bool = False
    """Its failure is caught, so what follows it in an `&&` chain may not run."""
    final: bool = False
    """Its status is the script's: when it fails, so does the build."""
    upstream: Command | None = None

    def branch(self) -> Context:
        return self._replace(conditional=True, final=False)


class Function(NamedTuple):
    """What a call of a function changes: the variables it assigns, and the directory when it `moves`."""

    assigns: tuple[str, ...]
    moves: bool


class Reading:
    """What has been read of a script so far; `state` is what is known at this place."""

    def __init__(self, text: str, offsets: Sequence[int], state: State) -> None:
        self.text = text
        self.offsets = offsets
        self.state = state
        self.commands: list[Command] = []
        self.opaque: list[OpaqueText] = []
        self.separators: list[Separator] = []
        self.assigned: list[str] = []
        self.functions: dict[str, Function] = {}
        self.characters: list[int] | None = None
        """The character of each byte; None when all are ASCII."""

    def statements(self, nodes: Iterable[Node], context: Context) -> None:
        """Read statements in a row."""
        raise NotImplementedError

    # Places

    def range(self, node: Node) -> tuple[int, int]:
        start, end = node.start_byte, node.end_byte
        if self.characters is not None:
            start, end = self.characters[start], self.characters[end]
        # A token inside a string may begin with the white space before it
        while start < end and self.text[start].isspace():
            start += 1
        return start, end

    def span(self, start: int, end: int) -> Span:
        begin = self.offsets[start]
        return Span(begin, max(begin, self.offsets[end - 1] + 1 if end > start else begin))

    def unreadable(self, node: Node) -> None:
        start, end = self.range(node)
        self.opaque.append(OpaqueText(self.span(start, end), UNREADABLE))
        # What could not be read may have assigned a variable or changed the directory
        moved = re.search(r"\b(?:cd|chdir)\b", self.text[start:end])
        self.state = State("" if moved else self.state.cwd, {})

    def assign(self, node: Node, context: Context) -> tuple[str, Word, str | None]:
        name_node = node.child_by_field_name("name")
        value_node = node.child_by_field_name("value")
        name = self.raw(name_node) if name_node is not None else ""
        end = self.range(node)[1]
        if value_node is None:
            word = Word((Literal("", quoted=True),), self.span(end, end), "")
            value: str | None = ""
        else:
            after = node.children[1].end_byte if len(node.children) > 1 else value_node.start_byte
            begin = self.characters[after] if self.characters is not None else after
            word = self._word_at(begin, end, [value_node], context)
            value = None if value_node.type == "array" else word.resolve(self.state.env)
            if value is None and (temporary := re.fullmatch(_MKTEMP, word.raw)):
                value = temporary[1] or "/tmp/tmp.XXXXXXXXXX"
        if len(node.children) > 1 and node.children[1].type == "+=":
            before = self.state.env.get(name)
            value = None if value is None or before is None else before + value
        if name_node is not None and name_node.type == "subscript":
            name, value = name.partition("[")[0], None
        return name, word, value

    def spaced(self, node: Node) -> bool:
        start = node.start_byte if self.characters is None else self.characters[node.start_byte]
        return self.text[start : start + 1].isspace()

    def emit(
        self,
        node: Node,
        context: Context,
        assignments: Sequence[tuple[str, Word, str | None]],
        words: list[Word],
        redirect_nodes: Sequence[Node],
    ) -> Command:
        start, end = self.range(node)
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
            span=self.span(start, end),
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

    def _redirect(self, node: Node, context: Context, into: list[Redirect], words: list[Word]) -> int:
        """Add a redirection to `into`; returns where it ends.

        `cmd >f a b`: the grammar takes a and b for targets too, the shell for arguments; they go to `words`.
        """
        start, end = self.range(node)
        operator = "".join(self.raw(child) for child in node.children if not child.is_named)
        if node.type == "heredoc_redirect":
            return self._heredoc(node, context, into, words)
        targets = node.children_by_field_name("destination")
        if node.type == "herestring_redirect":
            operator, targets = "<<<", [child for child in node.children if child.is_named]
        descriptor = node.child_by_field_name("descriptor")
        if descriptor is not None:
            operator = self.raw(descriptor) + operator
        target = self.word([targets[0]], context) if targets else None
        into.append(Redirect(operator=operator, target=target, span=self.span(start, end)))
        words += [self.word([extra], context) for extra in targets[1:]]
        return end

    def _heredoc(self, node: Node, context: Context, into: list[Redirect], words: list[Word]) -> int:
        start, end = self.range(node)
        operator = "<<"
        target: Word | None = None
        body: str | None = None
        later: list[Node] = []
        for child in node.children:
            if child.type in ("<<", "<<-"):
                operator = child.type
            elif child.type == "heredoc_start":
                target = self.word([child], context, runs=False)
                end = self.range(child)[1]
            elif child.type == "heredoc_body":
                first = child.start_byte if self.characters is None else self.characters[child.start_byte]
                body = self.text[first : self.range(child)[1]]
                self.substituted([child], context)
            elif child.type.endswith("_redirect"):
                later.append(child)
            elif child.is_named and child.type not in ("heredoc_end", "pipeline", "file_descriptor"):
                right = node.child_by_field_name("right")
                if right is None or child.start_byte != right.start_byte:
                    words.append(self.word([child], context))
                    end = max(end, self.range(child)[1])
        into.append(Redirect(operator=operator, target=target, span=self.span(start, end), body=body))
        for redirect in later:
            end = max(end, self._redirect(redirect, context, into, words))
        return end

    def follow(self, command: Command) -> None:
        """What a command changes for those after it: the directory, variables."""
        name, args = command.name, command.args
        operands = [text for text in args if text is None or not text.startswith("-") or text == "-"]
        function = self.functions.get(command.program or "")
        if function is not None:
            self.state = self.state.forgot(function.assigns)
            if function.moves:
                self.state = self.state.left()
        elif name in ("cd", "chdir"):
            self.state = self.state.entered(operands[0] if operands else self.state.env.get("HOME"))
        elif name == "pushd":
            before = self.state
            entered = before.entered(operands[0] if operands else None)
            self.state = entered._replace(pushed=(*before.pushed, before.cwd))
        elif name == "popd":
            pushed = self.state.pushed
            self.state = self.state.entered(pushed[-1] if pushed else None)._replace(pushed=pushed[:-1])
        elif name in ("source", ".") and operands:
            self.state = self.state.sourced(operands[0])
        elif name == "eval" and len(command.arguments) == 1 and SWITCH.fullmatch(command.arguments[0].word.raw):
            self.state = self.state.forgot(["PATH", "MANPATH", "OPAM_SWITCH_PREFIX", "OCAML_TOPLEVEL_PATH"])
        elif name == "eval":
            self.state = State(UNKNOWN_DIRECTORY, {})
        elif name in ("read", "mapfile", "readarray", "getopts", "printf"):
            names = [text for text in operands if text is not None] if name != "printf" else _printf_target(args)
            self.note(names)
            self.state = self.state.forgot(names)

    # Words

    def raw(self, node: Node) -> str:
        start, end = self.range(node)
        return self.text[start:end]

    def note(self, names: Iterable[str]) -> None:
        self.assigned += [name for name in names if name not in self.assigned]

    def word(self, nodes: Sequence[Node], context: Context, *, runs: bool = True) -> Word:
        """The word that nodes make; `runs` reads the commands of its `$(…)`, once."""
        start, _ = self.range(nodes[0])
        _, end = self.range(nodes[-1])
        return self._word_at(start, end, nodes, context, runs=runs)

    def _word_at(self, start: int, end: int, nodes: Sequence[Node], context: Context, *, runs: bool = True) -> Word:
        raw = self.text[start:end]
        span = self.span(start, end)
        if is_plain(raw):
            return Word((Literal(raw),), span, raw)
        found: dict[int, int] = {}
        if "$" in raw or "`" in raw or "<(" in raw or ">(" in raw:
            for node in nodes:
                for substitution in self.descendants(node, _SUBSTITUTIONS):
                    first, stop = self.range(substitution)
                    found.setdefault(first - start, stop - start)
            if runs:
                self.substituted(nodes, context)
        return Word(split_parts(raw, found), span, raw)

    def substituted(self, nodes: Iterable[Node], context: Context) -> None:
        """Read the commands of every `$(…)` in the nodes: they run before the command they are part of."""
        for node in nodes:
            for substitution in self.descendants(node, ("command_substitution", "process_substitution")):
                outside = self.state
                self.statements(
                    [
                        child
                        for child in substitution.children
                        if child.is_named and not child.type.endswith("_redirect")
                    ],
                    context._replace(nested=True, piped=False, final=False, upstream=None),
                )
                self.state = outside

    def descendants(self, node: Node, types: tuple[str, ...]) -> list[Node]:
        """The outermost nodes of these types, the node itself included."""
        if node.type in types:
            return [node]
        return [found for child in node.children for found in self.descendants(child, types)]


def _printf_target(args: Sequence[str | None]) -> list[str]:
    return [args[1]] if len(args) > 1 and args[0] == "-v" and args[1] is not None else []
