"""Where a pass may add to a RUN, shared by the passes that do."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.analysis.footprint import RunRead
from minify.shell.script import Command
from minify.syntax import Run


def plain_runs(facts: Facts) -> Iterator[RunRead]:
    """The RUNs that a clean-up may change: shell forms of the final image that this file spells out, without a cache mount.

    A cache mount keeps its files out of the image: removing them would only spoil the cache.
    """
    for run in facts.footprint.runs:
        instruction = run.placed.instruction
        assert isinstance(instruction, Run)
        cached = any(f.name == "mount" and f.value and "type=cache" in f.value for f in instruction.flags)
        if instruction.exec_form is None and not cached and not run.script.opaque:
            yield run


def appended(run: RunRead, command: Command, text: str) -> str:
    """` && text`, on a line of its own where the RUN has one command a line already."""
    source = run.placed.instruction.source
    instruction = run.placed.instruction
    lines = instruction.text.rstrip("\r\n").split("\n")
    if instruction.heredocs:
        return f" && {text}"
    indent = next(
        (line[: len(line) - len(line.lstrip())] for line in lines[1:] if line.lstrip().startswith("&&")), None
    )
    if indent is None:
        return f" && {text}"
    return f" \\{source.newline}{indent}&& {text}"


def steady(command: Command) -> bool:
    """Whether a command always runs and its place ends it: something may be added after it with `&&`."""
    return not command.conditional and not command.piped
