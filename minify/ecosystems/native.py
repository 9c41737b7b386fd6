"""Any single native binary: a program that the file compiles, or copies, with the shared libraries that it loads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from minify.analysis.contract import USUAL_PATH
from minify.analysis.facts import Facts, StageFacts, stage_facts
from minify.analysis.footprint import SYSTEM, Footprint, Written, under
from minify.analysis.launch import health_command
from minify.analysis.scopes import join
from minify.ecosystems.artifacts import Artifact, compiled, said_prefixes, trace
from minify.ecosystems.command import by_path
from minify.ecosystems.data_files import data_trees, generated, is_source, only_data, placements
from minify.ecosystems.fetched import built_among
from minify.ecosystems.finals import C_LIBRARY, closure_base
from minify.ecosystems.gate import shell_stays, starts
from minify.ecosystems.named import named_files
from minify.ecosystems.removed import taken_away
from minify.ecosystems.sources import context_files
from minify.ecosystems.static_probe import in_c, launcher_in_c, plan_asked
from minify.ecosystems.system import Calls, system_packages
from minify.ecosystems.trees import application_trees
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, RefusalKind, Rung, Runtime, Tree, refuse
from minify.shell.effects import Builds, InstallsLibraries, Writes

if TYPE_CHECKING:
    from minify.context.elf import Names
    from minify.context.native import NativeFacts
    from minify.context.places import Library

TEMPLATE = "native.Dockerfile.j2"

_LARGEST = 200_000_000
_ELF = b"\x7fELF"

# What says how a project is built, and with which options
_BUILD_FILES: Final = re.compile(
    r"(?:GNU)?[mM]akefile(?:\.\w+)*|CMakeLists\.txt|configure(?:\.ac|\.in)?|meson\.build|dune(?:-project|-workspace)?|"
    r"package\.yaml|stack\.yaml|cabal\.project(?:\.\w+)?|nim\.cfg|dub\.(?:json|sdl)|Package\.swift|build\.zig|shard\.yml|"
    r"config(?:\.toml)?|.*\.(?:mk|cmake|cabal|nims|nimble|ninja)"
)
_TOOLCHAINS: Final = ("rustup", "rustup-init", "opam", "ghcup")
_MAKERS: Final = ("make", "gmake", "cmake", "ninja", "meson")

# Which languages a tool builds: sources of one of them must be there to say what the program calls
_LANGUAGES: Final = {
    **dict.fromkeys(("cargo", "rustc"), ("rust",)),
    **dict.fromkeys(("stack", "cabal", "ghc"), ("haskell",)),
    **dict.fromkeys(("dune", "ocamlopt", "ocamlbuild"), ("ocaml",)),
    **dict.fromkeys(("swift", "swiftc"), ("swift",)),
    **dict.fromkeys(("crystal", "shards"), ("crystal",)),
    **dict.fromkeys(("nim", "nimble"), ("nim",)),
    **dict.fromkeys(("dub", "ldc2", "gdc"), ("d",)),
    "zig": ("zig", "c"),
    "gfortran": ("fortran",),
}


def detect(facts: Facts) -> Detection | None:
    """A native binary, when what starts was compiled by the file, or comes from another stage or the context as an ELF file."""
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
    artifact = trace(facts, _wanted(facts, facts.launch.argv[0]))
    sources = _sources(facts, artifact)
    stopped = sources if isinstance(sources, Refusal) else next(_stops(facts, sources, artifact), None)
    if stopped is not None or isinstance(sources, Refusal):
        return (stopped,) if stopped is not None else ()
    launch = launcher_in_c(facts, artifact) if artifact is not None and facts.launch.shelled else None
    if facts.launch.shelled and launch is None:
        return shell_stays(facts)
    system = system_packages(facts, Calls(programs=frozenset(), unknown=()), final, loads_by_name=False)
    built = _build_directories(facts)
    # `make install` spreads over the prefix: what it puts there is taken as a whole.
    prefix = _prefix(facts, path)
    if prefix in ("/usr", "/", ""):
        where = prefix or "a prefix"
        reason = f"make install writes into {where} under names that are not known"
        return (refuse(reason, artifact.line if artifact else None),)
    carried = application_trees(facts, [prefix] if prefix else [], left=(*built, *_caches(facts.footprint)))
    beside = next((one for one in sources.beside if not one.in_tests), None)
    if beside is not None and artifact is not None and artifact.stage is None and not prefix:
        # From another stage the program came without them, or with its directory
        return (refuse(f"{beside.path}:{beside.line} looks up files that the build puts beside the program", None),)
    refusals = [*system.refusals, *(r for r in carried.refusals if not _install_custom(facts, r))]
    if refusals:
        return tuple(refusals)
    data: tuple[str, ...] | None = ()
    made, unnamed = generated(facts, built, path)
    made = tuple(p for p in made if not _only_sources(facts, p) and not _only_programs(facts, p))
    if built:
        named = [one.literal for one in sources.opened if not one.in_tests]
        data = data_trees(facts, named)
        if data is not None:
            data = tuple(d for d in data if any(under(d, b) for b in built))
        if data is None or unnamed:
            data = tuple(b for b in built)
    trees = [Tree(path=path, reason="the program")]
    if prefix:
        trees = [Tree(path=prefix, reason="what make install puts there")]
    trees += [Tree(path=d, reason="files that the program may open", scanned=False) for d in data or ()]
    trees += [
        Tree(path=p, reason="written by RUN", certain=False, scanned=False) for p in made if not _cached(facts, p)
    ]
    # A directory of the base image's own programs, as /usr/local/cargo/bin: only the one that was built there
    shared = dict(facts.base.env).get("PATH", USUAL_PATH).split(":") if facts.base is not None else ()
    trees += [t for t in carried.trees if not (t.path.rstrip("/") in shared and under(path, t.path.rstrip("/")))]
    trees = [t for t in trees if t.path == path or not _only_entered(facts, t.path)]
    trees = [t._replace(scanned=False) if t.path != path and only_data(facts, t.path) else t for t in trees]
    trees += _asked(facts, trees)
    trees += named_files(facts, sources.opened)
    # Which directory of the prefix a makefile installs to is its own affair: PATH finds it, as before
    entrypoint, cmd = by_path(facts, None if prefix and "/" not in facts.launch.argv[0] else path)
    asking = in_c(facts, artifact) if artifact is not None else None
    if asking is not None and not any(under(asking.tree.path, tree.path.rstrip("/")) for tree in trees):
        trees.append(asking.tree)
    if launch is not None:
        entrypoint, cmd = (
            (launch.health, None) if facts.launch.shelled[0].keyword == "ENTRYPOINT" else (None, launch.health)
        )
        if not any(under(launch.tree.path, tree.path.rstrip("/")) for tree in trees):
            trees.append(launch.tree)
    values: dict[str, object] = {
        "probe": asking.tree.path if asking is not None else "",
        "checked": _checked(facts, artifact, path, prefix),
        "started": facts.launch.argv[0],
    }
    snapshot = _snapshot(facts, prefix) if prefix else None
    if prefix and snapshot is not None:
        # Of the prefix only what was not there before, which the gathering step takes
        trees = [t for t in trees if t.path != prefix and not under(t.path, prefix)]
        values |= {"installed": prefix, "before": _BEFORE}
        values |= {"scanned": [f"/runtime{prefix}", *(t.path for t in trees if t.scanned)], "program": ""}
    # What asks instead is curl or wget, which load libraries
    tool_asks = asking is None and plan_asked(facts) is not None
    alone = (
        not tool_asks
        and snapshot is None
        and artifact is not None
        and _static(facts, artifact, sources)
        and not any(t.scanned for t in trees if t.path != path)
    )
    loaded = [name for one in sources.loads if not one.in_tests and (name := _file_name(one.name))]
    if not alone and _may_load_libc(facts, artifact):
        loaded.append("libc.so.6")
    return Runtime(
        base=final,
        template=TEMPLATE,
        trees=tuple(dict.fromkeys(trees)),
        program=path,
        entrypoint=entrypoint,
        cmd=cmd,
        health=asking.health if asking is not None else None,
        insertions=(
            *((snapshot,) if snapshot is not None else ()),
            *(line for made in (launch, asking) if made is not None for line in made.insertions),
        ),
        packages=system.carried,
        brings_libc=not alone,
        loaded=tuple(dict.fromkeys(loaded)),
        files=_looked_up(facts, artifact),
        accounts=sources.users,
        values=values,
        decisions=(
            *system.decisions,
            *carried.decisions,
            *_of_prefix(facts, prefix, told=snapshot is not None),
            _said(artifact) if alone and artifact is not None else C_LIBRARY,
        ),
    )


_BEFORE: Final = "/before"


def _snapshot(facts: Facts, prefix: str) -> tuple[int, str] | None:
    """A RUN at the beginning that lists what the base image has in the prefix: compilers and languages lie in /usr/local.

    None where the base has nothing there that would come along.
    """
    base = facts.base
    if base is None or base.kind == "os" or prefix not in SYSTEM or base.user not in ("", "root", "0"):
        return None
    newline = facts.dockerfile.source.newline
    lines = (
        f"# What the base image has in {prefix}",
        f"RUN find {prefix} -type d > {_BEFORE} && find {prefix} ! -type d -exec stat -c '%s %Y %n' {{}} + >> {_BEFORE}",
    )
    first = facts.graph.lineage(facts.final)[0]
    return first.stage.from_.span.end, "".join(f"{line}{newline}" for line in lines)


def _of_prefix(facts: Facts, prefix: str | None, *, told: bool) -> Iterator[Decision]:
    """Whether all of a prefix comes along, the base image's own programs among it."""
    if prefix in SYSTEM and (facts.base is None or facts.base.kind != "os"):
        apart = "what the base image has there stays behind"
        whole = "what make install puts there is not told from what the base image has there: all of it comes along"
        yield Decision(
            subject=str(prefix), outcome=Outcome.KEPT, reason=apart if told else whole, line=facts.launch.line
        )


