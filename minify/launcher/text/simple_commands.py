"""Simple commands: assignments, words and redirections."""

from __future__ import annotations

import re
from typing import Final

from minify.launcher.program import Dialect
from minify.launcher.text.lists import ListReader
from minify.launcher.text.tree import (
    Assignment,
    Command,
    Definition,
    Plain,
    Redirect,
    Simple,
    Strange,
    Word,
)

_ASSIGNMENT: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?=)", re.ASCII)
_ELEMENT: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\[[^]]*\]\+?=", re.ASCII)
_REDIRECT: Final = re.compile(r"(\d*)(&>>|&>|>>|>&|>\||<<<|<<-|<<|<&|<>|<|>)")
_DECLARING: Final = ("export", "readonly", "local", "declare", "typeset")


class SimpleReader(ListReader):
    """Reads simple commands."""

    def definition(self, name: str, start: int) -> Definition:
        """What follows `name()`."""
        raise NotImplementedError

    def simple(self, start: int) -> Command:
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        declares = False
        while True:
            self.blanks()
            redirect = self._redirect()
            if redirect is not None:
                redirects.append(redirect)
                continue
            if not self.next or self.next in "\n;&|)":
                break
            if self.next == "(":
                name = words[0].bare if len(words) == 1 and not assignments and not redirects else None
                empty = re.compile(r"\([ \t]*\)").match(self.text, self.at, self.end)
                if name is None or empty is None:
                    raise self.stop("( stands where a word is expected")
                self.at = empty.end()
                return self.definition(name, start)
            if (not words or declares) and (assignment := self._assignment()):
                if not words:
                    assignments.append(assignment)
                elif assignment.word is None or assignment.append:
                    words.append(
                        Word((Strange("an array", assignment.place, assignment.raw),), assignment.place, assignment.raw)
                    )
                else:
                    words.append(_declared(assignment))
                continue
            words.append(self.word())
            declares = words[0].bare in _DECLARING
        if not (assignments or words or redirects):
            raise self.stop(f"{self.next or 'the end'} stands where no command can begin")
        return Simple(tuple(assignments), tuple(words), tuple(redirects), self.place(start), self.raw(start))

    def _assignment(self) -> Assignment | None:
        start = self.at
        if self.dialect is Dialect.BASH and (element := _ELEMENT.match(self.text, start, self.end)):
            self.at = element.end()
            self.word()
            return Assignment(element[1], None, False, self.place(start), self.raw(start))
        match = _ASSIGNMENT.match(self.text, start, self.end)
        if match is None or (match[2] == "+=" and self.dialect is not Dialect.BASH):
            return None
        self.at = match.end()
        if self.next == "(" and self.dialect is Dialect.BASH:
            self._array(start)
            return Assignment(match[1], None, False, self.place(start), self.raw(start))
        word = self.word(assigned=True)
        return Assignment(match[1], word, match[2] == "+=", self.place(start), self.raw(start))

    def _array(self, start: int) -> None:
        self.at += 1
        while True:
            self.lines()
            if not self.next:
                raise self.stop("( is not closed", start)
            if self.next == ")":
                self.at += 1
                return
            begin = self.at
            self.word()
            if self.at == begin:
                raise self.stop(f"{self.next} stands where a word is expected")

    def redirects(self) -> tuple[Redirect, ...]:
        found: list[Redirect] = []
        while True:
            self.blanks()
            redirect = self._redirect()
            if redirect is None:
                return tuple(found)
            found.append(redirect)

    def _redirect(self) -> Redirect | None:
        start = self.at
        match = _REDIRECT.match(self.text, start, self.end)
        if match is None:
            return None
        if (
            match[2] in ("<", ">")
            and self.text.startswith("(", match.end())
            and self.dialect is Dialect.BASH
            and not match[1]
        ):
            return None
        if match[2].startswith("&>") and not self.dialect.knows_bash:
            return None
        if match[2] == "<<<" and self.dialect is not Dialect.BASH:
            raise self.stop("<<< is read by bash only")
        self.at = match.end()
        self.blanks()
        begin = self.at
        target = self.word()
        if self.at == begin:
            raise self.stop(f"{match[2]} is not followed by a word")
        redirect = Redirect(
            int(match[1]) if match[1] else None, match[2], target, self.place(start), self.text[start : self.at]
        )
        if match[2] in ("<<", "<<-"):
            self.here_document(redirect)
        return redirect


def _declared(assignment: Assignment) -> Word:
    """`export A=b` as one word, in which nothing is split: bash and dash take it for an assignment."""
    assert assignment.word is not None
    name = Plain(assignment.name + "=", True)
    return Word((name, *assignment.word.parts), assignment.place, assignment.raw)
