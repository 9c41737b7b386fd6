"""What is known at a place of the text: options, variables that are surely set, and how a command is reached."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from minify.launcher.actions import Opened, Statement, Streams
from minify.launcher.program import Dialect, Obstacle, Place, Started
from minify.launcher.text import tree


class Want(enum.Enum):
    """What becomes of a command's status."""

    NONE = enum.auto()
    KEEP = enum.auto()
    """`$?` reads it."""
    END = enum.auto()
    """It is the launcher's own."""
    GIVE = enum.auto()
    """It is the function's own."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a command is reached."""

    want: Want = Want.NONE
    protected: bool = False
    """Its failure is looked at: `set -e` does not count."""
    branch: bool = False
    """It may not run, or run later or more than once."""
    loop: bool = False
    kept: bool = False
    """The status of the loop around it is read."""
    function: bool = False
    apart: bool = False
    """In `( … )`: an exit leaves only that."""
    streams: Streams = field(default=Streams())

    def once(self, want: Want = Want.NONE) -> Way:
        """The same, for a command in the middle of a list."""
        return replace(self, want=want)

    def asked(self) -> Way:
        """The same, for a command whose status is a condition."""
        return replace(self, want=Want.NONE, protected=True)

    def inside(self) -> Way:
        """The same, for a command that may not run."""
        return replace(self, branch=True)


@dataclass(slots=True)
class Options:
    """`set -e` and its like."""

    errexit: bool = False
    nounset: bool = False
    pipefail: bool = False
    allexport: bool = False
    noglob: bool = False


class Scope:
    """What is known so far, and what was found."""

    def __init__(self, dialect: Dialect, *, is_command: bool) -> None:
        self.dialect = dialect
        self.is_command = is_command
        self.options = Options()
        self.certain: set[str] = set()
        self.shared: set[str] = set()
        self.numeric: frozenset[str] = frozenset()
        self.private: dict[str, None] = {}
        self.always: set[str] = set()
        self.started_any = False
        self.before: list[Statement] = []
        """What the word at hand needs done ahead of its command."""
        self.obstacles: dict[Obstacle, None] = {}
        self.python_only: dict[Obstacle, None] = {}
        self.programs: dict[Started, None] = {}
        self.notes: dict[str, None] = {}
        self.seen: set[str] = set()
        """The variables that the words of the command at hand have read so far."""
        self.opened = 0
        self.has_background = False
        self.traps: list[str] = []
        """The functions that signals call."""
        self.trapped_with: set[bool] = set()
        """Whether `set -e` held where they were named."""
        self.just_started = False

    # What is found

    def obstacle(self, reason: str, place: Place, raw: str) -> None:
        """Note what cannot be translated; the reading goes on, for the rest of them."""
        self.obstacles[_obstacle(reason, place, raw)] = None

    def only_python(self, reason: str, place: Place, raw: str) -> None:
        """Note what Node cannot do."""
        self.python_only[_obstacle(reason, place, raw)] = None

    def starts(self, name: str | None, place: Place, raw: str, *, replaces: bool = False, asked: bool = False) -> None:
        """Note a program."""
        self.started_any = self.started_any or not asked
        raw = raw.split("\n", 1)[0]
        started = Started(
            name=name, line=place.line, column=place.column, raw=raw, replaces=replaces, asked=asked, path=place.path
        )
        self.programs[started] = None

    def note(self, text: str) -> None:
        self.notes[text] = None

    # Variables

    def assigned(self, name: str, *, shared: bool = False) -> None:
        """A variable is set from here on."""
        self.certain.add(name)
        if shared or self.options.allexport:
            self.share(name)
        elif name not in self.shared:
            self.private[name] = None

    def share(self, name: str) -> None:
        if not self.started_any and not self.branching:
            self.always.add(name)
        self.shared.add(name)

    def forget(self, name: str) -> None:
        self.certain.discard(name)
        self.shared.discard(name)
        self.always.discard(name)
        self.private[name] = None

    branching = 0
    grouped = 0
    """How many ( … ) the command at hand stands in."""

    @contextmanager
    def branch(self) -> Iterator[None]:
        """What is done inside may not be done: what it sets is not certain after it."""
        certain, shared = set(self.certain), set(self.shared)
        self.branching += 1
        try:
            yield
        finally:
            self.branching -= 1
            self.certain &= certain
            self.shared &= shared

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """What is done inside is done at another time: nothing is known there, and nothing of it here."""
        certain, shared = self.certain, self.shared
        self.certain, self.shared = set(), set()
        self.branching += 1
        try:
            yield
        finally:
            self.branching -= 1
            self.certain, self.shared = certain, shared

    @contextmanager
    def ahead(self, into: list[Statement]) -> Iterator[None]:
        """Statements that words need go to `into`."""
        outer, self.before = self.before, into
        try:
            yield
        finally:
            self.before = outer

    def fresh(self) -> Opened:
        """A name for a file that a group opens."""
        self.opened += 1
        return Opened("stream" if self.opened == 1 else f"stream_{self.opened}")


def _obstacle(reason: str, place: Place, raw: str) -> Obstacle:
    return Obstacle(reason=reason, line=place.line, column=place.column, raw=raw.split("\n", 1)[0], path=place.path)


def numeric_names(script: object) -> frozenset[str]:
    """The variables that every assignment makes a number: `i=0`, `i=$((i + 1))`.

    >>> from minify.launcher.text.grammar import parse
    >>> sorted(numeric_names(parse("i=0; j=x; i=$((i+1))", Dialect.DASH)))
    ['i']
    """
    numbers: dict[str, bool] = {}
    for node in tree.nodes(script):
        if isinstance(node, tree.Assignment):
            fits = node.word is not None and not node.append and is_number(node.word)
            numbers[node.name] = numbers.get(node.name, True) and fits
        elif isinstance(node, tree.Word) and len(node.parts) > 1 and isinstance(node.parts[0], tree.Plain):
            # `export i=0` and `local i=0` are words of their command
            name, equals, _ = node.parts[0].text.partition("=")
            if equals:
                numbers[name] = False
        elif isinstance(node, tree.For):
            fits = node.words is not None and all(is_number(word) for word in node.words)
            numbers[node.name] = numbers.get(node.name, True) and fits
        elif isinstance(node, tree.Parameter) and node.operator in ("=", ":="):
            numbers[node.name] = False
        elif isinstance(node, tree.Simple) and node.words and node.words[0].static in ("read", "printf", "getopts"):
            numbers.update({word.static: False for word in node.words[1:] if word.static is not None})
    return frozenset(name for name, fits in numbers.items() if fits)


def is_number(word: tree.Word) -> bool:
    """Whether a word is surely a decimal number: `5`, `$((x + 1))`, `$#`."""
    if len(word.parts) != 1:
        return False
    part = word.parts[0]
    if isinstance(part, tree.Plain):
        return part.text.isdecimal() and part.text.isascii() and str(int(part.text)) == part.text
    return isinstance(part, tree.Arithmetic) or (
        isinstance(part, tree.Parameter) and not part.operator and part.name in ("#", "?", "$")
    )
