"""From characters to words: quotes, expansions, here-documents, as the shell's own grammar has them.

The parser of `minify.shell` goes on after what it cannot read, which serves to look at a RUN. A launcher replaces
its text, so this one is strict: it reads the shell's grammar to the letter, or says where it stops.
"""

from __future__ import annotations

import bisect
import re
from typing import TYPE_CHECKING, Final

from minify.launcher.program import Dialect, Place
from minify.launcher.text.tree import (
    Home,
    Part,
    Plain,
    Redirect,
    Sequence,
    Strange,
    Substitution,
    Word,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
META: Final = " \t\n;&|<>()"
_RUN: Final = re.compile(r"[A-Za-z0-9_./:=,@+%-]+")
_USER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_ESCAPES: Final = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "e": "\x1b",
    "E": "\x1b",
}
_ANSI: Final = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|(.))", re.DOTALL
)


class StopReading(Exception):  # noqa: N818 - it is no error of ours
    """The text is not one that this shell would run, or not one that is read here."""

    def __init__(self, reason: str, place: Place) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


class WordReader:
    """A place in a text, and how to read a word from there."""

    def __init__(
        self,
        text: str,
        dialect: Dialect,
        *,
        path: str = "",
        start: int = 0,
        end: int | None = None,
        fixed: Place | None = None,
    ) -> None:
        self.text = text
        self.dialect = dialect
        self.path = path
        self.at = start
        self.end = len(text) if end is None else end
        self.pending: list[tuple[Redirect, str, bool, bool]] = []
        self._fixed = fixed
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    # What the grammar above this one gives

    def read_sequence(self, stops: tuple[str, ...]) -> Sequence:
        """The commands up to one of these, which is not taken."""
        raise NotImplementedError

    def within(self, text: str, **options: object) -> WordReader:
        """A reader of the same kind for a text inside this one."""
        return type(self)(text, self.dialect, path=self.path, **options)  # type: ignore[arg-type]

    def dollar(self, quoted: bool) -> list[Part]:
        """What begins with `$`."""
        raise NotImplementedError

    def backquotes(self, quoted: bool) -> Substitution:
        """`…` between backquotes."""
        raise NotImplementedError

    def process_substitution(self) -> Strange:
        """`<(…)`."""
        raise NotImplementedError

    # Places

    def place(self, at: int | None = None) -> Place:
        if self._fixed is not None:
            return self._fixed
        at = self.at if at is None else at
        line = bisect.bisect_right(self._starts, at)
        return Place(line, at - self._starts[line - 1] + 1, self.path)

    def stop(self, reason: str, at: int | None = None) -> StopReading:
        return StopReading(reason, self.place(at))

    @property
    def next(self) -> str:
        """The character ahead; empty at the end."""
        return self.text[self.at] if self.at < self.end else ""

    def ahead(self, text: str) -> bool:
        return self.text.startswith(text, self.at, self.end)

    # Words

    def word(self, *, assigned: bool = False) -> Word:
        """The word ahead; `assigned` when it follows `name=`, where `~` may come after each colon."""
        start = self.at
        parts = self.parts(tilde="assigned" if assigned else "start")
        return Word(tuple(parts), self.place(start), self.text[start : self.at])

    def parts(
        self, *, tilde: str = "", quoted: bool = False, brace: bool = False, here: bool = False, stop: str = ""
    ) -> list[Part]:
        """Read parts up to what ends them: a blank or an operator, `"` when `quoted`, `}` in a `brace`.

        `here` is a here-document's body; `stop` is one more character that ends it, for `${x/a/b}`.
        """
        parts: list[Part] = []
        literal: list[str] = []
        literal_quoted = False

        def add(text: str, is_quoted: bool) -> None:
            nonlocal literal_quoted
            if literal and literal_quoted != is_quoted:
                flush()
            literal_quoted = is_quoted
            literal.append(text)

        def flush() -> None:
            if literal:
                parts.append(Plain("".join(literal), literal_quoted))
                literal.clear()

        begin = self.at
        while (character := self.next) and not (stop and character == stop):
            if not stop and (run := _RUN.match(self.text, self.at, self.end)):
                add(run[0], quoted)
                self.at = run.end()
                continue
            if brace and character == "}":
                break
            if quoted and not brace and not here and character == '"':
                break
            if not quoted and not brace and character in META:
                if character in "<>" and self.text.startswith("(", self.at + 1) and self.dialect is Dialect.BASH:
                    flush()
                    parts.append(self.process_substitution())
                    continue
                break
            if character == "\\":
                self._backslash(add, quoted=quoted, brace=brace, here=here)
            elif character == "'" and not quoted:
                close = self.text.find("'", self.at + 1, self.end)
                if close < 0:
                    raise self.stop("a single quote is not closed")
                add(self.text[self.at + 1 : close], True)
                self.at = close + 1
            elif character == '"' and not here:
                flush()
                parts += self.double_quoted()
            elif character == "$":
                if self._is_ansi(quoted):
                    add(self._ansi(), True)
                    continue
                flush()
                parts += self.dollar(quoted)
            elif character == "`":
                flush()
                parts.append(self.backquotes(quoted))
            elif character == "~" and not quoted and self._is_home(tilde, begin):
                flush()
                parts.append(self._home())
            else:
                add(character, quoted)
                self.at += 1
        flush()
        return parts

    def _is_home(self, tilde: str, begin: int) -> bool:
        if self.at == begin:
            return tilde != ""
        return tilde == "assigned" and self.text[self.at - 1] == ":"

    def _home(self) -> Home | Plain:
        place = self.place()
        self.at += 1
        user = _USER.match(self.text, self.at, self.end)
        after = user.end() if user else self.at
        following = self.text[after : min(after + 1, self.end)]
        if following and following not in META + "/:":
            # `~+`, `~"x"`, `~$x`: no home directory
            return Plain("~")
        self.at = after
        return Home(user[0] if user else "", place)

    def _backslash(self, add: Callable[[str, bool], None], *, quoted: bool, brace: bool, here: bool) -> None:
        following = self.text[self.at + 1 : min(self.at + 2, self.end)]
        self.at += 2 if following else 1
        if following == "\n":
            return
        if not quoted:
            add(following or "\\", True)
        elif following and (
            following in "$`\\" or (following == '"' and not (here and not brace)) or (brace and following == "}")
        ):
            add(following, True)
        else:
            add("\\" + following, True)

    def double_quoted(self) -> list[Part]:
        start = self.at
        self.at += 1
        parts = self.parts(quoted=True)
        if self.next != '"':
            raise self.stop("a double quote is not closed", start)
        self.at += 1
        return parts or [Plain("", True)]

    def _is_ansi(self, quoted: bool) -> bool:
        return self.ahead("$'") and not quoted and self.dialect.knows_bash

    def _ansi(self) -> str:
        start = self.at
        self.at += 2
        match = re.compile(r"(?:[^'\\]|\\.)*", re.DOTALL).match(self.text, self.at, self.end)
        assert match is not None
        self.at = match.end()
        if self.next != "'":
            raise self.stop("a single quote is not closed", start)
        self.at += 1
        return _ANSI.sub(lambda found: self._ansi_escape(found, start), match[0])

    def _ansi_escape(self, found: re.Match[str], start: int) -> str:
        octal, two, four, eight, one = found.groups()
        if one is not None:
            if one == "c":
                raise self.stop("a control character in $'…'", start)
            return _ESCAPES.get(one, one if one in "\\'\"?" else found[0])
        code = int(octal, 8) if octal else int(two or four or eight, 16)
        if code == 0 or (code > 127 and (octal or two)) or code > 0x10FFFF:
            raise self.stop("a byte in $'…' that is no character", start)
        return chr(code)

    # Here-documents

    def here_document(self, redirect: Redirect) -> None:
        """Note a here-document: its body follows the line."""
        quoted = (
            any(isinstance(part, Plain) and part.quoted for part in redirect.target.parts)
            or "\\" in redirect.target.raw
        )
        delimiter = redirect.target.static
        if delimiter is None:
            delimiter, quoted = redirect.target.raw, False
        self.pending.append((redirect, delimiter, redirect.operator == "<<-", quoted))

    def line_end(self) -> None:
        """Take the newline ahead, and the bodies of the here-documents that began on the line."""
        self.at += 1
        for redirect, delimiter, tabs, quoted in self.pending:
            redirect.body = self._body(delimiter, tabs=tabs, quoted=quoted)
        self.pending = []

    def _body(self, delimiter: str, *, tabs: bool, quoted: bool) -> Word:
        start = self.at
        lines: list[str] = []
        while self.at < self.end:
            stop = self.text.find("\n", self.at, self.end)
            stop = self.end if stop < 0 else stop
            line = self.text[self.at : stop]
            bare = line.lstrip("\t") if tabs else line
            self.at = min(stop + 1, self.end)
            if bare == delimiter:
                break
            lines.append(bare + "\n")
        else:
            # Both shells take the end of the text for the delimiter; bash says so on standard error
            if self.dialect is Dialect.BASH:
                raise self.stop("a here-document is not closed", start)
        raw = "".join(lines)
        if quoted:
            return Word((Plain(raw, True),), self.place(start), raw)
        inner = self.within(raw, fixed=self.place(start))
        return Word(tuple(inner.parts(quoted=True, here=True)), self.place(start), raw)
