"""What ENTRYPOINT and CMD had a shell for, done by a launcher in the runtime that the image has anyway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.launch import Shelled
from minify.ecosystems.data_files import placements
from minify.image import packages
from minify.plan import Decision, Outcome, Refusal, Runtime, TextFile, Tree, refuse

if TYPE_CHECKING:
    from minify.launcher import Program
    from minify.launcher.starts import Start

INLINE = 200
"""A statement that is longer is a file: nobody reads it within CMD."""
_PLACE = "/usr/local/bin"


class Command(NamedTuple):
    """A command line as the final image has it: the words in the place of the first `known`, and variables."""

    words: tuple[str, ...]
    known: int
    env: tuple[tuple[str, str], ...] = ()


class Style(NamedTuple):
    """How a language writes launchers.

    `interpreter` starts a file; `write` gives its text, and `obstacle` says why there can be none. `inline` is what stands behind
    the interpreter instead, when that is one short statement. `resolve` finds a program that the launcher starts, says why it
    cannot, or that it stays as it is (None); `provides` says whether the final image surely has a program of this name.
    """

    interpreter: tuple[str, ...]
    suffix: str
    write: Callable[[Program], str]
    obstacle: Callable[[Program], str | None]
    inline: Callable[[Program], tuple[str, ...] | None]
    resolve: Callable[[Start, Shelled], Command | str | None]
    provides: Callable[[str], bool]


def programs(facts: Facts) -> frozenset[str]:
    """The names of all programs that a launcher of this image starts, or asks for."""
    return frozenset(
        started.name.rsplit("/", 1)[-1]
        for shelled in facts.launch.shelled
        for started in shelled.program.programs
        if started.name
    )


def carried_commands(facts: Facts, carried: Sequence[str]) -> frozenset[str]:
    """The commands of the system packages that the final image keeps."""
    found: dict[str, None] = {}
    for install in facts.footprint.installs:
        for package in install.packages:
            if package.name in carried:
                known = packages.role(install.manager, package.name, facts.base.distro if facts.base else None)
                found.update(dict.fromkeys((package.name, *(known.commands if known is not None else ()))))
    return frozenset(found)


def handed(facts: Facts) -> bool:
    """Whether what starts is what the container is given: `exec "$@"`."""
    keywords = [shelled.keyword for shelled in facts.launch.shelled]
    return keywords == ["ENTRYPOINT"] and not facts.launch.entrypoint.argv


def led(facts: Facts, runtime: Runtime, style: Style) -> Runtime | tuple[Refusal, ...]:
    """The runtime with its launchers; every reason against them when there is one."""
    if not facts.launch.shelled:
        return runtime
    refusals: list[Refusal] = []
    for shelled in facts.launch.shelled:
        made = _one(facts, runtime, style, shelled)
        if isinstance(made, Runtime):
            runtime = made
        else:
            refusals += made
    return tuple(refusals) or runtime


def _one(facts: Facts, runtime: Runtime, style: Style, shelled: Shelled) -> Runtime | list[Refusal]:
    from minify.launcher.starts import with_plain_echo

    program, refusals = _resolved(facts, shelled, style)
    obstacle = style.obstacle(program)
    if obstacle is not None:
        refusals.append(_no(shelled, f"{shelled.source or shelled.keyword}: {obstacle}"))
    if shelled.looks and shelled.keyword == "ENTRYPOINT" and (reason := _changed(facts, runtime)):
        refusals.append(_no(shelled, f"{shelled.source or shelled.keyword} reads CMD, and {reason}"))
    if refusals:
        return refusals
    exact, program = program, with_plain_echo(replace(program, present=True))
    if program != replace(exact, present=True):
        note = "a backslash in the value of a variable is written as it is, where echo of this shell may read it"
        program = replace(program, notes=(*program.notes, note))
    inline = style.inline(program)
    if inline is not None:
        argv, files = (*style.interpreter, *inline, *shelled.words), runtime.texts
    else:
        path = _path(facts, shelled, style.suffix, [one.path for one in runtime.texts])
        argv = (*style.interpreter, path, *shelled.words)
        files = (*runtime.texts, TextFile(path, style.write(program), _comment(shelled)))
        if not any(tree.certain and path.startswith(f"{tree.path}/") for tree in runtime.trees):
            tree = Tree(path=path, reason="the launcher", scanned=False)
            runtime = runtime._replace(trees=(*runtime.trees, tree))
    runtime = runtime._replace(texts=files, decisions=(*runtime.decisions, *_notes(shelled, program.notes)))
    if shelled.keyword == "CMD":
        return runtime._replace(cmd=argv)
    return runtime._replace(entrypoint=argv, cmd=_kept(facts, runtime))


def _resolved(facts: Facts, shelled: Shelled, style: Style) -> tuple[Program, list[Refusal]]:
    """The program with every command line as the final image has it."""
    from minify.launcher.actions import Run
    from minify.launcher.starts import begun, starts, with_starts

    refusals: list[Refusal] = []
    found: dict[Run, Command] = {}

    def refuse(name: str | None, reason: str) -> None:
        at = next((one for one in shelled.program.programs if one.name == name), None)
        own = shelled.source or shelled.keyword
        where = f"{at.path or own}:{at.line}" if at is not None and (shelled.source or at.path) else own
        refusals.append(_no(shelled, f"{where}: {reason}"))

    for start in starts(shelled.program):
        if start.arguments_only:
            continue
        answer = style.resolve(start, shelled)
        if answer is None:
            answer = _starts_others(facts, start) or None
        if isinstance(answer, str):
            refuse(start.words[0], answer)
        elif answer is not None:
            found[start.run] = answer
    for asked in shelled.program.programs:
        if asked.asked and asked.name and not style.provides(asked.name):
            refuse(asked.name, f"it asks for {asked.name}, and whether the final image has it is not known")
    if not found:
        return shelled.program, list(dict.fromkeys(refusals))

    def changed(run: Run, made: Run) -> Run:
        command = found.get(run)
        return made if command is None else begun(made, command.known, command.words, command.env)

    return with_starts(shelled.program, changed), list(dict.fromkeys(refusals))


def _starts_others(facts: Facts, start: Start) -> str:
    """How a program that comes along starts one that does not: `sudo chown`, `git submodule`."""
    # They ask this module which programs launchers start
    from minify.ecosystems.gate import LAUNCHERS
    from minify.ecosystems.through_shell import through_shell

    name = (start.words[0] or "").rpartition("/")[2]
    if name in LAUNCHERS:
        return f"starts {name}, {LAUNCHERS[name]}"
    return through_shell(facts, name, start.words[1:])


def _no(shelled: Shelled, reason: str) -> Refusal:
    return refuse(reason, shelled.needs.line)


def _changed(facts: Facts, runtime: Runtime) -> str:
    """Why the words that a script looks at are no longer those of the file; empty when they are."""
    cmd = _kept(facts, runtime)
    if cmd is None or not facts.launch.cmd.argv:
        return ""
    return f"{facts.launch.cmd.argv[0]} is started as {' '.join(cmd[:2])}"


def _kept(facts: Facts, runtime: Runtime) -> tuple[str, ...] | None:
    """CMD as the launcher is given it: the file's own words where it finds the program on PATH as the shell did."""
    spoken, cmd = facts.launch.cmd, runtime.cmd
    if cmd is None or spoken.rewritten or spoken.placed is None:
        return cmd
    own = spoken.placed.instruction.exec_form
    if own and cmd[0].rsplit("/", 1)[-1] == own[0] and cmd[1:] == own[1:]:
        return None
    return cmd


