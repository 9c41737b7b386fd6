"""test, `[` and `[[`: checks of one file, and comparisons with what another command prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from minify.health.plan import FileCheck, Obstacle
from minify.health.text import Text
from minify.shell.run import read_command_line
from minify.shell.script import Command
from minify.shell.words import Opaque, Word

_KINDS: Final = ("e", "f", "d", "s", "r", "w", "x")
_OPERATORS: Final = ("=", "==", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge")


class Comparison(NamedTuple):
    """`"$(command)" = value`, `-n "$(command)"`: `command` is the text of the command."""

    command: str
    operator: str
    value: str


def test_words(command: Command) -> tuple[Word, ...] | None:
    """The words between `[` and `]`, or after `test`; None when the command is another, or cannot be read."""
    name = command.argv[0].raw if command.argv else ""
    if name == "test":
        return command.argv[1:]
    if name not in ("[", "[["):
        return None
    end = command.redirects[0].span.start - command.span.start if command.redirects else len(command.text)
    closing = "]]" if name == "[[" else "]"
    if len(command.argv) > 1:
        # An exec form has its words apart
        return command.argv[1:-1] if command.argv[-1].static == closing else None
    text = command.text[len(name) : end].rstrip()
    if not text.endswith(closing):
        return None
    script = read_command_line("test " + text.removesuffix(closing).rstrip())
    outer = [one for one in script.commands if not one.nested]
    if script.opaque or len(outer) != 1 or outer[0].redirects:
        return None
    return outer[0].argv[1:]


def read_test(words: Sequence[Word], text: str) -> FileCheck | Comparison | Obstacle:
    """What the words of a test ask."""
    if words and words[0].raw == "!":
        inner = read_test(words[1:], text)
        if isinstance(inner, FileCheck):
            return FileCheck(path=inner.path, kind=inner.kind, negated=not inner.negated)
        return Obstacle("it turns around what another command prints", text)
    if len(words) == 2 and words[0].raw in ("-n", "-z"):
        command = substituted(words[1])
        return Obstacle("it asks for a variable", text) if command is None else Comparison(command, words[0].raw, "")
    if len(words) == 1 and (command := substituted(words[0])) is not None:
        return Comparison(command, "-n", "")
    if len(words) == 2 and words[0].raw.startswith("-") and words[0].raw[1:] in _KINDS:
        return read_path(words[1], words[0].raw[1:])
    if len(words) == 3 and words[1].raw in _OPERATORS:
        command, value = substituted(words[0]), words[2].static
        if command is not None and value is not None:
            return Comparison(command, "=" if words[1].raw == "==" else words[1].raw, value)
    return Obstacle("what this test asks is not known", text)


def read_path(word: Word, kind: str) -> FileCheck | Obstacle:
    """A file that a command names."""
    path = Text.of(word)
    if path is None or word.has_glob or not path.literals.isascii() or not path.literals.isprintable():
        return Obstacle("which file it asks for is not known", word.raw)
    return FileCheck(path=path, kind=kind)


def read_find(words: Sequence[Word], text: str) -> FileCheck | Obstacle:
    """`find /tmp/alive -mmin -5` prints the name of a file that was changed in the last five minutes."""
    shown = [word.static for word in words]
    if len(words) < 3 or shown[1:] != ["-mmin", shown[2]] or not (shown[2] or "").removeprefix("-").isdecimal():
        return Obstacle("what it looks for is not known", text)
    if not (shown[2] or "").startswith("-"):
        return Obstacle("what it looks for is not known", text)
    found = read_path(words[0], "newer")
    if isinstance(found, Obstacle):
        return found
    return FileCheck(path=found.path, kind="newer", seconds=60.0 * int((shown[2] or "").removeprefix("-")))


def substituted(word: Word) -> str | None:
    """The text of the command in `"$(command)"`.

    >>> from minify.shell.run import read_command_line
    >>> substituted(read_command_line('test "$(curl x)" = 200').commands[-1].argv[1])
    'curl x'
    """
    inner = [part for part in word.parts if part != ("", True)]
    if len(inner) != 1 or not isinstance(inner[0], Opaque):
        return None
    raw = inner[0].raw
    if raw.startswith("$((") or not raw.startswith(("$(", "`")):
        return None
    return raw[2:-1] if raw.startswith("$(") else raw[1:-1]
