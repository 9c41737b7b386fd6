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
    """` && text`, on a line of its own where the RUN has several; indented as the line that the command begins on."""
    source = run.placed.instruction.source
    instruction = run.placed.instruction
    lines = instruction.text.rstrip("\r\n").split("\n")
    if instruction.heredocs or len(lines) == 1:
        return f" && {text}"
    start = source.text.rfind("\n", 0, command.span.start) + 1
    line = source.text[start : command.span.start]
    indent = line[: len(line) - len(line.lstrip())]
    if not indent:
        # The command stands behind RUN itself: as the lines below it
        indent = next((text[: len(text) - len(text.lstrip())] for text in lines[1:] if text.strip()), "")
    return f" {source_escape(run)}{source.newline}{indent or '    '}&& {text}"


def source_escape(run: RunRead) -> str:
    """The character that continues a line in this file."""
    return run.placed.instruction.escape


def steady(command: Command) -> bool:
    """Whether a command always runs and its place ends it: something may be added after it with `&&`."""
    return not command.conditional and not command.piped
