"""Words to values: what each expansion gives, and what splitting and patterns make of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from minify.launcher.actions import Assign, Require, Statement, When
from minify.launcher.program import Dialect, Place
from minify.launcher.reading.arithmetic import NotRead, calculate
from minify.launcher.reading.scope import Scope
from minify.launcher.text import tree
from minify.launcher.text.words import NAME, WordReader
from minify.launcher.values import (
    EMPTY,
    AllArguments,
    Argument,
    ArgumentCount,
    Cased,
    Fallback,
    Fields,
    Filled,
    Instead,
    Integer,
    IsSet,
    Joined,
    Known,
    LastStatus,
    Length,
    Literal,
    Not,
    Number,
    NumberOf,
    Numeral,
    Pattern,
    ProcessId,
    Replaced,
    ScriptName,
    Sliced,
    Text,
    Trimmed,
    Variable,
    joined,
)

GLOB: Final = re.compile(r"[*?\[]")
BLANK: Final = re.compile(r"[ \t\n]")
# Variables that a shell makes itself, each in its own way
_OWN: Final = {
    Dialect.DASH: ("LINENO", "PPID", "OPTARG", "OPTIND", "_"),
    Dialect.ASH: ("LINENO", "PPID", "OPTARG", "OPTIND", "_", "RANDOM", "FUNCNAME", "EPOCHSECONDS"),
    Dialect.BASH: (
        *("LINENO", "PPID", "OPTARG", "OPTIND", "_", "RANDOM", "SRANDOM", "SECONDS", "EPOCHSECONDS", "EPOCHREALTIME"),
        *("REPLY", "FUNCNAME", "PIPESTATUS", "SHLVL", "SHELLOPTS", "GROUPS", "DIRSTACK", "HOSTTYPE", "MACHTYPE"),
        *("OSTYPE", "MAPFILE", "COPROC"),
    ),
}


class Expander(Scope):
    """Expands words."""

    script_name: str | None = None

    def substituted(self, part: tree.Substitution) -> Text:
        """What `$(…)` gives."""
        raise NotImplementedError

    def fields(self, words: tuple[tree.Word, ...]) -> Fields:
        """The fields that words become."""
        raise NotImplementedError

    def pattern(self, word: tree.Word) -> Pattern:
        """The pattern that a word is."""
        raise NotImplementedError

    # Texts

    def text(self, word: tree.Word) -> Text:
        """The one text that a word is where nothing is split: an assignment, `case`, a here-document."""
        return joined([self.part(part) for part in word.parts])

    def part(self, part: tree.Part) -> Text:
        if isinstance(part, tree.Plain):
            return Literal(part.text)
        if isinstance(part, tree.Parameter):
            return self.parameter(part)
        if isinstance(part, tree.Substitution):
            return self.substituted(part)
        if isinstance(part, tree.Arithmetic):
            return Numeral(self.arithmetic(part.text, part.place, part.raw))
        if isinstance(part, tree.Home):
            if part.user:
                self.obstacle("the home directory of another user", part.place, f"~{part.user}")
                return EMPTY
            return Fallback(Variable("HOME"), Literal("~"), empty=False)
        self.obstacle(part.reason, part.place, part.raw)
        return EMPTY

    def simple(self, name: str, place: Place, raw: str) -> Text:
        """`$name`, with no operator."""
        special = self._special(name, place, raw)
        if special is not None:
            return special
        certain = name in self.certain
        self.seen.add(name)
        return Variable(name, certain=certain, strict=self.options.nounset and not certain)

    def _special(self, name: str, place: Place, raw: str) -> Text | None:
        if name == "0":
            if self.script_name is not None:
                return Literal(self.script_name)
            return ScriptName(self.dialect.value)
        if name.isdecimal():
            return Argument(int(name), strict=self.options.nounset)
        if name in ("@", "*"):
            return AllArguments()
        if name == "#":
            return Numeral(ArgumentCount())
        if name == "?":
            return LastStatus()
        if name == "$":
            return ProcessId()
        if name == "!":
            if not self.has_background:
                self.obstacle("$! with nothing in the background", place, raw)
            return ProcessId(background=True)
        if name == "PWD":
            return Known("directory")
        if self.dialect is Dialect.BASH and name in ("UID", "EUID"):
            return Known("uid")
        if name == "-" or name in _OWN[self.dialect] or (self.dialect is Dialect.BASH and name.startswith("BASH")):
            self.obstacle(f"${name}, which the shell makes", place, raw)
            return EMPTY
        if name in ("IFS", "PS1", "PS2", "PS4"):
            self.obstacle(f"${name} of the shell itself", place, raw)
            return EMPTY
        return None

    def parameter(self, part: tree.Parameter) -> Text:
        """`$x` and every `${x…}`."""
        operator = part.operator
        if not operator:
            return self.simple(part.name, part.place, part.raw)
        if operator == "length":
            if part.name in ("@", "*"):
                return Numeral(ArgumentCount())
            return Numeral(Length(self.simple(part.name, part.place, part.raw)))
        assert part.word is not None
        if operator.lstrip(":") in ("-", "=", "?", "+") and operator != ":":
            return self._defaulted(part, operator.lstrip(":"), part.word, empty=operator.startswith(":"))
        value = self.simple(part.name, part.place, part.raw)
        if isinstance(value, AllArguments):
            self.obstacle("a change of every argument at once", part.place, part.raw)
            return EMPTY
        if operator in ("#", "##", "%", "%%"):
            pattern = self.pattern(part.word)
            return Trimmed(value, pattern, end=operator[0] == "%", longest=len(operator) == 2)
        if operator in ("/", "//"):
            return self._replaced(part, value, part.word)
        if operator in ("^", "^^", ",", ",,"):
            if part.word.parts:
                self.obstacle("a change of case by a pattern", part.place, part.raw)
            return Cased(value, upper=operator[0] == "^", first=len(operator) == 1)
        if operator == ":" and (bounds := re.fullmatch(r"\s*(\d+)\s*(?::\s*(\d+)\s*)?", part.word.raw)):
            return Sliced(value, int(bounds[1]), int(bounds[2]) if bounds[2] else None)
        self.obstacle(f"${{…{operator}…}}", part.place, part.raw)
        return EMPTY

    def _replaced(self, part: tree.Parameter, value: Text, word: tree.Word) -> Text:
        by = EMPTY if part.replacement is None else self.text(part.replacement)
        if part.replacement is not None and re.search(r"[&~\\]", part.replacement.raw):
            # What & stands for is a matter of the version of bash
            self.obstacle("& or a backslash in the replacement of ${…/…/…}", part.place, part.raw)
        pattern = self.pattern(word)
        if not pattern.parts:
            return value
        return Replaced(value, pattern, by, everywhere=part.operator == "//")

    def _defaulted(self, part: tree.Parameter, kind: str, word: tree.Word, *, empty: bool) -> Text:
        value: Text
        if part.name in ("@", "*"):
            value = AllArguments()
        elif part.name.isdecimal() and part.name != "0":
            value = Argument(int(part.name))
        elif NAME.fullmatch(part.name) and self._special(part.name, part.place, part.raw) is None:
            value = Variable(part.name, certain=part.name in self.certain)
            if kind in "-+":
                self.seen.add(part.name)
        else:
            value = self.simple(part.name, part.place, part.raw)
            if kind == "+":
                self.obstacle("${…+…} of a special parameter", part.place, part.raw)
            # These are always set
            return value
        assert isinstance(value, Variable | Argument | AllArguments)
        if isinstance(value, Variable) and value.certain and not empty:
            return self.text(word) if kind == "+" else value
        if kind in "-+":
            ahead: list[Statement] = []
            with self.ahead(ahead):
                text = self.text(word)
            if ahead:
                self.obstacle("an assignment inside ${…:-…}", part.place, part.raw)
            if kind == "-" and text == EMPTY:
                return value
            return Fallback(value, text, empty) if kind == "-" else Instead(value, text, empty)
        if not isinstance(value, Variable) and (kind == "=" or isinstance(value, AllArguments)):
            self.obstacle("an argument is assigned", part.place, part.raw)
            return EMPTY
        missing = Not(Filled(value) if empty else IsSet(value))
        if kind == "=":
            assert isinstance(value, Variable)
            if value.name in self.seen:
                self.obstacle("a variable that one word reads and a later one sets", part.place, part.raw)
            self.before.append(When(missing, (Assign(value.name, self.text(word)),)))
            self.assigned(value.name)
            return Variable(value.name, certain=True)
        message = (
            self.text(word) if word.parts else Literal("parameter null or not set" if empty else "parameter not set")
        )
        self.before.append(Require(Not(missing), joined([Literal(f"{part.name}: "), message]), self.fatal))
        if isinstance(value, Variable):
            self.certain.add(value.name)
            return Variable(value.name, certain=True)
        return value

    @property
    def fatal(self) -> int:
        """The status that an unset variable ends the shell with."""
        if self.dialect is Dialect.BASH:
            return 127 if self.is_command else 1
        return 2

    # Numbers

    def arithmetic(self, text: str, place: Place, raw: str) -> Number:
        parts: list[str | Number] = []
        reader = WordReader.within(self.reader(text, place), text, fixed=place)
        for part in reader.parts(quoted=True, here=True):
            if isinstance(part, tree.Plain):
                parts.append(part.text)
            elif isinstance(part, tree.Arithmetic):
                parts.append(self.arithmetic(part.text, place, raw))
            else:
                parts.append(self.number(self.part(part)))
        try:
            return calculate(parts, lambda name: self.number(self._named(name, place, raw)))
        except NotRead as reason:
            self.obstacle(str(reason), place, raw)
            return Integer(0)

    def _named(self, name: str, place: Place, raw: str) -> Text:
        """A variable that arithmetic names without a dollar: only bash minds whether it is set."""
        text = self.simple(name, place, raw)
        if isinstance(text, Variable) and text.strict and self.dialect is not Dialect.BASH:
            return replace(text, strict=False)
        return text

    def reader(self, text: str, place: Place) -> WordReader:
        """A reader for a text inside the text."""
        from minify.launcher.text.grammar import Reader

        return Reader(text, self.dialect, path=place.path, fixed=place)

    def number(self, text: Text) -> Number:
        """The number that a text is, for arithmetic and `-eq`."""
        if isinstance(text, Numeral):
            return text.number
        if isinstance(text, Literal) and re.fullmatch(r"-?(0|[1-9]\d*)", text.text):
            return Integer(int(text.text))
        return NumberOf(text, certain=self.is_numeric(text))

    def is_numeric(self, text: Text) -> bool:
        """Whether a text is surely a number."""
        if isinstance(text, Variable):
            return text.certain and text.name in self.numeric
        if isinstance(text, Literal):
            return re.fullmatch(r"-?(0|[1-9]\d*)", text.text) is not None
        if isinstance(text, Known):
            return text.fact in ("uid", "gid", "seconds", "processors")
        return isinstance(text, Numeral | LastStatus | ProcessId)

    def is_plain(self, text: Text) -> bool:
        """Whether a text is surely one word without patterns, so that splitting changes nothing."""
        if isinstance(text, Literal):
            return (
                bool(text.text) and not GLOB.search(text.text) and not BLANK.search(text.text) and "\\" not in text.text
            )
        if isinstance(text, Joined):
            return all(self.is_plain(part) for part in text.parts)
        if isinstance(text, Variable):
            return text.certain and text.name in self.numeric
        return self.is_numeric(text)
