"""Releases of Elixir and Erlang: the release's tree, the shell that reads its start script, and what either of them starts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from minify.analysis.facts import Facts, StageFacts, stage_facts
from minify.analysis.footprint import Footprint, under
from minify.analysis.launch import Kept
from minify.analysis.scopes import DEFAULT_SHELL, join
from minify.analysis.shelled import interpreter
from minify.context.erlang import (
    Dependency,
    Project,
    dependencies,
    erlang_facts,
    project_of,
    script_text,
)
from minify.context.places import Called
from minify.ecosystems.gate import LAUNCHERS, SHELLS, shell_stays
from minify.ecosystems.interpreted import Brought, closed
from minify.ecosystems.programs import installed_programs
from minify.ecosystems.script_calls import PLACES, named_elsewhere, script_calls
from minify.ecosystems.servers import command
from minify.ecosystems.sources import context_files
from minify.ecosystems.start_scripts import with_shell
from minify.image.programs import alone, programs, script, starts_given
from minify.image.start_scripts import StartScript, made_by
from minify.plan import Detection, Evidence, Refusal, RefusalKind, Rung, Runtime, Tree, refuse
from minify.shell.effects import Builds, Writes
from minify.shell.prefixes import PREFIXES
from minify.shell.run import read_command_line
from minify.shell.script import Command, Script

TEMPLATE = "erlang.Dockerfile.j2"

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
            Evidence(what=f"{found.root}/bin/{found.name} is what starts", line=facts.launch.line),
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
    spoken = [
        one
        for one in (*erlang_facts(facts.context, files).programs, *_called(facts, release, texts, names))
        if not _own(facts, release, names, one.program, "")
    ]
    readers = list(_readers(facts, release, texts, _named(facts)))
    stops = (
        *_stops(facts, release, project, texts, asked),
        *shell_stays(facts),
        *(one for one in readers if isinstance(one, Refusal)),
        *_unknown(facts, spoken),
        *_elsewhere(facts, release, texts),
        *_native(facts, files),
    )
    calls = [one for one in spoken if not one.in_tests and one.program]
    rows = (one for one in readers if isinstance(one, StartScript))
    shell = with_shell(made_by(release.tool), *rows, also=_also(facts, calls, asked))
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
    for path in _starts(facts):
        root, _, name = path.rpartition("/bin/")
        if root and "/" not in name and path.rpartition("/")[0] not in PLACES:
            for stage, footprint in _prints(facts, path):
                found = next((b for b in reversed(_builds(footprint))), None)
                if found is not None:
                    words = [word or "" for word in found.command.args]
                    profile = words[1] if words[:1] == ["as"] and len(words) > 1 else ""
                    line = facts.dockerfile.source.line(found.command.span.start)
                    return _Release(root, name, found.tool, profile, found.command.cwd, line, stage)
    return None


def _starts(facts: Facts) -> Iterator[str]:
    """Where what starts may lie: what the texts that a shell reads name, then the words of the command itself."""
    launch, workdir = facts.launch, facts.contract.workdir
    for text in launch.kept:
        for one in _script(facts, text).commands:
            if one.program is not None:
                yield from _places(facts, one.program, one.cwd or workdir)
    for words in (launch.argv, launch.cmd.argv) if launch.kept else (launch.argv,):
        if words:
            yield from _places(facts, words[0], workdir)


def _places(facts: Facts, word: str, workdir: str) -> Iterator[str]:
    search = facts.contract.path.split(":")
    yield from (join(workdir, word),) if "/" in word else (f"{directory}/{word}" for directory in search if directory)


def _script(facts: Facts, text: Kept) -> Script:
    return read_command_line(text.text, cwd=facts.contract.workdir, env=dict(facts.contract.env))


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


def _called(facts: Facts, release: _Release, texts: Sequence[str], names: frozenset[str]) -> Iterator[Called]:
    """What the project's own scripts call, and what a shell reads of the command; a release's own start script is none of it."""
    for path in texts:
        text = script_text(facts.context.read_text(path) or "")
        script = read_command_line(text, cwd="")
        yield from script_calls(path, 1, text, script, lambda c: bool(_ITSELF.search(c.argv[0].raw)) or _own(facts, release, names, c.program, c.cwd))  # fmt: skip
    launch, workdir = facts.launch, facts.contract.workdir
    for kept in launch.kept:
        given = kept.words or (launch.cmd.argv if kept.keyword == "ENTRYPOINT" else ())
        handed = not given or given[0] == DEFAULT_SHELL[0] or _own(facts, release, names, given[0], workdir)
        # What a script behind another one is given is not known
        handed = handed and kept in (launch.kept[0], *(one for one in launch.kept if one.target is None))
        yield from script_calls(
            *_place(facts, kept),
            kept.text,
            _script(facts, kept),
            lambda c: _kept(facts, c) or _own(facts, release, names, c.program, c.cwd),
            handed=handed,
        )


def _own(facts: Facts, release: _Release, names: frozenset[str], word: str | None, cwd: str) -> bool:
    """Whether a command is of the release: `bin/shop`, `./shop` in a directory that is not known, `shop` with its `bin` in PATH."""
    folder, _, name = (word or "").rpartition("/")
    if name not in names:
        return False
    if not folder:
        return f"{release.root}/bin" in facts.contract.path.split(":")
    path = join(cwd, word or "") if cwd or folder.startswith("/") else None
    return path is None or path == f"{release.root}/bin/{name}"


def _kept(facts: Facts, command: Command) -> bool:
    """Whether a command starts or reads a script that is read here: `/wait.sh`, `. ./env.sh`, `sh env.sh`."""
    word = command.args[0] if command.name in (".", "source", *SHELLS) and command.args else command.program
    targets = [text.target for text in facts.launch.kept]
    return bool(word) and any(path in targets for path in _places(facts, word or "", command.cwd or "/"))


def _place(facts: Facts, text: Kept) -> tuple[str, int]:
    """The file in which a text stands, and its first line."""
    if text.source is not None:
        return text.source, 1
    return (facts.dockerfile.source.path or "Dockerfile").rpartition("/")[2], text.line


def _readers(
    facts: Facts, release: _Release, texts: Sequence[str], names: Iterable[str]
) -> Iterator[StartScript | Refusal]:
    """The shells that scripts of the project's own are read by; what another program reads, or a shell that is not there, stops it."""
    called = {release.name, *names}
    asked = [(path, interpreter(facts.context.read_text(path) or "")) for path in texts if path.rpartition("/")[2] in called]  # fmt: skip
    asked += [(text.source or text.keyword, text.shell) for text in facts.launch.kept]
    firsts = [(path, facts.context.read_text(path) or "") for path in texts]
    firsts += [(text.source, text.text) for text in facts.launch.kept if text.source is not None]
    by_env = {path for path, text in firsts if re.match(r"#!\s*\S*/env\s", text)}
    for path, shell in asked:
        folder, _, name = shell.rpartition("/")
        there = name in programs(facts.base) or name in installed_programs(facts)
        if name not in SHELLS or (folder and folder not in PLACES) or not there:
            yield refuse(f"{path} is read by {shell or 'nothing that is known'}")
        else:
            found = {"env": f"finds {name}"} if path in by_env else {}
            yield StartScript(starts=(), script=path, shells=(name,), programs=found)


