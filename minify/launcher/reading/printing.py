r"""`echo` and `printf`: what they write, as far as the text says it: `echo "a\tb"` differs from shell to shell."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from minify.launcher.actions import Given, Inherited, Into, Nothing, Perform, Print, Streams
from minify.launcher.program import Dialect
from minify.launcher.reading.commands import Commander
from minify.launcher.reading.scope import Way
from minify.launcher.reading.statuses import Result
from minify.launcher.reading.value_facts import is_strict, outputs
from minify.launcher.text import tree
from minify.launcher.values import (
    EMPTY,
    AllArguments,
    EachArgument,
    Fields,
    Literal,
    Numeral,
    One,
    Spaced,
    Text,
    Unescaped,
    joined,
)

_ESCAPE: Final = re.compile(r"\\(?:0([0-7]{0,3})|(.))", re.DOTALL)
_FORMAT_ESCAPE: Final = re.compile(
    r"\\(?:([0-7]{1,3})|(.))|%(?:(%)|([-+ #0]*\d*(?:\.\d+)?)([a-zA-Z])|(.|$))", re.DOTALL
)
_LETTERS: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", "e": "\x1b"}


class Printer(Commander):
    """Reads `echo` and `printf`."""

    def echoed(self, words: tuple[tree.Word, ...]) -> tuple[Text, bool]:
        """The text that `echo` writes, and whether a newline follows."""
        newline, escapes = True, self.dialect is Dialect.DASH
        while words and (option := words[0].static) is not None:
            if self.dialect is Dialect.DASH and option != "-n":
                break
            if not re.fullmatch(r"-[neE]+", option) or (
                option == "-n" and not newline and self.dialect is Dialect.DASH
            ):
                break
            newline = newline and "n" not in option
            if self.dialect is not Dialect.DASH:
                escapes = (escapes or "e" in option) and not option.rstrip("ne").endswith("E")
            words = words[1:]
        text = self.spaced(self.fields(tuple(_flat(word) for word in words)))
        if not escapes:
            return text, newline
        if isinstance(text, Literal):
            written, stops = unescaped(text.text)
            return Literal(written), newline and not stops
        return (Unescaped(text) if self._may_escape(text) else text), newline

    def spaced(self, fields: Fields) -> Text:
        """Fields as one text, with a space between them."""
        if all(isinstance(field, One) for field in fields):
            texts: list[Text] = []
            for field in fields:
                assert isinstance(field, One)
                texts += [*([Literal(" ")] if texts else []), field.text]
            return joined(texts)
        return AllArguments() if fields == (EachArgument(),) else Spaced(fields)

    def _may_escape(self, text: Text) -> bool:
        if isinstance(text, Literal):
            return "\\" in text.text
        if hasattr(text, "parts"):
            return any(self._may_escape(part) for part in text.parts)
        return not self.is_numeric(text)

    def formatted(self, command: tree.Simple) -> Text | None:
        """The text that `printf` writes; None where only running tells."""
        words = command.words[1:]
        if words and words[0].static == "--":
            words = words[1:]
        form = words[0].static if words else None
        if form is None or (form.startswith("-") and len(words[0].raw) > 1 and command.words[1] is words[0]):
            return None
        fields = self.fields(words[1:])
        if not all(isinstance(field, One) for field in fields):
            return None
        pending = [field.text for field in fields if isinstance(field, One)]
        texts: list[Text] = []
        while True:
            left = len(pending)
            once = self._format_once(form, pending)
            if once is None:
                return None
            texts += once
            # The format is used again as long as there are arguments, if it takes any
            if not pending or len(pending) == left:
                return joined(texts)

    def _format_once(self, form: str, pending: list[Text]) -> list[Text] | None:
        texts: list[Text] = []
        at = 0
        for match in _FORMAT_ESCAPE.finditer(form):
            texts.append(Literal(form[at : match.start()]))
            at = match.end()
            octal, letter, percent, flags, conversion, wrong = match.groups()
            if octal is not None:
                texts.append(Literal(chr(int(octal, 8))))
                if int(octal, 8) > 127:
                    return None
            elif letter is not None:
                if letter not in _LETTERS and letter not in "\"'":
                    return None
                texts.append(Literal(_LETTERS.get(letter, "\\" + letter if letter == "'" else letter)))
                if letter in "\"'":
                    return None
            elif percent is not None:
                texts.append(Literal("%"))
            elif wrong is not None or flags or conversion not in ("s", "d", "b"):
                return None
            else:
                text: Text = pending.pop(0) if pending else Literal("" if conversion != "d" else "0")
                if conversion == "d":
                    if not self.is_numeric(text):
                        return None
                    text = Numeral(self.number(text))
                elif conversion == "b":
                    if not isinstance(text, Literal):
                        return None
                    written, stops = unescaped(text.text)
                    if stops:
                        return None
                    text = Literal(written)
                texts.append(text)
        texts.append(Literal(form[at:]))
        return texts

    def do_echo(self, command: tree.Simple, way: Way) -> Result:
        text, newline = self.echoed(command.words[1:])
        return self.printed(command, text, way, newline=newline)

    def do_printf(self, command: tree.Simple, way: Way) -> Result:
        text = self.formatted(command)
        if text is None:
            self.obstacle("a format of printf that is not a plain one", command.place, command.raw)
            return Result()
        return self.printed(command, text, way, newline=False)

    def write(self, text: Text, stream: Into) -> Perform:
        return Perform(
            "write",
            (One(stream.path),),
            text,
            status=1 if self.dialect is not Dialect.DASH else 2,
            append=stream.mode == "a",
        )

    def printed(
        self, command: tree.Simple, text: Text, way: Way, *, newline: bool, streams: Streams | None = None
    ) -> Result:
        """A text is written to the output of a command."""
        streams = self.streams(command.redirects, way.streams) if streams is None else streams
        if isinstance(streams.error, Into) and streams.error not in (streams.output, way.streams.error):
            self.obstacle("a file for the errors of what makes none", command.place, command.raw)
        if isinstance(streams.output, Into):
            whole = joined([text, Literal("\n")]) if newline else text
            return Result((), self.write(whole, streams.output))
        strict = is_strict(text)
        if isinstance(streams.output, Nothing) and not outputs(text) and not strict:
            return Result()
        return Result((Print(text, newline, streams.output),))

    def written(self, command: tree.Command) -> Text | None:
        if not isinstance(command, tree.Simple) or not command.words or command.assignments:
            return None
        name = command.words[0].static
        if name in self.definitions:
            return None
        if name == "echo" and not command.redirects:
            text, newline = self.echoed(command.words[1:])
            return joined([text, Literal("\n")]) if newline else text
        if name == "printf" and not command.redirects:
            text_or_none = self.formatted(command)
            if text_or_none is None:
                self.obstacle("a format of printf that is not a plain one", command.place, command.raw)
                return EMPTY
            return text_or_none
        if name == "cat" and len(command.words) == 1:
            streams = self.streams(command.redirects, Streams())
            if isinstance(streams.input, Given) and streams.output == Inherited(1):
                return streams.input.text
        return None


def _flat(word: tree.Word) -> tree.Word:
    """`"args: $@"` as `"args: $*"`: what `echo` writes of it is the same."""
    if len(word.parts) < 2:
        return word
    parts = tuple(
        replace(part, name="*") if isinstance(part, tree.Parameter) and part.name == "@" and not part.operator else part
        for part in word.parts
    )
    return replace(word, parts=parts)


def unescaped(text: str) -> tuple[str, bool]:
    r"""A text with its backslash escapes read, and whether `\c` ended it.

    >>> unescaped(r"a\tb\0101\q")
    ('a\tbA\\q', False)
    """
    text, stop, _ = re.sub(r"\\\\", "\0", text).partition("\\c")
    stopped = bool(stop)

    def read(match: re.Match[str]) -> str:
        if match[1] is not None:
            return chr(int(match[1] or "0", 8) & 0xFF)
        return _LETTERS.get(match[2], match[0])

    return _ESCAPE.sub(read, text).replace("\0", "\\"), stopped
