"""`test`, `[` and `[[`: from their words to conditions."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from minify.launcher.actions import Action, Status
from minify.launcher.program import Dialect
from minify.launcher.reading.fields import Fielder
from minify.launcher.text import tree
from minify.launcher.values import (
    EMPTY,
    AnyText,
    Argument,
    Both,
    Compared,
    ComparedTexts,
    Condition,
    Either,
    Equal,
    Field,
    FieldCount,
    FileIs,
    FileTest,
    Filled,
    Instead,
    IsSet,
    Joined,
    LastStatus,
    Literal,
    Matches,
    MatchesExpression,
    Numeral,
    One,
    OnlyField,
    Pattern,
    ProcessId,
    Sole,
    Split,
    Terminal,
    Text,
    Truth,
    Variable,
    both,
    either,
    negation,
)

_NUMBERS: Final = {"-eq": "==", "-ne": "!=", "-lt": "<", "-le": "<=", "-gt": ">", "-ge": ">="}
_FILES: Final[dict[str, FileTest]] = {
    "-e": "exists", "-a": "exists", "-f": "file", "-d": "directory", "-L": "link", "-h": "link", "-r": "readable",
    "-w": "writable", "-x": "executable", "-s": "filled", "-S": "socket", "-p": "pipe",
}  # fmt: skip
_BINARY: Final = ("=", "==", "!=", "<", ">", "-nt", "-ot", "-ef", *_NUMBERS)
_UNARY: Final = ("-n", "-z", "-t", "-b", "-c", "-g", "-u", "-k", "-O", "-G", "-v", "-o", "-N", "-R", *_FILES)
# What means the same in bash, Python and JavaScript
_EXPRESSION: Final = re.compile(
    r"(?:[\w /:@,;=<>~!%&'\"#-]|\\[.^$*+?()\[\]{}|/-]|\[\^?[\w .:/@,;=+*?%&#$-]+\]|[.*+?^$|()]|\{\d+(?:,\d*)?\})*",
    re.ASCII,
)


class Tester(Fielder):
    """Reads tests."""

    # test and [

    def bracket(self, command: tree.Simple) -> Action | int:
        """`[ … ]` and `test …`; an error of the shell's is a status."""
        words = command.words[1:]
        if command.words[0].static == "[":
            if not words or words[-1].static != "]":
                self.obstacle("[ without ]", command.place, command.raw)
                return 2
            words = words[:-1]
        fields: list[tuple[Field, str | None]] = []
        for word in words:
            written = word.static
            fields += [(field, written) for field in self.fields_of(word)]
        if any(not isinstance(field, One | Split) for field, _ in fields):
            self.obstacle("a test of several words at once", command.place, command.raw)
            return 2
        condition = self._expression(fields, command)
        return 2 if condition is None else Status(condition)

    def _expression(self, fields: list[tuple[Field, str | None]], command: tree.Simple) -> Condition | None:
        """`a -a b -o c`, by the operators that are written; None for an error."""
        operators = [index for index, (_, written) in enumerate(fields) if written in ("-a", "-o")]
        # Up to four words `-a` may be an operand
        for sign in ("-o", "-a"):
            cuts = [index for index in operators if fields[index][1] == sign and 0 < index < len(fields) - 1]
            if cuts and len(fields) > 4:
                self._unsplit(fields, command)
                bounds = [-1, *cuts, len(fields)]
                parts = [self._expression(fields[a + 1 : b], command) for a, b in pairwise(bounds)]
                if any(part is None for part in parts):
                    self._malformed(command)
                    return None
                conditions = tuple(part for part in parts if part is not None)
                return either(list(conditions)) if sign == "-o" else both(list(conditions))
        if operators and len(fields) > 2:
            self.obstacle("-a or -o in a short test", command.place, command.raw)
        return self._primary(fields, command)

    def _unsplit(self, fields: list[tuple[Field, str | None]], command: tree.Simple) -> None:
        """Where a word more or less makes another test of it, none may be."""
        if any(isinstance(field, Split) for field, _ in fields):
            self.obstacle("an unquoted word in a test of several parts", command.place, command.raw)

    def _malformed(self, command: tree.Simple) -> None:
        self.obstacle("a test that the shell refuses", command.place, command.raw)

    def _primary(self, fields: list[tuple[Field, str | None]], command: tree.Simple) -> Condition | None:
        if len(fields) > 1 and fields[0][1] == "!" and not (len(fields) == 3 and fields[1][1] in _BINARY):
            self._unsplit(fields, command)
            inner = self._primary(fields[1:], command)
            return None if inner is None else negation(inner)
        if len(fields) == 5 and (fields[0][1], fields[4][1]) == ("(", ")"):
            return self._primary(fields[1:4], command)
        if any(written in ("(", ")") for _, written in fields):
            self.obstacle("a parenthesis in a test", command.place, command.raw)
            return None
        if len(fields) == 0:
            return Truth(False)
        if len(fields) == 1:
            return self._alone(fields[0][0])
        if len(fields) == 2:
            return self._unary(fields[0][1], fields[1][0], command)
        if len(fields) == 3:
            return self._binary(fields[0], fields[1][1], fields[2], command)
        self._malformed(command)
        return None

    def _alone(self, field: Field) -> Condition:
        if isinstance(field, Split):
            return FieldCount(field.text, 1, 1)
        assert isinstance(field, One)
        return filled(field.text)

    def _unary(self, operator: str | None, field: Field, command: tree.Simple) -> Condition | None:
        if operator not in _UNARY:
            self._malformed(command)
            return None
        assert isinstance(field, One | Split)
        if isinstance(field, Split):
            # Nothing at all leaves the operator alone, and that is a text which is not empty
            if operator == "-z":
                return FieldCount(field.text, 0, 0)
            if operator == "-n":
                return FieldCount(field.text, 0, 1)
            if (condition := self._file_test(operator, Sole(field.text), command)) is None:
                return None
            return Either((FieldCount(field.text, 0, 0), Both((FieldCount(field.text, 1, 1), condition))))
        if operator == "-n":
            return filled(field.text)
        if operator == "-z":
            return negation(filled(field.text))
        return self._file_test(operator, field.text, command)

    def _file_test(self, operator: str, text: Text, command: tree.Command) -> Condition | None:
        if operator in _FILES:
            return FileIs(_FILES[operator], text)
        if operator == "-t" and isinstance(text, Literal) and text.text in ("0", "1", "2"):
            return Terminal(int(text.text))
        if operator == "-v" and isinstance(text, Literal) and re.fullmatch(r"[A-Za-z_]\w*", text.text):
            return IsSet(Variable(text.text))
        self.obstacle(f"the test {operator}", command.place, command.raw)
        return None

    def _binary(
        self,
        left: tuple[Field, str | None],
        operator: str | None,
        right: tuple[Field, str | None],
        command: tree.Simple,
    ) -> Condition | None:
        if left[1] == "(" and right[1] == ")":
            self.obstacle("a parenthesis in a test", command.place, command.raw)
            return None
        if operator not in _BINARY:
            self._malformed(command)
            return None
        if operator in ("<", ">", "-nt", "-ot", "-ef"):
            self.obstacle(f"the test {operator}", command.place, command.raw)
            return None
        if operator == "==" and self.dialect is Dialect.DASH:
            self.obstacle("== in [, which is an error to dash: = is meant", command.place, command.raw)
            return None
        assert isinstance(left[0], One | Split)
        assert isinstance(right[0], One | Split)
        return self._compared(left[0], operator, right[0], command)

    def _compared(self, left: One | Split, operator: str, right: One | Split, command: tree.Simple) -> Condition | None:
        if isinstance(left, Split) and isinstance(right, Split):
            counts = (FieldCount(left.text, 1, 1), FieldCount(right.text, 1, 1))
            return Both((*counts, self._comparison(Sole(left.text), operator, Sole(right.text))))
        split, other = (left, right) if isinstance(left, Split) else (right, left)
        if isinstance(split, Split):
            if operator in ("=", "=="):
                return OnlyField(split.text, other.text, negated=False)
            if operator == "!=":
                return OnlyField(split.text, other.text, negated=True)
            sides = [Sole(side.text) if isinstance(side, Split) else side.text for side in (left, right)]
            return Both((FieldCount(split.text, 1, 1), self._comparison(sides[0], operator, sides[1])))
        return self._comparison(left.text, operator, right.text)

    def _comparison(self, left: Text, operator: str, right: Text) -> Condition:
        if operator in ("=", "=="):
            return equal(left, right)
        if operator == "!=":
            return negation(equal(left, right))
        sign = _NUMBERS[operator]
        if self.is_numeric(left) and self.is_numeric(right):
            return Compared(sign, self.number(left), self.number(right))
        return ComparedTexts(sign, left, right)

    # [[

    def double_bracket(self, command: tree.Conditional) -> Action | int:
        """`[[ … ]]`."""
        reader = _Conditional(list(command.words), self, command)
        condition = reader.either()
        if reader.words:
            self.obstacle(f"{reader.words[0].raw} in [[", command.place, command.raw)
        return Status(condition)

    def double_unary(self, operator: str, word: tree.Word, command: tree.Conditional) -> Condition:
        text = self.text(word)
        if operator == "-n":
            return filled(text)
        if operator == "-z":
            return negation(filled(text))
        return self._file_test(operator, text, command) or Truth(False)

    def double_binary(self, left: tree.Word, operator: str, right: tree.Word, command: tree.Conditional) -> Condition:
        text = self.text(left)
        if operator in ("=", "==", "!="):
            condition = matched(text, self.pattern(right))
            return negation(condition) if operator == "!=" else condition
        if operator == "=~":
            expression = right.static
            plain = all(isinstance(part, tree.Plain) and not part.quoted for part in right.parts)
            # An escaped character is a quoted part: the expression is then as written
            written = right.raw if expression is not None and not re.search(r"['\"]", right.raw) else None
            if written is None or not (plain or "\\" in right.raw) or not _EXPRESSION.fullmatch(written):
                self.obstacle("a regular expression that is not the same everywhere", right.place, right.raw)
                return Truth(False)
            return MatchesExpression(text, written)
        if operator in _NUMBERS:
            return self._arithmetic_comparison(text, operator, self.text(right), command)
        self.obstacle(f"{operator} in [[", command.place, command.raw)
        return Truth(False)

    def _arithmetic_comparison(self, left: Text, operator: str, right: Text, command: tree.Conditional) -> Condition:
        # To [[ both sides are arithmetic: a word that is no number is a variable's name
        for text in (left, right):
            if isinstance(text, Literal) and not self.is_numeric(text):
                self.obstacle("arithmetic in [[", command.place, command.raw)
        return Compared(_NUMBERS[operator], self.number(left), self.number(right))


