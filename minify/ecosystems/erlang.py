"""Releases of Elixir and Erlang: the release's tree, the shell that reads its start script, and what either of them starts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from minify.analysis.facts import Facts, StageFacts, stage_facts
from minify.analysis.footprint import Footprint, under
from minify.analysis.scopes import join
from minify.context.erlang import (
    Dependency,
    Project,
    dependencies,
    erlang_facts,
    project_of,
    script_text,
    shell_programs,
)
from minify.context.places import Called
from minify.ecosystems.gate import LAUNCHERS, SHELLS, shell_stays
from minify.ecosystems.interpreted import Brought, closed
from minify.ecosystems.programs import installed_programs
from minify.ecosystems.servers import command
from minify.ecosystems.sources import context_files
from minify.ecosystems.start_scripts import with_shell
from minify.image.programs import programs, script
from minify.image.start_scripts import made_by
from minify.plan import Detection, Evidence, Refusal, RefusalKind, Rung, Runtime, Tree, refuse
from minify.shell.effects import Builds, Writes
from minify.shell.prefixes import PREFIXES
from minify.shell.run import read_command_line

TEMPLATE = "erlang.Dockerfile.j2"

_PLACES: Final = ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin")
# What `bin/NAME remote` and other prompts ask: what a terminal can do
_TERMINALS: Final = ("/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo")
# `"$RELEASE_ROOT/bin/$RELEASE_NAME"`
_ITSELF: Final = re.compile(r"\$\{?(?:RELEASE_(?:ROOT|NAME|PROG|ROOT_DIR)|REL_NAME|SELF|SCRIPT)\b")


class _Release(NamedTuple):
    """A release: where it is in the final stage, what of its `bin` starts, and who makes it where."""

    root: str
    name: str
    tool: str
    profile: str
    built_in: str
    """The directory of the project in the stage that builds it."""
    line: int
    stage: StageFacts | None
    """The stage that makes it; None for the final one."""


def detect(facts: Facts) -> Detection | None:
    """A release, when what starts lies in the `bin` of what `mix release` or `rebar3 release` makes."""
    found = _release(facts)
    if found is None:
        return None
    return Detection(
        ecosystem="erlang",
        version=None,
        evidence=(
            Evidence(what=f"{facts.launch.argv[0]} is what starts", line=facts.launch.line),
            Evidence(what=f"{found.tool} makes the release", line=found.line),
        ),
    )


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The release with its Erlang, the shell, and the programs that are started, onto a base without shared libraries."""
    release = _release(facts)
    assert release is not None
    files = _files(facts)
    project = project_of(facts.context, files, release.tool, release.profile)
    if project is None:
        manifest = "mix.exs" if release.tool == "mix" else "rebar.config"
        reason = f"no {manifest} is in the build context, so what the application calls is not known"
        return (refuse(reason, release.line, kind=RefusalKind.UNSEEN),)
    texts = tuple(_texts(facts, project, files))
    names = frozenset((*project.names, *(path.rpartition("/")[2] for path in texts)))
    asked = dependencies(facts.context, files)
    source = erlang_facts(facts.context, files)
    spoken = [*source.programs, *_of_scripts(facts, texts, names)]
    stops = (
        *_stops(facts, release, project, texts, asked),
        *shell_stays(facts),
        *_unknown(facts, spoken),
        *_native(facts, files),
    )
    calls = [one for one in spoken if not one.in_tests and one.program and one.program.rpartition("/")[2] not in names]
    shell = with_shell(made_by(release.tool), also=_also(facts, calls, asked))
    # `mix release --path /rel`
    apart = release.stage is None and not under(release.root, release.built_in)
    own = (Tree(path=release.root, reason="the release"),) if apart else ()
    brought = Brought(
        template=TEMPLATE,
        trees=own,
        taken=[tree.path for tree in own],
        command=command(facts),
        left=_homes(facts, release.root),
        stops=stops,
        # What neither the base nor a package has was not there before
        calls=[one for one in calls if one.program in installed_programs(facts)],
        own=shell.programs,
        loads_by_name=any(one.needs.libraries for one in asked) or _preloads(facts, texts),
        programs=shell.programs,
        files=(*_TERMINALS, *(path for one in asked for path in one.needs.files)),
        values={"release": release.root, "project": "" if release.stage is not None else release.built_in},
        decisions=shell.decisions,
    )
    return closed(facts, to, brought)