def _said(artifact: Artifact) -> Decision:
    reason = "the program is linked with all that it needs: no shared library, not even the C library, comes along"
    return Decision(subject=artifact.text, outcome=Outcome.KEPT, reason=reason, line=artifact.line)


def _checked(facts: Facts, artifact: Artifact | None, path: str, prefix: str | None) -> str:
    """What the build is to find an ELF file: a makefile may put a script where its program is started; "" for a compiler's file."""
    if artifact is None or (artifact.exact and artifact.tool not in ("dune", "nimble")) or path.endswith(".exe"):
        return ""
    by_name = prefix and "/" not in facts.launch.argv[0]
    return f'"$(command -v {facts.launch.argv[0]})"' if by_name else path


def _static(facts: Facts, artifact: Artifact, sources: NativeFacts) -> bool:
    """Whether the program needs no shared library: it is linked statically, and does not ask glibc for what that loads by name."""
    if artifact.static is not True or sources.loads:
        return False
    settings = (path for path in facts.context.files() if path.endswith((".cargo/config.toml", ".cargo/config")))
    if artifact.tool == "cargo" and any("crt-static" in (facts.context.read_text(path) or "") for path in settings):
        return False
    base = artifact.stage.base if artifact.stage is not None else None
    musl = "musl" in artifact.text or (base is not None and base.libc == "musl")
    asks = sources.looks_up or sources.foreign
    return musl or (sources.languages <= {"c", "rust", "fortran"} and not asks)


