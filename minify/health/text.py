"""Text of a command that may hold variables of the environment, which are read when the check runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from minify.shell.words import Literal, Variable, Word

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
# Variables that the shell itself sets: the environment of a program need not have them
_SHELL_ONLY: Final = ("PWD", "OLDPWD", "PPID", "RANDOM", "SECONDS", "LINENO", "UID", "EUID", "IFS", "OPTIND", "OPTARG")


class Environment(NamedTuple):
    """`$PORT`, `${PORT:-80}` (a fallback also when it is empty), `${PORT-80}` (only when it is not set)."""

    name: str
    fallback: str = ""
    when_empty: bool = False

    def value(self, environment: Mapping[str, str]) -> str:
        """What it expands to in an environment.

        >>> Environment("PORT", "80", when_empty=True).value({"PORT": ""})
        '80'
        """
        known = environment.get(self.name)
        return self.fallback if known is None or (known == "" and self.when_empty) else known


class Text(NamedTuple):
    """Literal text and variables in a row; no two literals are neighbours.

    >>> Text.join("http://localhost:", Environment("PORT"), "/").static is None
    True
    """

    parts: tuple[str | Environment, ...] = ()

    @classmethod
    def join(cls, *parts: str | Environment | Text) -> Text:
        """The text that parts make in a row."""
        joined: list[str | Environment] = []
        for part in parts:
            for piece in part.parts if isinstance(part, Text) else (part,):
                if isinstance(piece, str) and joined and isinstance(last := joined[-1], str):
                    joined[-1] = last + piece
                elif piece:
                    joined.append(piece)
        return cls(tuple(joined))

    @classmethod
    def of(cls, word: Word) -> Text | None:
        """The text of a shell word; None when only a shell can expand it: `$(…)`, `${x%…}`, `$?`."""
        parts: list[str | Environment] = []
        for part in word.parts:
            match part:
                case Literal(text=text):
                    parts.append(text)
                case Variable(name=name, fallback=fallback) if _NAME.fullmatch(name) and name not in _SHELL_ONLY:
                    if not (fallback.isascii() and fallback.isprintable()):
                        return None
                    parts.append(Environment(part.name, part.fallback, part.operator == ":-"))
                case _:
                    return None
        return cls.join(*parts)

    @property
    def static(self) -> str | None:
        """The text when no variable is in it."""
        return self.leading if all(isinstance(part, str) for part in self.parts) else None

    @property
    def leading(self) -> str:
        """The literal text that it begins with."""
        first = self.parts[0] if self.parts else ""
        return first if isinstance(first, str) else ""

    @property
    def literals(self) -> str:
        """All its literal text, without the variables."""
        return "".join(part for part in self.parts if isinstance(part, str))

    @property
    def variables(self) -> tuple[Environment, ...]:
        """Its variables in order."""
        return tuple(part for part in self.parts if isinstance(part, Environment))

    def without(self, count: int) -> Text:
        """Less so many characters of the literal text it begins with."""
        return Text.join(self.leading[count:], *self.parts[1:])

    def partition(self, marks: str) -> tuple[Text, str, Text]:
        """What stands before the first of these characters in its literal text, that character, what follows.

        >>> host, mark, port = Text.join("localhost:", Environment("PORT")).partition(":")
        >>> host.static, mark, port.variables[0].name
        ('localhost', ':', 'PORT')
        """
        for index, part in enumerate(self.parts):
            if not isinstance(part, str):
                continue
            places = [place for place in map(part.find, marks) if place >= 0]
            if places:
                at = min(places)
                before = Text.join(*self.parts[:index], part[:at])
                return before, part[at], Text.join(part[at + 1 :], *self.parts[index + 1 :])
        return self, "", Text()

    def resolve(self, environment: Mapping[str, str]) -> str:
        """The text in an environment."""
        return "".join(part if isinstance(part, str) else part.value(environment) for part in self.parts)

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else f"${{{part.name}}}" for part in self.parts)


def digits(text: Text) -> int | None:
    """The number that a text surely is.

    >>> digits(Text.join("80"))
    80
    """
    static = text.static
    return int(static) if static and static.isascii() and static.isdecimal() else None
