"""Deno: its one program, what it has cached, and the application; what it may start is what its command allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.homes import home
from minify.analysis.placements import Placement
from minify.analysis.scopes import join
from minify.context.deno import NAMES, DenoCommand, DenoConfig, deno_command, deno_config, nearest, task_commands
from minify.context.needs import node_needs
from minify.context.node_sources import node_facts
from minify.context.places import Called
from minify.context.runtime_calls import runtime_calls
from minify.ecosystems.command import by_path
from minify.ecosystems.health import by_runtime
from minify.ecosystems.interpreted import Brought, closed, script_for
from minify.ecosystems.javascript import (
    Compiled,
    all_placements,
    asked_for,
    compiled_by,
    home_of,
    manifest_of,
    not_there,
    ready,
    recognised,
    split_of,
)
from minify.ecosystems.named import named_libraries
from minify.ecosystems.node_reach import Reach, reach
from minify.ecosystems.programs import Dependency, installed_programs, lacking
from minify.image.layouts import layout_of_image
from minify.plan import Decision, Detection, Outcome, Refusal, Rung, Runtime, Tree, refuse

if TYPE_CHECKING:
    from minify.health import HealthPlan

TEMPLATE = "deno.Dockerfile.j2"

_OWN = ("DENO_DIR", "DENO_USE_CGROUPS")
_NAMES = ("deno",)


class Start(NamedTuple):
    """The words that start Deno, and the runs of scripts that they come to."""

    argv: tuple[str, ...]
    runs: tuple[DenoCommand, ...]
    replaced: str = ""
    own: str = "deno"
    """The program that runs them."""
    elsewhere: bool = False
    """Whether they start in another directory than the container: tasks run where their deno.json lies."""


def detect(facts: Facts) -> Detection | None:
    """Deno, when what starts is deno, or a script whose first line asks for it."""
    argv = facts.launch.argv
    if not argv or facts.base is None:
        return None
    started = (
        argv[0].rpartition("/")[2] in _NAMES or script_for(facts, _NAMES) is not None or _asking(facts) is not None
    )
    if not started and compiled_by(facts, "deno") is None:
        return None
    return recognised(facts, "deno")


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The program with its cache and the application, onto a base without shared libraries."""
    made = compiled_by(facts, "deno")
    if made is not None:
        return _compiled(facts, made, to)
    program = ready(facts, "deno")
    if isinstance(program, Refusal):
        return (program,)
    placed = all_placements(facts)
    found = nearest({p.target: p.source for p in placed}, facts.contract.workdir)
    config = deno_config(facts.context, found) if found is not None else DenoConfig("deno.json")
    if config.problem:
        return (refuse(config.problem),)
    start = _start(facts, config, placed, program)
    if isinstance(start, Refusal):
        return (start,)
    assert facts.base is not None
    row = layout_of_image("deno", facts.base.family)
    cache = _cache(facts)
    if isinstance(cache, Refusal):
        return (cache,)
    kept = row is not None and cache in row.also
    directories = row.also if kept and row is not None else ()
    own = [Tree(path=cache, reason="what Deno has cached", certain=kept)]
    trees = [Tree(path=program, reason="the runtime"), *own, *home_of(facts, (facts.contract.workdir,))]
    said = _said(facts, config, placed, start)
    unbound = any(run.starts for run in start.runs)
    brought = Brought(
        template=TEMPLATE,
        trees=tuple(trees),
        command=split_of(facts, program, start.argv),
        taken=(program, cache),
        left=("/root/.deno",) if not program.startswith("/root/.deno/") else (),
        stops=said.stops,
        calls=said.programs,
        own=("deno",),
        env_kept=_OWN,
        directories=directories,
        health=by_runtime(facts, program, _health),
        probe=lambda plan: (program, *_health(plan)),
        decisions=(*_bound(unbound), *_decisions(facts, start, program)),
    )
    return closed(facts, to, brought)