_STATIC: Final = re.compile(r"(?<![\w-])(?:-static|--static|crt-static)(?![\w-])")


def _may_load_libc(facts: Facts, artifact: Artifact | None) -> bool:
    """Whether a program may be a static one of glibc: its lookups of names load libraries, which need the shared libc."""
    if facts.base is None or facts.base.libc == "musl":
        return False
    if artifact is None:
        held = _held(facts)
        return held is not None and not held.dynamic
    if artifact.static is not None:
        return artifact.static
    return any(_STATIC.search(text) for text in (artifact.text, *(text for _, text in _build_texts(facts))))


def _sources(facts: Facts, artifact: Artifact | None) -> NativeFacts | Refusal:
    """What the program's sources say, or why there are none to read."""
    # Only a compiled program's plan reads sources: other files need not wait for the import
    from minify.context.native import NativeFacts, native_facts
    from minify.context.needs import native_calls

    nothing = NativeFacts((), (), (), frozenset())
    program = facts.launch.argv[0]
    if artifact is None:
        written = _origin(facts)
        if written is None or written.origin != "context":
            where = written.origin[6:] if written is not None else ""
            line = written.line if written is not None else facts.launch.line
            if where and stage_facts(facts, where) is None:
                return refuse(f"what {program} calls is not known: it comes from the image {where}", line)
            return refuse(f"what {program} calls is not known: no command of stage {where} is seen to build it", line)
        held = _held(facts)
        users = held is not None and not held.functions.isdisjoint(native_calls("symbols", "users"))
        return _prebuilt(facts, program, written) or nothing._replace(users=users)
    stage = artifact.stage
    fetched = built_among(stage.footprint if stage else facts.footprint)
    if fetched is not None:
        line = facts.dockerfile.source.line(fetched.span.start)
        return refuse(f"what {program} calls is not known: it is built among sources that are fetched here", line)
    files = context_files(facts, stage.placed if stage else None)
    source = native_facts(facts.context, files, artifact.named | _made_of(facts, artifact))
    source = source._replace(loads=(*source.loads, *_nim_tls(facts, artifact, files)))
    wanted = _LANGUAGES.get(re.sub(r"-[\d.]+$", "", artifact.tool))
    if not source.languages or (wanted is not None and source.languages.isdisjoint(wanted)):
        return refuse(
            f"what {program} calls is not known: its sources are not in the build context",
            facts.launch.line,
            kind=RefusalKind.UNSEEN,
        )
    return source


