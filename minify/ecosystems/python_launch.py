"""Launchers in Python: which programs they may start, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.analysis.launch import Shelled
from minify.analysis.scopes import join
from minify.context.needs import python_commands
from minify.ecosystems.data_files import placements
from minify.ecosystems.launcher import INLINE, Command, Style, carried_commands
from minify.ecosystems.python_environment import INTERPRETER, Installation, after_python, behind_runner
from minify.image.programs import programs

if TYPE_CHECKING:
    from minify.context.requirements import Requirement
    from minify.launcher import Program
    from minify.launcher.starts import Start

_OLDEST = (3, 9)
_ENTRY_POINT = re.compile(r"""^\s*["']?([\w.-]+)["']?\s*=\s*["']?[\w.]+:[\w.]+""", re.MULTILINE)
_MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py")


def style(facts: Facts, place: Installation, requirements: Sequence[Requirement], carried: Sequence[str]) -> Style:
    """How launchers are written for an installation of Python; `carried` are the system packages that the image keeps."""
    from minify.launcher import python_source

    names = {c for r in requirements for c in python_commands(r.name) if r.name}
    names |= _own_commands(facts) | carried_commands(facts, carried)

    def provides(name: str) -> bool:
        return name in names or INTERPRETER.match(name) is not None

    def resolve(start: Start, shelled: Shelled) -> Command | str | None:
        return _resolve(facts, place, start, shelled, provides)

    def obstacle(program: Program) -> str | None:
        minor = tuple(map(int, (place.minor or "3.99").split(".")))
        return None if minor >= _OLDEST else f"a launcher needs Python 3.9, and this is {place.minor}"

    return Style(
        interpreter=(place.interpreter, "-I"),
        suffix=".py",
        write=python_source,
        obstacle=obstacle,
        inline=_inline,
        resolve=resolve,
        provides=provides,
    )


def _inline(program: Program) -> tuple[str, ...] | None:
    from minify.launcher import one_liner

    code = one_liner(program)
    return ("-c", code) if code is not None and len(code) <= INLINE and " for " not in code else None


def _own_commands(facts: Facts) -> set[str]:
    """The commands that the application's own manifests declare."""
    found: set[str] = set()
    for one in placements(facts):
        if one.source.rpartition("/")[2] in _MANIFESTS:
            found.update(_ENTRY_POINT.findall(facts.context.read_text(one.source) or ""))
    return found


def _resolve(
    facts: Facts, place: Installation, start: Start, shelled: Shelled, provides: Callable[[str], bool]
) -> Command | str | None:
    word = start.words[0]
    assert word is not None
    known = next((n for n, one in enumerate(start.words) if one is None), len(start.words))
    words = tuple(one for one in start.words[:known] if one is not None)
    seen = behind_runner(words, place)
    if isinstance(seen, str):
        return seen
    if seen != words:
        return Command(seen, known)
    if "/" in word:
        return _by_path(facts, place, word, shelled)
    search = (dict(facts.contract.env).get("PATH") or "").split(":")
    for target in (join(directory, word) for directory in search if directory):
        if any(one.target == target for one in placements(facts)):
            return _by_path(facts, place, target, shelled)
    # What the image starts is taken for a command of its packages, as it is without a shell
    main = start.replaces and facts.launch.argv[:1] == (word,) and word not in programs(facts.base)
    return (
        None if main or provides(word) else f"where {word} comes from is not known, so that the final image may lack it"
    )


def _by_path(facts: Facts, place: Installation, word: str, shelled: Shelled) -> Command | str | None:
    """A program by its path: a Python script has its interpreter named, since `#!/usr/bin/env python3` needs env."""
    from minify.launcher.starts import moves

    if not word.startswith("/") and any(one != facts.contract.workdir for one in moves(shelled.program)):
        return f"{word}: which directory that is in is not known"
    path = join(facts.contract.workdir, word)
    if any(under(path, f"{root}/bin") for root in (place.environment, place.prefix) if root):
        return None
    source = next((one.source for one in placements(facts) if one.target == path), None)
    data = facts.context.read(source) if source is not None else None
    if data is None:
        return f"what {word} is is not known"
    if data.startswith(b"\x7fELF"):
        return None
    first = data[:256].partition(b"\n")[0].decode("utf-8", "replace")
    flags = after_python(tuple(first[2:].split())) if first.startswith("#!") else None
    if flags is None:
        return f"{word} is a script that something else than Python runs"
    return Command((place.interpreter, *flags, word), 1)