class _Conditional:
    """The grammar of `[[`."""

    def __init__(self, words: list[tree.Word], tester: Tester, command: tree.Conditional) -> None:
        self.words = words
        self.tester = tester
        self.command = command

    def _next(self) -> str | None:
        return self.words[0].bare if self.words else None

    def either(self) -> Condition:
        return self._chain("||", self.both, either)

    def both(self) -> Condition:
        return self._chain("&&", self.one, both)

    def _chain(
        self, sign: str, read: Callable[[], Condition], join: Callable[[list[Condition]], Condition]
    ) -> Condition:
        found = [read()]
        while self._next() == sign:
            self.words.pop(0)
            with self.tester.branch():
                found.append(read())
        return join(found)

    def one(self) -> Condition:
        if not self.words:
            self.tester.obstacle("[[ that ends too early", self.command.place, self.command.raw)
            return Truth(False)
        bare = self._next()
        if bare == "!":
            self.words.pop(0)
            return negation(self.one())
        if bare == "(":
            self.words.pop(0)
            inner = self.either()
            if self._next() == ")":
                self.words.pop(0)
            return inner
        if bare in _UNARY and len(self.words) > 1 and self.words[1].bare not in ("&&", "||", ")", *_BINARY):
            self.words.pop(0)
            return self.tester.double_unary(bare, self.words.pop(0), self.command)
        left = self.words.pop(0)
        if len(self.words) > 1 and self._next() in (*_BINARY, "=~"):
            operator = self.words.pop(0).bare or ""
            return self.tester.double_binary(left, operator, self.words.pop(0), self.command)
        return filled(self.tester.text(left))


