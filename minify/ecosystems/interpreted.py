"""What interpreters have in common: the program with its library, the packages and the application, onto a base without shared libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from minify.analysis.facts import Facts, StageFacts, stage_facts
from minify.context.places import Called
from minify.ecosystems.data_files import placements
from minify.ecosystems.fetched import scripts_among
from minify.ecosystems.finals import C_LIBRARY, closure_base
from minify.ecosystems.programs import installed_programs
from minify.ecosystems.servers import Parts, command
from minify.ecosystems.sources import context_files
from minify.ecosystems.started import Started, started
from minify.ecosystems.system import Calls, system_packages
from minify.ecosystems.trees import application_trees
from minify.image.programs import programs
from minify.plan import Decision, Outcome, Refusal, Rung, Runtime, Tree, refuse
from minify.shell.effects import RunsProject

if TYPE_CHECKING:
    from minify.health import HealthPlan


class Brought(NamedTuple):
    """What a language says of its interpreter; what the file's own instructions wrote, and installed, is added to it."""

    template: str
    trees: tuple[Tree, ...]
    """The interpreter, its library, its packages."""
    command: Parts
    """ENTRYPOINT and CMD; None where the file's own instruction moves as it is."""
    taken: Sequence[str] = ()
    """Paths that no other tree is made of."""
    left: Sequence[str] = ()
    """Paths that stay behind."""
    stops: Sequence[Refusal] = ()
    calls: Sequence[Called] = ()
    """Programs that the sources start, and that installed packages may bring."""
    own: Sequence[str] = ()
    """The names of programs that the trees hold."""
    loads_by_name: bool = True
    """Whether it loads libraries of the system behind the loader's back."""
    ignore: Sequence[str] = ()
    """System packages whose files the trees hold."""
    env: tuple[tuple[str, str], ...] = ()
    env_kept: tuple[str, ...] = ()
    health: tuple[str, ...] | None = None
    probe: Callable[[HealthPlan], tuple[str, ...]] | None = None
    """How the interpreter asks what a health check asks."""
    program: str | None = None
    programs: Sequence[str] = ()
    """Names of programs of the build stage that come along by themselves: a shell for a start script, and what that calls."""
    loaded: tuple[str, ...] = ()
    """Shared libraries that it opens by name, behind the loader's back."""
    files: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    accounts: bool = False
    values: Mapping[str, object] = MappingProxyType({})
    decisions: tuple[Decision, ...] = ()


def closed(facts: Facts, to: Rung | None, brought: Brought) -> Runtime | tuple[Refusal, ...]:
    """The runtime, or everything that stops it."""
    final = closure_base(to)
    own = [called for called in brought.calls if not called.in_tests]
    calls = Calls(
        programs=frozenset(
            word.rpartition("/")[2] for word in (*facts.launch.argv, *(c.program for c in own if c.program))
        ),
        unknown=tuple(f"{c.path}:{c.line}" for c in own if c.program is None),
    )
    system = system_packages(facts, calls, final, loads_by_name=brought.loads_by_name, ignore=brought.ignore)
    carried = application_trees(facts, brought.taken, left=brought.left)
    refusals = [*brought.stops, *_from_nowhere(facts, own, brought.own), *carried.refusals, *system.refusals]
    fetched = scripts_among(facts)
    if fetched is not None:
        refusals.append(fetched)
    if refusals:
        return tuple(dict.fromkeys(refusals))
    entrypoint, cmd = brought.command
    return Runtime(
        base=final,
        template=brought.template,
        trees=(*brought.trees, *carried.trees),
        entrypoint=entrypoint,
        cmd=cmd,
        program=brought.program,
        env=brought.env,
        env_kept=brought.env_kept,
        health=brought.health,
        probe=brought.probe,
        packages=system.carried,
        programs=tuple(brought.programs),
        brings_libc=True,
        loaded=brought.loaded,
        files=brought.files,
        directories=brought.directories,
        accounts=brought.accounts,
        values=brought.values,
        decisions=(*carried.decisions, *system.decisions, C_LIBRARY, *brought.decisions),
    )


def _from_nowhere(facts: Facts, calls: Sequence[Called], own: Sequence[str]) -> Iterator[Refusal]:
    """Programs by a bare name that no package brings: what a download put on PATH may be a script for what stays behind."""
    brought = frozenset((*own, *installed_programs(facts)))
    of_base = programs(facts.base)
    for called in calls:
        name = called.program
        if name is not None and "/" not in name and not called.shell and name not in brought and name not in of_base:
            yield refuse(f"{called.path}:{called.line} starts {name}: where that comes from is not known")


def application_files(facts: Facts) -> tuple[str, ...]:
    """The files of the context that the final stage, or a stage that it copies from, has."""
    placed = [None, *(stage.placed for stage in _copied_stages(facts))]
    return tuple(dict.fromkeys(file for instructions in placed for file in context_files(facts, instructions)))


def only_built(facts: Facts, tool: str, endings: tuple[str, ...], started: Started | None) -> frozenset[str]:
    """Files of the context that only a RUN gives to an interpreter: what they start, they start in the build."""
    runs = [
        e.script for _, e in facts.footprint.effects() if isinstance(e, RunsProject) and e.tool == tool and e.script
    ]
    found = {p.source for p in placements(facts) if p.target in runs}
    if started is not None:
        found.discard(started.source)
    texts = {path: facts.context.read_text(path) or "" for path in application_files(facts) if path not in found}
    spoken = " ".join((*facts.launch.argv, *(text for path, text in texts.items() if path.endswith(endings))))
    return frozenset(path for path in found if path.rpartition("/")[2] not in spoken)


def script_for(facts: Facts, names: Sequence[str]) -> Started | None:
    """The context's file that starts, when its first line names the interpreter: `#!/usr/bin/env ruby`."""
    found = started(facts) if facts.context.known and facts.launch.argv else None
    if found is None or not any(word.rpartition("/")[2] in names for word in found.interpreter[:2]):
        return None
    return found


def in_front(facts: Facts, script: Started, interpreter: Sequence[str]) -> Parts:
    """ENTRYPOINT and CMD with the interpreter before the script, where its first line would ask `env` for it."""
    parts = list(command(facts))
    number, spoken = next((i, s) for i, s in enumerate((facts.launch.entrypoint, facts.launch.cmd)) if s.argv)
    file = spoken.argv[0] if "/" in spoken.argv[0] else script.target
    parts[number] = (*interpreter, file, *spoken.argv[1:])
    return parts[0], parts[1]


def named_directly(script: Started) -> Decision:
    """What became of `#!/usr/bin/env perl`."""
    reason = "the interpreter is named directly: the final image has no env"
    return Decision(subject=f"#!{' '.join(script.interpreter)}", outcome=Outcome.REPLACED, reason=reason)


def _copied_stages(facts: Facts) -> Iterator[StageFacts]:
    for written in facts.footprint.written:
        stage = stage_facts(facts, written.origin[6:]) if written.origin.startswith("stage:") else None
        if stage is not None:
            yield stage
