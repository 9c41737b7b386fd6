"""Go: a static binary and the files that it opens; with cgo, its shared libraries too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from minify.analysis.facts import Facts, StageFacts, stage_facts
from minify.analysis.footprint import FORGOTTEN, Footprint, forgotten, under
from minify.analysis.scopes import Scope, join
from minify.ecosystems.command import by_path
from minify.ecosystems.data_files import data_trees, generated, is_source
from minify.ecosystems.finals import closure_base
from minify.ecosystems.gate import starts
from minify.ecosystems.go_health import probe
from minify.ecosystems.named import named_files
from minify.ecosystems.sources import context_files, unseen
from minify.ecosystems.system import Calls, system_packages
from minify.ecosystems.trees import application_trees
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree, refuse
from minify.shell.effects import Builds

if TYPE_CHECKING:
    from minify.context.go import GoFacts

TEMPLATE = "go.Dockerfile.j2"


class Binary(NamedTuple):
    """The program that starts: its absolute path and the build that makes it."""

    path: str
    build: Builds
    line: int
    run_start: int
    """The offset at which the RUN's line begins."""
    built_at: str
    """Where the build puts it: `path`, or another path in another stage."""
    stage: StageFacts | None
    """The stage that builds it, when it is not the final one."""

    environment: Mapping[str, str]
    """The variables that the build sees."""
    origin: str = ""
    """What the COPY that brings it calls that stage."""