def _prebuilt(facts: Facts, program: str, written: Written) -> Refusal | None:
    """Why a program that the context holds may start others, or load libraries, or why that is not known."""
    from minify.context.needs import native_calls

    held = _held(facts)
    if held is None or (held.stripped and not held.dynamic):
        return refuse(f"what {program} calls is not known: its names are stripped", written.line)
    for what, key in (("start other programs", "starts"), ("load libraries by name", "loads")):
        name = next((one for one in native_calls("symbols", key) if one in held.functions), None)
        if name is not None:
            return refuse(f"{program} may {what}: it holds {name}", written.line)
    return None


def _held(facts: Facts) -> Names | None:
    """The names in the program that the context holds."""
    from minify.context.elf import names

    written = _origin(facts)
    return None if written is None else names(facts.context.read(_source_of(facts, written), limit=_LARGEST) or b"")


def _build_texts(facts: Facts) -> Iterator[tuple[str, str]]:
    """What says how the project is built: each file's path and text."""
    for path in facts.context.files():
        if _BUILD_FILES.fullmatch(path.rpartition("/")[2]):
            yield path, facts.context.read_text(path) or ""


_TLS: Final = re.compile(
    r"(?:-d|--define)\s*[:=]\s*\"?ssl\b|\bswitch\(\s*\"d(?:efine)?\"\s*,\s*\"ssl\b|^\s*define\s*[:=]\s*\"?ssl\b",
    re.MULTILINE,
)


