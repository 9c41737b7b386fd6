"""Programs of Debian packages that images are made around: whether they run without a system around them.

tool("jq")        # Tool(package="jq", …): it starts no other program
tool("rsync")     # starts: "starts ssh to reach another machine"
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from minify.image import data


class Tool(NamedTuple):
    """A program, the package that brings it, and what it starts (as the end of a sentence); `files` are made when it is installed.

    `names` are other packages that bring it: of another release, or that depend on the one. It is `alone` when it opens
    no file of its packages.
    """

    program: str
    package: str
    starts: str = ""
    alone: bool = False
    names: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    place: str = "/usr/bin"
    """Its directory where /bin is apart from /usr/bin."""


def tool(program: str) -> Tool | None:
    """The row of a program; None when nothing is known of it."""
    return tools().get(program)


@cache
def tools() -> Mapping[str, Tool]:
    """All rows, by the program's name."""
    path = data.ROOT / "tools.yaml"
    facts: dict[str, Any] = data.read_yaml(path)
    data.check_origin(path, facts)
    found: dict[str, Tool] = {}
    for section in ("alone", "whole"):
        for package, names in facts[section].items():
            for program in names.split():
                if program in found:
                    data.wrong(path, f"{section}.{package}", f"{program} is listed twice")
                found[program] = Tool(program, package, alone=section == "alone")
    for program, why in facts["starts"].items():
        package, _, reason = why.partition(": ")
        if program in found or not reason:
            data.wrong(path, f"starts.{program}", "must say `package: what it starts`, once")
        found[program] = Tool(program, package, starts=reason)
    for program, values in (*facts["names"].items(), *facts["files"].items()):
        if program not in found:
            data.wrong(path, program, "is no program of this table")
        row, words = found[program], tuple(values.split())
        found[program] = row._replace(files=words) if words[0].startswith("/") else row._replace(names=words)
    for program, place in facts["places"].items():
        if program not in found or not found[program].alone:
            data.wrong(path, f"places.{program}", "is no program of `alone`")
        found[program] = found[program]._replace(place=place)
    return found
