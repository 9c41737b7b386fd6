"""Quotes, escapes and variables in a word, as BuildKit's own lexer takes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from minify.syntax.text import SPACE

Lookup = Callable[[str], str | None]
"""The value of a variable; None when it is not set."""

_SPECIAL = "@*#?-$!0"


class ExpansionError(ValueError):
    """What BuildKit says about a word that it cannot read."""


class Expanded(NamedTuple):
    """A word after expansion, and the names it used that are not set, each once, in order."""

    text: str
    unresolved: tuple[str, ...]


def process_word(
    word: str, lookup: Lookup | Mapping[str, str], escape: str = "\\", *, demanding: bool = False
) -> Expanded:
    r"""Expand the variables of a word and take its quotes and escapes out.

    A `${x:?…}` that lacks its value is an error only when `demanding`: a build argument may give it.

    >>> process_word("'a b'-${x:-y}-$z", {"z": "1"})
    Expanded(text='a b-y-1', unresolved=('x',))
    """
    lexer = Lexer(lookup=_lookup(lookup), escape=escape, demanding=demanding)
    text, _ = lexer.process(word)
    return Expanded(text, tuple(lexer.unresolved))


def process_words(text: str, lookup: Lookup | Mapping[str, str], escape: str = "\\") -> list[str]:
    """Expand as `process_word` does, and split at the white space that is not quoted.

    >>> process_words("a $x 'c d'", {"x": "1 2"})
    ['a', '1', '2', 'c d']
    """
    return Lexer(lookup=_lookup(lookup), escape=escape).words(text)


def _lookup(given: Lookup | Mapping[str, str]) -> Lookup:
    return given.get if isinstance(given, Mapping) else given


class Lexer:
    """Reads one text after the other; the switches are those that here-documents need.

    `raw_quotes` and `raw_escapes` stay in the words; `keep_unset` leaves a variable that is not set as it is
    written; `patterns` knows `${x#p}`, `${x%p}` and `${x/a/b}`; `demanding` makes
    an error of `${x:?…}` without a value. `unresolved` are the names that are not set.
    """

    def __init__(
        self,
        *,
        lookup: Lookup,
        escape: str = "\\",
        raw_quotes: bool = False,
        raw_escapes: bool = False,
        keep_unset: bool = False,
        patterns: bool = True,
        demanding: bool = True,
    ) -> None:
        self.lookup = lookup
        self.escape = escape
        self.raw_quotes = raw_quotes
        self.raw_escapes = raw_escapes
        self.keep_unset = keep_unset
        self.patterns = patterns
        self.demanding = demanding
        self.unresolved: dict[str, None] = {}
        self._text = ""
        self._at = 0

    def words(self, text: str) -> list[str]:
        """The words of a text."""
        return self.process(text)[1]

    def process(self, text: str) -> tuple[str, list[str]]:
        """The text expanded, as a whole and as words."""
        self._text, self._at = text, 0
        try:
            return self._until("", self.raw_escapes)
        except RecursionError:
            raise ExpansionError("substitutions nest too deeply") from None

    @property
    def _next(self) -> str:
        """The character ahead; empty at the end."""
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        character = self._next
        self._at += 1
        return character

    def _until(self, stop: str, raw_escapes: bool) -> tuple[str, list[str]]:
        """Read to an unquoted character and past it, or to the end when none is given."""
        outer, self.raw_escapes = self.raw_escapes, raw_escapes
        result: list[str] = []
        words = _Words()
        try:
            while character := self._next:
                if character == stop:
                    self._at += 1
                    return "".join(result), words.done()
                if character == "$":
                    piece = self._dollar()
                    words.split(piece)
                elif character in "'\"":
                    piece = self._single() if character == "'" else self._double()
                    words.add(piece)
                elif character == self.escape:
                    self._at += 1
                    # At the end of the text it escapes nothing and is dropped.
                    piece = (character if self.raw_escapes else "") + self._take()
                    words.add(piece)
                else:
                    self._at += 1
                    piece = character
                    words.split(piece)
                result.append(piece)
        finally:
            self.raw_escapes = outer
        if stop:
            raise ExpansionError(f"unexpected end of statement while looking for matching {stop}")
        return "".join(result), words.done()

    def _single(self) -> str:
        close = self._text.find("'", self._at + 1)
        if close < 0:
            self._at = len(self._text)
            raise ExpansionError("unexpected end of statement while looking for matching single-quote")
        quoted = self._text[self._at : close + 1]
        self._at = close + 1
        return quoted if self.raw_quotes else quoted[1:-1]

    def _double(self) -> str:
        quote = self._take()
        result = [quote] if self.raw_quotes else []
        while character := self._next:
            if character == '"':
                self._at += 1
                return "".join([*result, character] if self.raw_quotes else result)
            if character == "$":
                result.append(self._dollar())
                continue
            self._at += 1
            if character == self.escape:
                if self.raw_escapes:
                    result.append(character)
                if not self._next:
                    continue
                if self._next in ('"', "$", self.escape):
                    character = self._take()
            result.append(character)
        raise ExpansionError("unexpected end of statement while looking for matching double-quote")

    def _dollar(self) -> str:
        self._at += 1
        if self._next != "{":
            name = self._name()
            if not name:
                return "$"
            value = self._get(name)
            return f"${name}" if value is None and self.keep_unset else value or ""
        self._at += 1
        if not self._next:
            raise ExpansionError("syntax error: missing '}'")
        if self._next in "{}:":
            raise ExpansionError("syntax error: bad substitution")
        name = self._name()
        operator = self._take()
        if operator == "}":
            value = self._get(name)
            return f"${{{name}}}" if value is None and self.keep_unset else value or ""
        if operator == "/" and self.patterns:
            return self._replacement(name)
        colon = operator == ":"
        if colon:
            operator = self._take()
        written = ":" * colon + operator
        trims = operator != "" and operator in "#%"
        known = trims == self.patterns if trims and not colon else operator in "+-?"
        # Before it knew patterns BuildKit looked at what follows a colon only when the variable is set.
        if not known and not (colon and not self.patterns):
            raise ExpansionError(f"unsupported modifier ({written}) in substitution")
        operand = self._operand("}", raw_escapes=trims or self.raw_escapes)
        return self._modified(name, operator, colon=colon, operand=operand, known=known)

    def _modified(self, name: str, operator: str, *, colon: bool, operand: str, known: bool) -> str:
        """The value of `${name<operator>operand}`."""
        value = self._get(name)
        written = ":" * colon + operator
        if value is None and self.keep_unset:
            return f"${{{name}{written}{operand}}}"
        if not known:
            raise ExpansionError(f"unsupported modifier ({written}) in substitution")
        missing = value is None or (colon and not value)
        if operator == "-":
            return operand if missing else value or ""
        if operator == "+":
            return "" if missing else operand
        if operator == "?":
            if missing and self.demanding:
                reason = f"is not allowed to be {'unset' if value is None else 'empty'}"
                raise ExpansionError(f"{name}: {operand or reason}")
            return value or ""
        greedy = operand.startswith(operator)
        return _trimmed(value or "", operand[greedy:], greedy=greedy, end=operator == "%")

    def _replacement(self, name: str) -> str:
        """The value of `${name/pattern/text}` and `${name//pattern/text}`."""
        everywhere = self._next == "/"
        self._at += everywhere
        pattern = self._operand("/", raw_escapes=True)
        replacement = self._operand("}", raw_escapes=True)
        value = self._get(name)
        if value is None and self.keep_unset:
            return f"${{{name}/{pattern}/{replacement}}}"
        expression = _expression(pattern, greedy=True)
        if everywhere:
            return _replaced(expression, replacement, value or "")
        return expression.sub(lambda _: replacement, value or "", count=1)

    def _operand(self, stop: str, *, raw_escapes: bool) -> str:
        try:
            return self._until(stop, raw_escapes)[0]
        except ExpansionError:
            if not self._next:
                where = " in ${}" if stop == "/" else ""
                raise ExpansionError(f"syntax error: missing '{stop}'{where}") from None
            raise

    def _name(self) -> str:
        """A name, a number or one special character; empty when none is ahead."""
        first = self._next
        if first and first in _SPECIAL and not first.isdecimal():
            return self._take()
        start = self._at
        numeric = first.isdecimal()
        while character := self._next:
            if not (character.isdecimal() or (not numeric and (character.isalpha() or character == "_"))):
                break
            self._at += 1
        return self._text[start : self._at]

    def _get(self, name: str) -> str | None:
        value = self.lookup(name)
        if value is None:
            self.unresolved[name] = None
        return value


class _Words:
    """Collects words; one that is empty after its quotes are gone is none."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._word = ""

    def add(self, piece: str) -> None:
        self._word += piece

    def split(self, piece: str) -> None:
        for character in piece:
            if character not in SPACE:
                self._word += character
            elif self._word:
                self._words.append(self._word)
                self._word = ""

    def done(self) -> list[str]:
        return [*self._words, self._word] if self._word else self._words


