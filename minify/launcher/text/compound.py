"""Compound commands: `if`, loops, `case`, groups, functions."""

from __future__ import annotations

import re
from typing import Final

from minify.launcher.program import Dialect
from minify.launcher.text.simple_commands import SimpleReader
from minify.launcher.text.tree import (
    Case,
    Command,
    Compute,
    Conditional,
    Definition,
    For,
    Group,
    If,
    Loop,
    Part,
    Plain,
    Sequence,
    Simple,
    Unread,
    Word,
)
from minify.launcher.text.words import NAME

_OPENING: Final = ("if", "while", "until", "for", "case", "{", "!", "[[", "function", "select", "time", "coproc")
_RESERVED: Final = ("then", "else", "elif", "fi", "do", "done", "esac", "}", "in")
_LATER: Final = {"select": "a menu (select)", "time": "time", "coproc": "a coprocess"}


class CompoundReader(SimpleReader):
    """Reads compound commands."""

    def command(self) -> Command:
        start = self.at
        word = self.keyword()
        if word in _RESERVED:
            raise self.stop(f"{word} stands where no command can begin")
        if self.ahead("((") and self.dialect is Dialect.BASH:
            return self._compute(start)
        if self.next == "(":
            self.at += 1
            body = self.body(")")
            if self.next != ")":
                raise self.stop("( is not closed", start)
            self.at += 1
            return Group(body, True, self.redirects(), self.place(start), self.raw(start))
        if word in _OPENING and not (word == "[[" and not self.dialect.knows_bash):
            if word in _LATER and (self.dialect is Dialect.BASH or word == "time"):
                self.at += len(word)
                self.blanks()
                self.command()
                return Unread(_LATER[word], self.place(start), self.raw(start))
            if not (word in _LATER or (word == "function" and not self.dialect.knows_bash)):
                return self._compound(word, start)
        return self.simple(start)

    def _compound(self, word: str, start: int) -> Command:
        self.at += len(word)
        place = self.place(start)
        if word == "{":
            body = self.body("}")
            self.expect("}")
            return Group(body, False, self.redirects(), place, self.raw(start))
        if word == "if":
            return self._if(start)
        if word in ("while", "until"):
            condition = self.body("do")
            self.expect("do")
            body = self.body("done")
            self.expect("done")
            return Loop(condition, body, word == "until", self.redirects(), place, self.raw(start))
        if word == "for":
            return self._for(start)
        if word == "case":
            return self._case(start)
        if word == "[[":
            return self._conditional(start)
        return self._function(start)

    def _if(self, start: int) -> If:
        branches: list[tuple[Sequence, Sequence]] = []
        otherwise: Sequence | None = None
        while True:
            condition = self.body("then")
            self.expect("then")
            branches.append((condition, self.body("elif", "else", "fi")))
            word = self.keyword()
            self.at += len(word)
            if word == "elif":
                continue
            if word == "else":
                otherwise = self.body("fi")
                self.expect("fi")
            elif word != "fi":
                raise self.stop("if is not closed", start)
            return If(tuple(branches), otherwise, self.redirects(), self.place(start), self.raw(start))

    def _for(self, start: int) -> Command:
        self.blanks()
        if self.ahead("(("):
            stop = self.text.find("))", self.at, self.end)
            if stop < 0 or self.dialect is not Dialect.BASH:
                raise self.stop("for is not followed by a name")
            self.at = stop + 2
            self.lines()
            if self.next == ";":
                self.at += 1
            self._do_group()
            return Unread("a loop that counts: for ((…))", self.place(start), self.raw(start))
        match = NAME.match(self.text, self.at, self.end)
        if match is None:
            raise self.stop("for is not followed by a name")
        self.at = match.end()
        words: list[Word] | None = None
        self.lines()
        if self.keyword() == "in":
            self.at += 2
            words = []
            self.blanks()
            while self.next and self.next not in ";\n&|<>()":
                words.append(self.word())
                self.blanks()
        if self.next == ";":
            self.at += 1
        body = self._do_group()
        chosen = None if words is None else tuple(words)
        return For(match[0], chosen, body, self.redirects(), self.place(start), self.raw(start))

    def _do_group(self) -> Sequence:
        self.lines()
        self.expect("do")
        body = self.body("done")
        self.expect("done")
        return body

    def _case(self, start: int) -> Case:
        self.blanks()
        word = self.word()
        self.lines()
        self.expect("in")
        arms: list[tuple[tuple[Word, ...], Sequence, str]] = []
        while True:
            self.lines()
            if self.keyword() == "esac":
                self.at += 4
                break
            if self.next == "(":
                self.at += 1
                self.blanks()
            patterns = [self._pattern(start)]
            while self.next == "|":
                self.at += 1
                self.blanks()
                patterns.append(self._pattern(start))
            if self.next != ")":
                raise self.stop("a pattern of case is not closed")
            self.at += 1
            body = self.read_sequence(("esac", ";;", ";&"))
            ending = next((mark for mark in (";;&", ";;", ";&") if self.ahead(mark)), ";;")
            if self.ahead(ending):
                self.at += len(ending)
            elif self.keyword() != "esac":
                raise self.stop("case is not closed", start)
            arms.append((tuple(patterns), body, ending))
        return Case(word, tuple(arms), self.redirects(), self.place(start), self.raw(start))

    def _pattern(self, start: int) -> Word:
        begin = self.at
        word = self.word()
        if self.at == begin:
            raise self.stop(
                "case is not closed" if not self.next else "a pattern is expected", start if not self.next else None
            )
        self.blanks()
        return word

    def _conditional(self, start: int) -> Conditional:
        words: list[Word] = []
        while True:
            self.lines()
            if not self.next:
                raise self.stop("[[ is not closed", start)
            if self.keyword() == "]]":
                self.at += 2
                break
            after_match = bool(words) and words[-1].bare == "=~"
            words.append(self._regex() if after_match else self._operand_word())
        return Conditional(tuple(words), self.redirects(), self.place(start), self.raw(start))

    def _operand_word(self) -> Word:
        start = self.at
        for mark in ("&&", "||", "(", ")", "<", ">"):
            if self.ahead(mark):
                self.at += len(mark)
                return Word((Plain(mark),), self.place(start), mark)
        if self.next in ";&|":
            raise self.stop(f"{self.next} stands where a word is expected")
        return self.word()

    def _regex(self) -> Word:
        """The word after `=~`, in which parentheses and `|` are text."""
        start = self.at
        parts: list[Part] = []
        depth = 0
        while self.next and (self.next not in " \t\n" or depth):
            if self.next in "()|<>;&":
                depth += {"(": 1, ")": -1}.get(self.next, 0)
                if depth < 0:
                    break
                parts.append(Plain(self.next))
                self.at += 1
            elif self.next in " \t\n":
                parts.append(Plain(self.next))
                self.at += 1
            else:
                parts += self.parts()
        return Word(tuple(parts), self.place(start), self.text[start : self.at])

    def _compute(self, start: int) -> Command:
        depth = 0
        for at in range(start + 2, self.end):
            depth += {"(": 1, ")": -1}.get(self.text[at], 0)
            if depth < 0:
                if self.text[at : at + 2] != "))":
                    break
                self.at = at + 2
                return Compute(self.text[start + 2 : at], self.redirects(), self.place(start), self.raw(start))
        raise self.stop("(( is not closed", start)

    def _function(self, start: int) -> Definition:
        self.blanks()
        match = re.compile(r"[^\s;&|<>()$`\"'\\]+").match(self.text, self.at, self.end)
        if match is None:
            raise self.stop("a function has no name")
        self.at = match.end()
        if empty := re.compile(r"[ \t]*\([ \t]*\)").match(self.text, self.at, self.end):
            self.at = empty.end()
        return self.definition(match[0], start)

    def definition(self, name: str, start: int) -> Definition:
        self.lines()
        body = self.command()
        if isinstance(body, Simple) and self.dialect is Dialect.BASH:
            raise self.stop("the body of a function is a group", start)
        return Definition(name, body, self.place(start), self.raw(start))
