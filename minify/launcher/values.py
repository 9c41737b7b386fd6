"""What words become: texts, numbers, fields, conditions. Each has one meaning in every language that writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Choice

if TYPE_CHECKING:
    from minify.launcher.actions import Action, Call, Run

# Texts


@dataclass(frozen=True, slots=True)
class Literal:
    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`. `certain`: it is surely set here; `strict`: `set -u` ends the launcher when it is not."""

    name: str
    certain: bool = False
    strict: bool = False
    quiet: bool = False
    """Unset and empty make no difference to what reads it."""


@dataclass(frozen=True, slots=True)
class Argument:
    """`$1`."""

    number: int
    strict: bool = False


@dataclass(frozen=True, slots=True)
class ScriptName:
    """`$0` of `sh -c`: its first argument, or the shell's own name."""

    shell: str


@dataclass(frozen=True, slots=True)
class AllArguments:
    """`"$*"`."""


@dataclass(frozen=True, slots=True)
class LastStatus:
    """`$?`."""


@dataclass(frozen=True, slots=True)
class ProcessId:
    """`$$`, or `$!` when `background`."""

    background: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """The text that a `case` looks at, once it is in a variable of the launcher."""


@dataclass(frozen=True, slots=True)
class Joined:
    parts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Fallback:
    """`${x:-text}`; `${x-text}` when only an unset one falls back."""

    value: Variable | Argument | AllArguments
    text: Text
    empty: bool


@dataclass(frozen=True, slots=True)
class Instead:
    """`${x:+text}`; `${x+text}` when an empty one counts too."""

    value: Variable | Argument | AllArguments
    text: Text
    empty: bool


@dataclass(frozen=True, slots=True)
class Trimmed:
    """`${x#pattern}`, `${x%%pattern}`."""

    text: Text
    pattern: Pattern
    end: bool
    longest: bool


@dataclass(frozen=True, slots=True)
class Replaced:
    """`${x/pattern/by}`; the first one, or `everywhere`."""

    text: Text
    pattern: Pattern
    by: Text
    everywhere: bool


@dataclass(frozen=True, slots=True)
class Sliced:
    """`${x:1:2}`, with numbers that are written there."""

    text: Text
    start: int
    length: int | None


@dataclass(frozen=True, slots=True)
class Cased:
    """`${x^^}`, `${x,,}`; the `first` character only for `${x^}`."""

    text: Text
    upper: bool
    first: bool


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as text."""

    number: Number


@dataclass(frozen=True, slots=True)
class Output:
    """`$(program)`, `$(function)`: what it writes, less the newlines at the end."""

    run: Run | Call
    checked: bool = False
    """The launcher ends when it fails."""


Fact = Choice["directory", "uid", "gid", "user", "hostname", "seconds", "processors"]


@dataclass(frozen=True, slots=True)
class Known:
    """`$(pwd)`, `$(id -u)`, `$(date +%s)`: what the runtime itself knows."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Content:
    """`$(cat file)`."""

    path: Text


@dataclass(frozen=True, slots=True)
class Named:
    """`$(dirname path)`, `$(basename path suffix)`."""

    path: Text
    directory: bool
    suffix: Text | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """`$(command -v program)`."""

    program: Text


@dataclass(frozen=True, slots=True)
class Spaced:
    """Fields with a space between them, as `echo` writes its arguments."""

    fields: Fields


@dataclass(frozen=True, slots=True)
class Sole:
    """The only field that an unquoted text makes."""

    text: Text


@dataclass(frozen=True, slots=True)
class Moment:
    """`$(date -u +format)`."""

    format: str
    utc: bool


@dataclass(frozen=True, slots=True)
class Chomped:
    """A text less the newlines at its end, as `$(…)` takes them off."""

    text: Text


@dataclass(frozen=True, slots=True)
class Unescaped:
    """A text whose backslashes `echo` or `printf %b` reads; its form differs: \\0101 and \\101."""

    text: Text


Text = (
    Literal | Variable | Held | Argument | ScriptName | AllArguments | LastStatus | ProcessId | Joined | Fallback | Instead
    | Trimmed | Replaced | Sliced | Cased | Numeral | Output | Known | Content | Named | Where | Spaced | Sole | Moment | Chomped | Unescaped
)  # fmt: skip


# Numbers


@dataclass(frozen=True, slots=True)
class Integer:
    value: int


@dataclass(frozen=True, slots=True)
class NumberOf:
    """The number that a text is; `certain` when it surely is one."""

    text: Text
    certain: bool


@dataclass(frozen=True, slots=True)
class Length:
    """`${#x}`."""

    text: Text


@dataclass(frozen=True, slots=True)
class ArgumentCount:
    """`$#`."""


@dataclass(frozen=True, slots=True)
class Calculation:
    """`left operator right`: `+ - *`, and `/ %` as C has them."""

    operator: str
    left: Number
    right: Number


@dataclass(frozen=True, slots=True)
class Negative:
    number: Number


@dataclass(frozen=True, slots=True)
class OneOrZero:
    """A comparison in arithmetic."""

    condition: Condition


Number = Integer | NumberOf | Length | ArgumentCount | Calculation | Negative | OneOrZero


# Fields


@dataclass(frozen=True, slots=True)
class One:
    """Exactly one field."""

    text: Text


@dataclass(frozen=True, slots=True)
class Split:
    """Unquoted: none, one or several fields, then the files that they name as patterns."""

    text: Text
    patterns: bool = True
    """Whether fields may be patterns of file names."""


@dataclass(frozen=True, slots=True)
class Files:
    """A written pattern: the files, or itself when there are none."""

    pattern: str