def filled(text: Text) -> Condition:
    """Whether a text is not empty, decided here where it can be."""
    if isinstance(text, Literal):
        return Truth(text.text != "")
    if isinstance(text, Numeral | LastStatus | ProcessId):
        return Truth(True)
    if isinstance(text, Joined) and any(isinstance(part, Literal) for part in text.parts):
        return Truth(True)
    if isinstance(text, Instead) and isinstance(text.text, Literal) and text.text.text:
        return Filled(text.value) if text.empty else IsSet(text.value)
    return Filled(text)


def equal(left: Text, right: Text) -> Condition:
    """Whether two texts are the same, decided here where it can be."""
    if isinstance(left, Literal) and isinstance(right, Literal):
        return Truth(left.text == right.text)
    for one, other in ((left, right), (right, left)):
        if one == EMPTY:
            return negation(filled(other))
    left, right = _without_guard(left, right)
    return Equal(left, right)


def _without_guard(left: Text, right: Text) -> tuple[Text, Text]:
    """`"x$A" = "xb"` guards against an empty `$A`, which a launcher need not."""
    if (
        isinstance(left, Joined)
        and len(left.parts) == 2
        and isinstance(guard := left.parts[0], Literal)
        and isinstance(right, Literal)
        and right.text.startswith(guard.text)
        and len(right.text) > len(guard.text)
    ):
        return left.parts[1], Literal(right.text[len(guard.text) :])
    return left, right


def matched(text: Text, pattern: Pattern) -> Condition:
    """Whether a pattern matches a text, as plainly as can be said."""
    if not pattern.parts:
        return equal(text, EMPTY)
    if all(not isinstance(part, AnyText) for part in pattern.parts) and len(pattern.parts) == 1:
        only = pattern.parts[0]
        if isinstance(only, Literal | Variable | Argument | Joined):
            return equal(text, only)
    if pattern.parts == (AnyText(),):
        return Truth(True)
    return Matches(text, pattern)