def _nim_tls(facts: Facts, artifact: Artifact, files: Sequence[str]) -> Iterator[Library]:
    """OpenSSL, which Nim's standard library loads by name where `-d:ssl` asks for it."""
    from minify.context.places import Library

    if artifact.tool not in ("nim", "nimble"):
        return
    settings = [path for path in files if path.endswith((".nims", ".nimble", "nim.cfg", ".nim.cfg"))]
    texts = [(path, facts.context.read_text(path) or "") for path in settings]
    for path, text in (("", artifact.text), *texts):
        if _TLS.search(text):
            yield from (Library(name, "dlopen", path or artifact.text, 1) for name in ("ssl", "crypto"))
            return


def _stops(facts: Facts, source: NativeFacts, artifact: Artifact | None) -> Iterator[Refusal]:
    """What the program calls that the final image has not, or that is not known."""
    from minify.context.native import dependencies
    from minify.context.needs import native_needs

    for called in source.programs:
        if not called.in_tests:
            yield starts(called)
    for load in source.loads:
        if not load.in_tests and _file_name(load.name) is None:
            yield refuse(f"{load.path}:{load.line} loads a library by name", None)
        elif not load.in_tests and facts.base is not None and facts.base.libc == "musl":
            yield refuse(
                f"{load.path}:{load.line} loads the library {load.name} by name, which no command tells on musl", None
            )
    if artifact is None:
        return
    stage = artifact.stage
    text = _written(facts, artifact)
    if text is not None:
        yield refuse(f"{text} writes {artifact.made.rpartition('/')[2]} as a text: no compiler makes it", artifact.line)
    if _wrapped(facts, artifact):
        yield refuse("libtool puts a script that finds its libraries where the program is", artifact.line)
    packed = _packed(facts, stage)
    if packed is not None and artifact.static is not True:
        yield refuse("upx hides which libraries the program loads", packed)
    files = context_files(facts, stage.placed if stage else None)
    for registry, names in dependencies(facts.context, files).items():
        for name in names:
            needs = native_needs(registry, name)
            if needs is not None and not needs.files:
                yield refuse(f"the program is built with {name}: {needs.why}", None)
    for package, line in _installed(facts, stage):
        needs = native_needs("system", package)
        if needs is not None and not needs.files:
            yield refuse(f"{package} is installed, and {needs.why}", line)


def _made_of(facts: Facts, artifact: Artifact) -> frozenset[str]:
    """The files and directories that the project's build files name for the program: what is compiled is no test."""
    from minify.context.makefiles import made_of

    if artifact.tool not in _MAKERS:
        return frozenset()
    name = artifact.made.rpartition("/")[2]
    return frozenset(word for _, text in _build_texts(facts) for word in made_of(text, name))


def _written(facts: Facts, artifact: Artifact) -> str | None:
    """Where a makefile says that the program is a text: `sed … app.sh.in > app`."""
    from minify.context.makefiles import written

    if artifact.tool not in ("make", "gmake"):
        return None
    name = artifact.made.rpartition("/")[2]
    for path, text in _build_texts(facts):
        rule = written(text, name)
        if rule is not None and not any(compiled(word) for word in rule.recipe.split()):
            return f"{path}:{rule.line}"
    return None


_LIBTOOL: Final = re.compile(r"^[ \t]*(?:LT_INIT|A[CM]_PROG_LIBTOOL)\b", re.MULTILINE)
# Those that are not installed are archives, which need no script
_SHARED: Final = re.compile(r"^(?!noinst_|check_|EXTRA_)\w*LTLIBRARIES[ \t]*\+?=", re.MULTILINE)


