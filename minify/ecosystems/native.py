"""Any single native binary: a program that the file compiles, or copies, with the shared libraries that it loads."""

from __future__ import annotations

from minify.analysis.facts import Facts, stage_facts
from minify.analysis.footprint import SYSTEM, Written, under
from minify.analysis.scopes import join
from minify.context.native import native_facts
from minify.ecosystems.command import by_path
from minify.ecosystems.data_files import data_trees, generated
from minify.ecosystems.fetched import built_among
from minify.ecosystems.finals import closure_base
from minify.ecosystems.sources import context_files
from minify.ecosystems.system import Calls, system_packages
from minify.ecosystems.trees import application_trees
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree
from minify.shell.effects import Builds

TEMPLATE = "native.Dockerfile.j2"

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LARGEST = 200_000_000
_ELF = b"\x7fELF"
_INSTALLED = ("/usr/local/bin", "/usr/local/sbin")


def detect(facts: Facts) -> Detection | None:
    """A native binary, when what starts was compiled by the stage, or comes from another stage or the context as an ELF file."""
    program = _program(facts)
    if program is None:
        return None
    path, evidence = program
    return Detection(
        ecosystem="native",
        version=None,
        evidence=(Evidence(what=f"{path} is what starts", line=facts.launch.line), evidence),
    )


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The binary, its data and its shared libraries onto a base without any."""
    program = _program(facts)
    assert program is not None
    path, _ = program
    final = closure_base(to)
    stopped = _sources_stop(facts)
    if stopped is not None:
        return (stopped,)
    system = system_packages(facts, Calls(programs=frozenset(), unknown=()), final, loads_by_name=False)
    built = tuple(
        dict.fromkeys(
            e.command.cwd
            for _, e in facts.footprint.effects()
            if isinstance(e, Builds) and e.command.cwd not in ("", *SYSTEM)
        )
    )
    # `make install` spreads over the prefix: what it puts there is taken as a whole.
    prefix = "/usr/local" if path.startswith("/usr/local/") and _installs(facts) else None
    carried = application_trees(facts, [prefix] if prefix else [], left=built)
    refusals = [*system.refusals, *(r for r in carried.refusals if not _install_custom(facts, r))]
    if refusals:
        return tuple(refusals)
    data: tuple[str, ...] | None = ()
    made, unnamed = generated(facts, built, path)
    if built:
        data = data_trees(facts, ())
        if data is not None:
            data = tuple(d for d in data if any(under(d, b) for b in built))
        if data is None or unnamed:
            data = tuple(b for b in built)
    trees = [Tree(path=path, reason="the program")]
    if prefix:
        trees = [Tree(path=prefix, reason="what make install puts there")]
    trees += [Tree(path=d, reason="files that the program may open", scanned=False) for d in data or ()]
    trees += [Tree(path=p, reason="written by RUN", certain=False, scanned=False) for p in made]
    # A directory of the base image's own programs, as /usr/local/cargo/bin: only the one that was built there
    shared = dict(facts.base.env).get("PATH", _PATH).split(":") if facts.base is not None else ()
    trees += [t for t in carried.trees if not (t.path.rstrip("/") in shared and under(path, t.path.rstrip("/")))]
    # Which directory of the prefix a makefile installs to is its own affair: PATH finds it, as before
    entrypoint, cmd = by_path(facts, None if prefix and "/" not in facts.launch.argv[0] else path)
    return Runtime(
        base=final,
        template=TEMPLATE,
        trees=tuple(trees),
        program=path,
        entrypoint=entrypoint,
        cmd=cmd,
        packages=system.carried,
        brings_libc=True,
        values={},
        decisions=(
            *system.decisions,
            *carried.decisions,
            Decision(
                subject="the C library",
                outcome=Outcome.ADDED,
                reason="comes from the build stage with every shared library that is loaded: no release has to match the final base's",
            ),
        ),
    )


def _sources_stop(facts: Facts) -> Refusal | None:
    """Why what the program calls is not known, or what it calls that the final image has not."""
    written = _origin(facts)
    stage = None
    if written is not None and written.origin.startswith("stage:"):
        stage = stage_facts(facts, written.origin[6:])
        if stage is None:
            return _no(
                f"what {facts.launch.argv[0]} calls is not known: it comes from the image {written.origin[6:]}",
                written.line,
            )
    if written is not None and written.origin == "context":
        data = facts.context.read(_source_of(facts, written), limit=_LARGEST) or b""
        for name in (
            b"\0system\0",
            b"\0popen\0",
            b"\0execve\0",
            b"\0execvp\0",
            b"\0execv\0",
            b"\0posix_spawn\0",
            b"/bin/sh\0",
        ):
            if name in data:
                return _no(
                    f"{facts.launch.argv[0]} may start other programs: it holds {name.strip(bytes(1)).decode()}",
                    written.line,
                )
        return None
    fetched = built_among(stage.footprint if stage else facts.footprint)
    if fetched is not None:
        line = facts.dockerfile.source.line(fetched.span.start)
        return _no(
            f"what {facts.launch.argv[0]} calls is not known: it is built among sources that are fetched here", line
        )
    source = native_facts(facts.context, context_files(facts, stage.placed if stage else None))
    if not source.sources:
        return _no(
            f"what {facts.launch.argv[0]} calls is not known: its sources are not in the build context",
            facts.launch.line,
        )
    for called in source.programs:
        if not called.in_tests:
            what = "a shell" if called.shell else called.program or "a program whose name is not known"
            return _no(f"{called.path}:{called.line} starts {what}", None)
    for path, line in source.loads:
        return _no(f"{path}:{line} loads a library by name", None)
    return None


def _no(reason: str, line: int | None) -> Refusal:
    return Refusal(rung=Rung.DISTROLESS, reason=reason, line=line)


def _origin(facts: Facts) -> Written | None:
    """The COPY that brings the program, when no command of the final stage makes it."""
    if any(isinstance(e, Builds) and e.tool != "go" for _, e in facts.footprint.effects()):
        return None
    program = facts.launch.argv[0]
    wanted = _wanted(facts, program)
    return next((w for w in reversed(facts.footprint.written) if _copied(facts, w, wanted) is not None), None)


def _source_of(facts: Facts, written: Written) -> str:
    path = _copied(facts, written, _wanted(facts, facts.launch.argv[0])) or ""
    inside = path.removeprefix(written.path).strip("/")
    return f"{written.source.rstrip('/')}/{inside}" if inside else written.source


def _wanted(facts: Facts, program: str) -> tuple[str, ...]:
    directories = dict(facts.contract.env).get("PATH", _PATH).split(":")
    return (
        (join(facts.contract.workdir, program),)
        if "/" in program
        else tuple(f"{d}/{program}" for d in directories if d)
    )


def _program(facts: Facts) -> tuple[str, Evidence] | None:
    argv = facts.launch.argv
    if not argv:
        return None
    program = argv[0]
    wanted = _wanted(facts, program)
    for _, effect in facts.footprint.effects():
        if isinstance(effect, Builds) and effect.tool != "go":
            line = facts.dockerfile.source.line(effect.command.span.start)
            for path in wanted:
                if _puts(effect, path):
                    return path, Evidence(what=effect.command.text.split("\n")[0], line=line)
            if effect.tool in ("make", "cmake", "ninja", "meson") and _makes(effect, wanted):
                target = next(w for w in wanted if _makes(effect, (w,)))
                return target, Evidence(what=effect.command.text.split("\n")[0], line=line)
    for written in reversed(facts.footprint.written):
        found = _copied(facts, written, wanted)
        if found is not None:
            return found, Evidence(what=f"{written.source} is copied", line=written.line)
    return None


def _puts(build: Builds, path: str) -> bool:
    """Whether a build's output is that file, or the directory that the file lies in (`target/release/`)."""
    if not build.output:
        return False
    if build.output.endswith("/"):
        return path.rpartition("/")[0] == build.output.rstrip("/")
    return path == build.output


