"""A shell text as it is written: words in parts, commands, lists. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from minify.launcher.program import Place


@dataclass(frozen=True, slots=True)
class Plain:
    """Text that stands for itself; unquoted text may be a pattern."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """`$x`, `${x:-word}`, `${#x}`: `operator` is empty, `length`, or as written (`:-`, `%%`, `/`)."""

    name: str
    quoted: bool
    place: Place
    raw: str
    operator: str = ""
    word: Word | None = None
    replacement: Word | None = None


@dataclass(frozen=True, slots=True)
class Substitution:
    """`$(…)` and backquotes."""

    body: Sequence
    quoted: bool
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`$((…))`."""

    text: str
    quoted: bool
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class Home:
    """`~` at the start of a word; `~user` with a name."""

    user: str
    place: Place


@dataclass(frozen=True, slots=True)
class Strange:
    """What is read past and cannot be translated: `<(…)`, `${!x}`."""

    reason: str
    place: Place
    raw: str
    quoted: bool = True


Part = Plain | Parameter | Substitution | Arithmetic | Home | Strange


@dataclass(frozen=True, slots=True)
class Word:
    """One word; `raw` is as written."""

    parts: tuple[Part, ...]
    place: Place
    raw: str

    @property
    def static(self) -> str | None:
        """The text when there is nothing to expand."""
        if all(isinstance(part, Plain) for part in self.parts):
            return "".join(part.text for part in self.parts if isinstance(part, Plain))
        return None

    @property
    def bare(self) -> str | None:
        """The text when it has neither quotes nor expansions: what may be a keyword or a name."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Plain) and not self.parts[0].quoted:
            return self.parts[0].text
        return None


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name=word`; `append` for `name+=word`; no word for an array or an element of one."""

    name: str
    word: Word | None
    append: bool
    place: Place
    raw: str


@dataclass(slots=True)
class Redirect:
    """`2>> file`; `body` is a here-document's, which is read when its line has ended."""

    descriptor: int | None
    operator: str
    target: Word
    place: Place
    raw: str
    body: Word | None = None


@dataclass(frozen=True, slots=True)
class Simple:
    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`a | b`, `! a`; `both` has True for each `|&`."""

    commands: tuple[Command, ...]
    negated: bool
    both: bool
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class AndOr:
    first: Command
    rest: tuple[tuple[str, Command], ...]
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class Item:
    """One command of a list, and the comments that stand above it."""

    command: Command
    background: bool
    comments: tuple[str, ...]
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class If:
    branches: tuple[tuple[Sequence, Sequence], ...]
    otherwise: Sequence | None
    redirects: tuple[Redirect, ...]
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class Loop:
    """`while`, and `until` when `negated`."""

    condition: Sequence
    body: Sequence
    negated: bool
    redirects: tuple[Redirect, ...]
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class For:
    """`for name in words`; no words for `for name`, which is `in "$@"`."""

    name: str
    words: tuple[Word, ...] | None
    body: Sequence
    redirects: tuple[Redirect, ...]
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class Case:
    word: Word
    arms: tuple[tuple[tuple[Word, ...], Sequence, str], ...]
    """Patterns, body, and how it ends: `;;`, `;&`, `;;&`."""
    redirects: tuple[Redirect, ...]
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class Group:
    """`{ …; }`, or `( … )` when `subshell`."""

    body: Sequence
    subshell: bool
    redirects: tuple[Redirect, ...]
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class Definition:
    """`name() { …; }`."""

    name: str
    body: Command
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class Conditional:
    """`[[ … ]]`, the words between; operators are bare words."""

    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class Compute:
    """`(( … ))`."""

    text: str
    redirects: tuple[Redirect, ...]
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A command that is read past and cannot be translated."""

    reason: str
    place: Place
    raw: str


Command = (
    Simple | Pipeline | AndOr | If | Loop | For | Case | Group | Definition | Conditional | Compute | Unread
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Script:
    """A whole text, and why it could not be read on when it could not."""

    body: Sequence
    errors: tuple[Strange, ...] = field(default=())


def nodes(node: Any) -> Iterator[Any]:
    """A node and everything in it, in the order of the text."""
    yield node
    if isinstance(node, tuple):
        for child in node:
            if not isinstance(child, str | bool | int):
                yield from nodes(child)
    elif hasattr(node, "__dataclass_fields__"):
        for one in fields(node):
            child = getattr(node, one.name)
            if child is not None and not isinstance(child, str | bool | int | Place):
                yield from nodes(child)