def _wrapped(facts: Facts, artifact: Artifact) -> bool:
    """Whether automake's program lies where it was linked with libtool's shared libraries of the same project."""
    if artifact.tool not in _MAKERS or artifact.installed or "/.libs/" in artifact.path:
        return False
    texts = tuple(_build_texts(facts))
    asked = any("/configure." in f"/{path}" and _LIBTOOL.search(text) for path, text in texts)
    return asked and any(f"/{path}".endswith("/Makefile.am") and _SHARED.search(text) for path, text in texts)


def _packed(facts: Facts, stage: StageFacts | None) -> int | None:
    """The line of a command that packs programs so that the loader's tools cannot read them."""
    for footprint in (facts.footprint, *((stage.footprint,) if stage else ())):
        for run in footprint.runs:
            for command in run.script.commands:
                if command.name == "upx":
                    return facts.dockerfile.source.line(command.span.start)
    return None


def _file_name(library: str | None) -> str | None:
    """What a library that is loaded by name is called in the system's own directories; None for a path or a plugin.

    >>> _file_name("libz.so.1"), _file_name("pcre"), _file_name("./plugin.so")
    ('libz.so.1', 'libpcre.so.*', None)
    """
    if library is None:
        return None
    if re.fullmatch(r"lib[\w+-]+\.so(?:\.\d+)*", library):
        return library
    return f"lib{library}.so.*" if re.fullmatch(r"[\w+-]+", library) else None


def _installed(facts: Facts, stage: StageFacts | None) -> Iterator[tuple[str, int]]:
    for footprint in (facts.footprint, *((stage.footprint,) if stage else ())):
        for install in footprint.installs:
            for package in install.packages:
                yield package.name, facts.dockerfile.source.line(package.span.start)


def _looked_up(facts: Facts, artifact: Artifact | None) -> tuple[str, ...]:
    """Files that a linked library looks up by name."""
    from minify.context.needs import native_needs

    found: dict[str, None] = {}
    for package, _ in _installed(facts, artifact.stage if artifact else None):
        needs = native_needs("system", package)
        if needs is not None:
            found.update(dict.fromkeys(needs.files))
    return tuple(found)


def _only_sources(facts: Facts, path: str) -> bool:
    """Whether what a RUN makes at a path is source, or goes again: `mkdir src && echo "fn main() {}" > src/main.rs`."""
    if is_source(path.strip("/")) or taken_away(facts, path):
        return True
    inside = [one.source for one in placements(facts) if under(one.target, path)]
    return bool(inside) and all(is_source(source) for source in inside)


def _only_entered(facts: Facts, path: str) -> bool:
    """Whether a directory is only there because WORKDIR makes it: the final stage's own makes it again."""
    below = [w for w in facts.footprint.written if under(w.path, path)]
    return path == facts.contract.workdir and all(w.origin == "workdir" for w in below)


def _asked(facts: Facts, trees: Sequence[Tree]) -> tuple[Tree, ...]:
    """The program of its own that the health check runs."""
    check = facts.contract.healthcheck
    argv = health_command(check, []) if check is not None else ()
    found = trace(facts, _wanted(facts, argv[0])) if argv else None
    if found is None or any(under(found.path, tree.path.rstrip("/")) for tree in trees):
        return ()
    return (Tree(path=found.path, reason="asks what HEALTHCHECK asks"),)


def _build_directories(facts: Facts) -> tuple[str, ...]:
    """The directories of the final stage that only hold what is compiled there, and what is not source beside it."""
    worked = [e.command.cwd for _, e in facts.footprint.effects() if isinstance(e, Builds)]
    copied = [w.path for w in facts.footprint.written if w.origin == "context"]
    # `cd build && cmake ..`: the sources lie above
    above = [path for path in copied if any(under(cwd, path) for cwd in worked)]
    return tuple(dict.fromkeys(path for path in (*worked, *above) if path not in ("", *SYSTEM)))


