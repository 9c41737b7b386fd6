"""Programs that run another: `sudo`, `env X=y`, `exec`, `time`, …: what they run is what matters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from minify.shell.script import Argument

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=", re.ASCII)


class Prefix(NamedTuple):
    """How a prefix is read: options that take a value, operands that come first, whether it takes `X=y`."""

    valued: tuple[str, ...] = ()
    operands: int = 0
    assigns: bool = False
    not_with: tuple[str, ...] = ()
    """With one of these options it runs nothing: `command -v git`."""
    only: str = ""
    """The word that must come first: `opam exec -- dune build`."""
    user: bool = False
    """Whether it runs the program as another user, whose home is HOME then."""


PREFIXES: Final[Mapping[str, Prefix]] = {
    "sudo": Prefix(
        valued=("-u", "-g", "-h", "-p", "-C", "-r", "-t", "--user", "--group"),
        assigns=True,
        not_with=("-l", "-v", "-s", "-i"),
        user=True,
    ),
    "doas": Prefix(valued=("-u", "-C"), not_with=("-s",), user=True),
    "env": Prefix(valued=("-u", "--unset", "-C", "--chdir"), assigns=True, not_with=("-S", "-C", "--chdir")),
    "exec": Prefix(valued=("-a",)),
    "time": Prefix(valued=("-f", "-o")),
    "nice": Prefix(valued=("-n", "--adjustment")),
    "ionice": Prefix(valued=("-c", "-n", "-p")),
    "command": Prefix(not_with=("-v", "-V")),
    "builtin": Prefix(),
    "nohup": Prefix(),
    "eatmydata": Prefix(),
    "ccache": Prefix(not_with=("-s", "-z", "-M", "-C", "--show-stats", "--zero-stats")),
    "opam": Prefix(valued=("--switch", "--root"), only="exec"),
    "fakeroot": Prefix(),
    "linux32": Prefix(),
    "linux64": Prefix(),
    "setsid": Prefix(),
    "stdbuf": Prefix(valued=("-i", "-o", "-e")),
    "timeout": Prefix(valued=("-k", "-s", "--kill-after", "--signal"), operands=1),
    "xvfb-run": Prefix(valued=("-s", "--server-args", "-n", "-e", "-f")),
    "gosu": Prefix(operands=1, user=True),
    "su-exec": Prefix(operands=1, user=True),
    "tini": Prefix(),
    "dumb-init": Prefix(),
    "busybox": Prefix(not_with=("--install", "--list")),
    "catchsegv": Prefix(),
    "faketime": Prefix(operands=1),
}


def see_through(
    arguments: Sequence[Argument],
) -> tuple[tuple[Argument, ...], tuple[tuple[str, str | None], ...]]:
    """The arguments from the program that really runs, and the variables set on the way.

    `sudo -E env A=1 make x` is `make x` with A=1; a prefix alone, or one that cannot be read, stays as it is.
    """
    assigned: list[tuple[str, str | None]] = []
    rest = tuple(arguments)
    while rest and (prefix := PREFIXES.get((rest[0].text or "").rpartition("/")[2])):
        if prefix.user:
            assigned.append(("HOME", None))
        inner = _inner(rest[1:], prefix, assigned)
        if not inner:
            break
        rest = inner
    return rest, tuple(assigned)


def _inner(
    arguments: tuple[Argument, ...], prefix: Prefix, assigned: list[tuple[str, str | None]]
) -> tuple[Argument, ...]:
    index, operands = 0, prefix.operands
    if prefix.only:
        if not arguments or arguments[0].text != prefix.only:
            return ()
        index = 1
    while index < len(arguments):
        text = arguments[index].text
        start = text if text is not None else arguments[index].word.leading
        if start in prefix.not_with:
            return ()
        if text == "--":
            return arguments[index + 1 :]
        if start.startswith("-") and start != "-":
            index += 2 if text in prefix.valued else 1
        elif prefix.assigns and _ASSIGNMENT.match(start):
            name, _, value = start.partition("=")
            assigned.append((name, value if text is not None else None))
            index += 1
        elif operands:
            operands -= 1
            index += 1
        else:
            return arguments[index:]
    return ()