def _path(facts: Facts, shelled: Shelled, suffix: str, taken: list[str]) -> str:
    """A path that nothing else has, by the script's name."""
    name = shelled.script.rsplit("/", 1)[-1].rpartition(".")[0] if shelled.script else ""
    name = (
        name
        or (shelled.script or "").rsplit("/", 1)[-1]
        or ("entrypoint" if shelled.keyword == "ENTRYPOINT" else "start")
    )
    used = {*taken, *(one.target for one in placements(facts))}
    names = (f"{_PLACE}/{name}{suffix}", *(f"{_PLACE}/{name}-{n}{suffix}" for n in range(2, 99)))
    return next(one for one in names if one not in used)


def _comment(shelled: Shelled) -> str:
    if shelled.source is not None:
        return f"{shelled.source} without a shell"
    return f"What the shell did for {shelled.keyword}"


def _notes(shelled: Shelled, notes_of_program: Sequence[str]) -> tuple[Decision, ...]:
    line, subject = shelled.needs.line, shelled.source or shelled.keyword
    notes = [Decision(subject=subject, outcome=Outcome.CHECK, reason=note, line=line) for note in notes_of_program]
    if shelled.script is not None:
        reason = "a launcher in the image's own runtime does the same without a shell"
        notes.insert(0, Decision(subject=shelled.script, outcome=Outcome.REPLACED, reason=reason, line=line))
    return tuple(notes)
