"""The options and operands of a command, for the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from minify.shell.effects import Effect, Unknown
from minify.shell.script import Argument, Command
from minify.shell.state import absolute

Reader = Callable[[Command, Mapping[str, str]], tuple[Effect, ...]]
"""What a program leaves on disk, from its command line and the variables known where it runs."""


class Option(NamedTuple):
    """`--name=value`, `-n value`: `name` keeps its dashes, `value` is None for a switch or when not known."""

    name: str
    value: str | None
    argument: Argument


class Options(NamedTuple):
    """A command line taken apart.

    >>> from minify.shell.run import read_command_line
    >>> command = read_command_line("tar -xzf a.tgz -C /opt").commands[0]
    >>> parsed = parse(command.arguments, valued=("-f", "-C"))
    >>> parsed.value("-C"), parsed.has("-z")
    ('/opt', True)
    """

    given: tuple[Option, ...]
    operands: tuple[Argument, ...]

    def has(self, *names: str) -> bool:
        """Whether one of these options is given."""
        return any(option.name in names for option in self.given)

    def find(self, *names: str) -> Option | None:
        """The last of these options that is given: it is the one that counts."""
        return next((option for option in reversed(self.given) if option.name in names), None)

    def value(self, *names: str) -> str | None:
        """The value of the last of these options."""
        found = self.find(*names)
        return None if found is None else found.value

    def all(self, *names: str) -> tuple[Option, ...]:
        """Each of these options, in order."""
        return tuple(option for option in self.given if option.name in names)

    @property
    def texts(self) -> tuple[str | None, ...]:
        """The operands' texts."""
        return tuple(operand.text for operand in self.operands)


def parse(
    arguments: Sequence[Argument],
    *,
    valued: Collection[str] = (),
    long_dash: bool = False,
    first: bool = False,
) -> Options:
    """Take arguments apart; `valued` are the options whose value may be the next word.

    `long_dash`: one dash begins a long name (`go build -ldflags x`). `first`: what follows the first operand
    is all operands.
    """
    given: list[Option] = []
    operands: list[Argument] = []
    index = 0
    while index < len(arguments):
        argument = arguments[index]
        start = argument.word.leading if argument.text is None else argument.text
        index += 1
        if argument.text == "--":
            operands += arguments[index:]
            break
        if not start.startswith("-") or start == "-":
            operands.append(argument)
            if first:
                operands += arguments[index:]
                break
            continue
        if start.startswith("--") or long_dash:
            name, equals, value = start.partition("=")
            if equals:
                given.append(Option(name, None if argument.text is None else value, argument))
            elif name in valued and index < len(arguments):
                given.append(Option(name, arguments[index].text, arguments[index]))
                index += 1
            else:
                given.append(Option(name, None, argument))
            continue
        index = _short(start, argument, arguments, index, valued, given)
    return Options(tuple(given), tuple(operands))


def _short(
    start: str,
    argument: Argument,
    arguments: Sequence[Argument],
    index: int,
    valued: Collection[str],
    given: list[Option],
) -> int:
    """`-xzf file`, `-C/opt`: letters up to one that takes what is left, or the next word."""
    if start in valued and argument.text is not None:
        if index < len(arguments):
            given.append(Option(start, arguments[index].text, arguments[index]))
        return index + 1
    for place, letter in enumerate(start[1:], start=1):
        name = f"-{letter}"
        if name not in valued:
            given.append(Option(name, None, argument))
            continue
        rest = start[place + 1 :]
        if rest or argument.text is None:
            given.append(Option(name, None if argument.text is None else rest.removeprefix("="), argument))
        elif index < len(arguments):
            given.append(Option(name, arguments[index].text, arguments[index]))
            index += 1
        break
    return index


_PATTERN = re.compile(r"[*?\[{]")


def path_of(argument: Argument, command: Command) -> str | None:
    """The absolute path an argument names, patterns kept; None when not known."""
    return absolute(argument.text, command.cwd)


def reach(argument: Argument, command: Command) -> str | None:
    """The deepest path that surely holds what an argument names: `/opt` of `/opt/app-$VERSION`."""
    text = argument.text
    if text is None:
        text = argument.word.leading
        if ".." in argument.word.raw:
            return None
        text = text.rpartition("/")[0] or ("/" if text.startswith("/") else "")
        if not text:
            return None
    elif argument.word.has_glob and (pattern := _PATTERN.search(text)):
        text = text[: pattern.start()].rpartition("/")[0] or ("/" if text.startswith("/") else ".")
    found = absolute(text, command.cwd)
    return None if found == "/" and argument.text is None else found


_PINNED = r"[\"']?@?[\w.+/:-]+(?:\[[\w,-]*\])?(?:[=<>~!]=?|(?<=\w)@)"


def pinned(argument: Argument) -> str | None:
    """The text of `name==$VERSION` as written: the name is known where only the version is not."""
    raw = argument.word.raw
    matched = re.match(_PINNED, raw)
    if matched is None or "`" in raw or "$(" in raw or any(space in raw for space in " \t\n"):
        return None
    return raw.strip("\"'")


def unknown(reason: str, command: Command) -> Effect:
    """The effect of a command that is not understood."""
    return Unknown(reason, command, command.span)


def home(env: Mapping[str, str]) -> str:
    """The home directory, /root unless HOME is known."""
    return env.get("HOME") or "/root"


def truthy(value: str | None) -> bool:
    """Whether a variable that switches something is on: `PIP_NO_CACHE_DIR=1`."""
    return value is not None and value.lower() not in ("", "0", "false", "no", "off", "none")


def below(directory: str, name: str) -> str:
    """`directory/name`, as a path from the root.

    >>> below("/", "package.json")
    '/package.json'
    """
    return f"{directory.rstrip('/')}/{name}"


def names(text: str) -> tuple[str, ...]:
    """A list of names written as a line of words.

    >>> names("-o --output")
    ('-o', '--output')
    """
    return tuple(text.split())
