"""Programs that a shell script starts, and what that script calls: data/start_scripts.yaml, checked on load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from minify.image import data

_KEYS = ("starts", "made", "script", "shells", "programs", "runs", "only")


class StartScript(NamedTuple):
    """One row; the comments of data/start_scripts.yaml explain the fields."""

    starts: tuple[str, ...]
    script: str
    shells: tuple[str, ...]
    programs: Mapping[str, str] = MappingProxyType({})
    runs: Mapping[str, str] = MappingProxyType({})
    only: tuple[str, ...] = ()
    made: str = ""

    def needs(self) -> Iterator[tuple[str, str]]:
        """Every program with the reason why it has to be there.

        >>> dict(start_script("R").needs())["uname"]
        "R's start script calls it: finds the library of the machine's architecture"
        """
        needed = dict.fromkeys(self.shells, f"{self.script} is read by it")
        needed |= {name: f"{self.script} calls it: {what}" for name, what in self.programs.items()}
        needed |= {name: what for name, what in self.runs.items() if name not in needed}
        yield from needed.items()


def start_script(program: str) -> StartScript | None:
    """The row of a program by its name; None when no shell script is known to start it.

    >>> start_script("Rscript").shells, start_script("python")
    (('sh', 'bash'), None)
    """
    return next((row for row in start_scripts() if program in row.starts), None)


def made_by(tool: str) -> StartScript:
    """The row of the start script that a tool makes for each application.

    >>> made_by("mix").shells
    ('sh',)
    """
    return next(row for row in start_scripts() if row.made == tool)


@cache
def start_scripts() -> tuple[StartScript, ...]:
    """Every row."""
    path = data.ROOT / "start_scripts.yaml"
    listed = data.read_yaml(path)
    data.check_origin(path, listed)
    rows = []
    for number, row in enumerate(listed["scripts"]):
        for key in row:
            if key not in _KEYS:
                data.wrong(path, f"scripts[{number}].{key}", "is not a field")
        for key in ("made" if "made" in row else "starts", "script", "shells"):
            if key not in row:
                data.wrong(path, f"scripts[{number}].{key}", "is missing")
        rows.append(
            StartScript(
                starts=tuple(row.get("starts", "").split()),
                made=row.get("made", ""),
                script=row["script"],
                shells=tuple(row["shells"].split()),
                programs=MappingProxyType(dict(row.get("programs", {}))),
                runs=MappingProxyType(dict(row.get("runs", {}))),
                only=tuple(row.get("only", "").split()),
            )
        )
    names = [name for row in rows for name in row.starts]
    for name in names:
        if names.count(name) > 1:
            data.wrong(path, name, "is in two rows")
    return tuple(rows)