def _release(facts: Facts) -> _Release | None:
    argv = facts.launch.argv
    if not argv:
        return None
    search = (join(facts.contract.workdir, argv[0]),) if "/" in argv[0] else tuple(f"{d}/{argv[0]}" for d in facts.contract.path.split(":") if d)  # fmt: skip
    for path in search:
        root, _, name = path.rpartition("/bin/")
        if root and "/" not in name and path.rpartition("/")[0] not in _PLACES:
            for stage, footprint in _prints(facts, path):
                found = next((b for b in reversed(_builds(footprint))), None)
                if found is not None:
                    words = [word or "" for word in found.command.args]
                    profile = words[1] if words[:1] == ["as"] and len(words) > 1 else ""
                    line = facts.dockerfile.source.line(found.command.span.start)
                    return _Release(root, name, found.tool, profile, found.command.cwd, line, stage)
    return None


def _prints(facts: Facts, path: str) -> Iterator[tuple[StageFacts | None, Footprint]]:
    """The final stage, and those that what starts is copied from."""
    for written in facts.footprint.written:
        if written.origin.startswith("stage:") and under(path, written.path):
            stage = stage_facts(facts, written.origin[6:])
            if stage is not None:
                yield stage, stage.footprint
    yield None, facts.footprint


def _builds(footprint: Footprint) -> list[Builds]:
    return [
        effect
        for _, effect in footprint.effects()
        if isinstance(effect, Builds)
        and effect.tool in ("mix", "rebar3")
        and any((word or "").rstrip(",") in ("release", "tar") for word in effect.command.args)
    ]


def _files(facts: Facts) -> tuple[str, ...]:
    """The files of the context that any stage has which the final image is made of."""
    stages = (stage_facts(facts, str(index)) for index in sorted(facts.graph.needed()))
    found = {f for stage in stages if stage is not None for f in context_files(facts, stage.placed)}
    return tuple(sorted(found.union(context_files(facts))))


def _homes(facts: Facts, release: str) -> tuple[str, ...]:
    """Where mix and rebar3 keep what they install for themselves."""
    wrote = (e for _, e in facts.footprint.effects() if isinstance(e, Writes) and e.command.name in ("mix", "rebar3"))
    return tuple(dict.fromkeys(e.path for e in wrote if e.path and not under(release, e.path)))


def _texts(facts: Facts, project: Project, files: Sequence[str]) -> Iterator[str]:
    """The scripts of the project's own that lie in the release: those of its overlays, and what the start script reads."""
    folder = project.path.rpartition("/")[0]
    manifest = facts.context.read_text(project.path) or ""
    said = re.search(r"\boverlays:\s*(\[[^\]]*\]|\"[^\"]*\")", manifest)
    overlays = [*re.findall(r"\"([^\"]+)\"", said[1] if said is not None else ""), "rel/overlays"]
    prefixes = tuple(f"{folder}/{one}/bin/".lstrip("/") for one in overlays)
    for path in files:
        name = path.rpartition("/")[2]
        if (path.startswith(prefixes) and not name.endswith((".bat", ".cmd", ".ps1"))) or (
            name in ("env.sh.eex", "env.sh") and "/test/" not in path
        ):
            yield path


def _preloads(facts: Facts, texts: Iterable[str]) -> bool:
    """Whether a library is put in front of all others, as jemalloc is."""
    if any(name == "LD_PRELOAD" for name, _ in facts.contract.env):
        return True
    return any("LD_PRELOAD" in (facts.context.read_text(path) or "") for path in texts)


def _of_scripts(facts: Facts, texts: Iterable[str], own: frozenset[str]) -> Iterator[Called]:
    """What the project's own scripts call; a release's own start script is none of it."""
    for path in texts:
        text = script_text(facts.context.read_text(path) or "")
        yield from _of_script(path, text, own)


def _of_script(path: str, text: str, own: frozenset[str]) -> Iterator[Called]:
    script = read_command_line(text)
    for part in script.opaque:
        line = text.count("\n", 0, part.span.start) + 1
        yield Called(program=None, shell=True, path=path, line=line)
    for one in script.commands:
        line = text.count("\n", 0, one.span.start) + 1
        first = one.argv[0] if one.argv else None
        if first is None or _ITSELF.search(first.raw):
            continue
        if first.static in ("eval", ".", "source"):
            yield Called(program=None, shell=True, path=path, line=line)
            continue
        # Of `exec nice -n 5 sort`: the prefixes are programs too, or the shell's own
        before = [word.static for word in one.argv if word.static in PREFIXES]
        for name in dict.fromkeys((*before[: one.program not in PREFIXES and len(before)], one.program)):
            if name is None or (name not in script.functions and shell_programs(name) and name.rpartition("/")[2] not in own):  # fmt: skip
                yield Called(program=name, shell=True, path=path, line=line)


