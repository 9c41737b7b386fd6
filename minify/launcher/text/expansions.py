"""What begins with `$`, and backquotes."""

from __future__ import annotations

import re
from typing import Final

from minify.launcher.program import Dialect
from minify.launcher.text.tree import (
    Arithmetic,
    Parameter,
    Part,
    Plain,
    Strange,
    Substitution,
    Word,
)
from minify.launcher.text.words import NAME, WordReader

_PARAMETER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]")
# The longest first
_POSIX_OPERATORS: Final = (":-", ":=", ":?", ":+", "-", "=", "?", "+", "%%", "%", "##", "#")
_BASH_OPERATORS: Final = ("//", "/#", "/%", "/", "^^", "^", ",,", ",", "@", ":")
_PATTERN_OPERATORS: Final = ("%%", "%", "##", "#", "//", "/#", "/%", "/", "^^", "^", ",,", ",")


class ExpansionReader(WordReader):
    """Reads expansions."""

    def dollar(self, quoted: bool) -> list[Part]:
        start = self.at
        following = self.text[start + 1 : min(start + 2, self.end)]
        if self.ahead("$(("):
            arithmetic = self._arithmetic(quoted)
            if arithmetic is not None:
                return [arithmetic]
        if following == "(":
            return [self._command(quoted)]
        if following == "{":
            return [self._braced(quoted)]
        if following == '"' and not quoted:
            if self.dialect is Dialect.BASH:
                # A text to translate: no message catalog is read here
                self.at += 1
                return self.double_quoted()
            raise self.stop('$"…" is read by bash only')
        if following == "'" and not quoted:
            raise self.stop("$'…' is read by bash only")
        if following == "[" and self.dialect is Dialect.BASH:
            raise self.stop("$[…] is an old form of $((…))")
        match = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]").match(self.text, start + 1, self.end)
        if match is None:
            self.at += 1
            return [Plain("$", quoted)]
        self.at = match.end()
        return [Parameter(match[0], quoted, self.place(start), self.text[start : self.at])]

    def _braced(self, quoted: bool) -> Part:
        start = self.at
        self.at += 2
        if self.next == "#" and (
            length := re.compile(r"#([A-Za-z_]\w*|[0-9@*?$!-]+|#)\}", re.ASCII).match(self.text, self.at)
        ):
            self.at = length.end()
            return Parameter(length[1], quoted, self.place(start), self.text[start : self.at], "length")
        match = _PARAMETER.match(self.text, self.at, self.end)
        if match is None or (match[0] == "!" and NAME.match(self.text, match.end(), self.end)):
            self._skip_brace(start)
            return Strange("an indirect variable", self.place(start), self.text[start : self.at], quoted)
        self.at = match.end()
        name = match[0]
        if self.next == "}":
            self.at += 1
            return Parameter(name, quoted, self.place(start), self.text[start : self.at])
        operators = _POSIX_OPERATORS + (_BASH_OPERATORS if self.dialect.knows_bash else ())
        operator = next((one for one in operators if self.ahead(one)), None)
        if operator is None or (self.dialect is Dialect.ASH and operator in ("^^", "^", ",,", ",", "@", "/#", "/%")):
            self._skip_brace(start)
            array = self.text[match.end() : match.end() + 1] == "["
            reason = "an array" if array else f"${{…}} with an operator that {self.dialect.value} does not have"
            return Strange(reason, self.place(start), self.text[start : self.at], quoted)
        self.at += len(operator)
        word, replacement = self._operand(operator, quoted, start)
        return Parameter(name, quoted, self.place(start), self.text[start : self.at], operator, word, replacement)

    def _operand(self, operator: str, quoted: bool, start: int) -> tuple[Word, Word | None]:
        # The double quotes around `"${x%'a'}"` do not reach its pattern, and do reach the word of `"${x:-'a'}"`
        inside = quoted and operator not in _PATTERN_OPERATORS
        slashes = operator.startswith("/")
        begin = self.at
        tilde = "" if inside else "start"
        word = Word(
            tuple(self.parts(quoted=inside, brace=True, tilde=tilde, stop="/" if slashes else "")),
            self.place(begin),
            self.text[begin : self.at],
        )
        replacement = None
        if slashes and self.next == "/":
            self.at += 1
            begin = self.at
            parts = tuple(self.parts(quoted=quoted, brace=True))
            replacement = Word(parts, self.place(begin), self.text[begin : self.at])
        if self.next != "}":
            raise self.stop("${ is not closed", start)
        self.at += 1
        return word, replacement

    def _skip_brace(self, start: int) -> None:
        depth = 0
        for at in range(start + 1, self.end):
            depth += {"{": 1, "}": -1}.get(self.text[at], 0)
            if depth == 0:
                self.at = at + 1
                return
        raise self.stop("${ is not closed", start)

    def _arithmetic(self, quoted: bool) -> Arithmetic | None:
        """`$((…))`; None when it is `$( (…) )`."""
        start = self.at
        depth = 0
        for at in range(start + 3, self.end):
            character = self.text[at]
            if character == "(":
                depth += 1
            elif character == ")":
                if depth == 0:
                    if self.text[at + 1 : at + 2] != ")":
                        return None
                    self.at = at + 2
                    return Arithmetic(self.text[start + 3 : at], quoted, self.place(start), self.text[start : self.at])
                depth -= 1
        raise self.stop("$(( is not closed", start)

    def _command(self, quoted: bool) -> Substitution:
        start = self.at
        self.at += 2
        outer, self.pending = self.pending, []
        body = self.read_sequence((")",))
        if self.next != ")":
            raise self.stop("$( is not closed", start)
        self.at += 1
        if self.pending:
            raise self.stop("a here-document that begins in $(…) and ends after it", start)
        self.pending = outer
        return Substitution(body, quoted, self.place(start), self.text[start : self.at])

    def backquotes(self, quoted: bool) -> Substitution:
        start = self.at
        match = re.compile(r"(?:[^`\\]|\\.)*", re.DOTALL).match(self.text, start + 1, self.end)
        assert match is not None
        self.at = match.end()
        if self.next != "`":
            raise self.stop("a backquote is not closed", start)
        self.at += 1
        escapes = r"\\([$`\\\"])" if quoted else r"\\([$`\\])"
        inner = self.within(re.sub(escapes, r"\1", match[0]), fixed=self.place(start))
        body = inner.read_sequence(())
        return Substitution(body, quoted, self.place(start), self.text[start : self.at])

    def process_substitution(self) -> Strange:
        start = self.at
        self.at += 2
        self.read_sequence((")",))
        if self.next != ")":
            raise self.stop("<( is not closed", start)
        self.at += 1
        return Strange("a process as a file", self.place(start), self.text[start : self.at])
