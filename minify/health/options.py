"""Options of curl, wget and nc read by tables of what each of them means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from minify.health.plan import Obstacle
from minify.health.text import Text


class Table(NamedTuple):
    """Options with their dashes and what each means; "" means nothing that matters here.

    `switches` take no value, `valued` take one, `obstacles` map to the reason why they cannot be translated.
    """

    program: str
    switches: Mapping[str, str]
    valued: Mapping[str, str]
    obstacles: Mapping[str, str] = MappingProxyType({})
    equals: bool = True
    """Whether `--name=value` is understood; curl has no such form."""


class Given(NamedTuple):
    """An option that is given, by its meaning; `value` is None for a switch."""

    meaning: str
    value: Text | None


class Parsed(NamedTuple):
    """The options that matter, in order, and the operands."""

    given: tuple[Given, ...]
    operands: tuple[Text, ...]

    def has(self, *meanings: str) -> bool:
        """Whether an option with one of these meanings is given."""
        return any(given.meaning in meanings for given in self.given)

    def value(self, meaning: str) -> Text | None:
        """The value that counts: the last one."""
        return next((given.value for given in reversed(self.given) if given.meaning == meaning), None)

    def values(self, meaning: str) -> tuple[Text, ...]:
        """Every value, in order."""
        return tuple(given.value for given in self.given if given.meaning == meaning and given.value is not None)


def same(meaning: str, options: str) -> dict[str, str]:
    """A row of a table: options in one line that mean the same.

    >>> same("fail", "-f --fail")
    {'-f': 'fail', '--fail': 'fail'}
    """
    return dict.fromkeys(options.split(), meaning)


def parse(words: Sequence[Text], table: Table) -> Parsed | Obstacle:
    """Take the words after the program apart; the first option that is not understood is the obstacle."""
    given: list[Given] = []
    operands: list[Text] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        start = word.leading
        if word.static == "--":
            operands += rest
            break
        if not start.startswith("-") or start == "-":
            operands.append(word)
            continue
        problem = _long(word, rest, table, given) if start.startswith("--") else _short(word, rest, table, given)
        if problem is not None:
            return problem
    return Parsed(tuple(given), tuple(operands))


def _long(word: Text, rest: list[Text], table: Table, given: list[Given]) -> Obstacle | None:
    name, equals, value = word.partition("=")
    option = name.static or ""
    if option in table.obstacles:
        return Obstacle(table.obstacles[option], str(word))
    if equals and (not table.equals or option not in table.valued):
        return _unknown(word, table)
    if option in table.switches:
        given.append(Given(table.switches[option], None))
        return None
    if option not in table.valued:
        return _unknown(word, table)
    if not equals:
        if not rest:
            return Obstacle(f"{table.program} needs a value after an option", str(word))
        value = rest.pop(0)
    given.append(Given(table.valued[option], value))
    return None


def _short(word: Text, rest: list[Text], table: Table, given: list[Given]) -> Obstacle | None:
    """`-fsS`, `-m3`, `-qO-`: letters up to one that takes what is left, or the next word."""
    letters = word.leading
    for index in range(1, len(letters)):
        option = f"-{letters[index]}"
        if option in table.obstacles:
            return Obstacle(table.obstacles[option], str(word))
        if option in table.valued:
            value = word.without(index + 1)
            if not value.parts:
                if not rest:
                    return Obstacle(f"{table.program} needs a value after an option", str(word))
                value = rest.pop(0)
            given.append(Given(table.valued[option], value))
            return None
        if option not in table.switches:
            return _unknown(word, table)
        given.append(Given(table.switches[option], None))
    return None if len(word.parts) == 1 else _unknown(word, table)


def _unknown(word: Text, table: Table) -> Obstacle:
    return Obstacle(f"what this option of {table.program} asks for is not known", str(word))