def _stops(
    facts: Facts, release: _Release, project: Project, texts: Sequence[str], asked: Sequence[Dependency]
) -> Iterator[Refusal]:
    started = release.name in (path.rpartition("/")[2] for path in texts)
    if release.name not in project.names and not started:
        reason = f"what {release.name} is is not known: {project.path} names no release so, and no overlay has it"
        yield refuse(reason, facts.launch.line)
    for path in texts:
        first = (facts.context.read_text(path) or "").partition("\n")[0]
        if path.rpartition("/")[2] == release.name and not re.fullmatch(r"#!\s*/bin/sh(?:\s+-\w+)*\s*", first):
            yield refuse(f"{path} is read by {first.removeprefix('#!').strip() or 'nothing that is known'}")
    for reason, line in project.stops:
        yield refuse(f"{project.path}:{line}: {reason}")
    for dependency in asked:
        if dependency.needs.unknown and not dependency.needs.optional:
            yield refuse(f"{dependency.path}: {dependency.needs.name} {dependency.needs.why}")


def _unknown(facts: Facts, calls: Iterable[Called]) -> Iterator[Refusal]:
    """What is started and cannot come along, or is not known."""
    of_base, installed = programs(facts.base), installed_programs(facts)
    for one in calls:
        if one.in_tests:
            continue
        where, name = f"{one.path}:{one.line}", (one.program or "").rpartition("/")[2]
        if one.program is None:
            yield refuse(f"{where} starts a program whose name is not known", kind=RefusalKind.UNNAMED)
        elif "/" in one.program and one.program.rpartition("/")[0] not in _PLACES:
            yield refuse(f"{where} starts {one.program}, which is not known here")
        elif name in SHELLS or name in LAUNCHERS or name in PREFIXES:
            yield refuse(f"{where} starts {one.program}, which starts what it is given")
        elif name in of_base and name not in installed and (reader := script(name)):
            yield refuse(f"{where} starts {one.program}, which {reader} reads")
        elif name not in of_base and name not in installed and _placed(facts):
            yield refuse(f"{where} starts {one.program}: where that comes from is not known")


def _placed(facts: Facts) -> bool:
    """Whether the file puts something where programs are looked for that no package brings."""
    search = (*_PLACES, *facts.contract.path.split(":"))
    return any(
        written.path in search or written.path.rpartition("/")[0] in search
        for written in facts.footprint.written
        if written.origin in ("context", "url", "copy")
        or written.origin.startswith("stage:")
        or written.source in ("Downloads", "CopiesFile")
    )


def _native(facts: Facts, files: Sequence[str]) -> Iterator[Refusal]:
    """What a NIF or a port of the project's own calls, which is written in another language."""
    sources = [path for path in files if re.search(r"(?:^|/)(?:c_src|native|src)/", path) and not path.endswith((".erl", ".hrl"))]  # fmt: skip
    if not sources:
        return
    from minify.context.native import native_facts

    found = native_facts(facts.context, sources)
    for called in found.programs:
        if not called.in_tests:
            yield refuse(f"{called.path}:{called.line} starts {called.program or 'a program whose name is not known'}")
            return
    for load in found.loads:
        if not load.in_tests:
            yield refuse(f"{load.path}:{load.line} loads a library by name")
            return


def _also(facts: Facts, calls: Iterable[Called], asked: Iterable[Dependency]) -> Iterator[tuple[str, str]]:
    """Programs of the base image that come along beside those of the start script."""
    of_base, installed = programs(facts.base), installed_programs(facts)
    for one in calls:
        name = (one.program or "").rpartition("/")[2]
        if name in of_base and name not in installed:
            yield name, f"{one.path}:{one.line} starts it"
    for dependency in asked:
        for name in dependency.needs.programs:
            if name in of_base and name not in installed and not script(name):
                yield name, f"{dependency.needs.name} starts it: {dependency.needs.why}"