def _stops(
    facts: Facts, release: _Release, project: Project, texts: Sequence[str], asked: Sequence[Dependency]
) -> Iterator[Refusal]:
    started = release.name in (path.rpartition("/")[2] for path in texts)
    if release.name not in project.names and not started:
        reason = f"what {release.name} is is not known: {project.path} names no release so, and no overlay has it"
        yield refuse(reason, facts.launch.line)
    for reason, line in project.stops:
        yield refuse(f"{project.path}:{line}: {reason}")
    for dependency in asked:
        if dependency.needs.unknown and not dependency.needs.optional:
            yield refuse(f"{dependency.path}: {dependency.needs.name} {dependency.needs.why}")


def _named(facts: Facts) -> Iterator[str]:
    """The names of what a shell starts for the command."""
    for text in facts.launch.kept:
        yield from (command.name for command in _script(facts, text).commands)
    yield from (word.rpartition("/")[2] for word in facts.launch.cmd.argv[:1])


def _elsewhere(facts: Facts, release: _Release, texts: Sequence[str]) -> Iterator[Refusal]:
    """Files of the base image that scripts of the project's own read, or ask for."""
    scripts = [(path, 1, script_text(facts.context.read_text(path) or "")) for path in texts]
    scripts += [(*_place(facts, text), text.text) for text in facts.launch.kept]
    for path, first, text in scripts:
        for named, line in named_elsewhere(facts, text, (release.root,)):
            yield refuse(f"{path}:{first + line - 1} names {named}, which the final image may lack")


def _unknown(facts: Facts, calls: Iterable[Called]) -> Iterator[Refusal]:
    """What is started and cannot come along, or is not known."""
    of_base, installed = programs(facts.base), installed_programs(facts)
    for one in calls:
        if one.in_tests:
            continue
        where, name = f"{one.path}:{one.line}", (one.program or "").rpartition("/")[2]
        if one.program is None:
            yield refuse(f"{where} starts a program whose name is not known", kind=RefusalKind.UNNAMED)
        elif "/" in one.program and one.program.rpartition("/")[0] not in PLACES:
            yield refuse(f"{where} starts {one.program}, which is not known here")
        elif name in SHELLS or name in LAUNCHERS or name in PREFIXES or _hands_on(one):
            yield refuse(f"{where} starts {one.program}, which starts what it is given")
        elif name in of_base and name not in installed and not alone(name):
            yield refuse(f"{where} starts {one.program}, which needs more of a system than itself")
        elif name in of_base and name not in installed and (reader := script(name)):
            yield refuse(f"{where} starts {one.program}, which {reader} reads")
        elif name not in of_base and name not in installed and _placed(facts):
            yield refuse(f"{where} starts {one.program}: where that comes from is not known")


def _hands_on(called: Called) -> bool:
    """Whether a program starts others: `find` does with `-exec`, and may where its words are not known."""
    name = (called.program or "").rpartition("/")[2]
    if name == "find" and called.argv and None not in called.argv:
        return any((word or "").startswith(("-exec", "-ok")) for word in called.argv)
    return starts_given(name)


def _placed(facts: Facts) -> bool:
    """Whether the file puts something where programs are looked for that no package brings."""
    search = (*PLACES, *facts.contract.path.split(":"))
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
