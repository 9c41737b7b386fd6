"""What scripts call that a shell of the final image reads as they are, and what they name of the file system."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.context.places import Called
from minify.shell.builtins import BUILTINS
from minify.shell.prefixes import PREFIXES
from minify.shell.run import read_command_line
from minify.shell.script import Command, Script

PLACES: Final = ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin")
"""Where a system has its programs."""

_BASH: Final = frozenset(
    [
        "[[",
        "builtin",
        "declare",
        "disown",
        "enable",
        "let",
        "mapfile",
        "popd",
        "pushd",
        "readarray",
        "shopt",
        "source",
        "typeset",
    ]
)
_HANDED: Final = re.compile(r"\"?\$(?:@|\{@\})\"?")
_STARTS: Final = re.compile(r"\bsystem\s*\(|\|\s*(?:\"|getline\b)|\"\s*\|")
_COMMENT: Final = re.compile(r"(?m)(?:^|(?<=\s))#.*$")
# What follows a variable or a substitution is a part of another path
_REST: Final = re.compile(r"(?:\$\w+|\$\{[^}]*\}|[)}`])\"?(?:/[\w.@+-]*)+")
_PATH: Final = re.compile(r"(?<![\w.~$/*:@%+,\\-])(?:/[\w.@+-]+)+")
# Every container has these
_THERE: Final = ("/tmp", "/var/tmp", "/dev", "/proc", "/sys", "/run", "/var/run", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/ssl")  # fmt: skip


def script_calls(
    path: str,
    first: int,
    text: str,
    script: Script,
    own: Callable[[Command], bool],
    *,
    handed: bool = False,
) -> Iterator[Called]:
    """The programs that a script starts, without the application's `own` and what the shell does itself; None for what it does not tell.

    `handed` says that what it is given is known.

    >>> [one.program for one in script_calls("x.sh", 1, "df; exec $APP", read_command_line("df; exec $APP"), lambda _: False)]
    ['df', None]
    """
    moved = any(c.name == "shift" or (c.name == "set" and (c.args[:1] or ("-",))[0] in (None, "--")) for c in script.commands)  # fmt: skip
    for part in script.opaque:
        yield Called(program=None, shell=True, path=path, line=first + text.count("\n", 0, part.span.start))
    for command in script.commands:
        if not command.argv or own(command) or (command.program or "") in script.functions:
            continue
        line = first + text.count("\n", 0, command.span.start)
        for name in dict.fromkeys(_of_command(command, handed=handed and not moved)):
            if name is None or name not in script.functions:
                yield Called(program=name, shell=True, path=path, line=line, argv=command.args)


def _of_command(command: Command, *, handed: bool) -> Iterator[str | None]:
    name, words = command.name, command.args
    # Of `exec nice -n 5 sort`: the prefixes are programs too, or the shell's own
    before = [word.static for word in command.argv if word.static in PREFIXES]
    yield from (one for one in before[: len(before) if name not in PREFIXES else -1] if one not in BUILTINS)
    if command.program is None:
        word = next((word for word in command.argv if word.static not in PREFIXES), command.argv[0])
        if not (handed and _HANDED.fullmatch(word.raw)):
            yield None
    elif name in ("eval", ".", "source"):
        yield None
    elif name == "trap":
        text = words[0] if words else ""
        if text is None:
            yield None
        elif text not in ("", "-") and not text.startswith("-"):
            inner = read_command_line(text)
            yield from (None,) * len(inner.opaque)
            for one in inner.commands:
                yield from _of_command(one, handed=False) if one.argv else ()
    elif name in ("command", "type", "hash", "which"):
        # Whether a program is there is an answer too
        yield from (word for word in words if word is None or not word.startswith("-"))
        yield from (name,) if name == "which" else ()
    elif name in ("awk", "gawk", "mawk", "nawk") and any(word is None or _STARTS.search(word) for word in words):
        yield None
    elif name not in BUILTINS and name not in _BASH:
        yield command.program


def named_elsewhere(facts: Facts, text: str, own: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Paths that a script names and that nothing of the file wrote, each with its line: the final image may lack them."""
    written = [w.path for w in facts.footprint.written if w.path not in ("", "/")]
    there = (*_THERE, *own, *written, *facts.contract.volumes, facts.contract.workdir)
    bare = _REST.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), _COMMENT.sub("", text))
    for found in _PATH.finditer(bare):
        path = found[0].rstrip("/.")
        program = path.rpartition("/")[0] in PLACES
        if not program and not any(place != "/" and (under(path, place) or under(place, path)) for place in there):
            yield path, bare.count("\n", 0, found.start()) + 1