def _expression(pattern: str, *, greedy: bool) -> re.Pattern[str]:
    """`*` and `?` as a regular expression; a backslash takes their meaning away."""
    out: list[str] = []
    characters = iter(range(len(pattern)))
    for at in characters:
        character = pattern[at]
        if character == "\\":
            following = pattern[at + 1 : at + 2]
            if following and following in "}/":
                continue
            if not following or following not in "*?\\":
                raise ExpansionError(f"invalid pattern ({pattern}) in substitution: invalid escape '\\{following}'")
            out.append(re.escape(following))
            next(characters)
        elif character == "*":
            out.append(".*" if greedy else ".*?")
        else:
            out.append("." if character == "?" else re.escape(character))
    return re.compile("".join(out))


def _trimmed(value: str, pattern: str, *, greedy: bool, end: bool) -> str:
    """The value without the shortest or longest start (or end) that matches."""
    if end:
        # The shortest match at the end is the shortest one at the start of both written backwards.
        backwards = "".join(reversed(re.findall(r"\\.|.|\n", pattern)))
        return _trimmed(value[::-1], backwards, greedy=greedy, end=False)[::-1]
    match = _expression(pattern, greedy=greedy).match(value)
    return value[match.end() :] if match else value


def _replaced(expression: re.Pattern[str], replacement: str, value: str) -> str:
    """Replace every match as Go does: no empty match right after another, and `$1` in the text is empty."""
    text = re.sub(r"\$(?:(\$)|\w+|\{\w*\})", lambda match: match[1] or "", replacement, flags=re.ASCII)
    out: list[str] = []
    last = -1
    for match in expression.finditer(value):
        if match.end() == match.start() == last:
            continue
        out += [value[max(last, 0) : match.start()], text]
        last = match.end()
    return "".join([*out, value[max(last, 0) :]])