@dataclass(frozen=True, slots=True)
class EachArgument:
    """`"$@"`, from the one of this number on."""

    start: int = 1


@dataclass(frozen=True, slots=True)
class EachSplit:
    """`$@`, unquoted: each is split."""


Field = One | Split | Files | EachArgument | EachSplit
Fields = tuple[Field, ...]


# Patterns


@dataclass(frozen=True, slots=True)
class AnyText:
    """`*`."""


@dataclass(frozen=True, slots=True)
class AnyCharacter:
    """`?`."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`[a-z]`, `[!x]`: characters and ranges as pairs; a pair of the same is one character."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern in parts; a text in it stands for itself."""

    parts: tuple[Text | AnyText | AnyCharacter | AnyOf, ...]


# Conditions


@dataclass(frozen=True, slots=True)
class Truth:
    value: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """The text is not empty."""

    text: Text


@dataclass(frozen=True, slots=True)
class IsSet:
    """`${x+y}` as a question."""

    value: Variable | Argument | AllArguments


@dataclass(frozen=True, slots=True)
class Equal:
    left: Text
    right: Text


@dataclass(frozen=True, slots=True)
class FieldCount:
    """The text makes this many fields: `least` to `most`."""

    text: Text
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class OnlyField:
    """The text makes one field, and it is this (`right`), or is not when `negated`."""

    text: Text
    right: Text
    negated: bool


@dataclass(frozen=True, slots=True)
class Matches:
    text: Text
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class MatchesExpression:
    """`[[ x =~ expression ]]`, one that means the same everywhere."""

    text: Text
    expression: str


@dataclass(frozen=True, slots=True)
class Compared:
    """`left < right` of numbers: `== != < <= > >=`."""

    operator: str
    left: Number
    right: Number


@dataclass(frozen=True, slots=True)
class ComparedTexts:
    """`[ "$x" -lt 5 ]`, where a text may be no number: then it is false."""

    operator: str
    left: Text
    right: Text


FileTest = Choice[
    "exists", "file", "directory", "link", "readable", "writable", "executable", "filled", "socket", "pipe"
]


@dataclass(frozen=True, slots=True)
class FileIs:
    test: FileTest
    path: Text


@dataclass(frozen=True, slots=True)
class Terminal:
    """`[ -t 1 ]`."""

    descriptor: int


@dataclass(frozen=True, slots=True)
class Available:
    """`command -v program`, as a question."""

    program: Text


@dataclass(frozen=True, slots=True)
class Listening:
    """`nc -z host port`: something takes the connection; false when these are not two fields."""

    address: Fields
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """`curl -f url`: it answers, and where `fails` with a status below 400."""

    url: Fields
    fails: bool
    follows: bool
    """Redirections are followed."""
    head: bool
    """No body is asked for."""
    shows: bool
    """The body goes to standard output."""
    holds: str | None = None
    """The body has this in it."""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Succeeds:
    """What is done ends with 0."""

    action: Action


@dataclass(frozen=True, slots=True)
class IsOpen:
    """The file of a group could be opened."""

    name: str


@dataclass(frozen=True, slots=True)
class LastSucceeded:
    """`$?` is 0."""


@dataclass(frozen=True, slots=True)
class Not:
    condition: Condition


@dataclass(frozen=True, slots=True)
class Both:
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    conditions: tuple[Condition, ...]


Condition = (
    Truth | Filled | IsSet | Equal | FieldCount | OnlyField | Matches | MatchesExpression | Compared | ComparedTexts
    | FileIs | Terminal | Available | Listening | Answers | Succeeds | IsOpen | LastSucceeded | Not | Both | Either
)  # fmt: skip


EMPTY = Literal("")


def joined(parts: list[Text]) -> Text:
    """Texts one after the other, neighbouring literals made one.

    >>> joined([Literal("a"), Literal("b")])
    Literal(text='ab')
    """
    merged: list[Text] = []
    for part in parts:
        pieces = part.parts if isinstance(part, Joined) else (part,)
        for piece in pieces:
            if isinstance(piece, Literal) and merged and isinstance(merged[-1], Literal):
                merged[-1] = Literal(merged[-1].text + piece.text)
            elif piece != EMPTY:
                merged.append(piece)
    if not merged:
        return EMPTY
    return merged[0] if len(merged) == 1 else Joined(tuple(merged))


def negation(condition: Condition) -> Condition:
    """The opposite, without a double `not`."""
    if isinstance(condition, Not):
        return condition.condition
    if isinstance(condition, Truth):
        return Truth(not condition.value)
    return Not(condition)


def both(conditions: list[Condition]) -> Condition:
    """All of them, less those that are decided.

    >>> both([Truth(True), Terminal(1)])
    Terminal(descriptor=1)
    """
    return _folded(conditions, Both, stop=False)


def either(conditions: list[Condition]) -> Condition:
    """One of them, less those that are decided."""
    return _folded(conditions, Either, stop=True)


def _folded(conditions: list[Condition], kind: type[Both] | type[Either], *, stop: bool) -> Condition:
    kept: list[Condition] = []
    for condition in conditions:
        parts = condition.conditions if isinstance(condition, kind) else (condition,)
        for part in parts:
            if isinstance(part, Truth) and part.value is not stop:
                continue
            kept.append(part)
            if isinstance(part, Truth):
                # What comes after it is never asked
                return kind(tuple(kept)) if len(kept) > 1 else part
    if not kept:
        return Truth(not stop)
    return kept[0] if len(kept) == 1 else kind(tuple(kept))
