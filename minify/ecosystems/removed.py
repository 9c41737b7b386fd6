"""What a RUN takes away again: `… && rm -rf /wheels`, `mv templates views`.

taken_away(facts, "/wheels")    # it is surely gone: nothing to take
may_be_gone(facts, "/wheels")   # it may be: COPY fails on a path that is not there
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.analysis.footprint import RunRead, paths_of, under
from minify.analysis.placements import placed_files
from minify.shell.effects import Removes, RunsProject, Unknown
from minify.shell.script import Command

_BRANCHES = re.compile(r"\|\||!|[?*\[]|\b(?:if|case|for|while|until|exit|exec|return|trap|eval)\b|\bset\s+\+")
"""What may lead past a command of a RUN, or ends it early."""


def taken_away(facts: Facts, root: str, since: int = -1) -> bool:
    """Whether a RUN surely removes all of a path, and nothing writes there after it: `… && rm -rf /wheels`.

    `since` is where in the file a COPY of something larger brings it.
    """
    removals = [
        (run, effect)
        for run, effect in facts.footprint.effects()
        if isinstance(effect, Removes)
        and effect.certain
        and root != "/"
        and under(root, effect.path)
        and effect.command.span.start > since
    ]
    if not removals:
        return False
    copied = max((w.line for w in facts.footprint.written if w.origin != "run" and under(w.path, root)), default=0)
    # Where in the file: one line may remove a directory and fill it again
    made = max((command.span.start for command in _writers(facts, root)), default=-1)
    return any(
        run.placed.instruction.line > copied and effect.command.span.start > made and _surely(run, effect.command)
        for run, effect in removals
    )


def may_be_gone(facts: Facts, path: str) -> bool:
    """Whether a RUN may have removed a path that was there, and nothing surely made it again."""
    removed = max(
        (
            effect.command.span.start
            for _, effect in facts.footprint.effects()
            if isinstance(effect, Removes) and _reaches(effect, path)
        ),
        default=-1,
    )
    return removed >= 0 and removed > _last_made(facts, path)


def _reaches(removal: Removes, path: str) -> bool:
    """Whether a removal may be of the path: of what is in a directory, or not known by name, the directory itself stays."""
    directory = removal.path.rstrip("/*")
    inside = not removal.certain or directory != removal.path.rstrip("/")
    return bool(directory) and under(path, directory) and not (inside and path.rstrip("/") == directory)


def _last_made(facts: Facts, path: str) -> int:
    """Where in the file something is surely put at a path, or below it, for the last time."""
    starts = {placed.instruction.line: placed.instruction.span.start for placed in facts.placed}
    places = [-1]
    places += [starts[w.line] for w in facts.footprint.written if w.origin != "run" and w.path and under(w.path, path)]
    places += [one.at for one in placed_files(facts.placed, facts.context) if under(one.target, path)]
    for _, effect in facts.footprint.effects():
        if effect.command is None or effect.command.conditional or isinstance(effect, Removes):
            continue
        if any(under(made.rstrip("/"), path) for made in paths_of(effect) if made):
            places.append(effect.command.span.start)
    return max(places)


def _writers(facts: Facts, root: str) -> Iterator[Command]:
    """The commands that write at a path or below it, and those of the project's own, which may."""
    for _, effect in facts.footprint.effects():
        if effect.command is not None and (
            isinstance(effect, RunsProject | Unknown) or any(under(path, root) for path in paths_of(effect))
        ):
            yield effect.command


def _surely(run: RunRead, command: Command) -> bool:
    """Whether the build goes on only when a command of a RUN was carried out, on the image's own files."""
    instruction, script = run.placed.instruction, run.script
    if instruction.heredocs or instruction.flag("mount") or script.opaque or _BRANCHES.search(instruction.text):
        return False
    if command.conditional or command.piped or command.nested:
        return False
    between = {separator.operator for separator in script.separators}
    if between <= {"&&", "|"}:
        # What fails ends the RUN
        return True
    # Below `set -e` what fails ends it too, but for what stands before an `&&`
    first = script.commands[0]
    strict = first.name == "set" and re.fullmatch(r"-\w*e\w*", next(iter(first.args), "") or "") is not None
    before = [s.operator for s in script.separators if s.span.start < command.span.start]
    after = [s.operator for s in script.separators if s.span.start >= command.span.end]
    return strict and between <= {"&&", "|", ";"} and before[-1:] == [";"] and after[:1] in ([], [";"])