def _compiled(facts: Facts, made: Compiled, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The program that `deno compile` makes: the permissions that it was made with go on counting."""
    run = deno_command([word.static or "" for word in made.command.argv], compiles=True)
    if isinstance(run, str) or any(word.static is None for word in made.command.argv):
        return (refuse(f"what {made.path} is made of is not known: {made.command.text}", facts.launch.line),)
    found = nearest({p.target: p.source for p in made.placed}, made.command.cwd)
    config = deno_config(facts.context, found) if found is not None else DenoConfig("deno.json")
    within = facts._replace(contract=facts.contract._replace(workdir=made.command.cwd))
    said = _said(within, config, made.placed, Start((made.path,), (run,), own=made.path), made)
    brought = Brought(
        template=TEMPLATE,
        trees=(Tree(path=made.path, reason="the program, with Deno and the application in it"),),
        command=by_path(facts, made.path),
        taken=(made.path,),
        stops=said.stops,
        calls=said.programs,
        program=made.path,
        decisions=tuple(_bound(bool(run.starts))),
    )
    return closed(facts, to, brought)


def _health(plan: HealthPlan) -> tuple[str, ...]:
    """`deno eval`, which has Node's modules when the code is CommonJS."""
    from minify.health.renderers.node import node

    _, code = node(plan)
    return ("eval", "--ext=cjs", code)


def _asking(facts: Facts) -> tuple[str, ...] | None:
    """The words of a first line `#!/usr/bin/env -S deno run …`."""
    script = script_for(facts, ("-S",))
    return script.interpreter[2:] if script is not None and script.interpreter[2:3] == _NAMES else None


def _start(facts: Facts, config: DenoConfig, placed: tuple[Placement, ...], program: str) -> Start | Refusal:
    argv, line = facts.launch.argv, facts.launch.line
    replaced = ""
    if argv[0].rpartition("/")[2] not in _NAMES:
        asked = _asking(facts)
        if asked is None:
            return refuse(f"what {argv[0]} gives to deno is not known", line)
        script = script_for(facts, ("-S",))
        assert script is not None
        file = argv[0] if "/" in argv[0] else script.target
        argv, replaced = (program, *asked[1:], file, *argv[1:]), f"#!{' '.join(script.interpreter)}"
    elif "/" in argv[0] and argv[0] != program:
        return refuse(f"where {argv[0]} comes from is not known", line)
    if argv[1:2] == ("task",):
        manifest = manifest_of(facts, placed)
        tasks = task_commands(config, manifest.scripts if manifest is not None else {}, argv)
        if isinstance(tasks, str):
            return refuse(tasks, line)
        within = next((p.target.rpartition("/")[0] for p in placed if p.source == config.path), facts.contract.workdir)
        return Start(argv, tasks, elsewhere=join(within, ".") != join(facts.contract.workdir, "."))
    run = deno_command(argv)
    return refuse(run, line) if isinstance(run, str) else Start(argv, (run,), replaced)


def _cache(facts: Facts) -> str | Refusal:
    """DENO_DIR, or where it is without one."""
    env = dict(facts.contract.env)
    user = facts.contract.user
    place = home(facts, env, user)
    if env.get("DENO_DIR"):
        return env["DENO_DIR"].rstrip("/")
    if place is None:
        return refuse(f"where the home of {user} is is not known, and Deno's cache is there", facts.launch.line)
    return f"{place.rstrip('/')}/.cache/deno"


class Said(NamedTuple):
    """What the sources start, as far as the command allows it, and what stops the rung."""

    programs: tuple[Called, ...] = ()
    stops: tuple[Refusal, ...] = ()


def _said(
    facts: Facts, config: DenoConfig, placed: tuple[Placement, ...], start: Start, made: Compiled | None = None
) -> Said:
    starting = [run for run in start.runs if run.starts]
    loading = [run for run in start.runs if run.loads]
    line = facts.launch.line
    for run in (*starting, *loading):
        if run.script is None:
            return Said(stops=(refuse("code in the command may start programs", line),))
        fetched = next((name for name in (run.script, *run.preloads) if ":" in name.removeprefix("file:")), None)
        if fetched is not None:
            return Said(stops=(refuse(f"what {fetched} may start is not known: it is fetched", line),))
    runs = (*starting, *loading)
    named = _named(facts, config, placed, runs) if runs else Named()
    if isinstance(named, Refusal):
        return Said(stops=(named,))
    ways = [_reach(facts, placed, run, everything=named.renames or start.elsewhere) for run in runs]
    files = tuple(dict.fromkeys(f for way in ways for f in way.files))
    words = [word for run in runs for word in (run.script, *run.preloads) if word]
    node = node_facts(facts.context, files, words)
    calls = runtime_calls(facts.context, files, start.own, named.manifests, words)
    manifest = manifest_of(facts, placed) if starting or loading else None
    needs = [Dependency(path, node_needs(name)) for name, path in calls.packages]
    needs += [Dependency(where, node_needs(name)) for name, where in asked_for(facts, manifest).items()]
    programs = (*node.programs, *calls.programs) if starting else ()
    stops = [stop for way in ways for stop in not_there(facts, made, way)] if made is not None else []
    if starting:
        stops += lacking(facts, programs, needs, (start.own, *installed_programs(facts)))
        stops += [
            refuse(f"{one.needs.name} starts programs through a shell") for one in needs if one.needs.always_shell
        ]
    if loading:
        stops += named_libraries(facts, node.libraries, needs)
        stops += [refuse(f"{library.path}:{library.line} loads a library by name") for library in calls.libraries]
    return Said(programs, tuple(stops))


class Named(NamedTuple):
    """What says under which names modules are imported, and whether some of the names lead to the project's own files."""

    manifests: tuple[str, ...] = ()
    renames: bool = False


def _named(
    facts: Facts, config: DenoConfig, placed: tuple[Placement, ...], runs: Sequence[DenoCommand]
) -> Named | Refusal:
    """Every deno.json and import map: Deno looks for its configuration from the script upwards, and a workspace has several."""
    by_target = {p.target: p.source for p in placed}
    paths = [p.source for p in placed if p.source.rpartition("/")[2] in NAMES]
    paths += [config.path] if facts.context.exists(config.path) else []
    maps: list[str] = []
    for run in runs:
        for names, found in ((run.configs, paths), (run.import_maps, maps)):
            for name in names:
                source = by_target.get(join(facts.contract.workdir, name))
                if source is None:
                    return refuse(f"what {name} maps imports to is not known", facts.launch.line)
                found.append(source)
    configs = [deno_config(facts.context, path) for path in dict.fromkeys(paths)]
    for one in configs:
        if one.import_map is not None:
            source = join("/", f"{one.path.rpartition('/')[0]}/{one.import_map}").lstrip("/")
            if ":" in one.import_map or not facts.context.exists(source):
                return refuse(f"{one.path}: what {one.import_map} maps imports to is not known")
            maps.append(source)
    renames = bool(maps) or any(one.renames or one.problem is not None for one in configs)
    return Named(tuple(dict.fromkeys((*paths, *maps))), renames)


def _reach(facts: Facts, placed: tuple[Placement, ...], run: DenoCommand, *, everything: bool) -> Reach:
    """The sources that a script reaches; all of them where names of the project's own lead to some."""
    workdir, env = facts.contract.workdir, facts.contract.env
    found = reach(
        facts.context, placed, ("deno", *(f"--preload={p}" for p in run.preloads), run.script or ""), workdir, env
    )
    return found._replace(files=reach(facts.context, placed, ("deno",), workdir).files) if everything else found


def _bound(unbound: bool) -> Iterator[Decision]:
    if not unbound:
        reason = "the command does not allow it (--allow-run), so that Deno starts none, whatever the sources ask for"
        yield Decision(subject="programs beside Deno", outcome=Outcome.DROPPED, reason=reason)


def _decisions(facts: Facts, start: Start, program: str) -> Iterator[Decision]:
    if (
        facts.contract.entrypoint is None
        and facts.base is not None
        and facts.base.entrypoint
        and facts.base.language == "deno"
    ):
        yield Decision(
            subject=f"ENTRYPOINT {' '.join(facts.base.entrypoint)}",
            outcome=Outcome.REPLACED,
            reason=f"a shell script of the base image that finds deno: {program} is named directly",
        )
    if start.replaced:
        reason = "the interpreter is named directly: the final image has no env"
        yield Decision(subject=start.replaced, outcome=Outcome.REPLACED, reason=reason)
