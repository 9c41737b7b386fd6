"""What a launcher does, step by step: statements, and the actions that have an exit status."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal as Choice

from minify.launcher.values import Condition, Fields, Pattern, Text

# Where standard input comes from, and where output goes


@dataclass(frozen=True, slots=True)
class Inherited:
    """The launcher's own: 0, 1 or 2."""

    descriptor: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """/dev/null."""


@dataclass(frozen=True, slots=True)
class Into:
    """`> file`, `>> file`, `< file`: opened by the command alone."""

    path: Text
    mode: Choice["r", "w", "a"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that a group around the command has opened."""

    name: str


@dataclass(frozen=True, slots=True)
class Given:
    """Standard input from a here-document or a text."""

    text: Text


Stream = Inherited | Nothing | Into | Opened | Given


@dataclass(frozen=True, slots=True)
class Streams:
    input: Stream = Inherited(0)
    output: Stream = Inherited(1)
    error: Stream = Inherited(2)

    @property
    def untouched(self) -> bool:
        return self == Streams()


# Actions: each has an exit status


@dataclass(frozen=True, slots=True)
class Run:
    """A program; `env` are variables for it alone."""

    argv: Fields
    env: tuple[tuple[str, Text], ...] = ()
    streams: Streams = field(default=Streams())


@dataclass(frozen=True, slots=True)
class Piped:
    """`a | b`: programs only; the status is the last one's, or with `fails` the last one that is not 0."""

    runs: tuple[Run, ...]
    fails: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the text."""

    function: str
    arguments: Fields


Task = Choice["make_directory", "make_directories", "remove", "touch", "link", "move", "copy", "mode", "owner", "write", "show", "directory", "sleep", "limit", "substitute", "signal"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Perform:
    """What a small program does and the standard library too: `mkdir -p`, `rm -f`, `> file`, `cd`.

    `arguments` are what it works on, one task each; `detail` is a mode or an owner; `status` when it fails.
    """

    task: Task
    arguments: Fields
    detail: Text | None = None
    quiet: bool = False
    status: int = 1
    append: bool = False
    recursive: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class WaitFor:
    """`wait $!`: the status of the last; all when there is no process, which ends with 0; the `first` one that ends for `wait -n`."""

    processes: Fields
    first: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """A status that is a condition's: 0 when it is true, 1 when not."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Capture:
    """`name=$(program)`: the status is the program's."""

    name: str
    run: Run | Call


Action = Run | Piped | Call | Perform | WaitFor | Status | Capture


# Statements


@dataclass(frozen=True, slots=True)
class Do:
    """An action, whatever its status."""

    action: Action


@dataclass(frozen=True, slots=True)
class Check:
    """An action that ends the launcher when it fails: `set -e`."""

    action: Action


@dataclass(frozen=True, slots=True)
class Keep:
    """An action whose status `$?` reads."""

    action: Action


@dataclass(frozen=True, slots=True)
class KeepNumber:
    """`$?` becomes this."""

    status: int


@dataclass(frozen=True, slots=True)
class Assign:
    name: str
    text: Text


@dataclass(frozen=True, slots=True)
class Share:
    """`export name`: from here programs get it."""

    name: str


@dataclass(frozen=True, slots=True)
class Forget:
    """`unset name`; `shared` when it stays one that programs get (`local name` of bash)."""

    name: str
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Scoped:
    """The body of a function that has `local` variables: they are as before when it ends."""

    names: tuple[str, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Require:
    """`${x:?message}`, `set -u` for what is not used: end with a message and a status."""

    condition: Condition
    message: Text
    status: int


@dataclass(frozen=True, slots=True)
class Print:
    text: Text
    newline: bool
    stream: Stream


@dataclass(frozen=True, slots=True)
class Open:
    """A file for the commands of a group."""

    name: str
    path: Text
    mode: Choice["r", "w", "a"]
    status: int


@dataclass(frozen=True, slots=True)
class Reopen:
    """`exec > file 2>&1`."""

    streams: Streams


@dataclass(frozen=True, slots=True)
class When:
    condition: Condition
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Choose:
    """`case`: the first arm of which a pattern matches; an arm without patterns is the last one, for all else."""

    text: Text
    arms: tuple[tuple[tuple[Pattern, ...], tuple[Statement, ...]], ...]


@dataclass(frozen=True, slots=True)
class While:
    """`before` runs ahead of each look at the condition."""

    before: tuple[Statement, ...]
    condition: Condition
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class ForEach:
    name: str
    fields: Fields
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Break:
    pass


@dataclass(frozen=True, slots=True)
class Continue:
    pass


@dataclass(frozen=True, slots=True)
class SetArguments:
    """`set -- a b`."""

    fields: Fields


@dataclass(frozen=True, slots=True)
class Shift:
    count: int
    status: int
    """What the shell ends with when there are fewer; 0 when it goes on."""


@dataclass(frozen=True, slots=True)
class Mask:
    """`umask 022`."""

    octal: str


@dataclass(frozen=True, slots=True)
class Background:
    run: Run


@dataclass(frozen=True, slots=True)
class Trap:
    """`trap 'kill $PID' TERM`: a function that is called when a signal comes, but not before the command at hand has ended."""

    function: str
    signals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exit:
    """`exit`, with a text that is a number."""

    status: Text


@dataclass(frozen=True, slots=True)
class Return:
    status: Text


@dataclass(frozen=True, slots=True)
class End:
    """The text ends here, with the status of this."""

    action: Action


@dataclass(frozen=True, slots=True)
class Give:
    """A function ends here, with the status of this."""

    action: Action


@dataclass(frozen=True, slots=True)
class Exec:
    """The launcher becomes the program."""

    run: Run


@dataclass(frozen=True, slots=True)
class Apart:
    """`( … )`: directory and variables are as before when it ends."""

    body: tuple[Statement, ...]
    moves: bool
    assigns: bool


@dataclass(frozen=True, slots=True)
class Enter:
    """Another script goes on in the place of this one: the variables that were not exported are gone.

    `private` are those of the other script.
    """

    private: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A comment of the text."""

    text: str


Statement = (
    Do | Check | Keep | KeepNumber | Assign | Share | Forget | Scoped | Require | Print | Open | Reopen
    | When | Choose | While | ForEach | Break | Continue | SetArguments | Shift | Mask | Background | Trap
    | Exit | Return | End | Give | Exec | Apart | Enter | Note
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the text: `gives` a status to whoever calls it."""

    name: str
    body: tuple[Statement, ...]
    gives: bool
