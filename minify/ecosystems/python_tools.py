"""An image around the program of a Python package: `pip install yamllint` and `ENTRYPOINT ["yamllint"]`, with no source of its own."""

from __future__ import annotations

from collections.abc import Sequence

from minify.analysis.facts import Facts
from minify.context.needs import python_commands, python_tool
from minify.context.places import Called
from minify.context.requirements import Requirement
from minify.ecosystems.sources import unseen
from minify.plan import Refusal, refuse


def started_by(facts: Facts, requirements: Sequence[Requirement]) -> tuple[Called, ...] | Refusal:
    """What the packages start, as sources would say it; a refusal where one of them was never read, or none brings the program."""
    argv = facts.launch.argv
    name = argv[2] if argv[1:2] == ("-m",) and len(argv) > 2 else argv[0].rpartition("/")[2]
    rows = [(one, python_tool(one.name)) for one in requirements]
    if not any(row is not None and name in python_commands(one.name) for one, row in rows):
        return unseen("the application's Python files", facts.launch.line)
    for one, row in rows:
        if row is None or one.url or one.editable or one.kind == "unreadable":
            what = one.name or one.spec or "what it asks for"
            return refuse(f"{one.path}:{one.line} what {what} calls is not known: it is not in the build context")
    return tuple(
        Called(program=program, shell=False, path=one.path, line=one.line)
        for one, row in rows
        if row is not None
        for program in row
    )