def detect(facts: Facts) -> Detection | None:
    """Go, when what starts is the output of a `go build` or `go install` of the stage."""
    binary = _binary(facts)
    if binary is None:
        return None
    version = facts.base.version if facts.base is not None and facts.base.language == "go" else None
    return Detection(
        ecosystem="go",
        version=version,
        evidence=(
            Evidence(what=f"{binary.path} is what starts", line=facts.launch.line),
            Evidence(what=binary.build.command.text.split("\n")[0], line=binary.line),
        ),
    )


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The binary and its data on distroless static."""
    # Only Go's plans read Go's sources: other files need not wait for the import
    from minify.context.go import go_facts

    binary = _binary(facts)
    assert binary is not None and facts.base is not None
    files = context_files(facts, binary.stage.placed if binary.stage else None)
    source = go_facts(facts.context, files, binary.build.command.text.split())
    if not any(path.endswith(".go") for path in files):
        return (unseen("the program's Go files", binary.line),)
    final = closure_base(to)
    calls = Calls(
        programs=frozenset(c.program for c in source.programs if c.program and not c.in_tests),
        unknown=tuple(f"{c.path}:{c.line}" for c in source.programs if c.program is None and not c.in_tests),
    )
    system = system_packages(facts, calls, final, loads_by_name=False)
    built = _build_directories(facts)
    carried = application_trees(facts, (), left=built)
    refusals = [*_stop(source), *system.refusals, *carried.refusals]
    if refusals:
        return tuple(refusals)
    cgo = _needs_cgo(source, binary)
    named = [
        *(o.literal for o in source.opened if not o.in_tests),
        *(w for w in facts.launch.argv[1:] if "/" in w or "." in w),
    ]
    data = data_trees(facts, named) if binary.stage is None else ()
    made, unnamed = generated(facts, built, binary.path)
    if data is None or (unnamed and facts.contract.workdir != "/"):
        data = (facts.contract.workdir,)
    trees = [Tree(path=binary.path, reason="the program")]
    trees += [Tree(path=path, reason="files that the program may open", scanned=False) for path in data]
    trees += [Tree(path=path, reason="written by RUN", certain=False, scanned=False) for path in made]
    if binary.stage is None:
        also = [path for path in _programs(facts) if path != binary.path]
        trees += [Tree(path=path, reason="another program that is built", certain=False) for path in also]
        # Of a directory that `-o` names, the programs are taken by theirs
        outputs = [t.path for t in carried.trees if t.path.endswith("/") and under(binary.path, t.path)]
        trees += [t for t in carried.trees if not any(under(t.path, b) for b in outputs)]
        trees += _named_within(named, built)
    else:
        trees += carried.trees
    trees += named_files(facts, source.opened)
    decisions = [*system.decisions, *carried.decisions]
    insertions: tuple[tuple[int, str], ...] = ()
    if cgo is not None:
        decisions.append(
            Decision(
                subject="cgo",
                outcome=Outcome.KEPT,
                reason=f"{cgo}: the program's shared libraries come along",
                line=binary.line,
            )
        )
    elif binary.build.static is not True and binary.environment.get("CGO_ENABLED") != "0":
        newline = facts.dockerfile.source.newline
        insertions = (
            (
                binary.run_start,
                f"# Nothing here needs cgo: a static program runs without a C library{newline}ENV CGO_ENABLED=0{newline}",
            ),
        )
        decisions.append(
            Decision(
                subject="CGO_ENABLED=0",
                outcome=Outcome.ADDED,
                reason="no source file imports C and no required module is known to need it: the program becomes static",
                line=binary.line,
            )
        )
    if binary.stage is None:
        decisions.append(
            Decision(
                subject="sources, Go toolchain and module cache",
                outcome=Outcome.DROPPED,
                reason="the program is compiled",
                line=binary.line,
            )
        )
    asking = probe(facts, binary.stage, binary.origin, binary.run_start)
    if asking is not None:
        trees.append(asking.tree)
        insertions = (*insertions, *asking.insertions)
    entrypoint, cmd = by_path(facts, binary.path)
    return Runtime(
        base=final,
        template=TEMPLATE,
        trees=tuple(trees),
        program=binary.path,
        entrypoint=entrypoint,
        cmd=cmd,
        health=asking.health if asking is not None else None,
        packages=system.carried,
        brings_libc=cgo is not None,
        accounts=any(not place.in_tests for place in source.users),
        insertions=insertions,
        values={},
        decisions=tuple(decisions),
    )


def _binary(facts: Facts) -> Binary | None:
    argv = facts.launch.argv
    if not argv:
        return None
    program = argv[0]
    path_dirs = facts.contract.path.split(":")
    wanted = [join(facts.contract.workdir, program)] if "/" in program else [f"{d}/{program}" for d in path_dirs if d]
    found = _built_in(facts, facts.footprint, facts.end, wanted, None)
    if found is not None:
        return found
    for written in reversed(facts.footprint.written):
        if not written.origin.startswith("stage:"):
            continue
        source = written.source.rstrip("/")
        for path in wanted:
            inside = _within(path, written.path, source)
            stage = stage_facts(facts, written.origin[6:]) if inside is not None else None
            if inside is None or stage is None:
                continue
            built = _built_in(
                facts, stage.footprint, stage.end, [join(stage.end.workdir, inside), join("/", inside)], stage
            )
            if built is not None:
                return built._replace(path=path, origin=written.origin[6:])
    return None


def _programs(facts: Facts) -> Iterator[str]:
    """What the stage builds of its own packages, for HEALTHCHECK, `docker exec` and other commands of the same image."""
    for _, effect in facts.footprint.effects():
        if not isinstance(effect, Builds) or effect.tool != "go" or not effect.output or "@" in (effect.package or ""):
            continue
        for name in _names(facts, effect, None) if effect.output.endswith("/") else ("",):
            if not any(under(effect.output, f) for f in FORGOTTEN):
                yield f"{effect.output}{name}"


def _within(path: str, dest: str, source: str) -> str | None:
    """The path in the other stage of what COPY puts at `path`: the source itself, or a file below it."""
    if path == dest:
        return source
    if under(path, dest):
        below = path.removeprefix(dest).strip("/")
        name = source.rsplit("/", 1)[-1]
        return source if below == name else f"{source}/{below}"
    return None


def _built_in(
    facts: Facts, left: Footprint, end: Scope, wanted: Sequence[str], stage: StageFacts | None
) -> Binary | None:
    for run, effect in left.effects():
        if not isinstance(effect, Builds) or effect.tool != "go":
            continue
        for output in _outputs(facts, effect, end, stage):
            if output in wanted:
                return Binary(
                    path=output,
                    build=effect,
                    line=facts.dockerfile.source.line(effect.command.span.start),
                    run_start=run.placed.instruction.span.start,
                    built_at=output,
                    stage=stage,
                    environment=run.placed.scope.values,
                )
    return None


def _outputs(facts: Facts, build: Builds, end: Scope, stage: StageFacts | None) -> Iterator[str]:
    """Where a build puts its program: -o, or a name that comes from the module's path or the directory's."""
    cwd = build.command.cwd
    if build.output:
        yield build.output
        # `-o dir/` and an existing directory get the program's own name inside.
        for name in _names(facts, build, stage):
            yield f"{build.output.rstrip('/')}/{name}"
        return
    for name in _names(facts, build, stage):
        yield f"{cwd.rstrip('/')}/{name}"
        yield f"{end.env.get('GOBIN') or end.env.get('GOPATH', '/go') + '/bin'}/{name}"


def _names(facts: Facts, build: Builds, stage: StageFacts | None) -> Iterator[str]:
    from minify.context.go import go_facts

    package = (build.package or ".").rstrip("/")
    if package.endswith(".go"):
        yield package.rsplit("/", 1)[-1].removesuffix(".go")
        return
    if package not in (".", "./...", "") and not package.endswith("/..."):
        yield package.rsplit("/", 1)[-1]
        return
    source = go_facts(facts.context, context_files(facts, stage.placed if stage else None))
    if package.endswith("..."):
        # A pattern builds every main package below: ./cmd/... makes api and worker. The module's own has the module's name
        below = package.removesuffix("...").removeprefix("./")
        mains = [d for d in source.main_packages if f"/{below}" in f"/{d}/"]
        yield from (d.rsplit("/", 1)[-1] for d in mains if d)
        if not any(d in ("", *(m.directory for m in source.modules)) for d in mains):
            return
    for module in (*(listed.module or "" for listed in source.modules), *_initialised(facts, stage)):
        if not module:
            continue
        last = module.rsplit("/", 1)[-1]
        yield module.split("/")[-2] if last[:1] == "v" and last[1:].isdigit() and "/" in module else last
    if build.command.cwd:
        yield build.command.cwd.rsplit("/", 1)[-1]


def _initialised(facts: Facts, stage: StageFacts | None) -> Iterator[str]:
    """The modules that the stage names itself: `go mod init example.com/app`."""
    for run in (stage.footprint if stage else facts.footprint).runs:
        for command in run.script.commands:
            if command.name == "go" and command.args[:2] == ("mod", "init"):
                yield from (word for word in command.args[2:3] if word)


def _build_directories(facts: Facts) -> tuple[str, ...]:
    """The directories of the final stage that only hold what is compiled there: the module's own and Go's.

    A working directory apart from them is the application's: what is put there is for it.
    """
    compiled = [e for _, e in facts.footprint.effects() if isinstance(e, Builds) and e.tool == "go"]
    if not compiled:
        return ()
    built = [dict(facts.contract.env).get("GOPATH", "/go"), "/root/go", "/root/.cache", "/go"]
    built += [e.command.cwd for e in compiled]
    workdir = facts.contract.workdir
    if any(under(e.command.cwd, workdir) or under(workdir, e.command.cwd) for e in compiled):
        built.append(workdir)
    return tuple(dict.fromkeys(b for b in built if b and b != "/"))


def _named_within(named: Sequence[str], built: Sequence[str]) -> Iterator[Tree]:
    """What the program names by its whole path where it is built: a RUN may make it there."""
    for path in dict.fromkeys(one.rstrip("/") for one in named if one.startswith("/")):
        if any(under(path, b) and path != b for b in built) and not is_source(path) and not forgotten(path):
            yield Tree(path=path, reason="the program names it", certain=False, scanned=False)


def _needs_cgo(source: GoFacts, binary: Binary) -> str | None:
    from minify.context.needs import go_needs_cgo

    imported = [place for place in source.cgo if not place.in_tests]
    if imported:
        return f"{imported[0].path}:{imported[0].line} imports C"
    for listed in source.modules:
        for required in listed.requires:
            if go_needs_cgo(required.path):
                return f"{required.path} needs cgo"
    if binary.build.static:
        return None
    # `import "fmt"` is Go's own: https://go.dev/ref/mod#module-path
    foreign = [name for names in source.packages.values() for name in names if "." in name.partition("/")[0]]
    for name in foreign:
        if go_needs_cgo(name):
            return f"{name} needs cgo"
    listed_paths = [path for one in source.modules for path in (one.module, *(r.path for r in one.requires)) if path]
    for name in foreign:
        if not any(under(name, path) for path in listed_paths):
            return f"what {name} needs in its turn is not known: no go.mod in the build context lists it"
    if binary.environment.get("CGO_ENABLED") == "1":
        return "CGO_ENABLED=1 is set"
    if binary.build.static is False:
        return "CGO_ENABLED=1 is set for the build"
    return None


def _stop(source: GoFacts) -> Iterator[Refusal]:
    from minify.context.needs import go_needs

    for name in dict.fromkeys(name for names in source.packages.values() for name in names):
        if (does := go_needs(name)) is not None:
            yield refuse(f"a source imports {name}, which {does}")
            break
    for called in source.programs:
        if called.in_tests:
            continue
        yield starts(called._replace(shell=called.shell or called.program in ("sh", "bash", "/bin/sh", "/bin/bash")))
        return