def _caches(footprint: Footprint) -> tuple[str, ...]:
    """What build tools and toolchains keep for their next run."""
    found: dict[str, None] = {}
    for _, effect in footprint.effects():
        if isinstance(effect, InstallsLibraries) and effect.tool in ("cargo", "shards", "swift") and effect.prefix:
            found[effect.prefix] = None
        elif isinstance(effect, Writes) and (
            effect.command.name in _TOOLCHAINS or (compiled(effect.command.name) and "/." in effect.path)
        ):
            found[effect.path] = None
    return tuple(found)


def _cached(facts: Facts, path: str) -> bool:
    return any(under(path, cache) for cache in _caches(facts.footprint))


def _origin(facts: Facts) -> Written | None:
    """The COPY that brings the program."""
    wanted = _wanted(facts, facts.launch.argv[0])
    return next((w for w in reversed(facts.footprint.written) if _copied(facts, w, wanted) is not None), None)


def _source_of(facts: Facts, written: Written) -> str:
    path = _copied(facts, written, _wanted(facts, facts.launch.argv[0])) or ""
    inside = path.removeprefix(written.path).strip("/")
    return f"{written.source.rstrip('/')}/{inside}" if inside else written.source


def _wanted(facts: Facts, program: str) -> tuple[str, ...]:
    directories = facts.contract.path.split(":")
    return (
        (join(facts.contract.workdir, program),)
        if "/" in program
        else tuple(f"{d}/{program}" for d in directories if d)
    )


def _program(facts: Facts) -> tuple[str, Evidence] | None:
    argv = facts.launch.argv
    if not argv:
        return None
    wanted = _wanted(facts, argv[0])
    if _text(facts, wanted):
        return None
    artifact = trace(facts, wanted)
    if artifact is not None:
        return artifact.path, Evidence(what=artifact.text, line=artifact.line)
    for written in reversed(facts.footprint.written):
        found = _copied(facts, written, wanted)
        if found is not None:
            return found, Evidence(what=f"{written.source} is copied", line=written.line)
    return None


def _text(facts: Facts, wanted: Sequence[str]) -> bool:
    """Whether what starts is a text of the context, as a script beside what is built."""
    for placement in placements(facts):
        if placement.target in wanted:
            return not (facts.context.read(placement.source, limit=4) or _ELF).startswith(_ELF)
    return False


def _prefix(facts: Facts, path: str) -> str | None:
    """The prefix that a makefile installs to, when the program is there; `cargo install` names the one program that it makes."""
    for _, effect in facts.footprint.effects():
        makes = isinstance(effect, Writes) and effect.command.name in (*_MAKERS, "dune")
        if isinstance(effect, Writes) and (makes or (effect.command.name == "zig" and _zig_installs_data(facts))):
            said = () if effect.certain else said_prefixes(facts.footprint)
            for prefix in said or (effect.path,):
                if under(path, prefix):
                    return prefix
    return None


def _only_programs(facts: Facts, path: str) -> bool:
    """Whether a directory is the prefix of a zig build that installs nothing else."""
    made = (e for _, e in facts.footprint.effects() if isinstance(e, Writes) and e.path == path)
    return any(e.command.name == "zig" for e in made) and not _zig_installs_data(facts)


def _zig_installs_data(facts: Facts) -> bool:
    """Whether build.zig puts more than programs below its prefix."""
    texts = (facts.context.read_text(p) or "" for p in context_files(facts) if p.endswith("build.zig"))
    return any(re.search(r"[iI]nstall(?:Directory|File|BinFile)\b", text) for text in texts)


def _install_custom(facts: Facts, refusal: Refusal) -> bool:
    """`make install` writes into /usr/local by custom: the whole prefix is taken, so its names do not matter."""
    installs = any(
        isinstance(e, Writes) and e.path == "/usr/local" and e.command.name in (*_MAKERS, "zig")
        for _, e in facts.footprint.effects()
    )
    return installs and refusal.into is not None and under(refusal.into, "/usr/local")


def _copied(facts: Facts, written: Written, wanted: Sequence[str]) -> str | None:
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
