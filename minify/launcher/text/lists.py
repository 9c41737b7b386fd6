"""Lists, and what stands between commands: `;`, `&&`, `|`, comments."""

from __future__ import annotations

import re
from typing import Final

from minify.launcher.program import Dialect
from minify.launcher.text.expansions import ExpansionReader
from minify.launcher.text.tree import (
    AndOr,
    Command,
    Item,
    Pipeline,
    Sequence,
)

_BLANKS: Final = re.compile(r"(?:[ \t]|\\\n)+")


class ListReader(ExpansionReader):
    """Reads lists of commands."""

    def command(self) -> Command:
        """One command."""
        raise NotImplementedError

    def blanks(self) -> None:
        if match := _BLANKS.match(self.text, self.at, self.end):
            self.at = match.end()
        if self.next == "#":
            stop = self.text.find("\n", self.at, self.end)
            self.at = self.end if stop < 0 else stop

    def keyword(self) -> str:
        """The reserved word ahead, or nothing; it is not taken."""
        match = re.compile(r"[^\s;&|<>()\"'`$\\]+").match(self.text, self.at, self.end)
        if match is None:
            return ""
        after = self.text[match.end() : match.end() + 1]
        return match[0] if not after or after in " \t\n;&|<>()" or self.text.startswith("\\\n", match.end()) else ""

    def expect(self, word: str) -> None:
        self.blanks()
        if self.keyword() != word:
            found = self.keyword() or self.next or "the end"
            raise self.stop(f"{word} is expected, not {found if found != chr(10) else 'the end of the line'}")
        self.at += len(word)

    def lines(self) -> list[str]:
        """Skip to the next command; the comments that stand on lines of their own."""
        comments: list[str] = []
        while True:
            match = _BLANKS.match(self.text, self.at, self.end)
            if match:
                self.at = match.end()
            if self.next == "#":
                stop = self.text.find("\n", self.at, self.end)
                stop = self.end if stop < 0 else stop
                own_line = not self.text[self.text.rfind("\n", 0, self.at) + 1 : self.at].strip()
                if own_line and not self.text.startswith("#!", self.at):
                    comments.append(self.text[self.at : stop])
                self.at = stop
            if self.next != "\n":
                return comments
            self.line_end()
            if self.text.startswith("\n", self.at):
                # A blank line: what stands above it is about something else
                comments.clear()

    def read_sequence(self, stops: tuple[str, ...]) -> Sequence:
        items: list[Item] = []
        while True:
            comments = self.lines()
            if not self.next or self.next in stops or self.keyword() in stops:
                break
            if self.next in ");&|":
                if not stops and not items:
                    raise self.stop(f"{self.next} stands where no command can begin")
                break
            start = self.at
            command = self.and_or()
            raw = self.text[start : self.at].rstrip()
            self.blanks()
            background = False
            if self.next == ";" and not self.ahead(";;") and not self.ahead(";&"):
                self.at += 1
            elif self.next == "&" and not self.ahead("&&"):
                self.at += 1
                background = True
            elif self.next and self.next != "\n" and self.next not in stops and self.keyword() not in stops:
                if self.next not in ");":
                    raise self.stop(f"{self.next} stands where no command can begin")
                items.append(Item(command, background, tuple(comments), self.place(start), raw))
                break
            items.append(Item(command, background, tuple(comments), self.place(start), raw))
        return Sequence(tuple(items))

    def body(self, *stops: str) -> Sequence:
        """A list that must not be empty."""
        sequence = self.read_sequence(stops)
        if not sequence.items:
            raise self.stop(f"a command is expected before {self.keyword() or self.next or 'the end'}")
        return sequence

    def and_or(self) -> Command:
        start = self.at
        first = self.pipeline()
        rest: list[tuple[str, Command]] = []
        while True:
            self.blanks()
            if not (self.ahead("&&") or self.ahead("||")):
                break
            operator = self.text[self.at : self.at + 2]
            self.at += 2
            self.lines()
            rest.append((operator, self.pipeline()))
        return AndOr(first, tuple(rest), self.place(start), self.raw(start)) if rest else first

    def pipeline(self) -> Command:
        start = self.at
        negated = started = False
        while self.keyword() == "!":
            if started and self.dialect is not Dialect.BASH:
                raise self.stop("! stands where no command can begin")
            negated, started = not negated, True
            self.at += 1
            self.blanks()
        commands = [self.command()]
        both = False
        while True:
            self.blanks()
            if not self.ahead("|") or self.ahead("||"):
                break
            self.at += 1
            if self.next == "&":
                both = True
                self.at += 1
            self.lines()
            commands.append(self.command())
        if len(commands) == 1 and not negated:
            return commands[0]
        return Pipeline(tuple(commands), negated, both, self.place(start), self.raw(start))

    def raw(self, start: int) -> str:
        return self.text[start : self.at].strip()