def _makes(build: Builds, wanted: tuple[str, ...]) -> bool:
    """make's outputs are below its directory; `make install` also has the prefix's program directory."""
    words = [w.static for w in build.command.argv]
    installs = "install" in words or any(w is not None and w.startswith("install") for w in words[1:])
    return any(
        (build.command.cwd and w.startswith(build.command.cwd.rstrip("/") + "/"))
        or (installs and w.rpartition("/")[0] in _INSTALLED)
        for w in wanted
    )


def _installs(facts: Facts) -> bool:
    """Whether a makefile says what goes where; `cargo install` names the one program that it makes."""
    return any(
        isinstance(e, Builds) and e.tool != "cargo" and any(w.static == "install" for w in e.command.argv)
        for _, e in facts.footprint.effects()
    )


def _install_custom(facts: Facts, refusal: Refusal) -> bool:
    """`make install` writes into /usr/local by custom: the whole prefix is taken, so its names do not matter."""
    return _installs(facts) and "/usr/local" in refusal.reason


def _copied(facts: Facts, written: Written, wanted: tuple[str, ...]) -> str | None:
    """The program's path when `written` is that file: an ELF file of the context, or one of another stage."""
    for path in wanted:
        if written.origin.startswith("stage:"):
            same = written.path == path or (
                written.path not in SYSTEM and join(written.path, written.source.rstrip("/").rsplit("/", 1)[-1]) == path
            )
            if same and "." not in path.rsplit("/", 1)[-1]:
                return path
        if written.origin == "context" and under(path, written.path) and facts.context.known:
            inside = path.removeprefix(written.path).strip("/")
            source = written.source.rstrip("/")
            candidate = f"{source}/{inside}" if inside else source
            data = facts.context.read(candidate, limit=4)
            if data is not None and data.startswith(_ELF):
                return path
    return None
