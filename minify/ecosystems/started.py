"""The file of the build context that the container starts, and the program that its first line names."""

from __future__ import annotations

from typing import NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.scopes import join
from minify.ecosystems.data_files import placements


class Started(NamedTuple):
    """A script: where it is in the build stage and in the context, and the words after `#!` (none without such a line)."""

    target: str
    source: str
    interpreter: tuple[str, ...]


def started(facts: Facts) -> Started | None:
    """The context's file that is process 1, by its path or by its name in a directory of PATH.

    An interpreter that runs a script is another matter: `["python", "app.py"]` starts python.
    """
    program = facts.launch.argv[0]
    if "/" in program:
        wanted = [join(facts.contract.workdir, program)]
    else:
        search = facts.contract.path
        wanted = [join(directory, program) for directory in search.split(":") if directory]
    found = {placement.target: placement.source for placement in placements(facts)}
    for target in wanted:
        if target in found:
            data = facts.context.read(found[target]) or b""
            first = data[:256].partition(b"\n")[0].decode("utf-8", "replace")
            words = first[2:].split() if first.startswith("#!") else []
            return Started(target, found[target], tuple(words))
    return None
