"""Where a compiled program comes from: the command that builds it, followed through copies and stages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from minify.analysis.facts import Facts, StageFacts, stage_facts
from minify.analysis.footprint import SYSTEM, Footprint, RunRead
from minify.analysis.scopes import join
from minify.shell.effects import Builds, CopiesFile, Effect, RunsProject, Writes

_DEEP: Final = ("stack", "cabal", "dune", "swift", "ocamlbuild")
"""Tools that put their programs somewhere below the directory that they name."""
_MAKERS: Final = ("make", "gmake", "cmake", "ninja", "meson", "nimble", "dub")
"""Tools whose project says where below the directory its programs are put."""
_COMPILERS: Final = (
    *("gcc", "g++", "cc", "c++", "clang", "clang++", "musl-gcc", "gfortran", "gdc", "zig"),
    *("cargo", "rustc", "ghc", "ocamlopt", "swiftc", "crystal", "shards", "nim", "ldc2"),
)
# How a recipe asks its tool where it put a program
_ASKS: Final = re.compile(
    r"\b(?:cabal\s+(?:-v0\s+)?(?:list-bin|exec)|stack\s+(?:path|exec)|swift\s+build\b[^)`]*--show-bin-path|find\s+[^)`]*dist-newstyle)\b"
)
# What an interpreter runs, as ocamlrun does what dune calls main.bc
_SCRIPTS: Final = (".bc", ".js", ".mjs", ".wasm", ".jar", ".sh", ".py", ".pl", ".rb", ".php", ".lua")
_DEPTH: Final = 4


class Artifact(NamedTuple):
    """A program at `path` of the final stage, what builds it, and where."""

    path: str
    tool: str
    text: str
    """The command, as written."""
    line: int
    run: RunRead
    static: bool | None
    stage: StageFacts | None
    """The stage that builds it, when it is not the final one."""
    exact: bool
    """Whether the command names this very file, or the directory that it lies in."""
    origin: str = ""
    """What the COPY of the final stage that brings it calls its stage."""
    installed: bool = False
    """Whether it lies where `make install` put it."""
    made: str = ""
    """Where in its stage the command puts it."""
    named: frozenset[str] = frozenset()
    """The names of files and directories that its RUN says to compilers: what they compile is no test."""


def trace(facts: Facts, wanted: Sequence[str]) -> Artifact | None:
    """The first of some paths of the final stage that is a program which a command of the file builds."""
    for path in wanted:
        found = _in_stage(facts, None, path, _DEPTH)
        if found is not None:
            return found._replace(path=path)
    return None


def compiled(tool: str) -> bool:
    """Whether what a tool builds are programs of the processor, and no archives of a virtual machine."""
    return tool in (*_DEEP, *_MAKERS) or re.sub(r"-[\d.]+$", "", tool) in _COMPILERS


def _in_stage(facts: Facts, stage: StageFacts | None, path: str, depth: int) -> Artifact | None:
    footprint = facts.footprint if stage is None else stage.footprint
    effects = tuple(footprint.effects())
    found = _built(facts, effects, stage, path, depth)
    if found is not None and (not depth or found.exact):
        return found
    # A COPY that names the file says more than a makefile that may have made it
    return (_copied(facts, footprint, path, depth) if depth else None) or found


def _built(
    facts: Facts, effects: Sequence[tuple[RunRead, Effect]], stage: StageFacts | None, path: str, depth: int
) -> Artifact | None:
    for index in range(len(effects) - 1, -1, -1):
        run, effect = effects[index]
        if isinstance(effect, CopiesFile) and depth:
            for source in _sources(effect, path):
                found = _built(facts, effects[:index], stage, source, depth - 1)
                if found is None and stage is None:
                    found = _copied(facts, facts.footprint, source, depth - 1)
                if found is not None:
                    return found
        elif isinstance(effect, Writes) and effect.command.name in ("cp", "mv", "install"):
            near = path in (effect.path, join(effect.path, path.rpartition("/")[2]))
            if near and _ASKS.search(effect.command.text):
                built = [(r, e) for r, e in effects[:index] if isinstance(e, Builds) and compiled(e.tool)]
                if built:
                    return _artifact(facts, *built[-1], stage, path)
        elif (
            (isinstance(effect, Writes) and effect.command.name in _MAKERS and _installed(facts, stage, effect, path))
            or (isinstance(effect, Builds) and compiled(effect.tool) and _makes(effect, path))
            or (
                isinstance(effect, RunsProject)
                and effect.tool in ("make", "gmake")
                and _below(path, effect.command.cwd)
            )
        ):
            return _artifact(facts, run, effect, stage, path)
    return None


def said_prefixes(footprint: Footprint) -> tuple[str, ...]:
    """The prefixes that configure, cmake or meson were given: `make install` in a later RUN does not say them."""
    found: dict[str, None] = {}
    for run in footprint.runs:
        for command in run.script.commands:
            if command.name not in ("configure", "config", "Configure", "cmake", "meson"):
                continue
            words = [text or "" for text in command.args]
            for number, word in enumerate(words):
                name, equals, value = word.partition("=")
                if name in ("--prefix", "-DCMAKE_INSTALL_PREFIX", "-DCMAKE_INSTALL_PREFIX:PATH", "-Dprefix"):
                    said = value if equals else (*words, "")[number + 1]
                    found[said.rstrip("/") if said.startswith("/") else ""] = None
    return tuple(found)


def _artifact(
    facts: Facts, run: RunRead, effect: Builds | RunsProject | Writes, stage: StageFacts | None, made: str
) -> Artifact:
    return Artifact(
        path="",
        tool=effect.command.name if isinstance(effect, Writes) else effect.tool,
        text=effect.command.text.split("\n")[0],
        line=facts.dockerfile.source.line(effect.command.span.start),
        run=run,
        static=effect.static if isinstance(effect, Builds) else None,
        stage=stage,
        exact=isinstance(effect, Builds) and effect.tool not in _MAKERS,
        installed=isinstance(effect, Writes),
        made=made,
        named=_named(run),
    )


def _named(run: RunRead) -> frozenset[str]:
    """`gcc -o run test/run.c`: `{"run", "test", "run.c"}`."""
    found: set[str] = set()
    for command in run.script.commands:
        if compiled(command.name):
            words = [word or "" for word in command.args]
            found.update(part for word in (*words, command.cwd) for part in word.split("/"))
            # The directory in which cargo looks for them, and puts them
            found.update(("examples",) if any(word.startswith("--example") for word in words) else ())
    return frozenset(found)


def _copied(facts: Facts, footprint: Footprint, path: str, depth: int) -> Artifact | None:
    for written in reversed(footprint.written):
        if not written.origin.startswith("stage:"):
            continue
        inside = _within(path, written.path, written.source.rstrip("/"))
        stage = stage_facts(facts, written.origin[6:]) if inside else None
        for candidate in inside if stage is not None else ():
            assert stage is not None
            found = _in_stage(facts, stage, join("/", candidate), depth - 1)
            if found is not None:
                # Of several stages in a row, the final one's COPY counts for it, and the first builds it
                return found._replace(origin=written.origin[6:] if footprint is facts.footprint else found.origin)
    return None


def _within(path: str, dest: str, source: str) -> tuple[str, ...]:
    """Where in the other stage COPY may have what it puts at a path: the source itself, or a file below it."""
    name = source.rpartition("/")[2]
    if path == dest:
        return (source,)
    if not _below(path, dest):
        return ()
    rest = path.removeprefix(dest).strip("/")
    if rest == name:
        return source, f"{source}/{rest}"
    if fnmatchcase(rest, name) and any(c in name for c in "*?["):
        return (f"{source.rpartition('/')[0]}/{rest}",)
    return (f"{source}/{rest}",)


def _sources(effect: CopiesFile, path: str) -> Iterator[str]:
    """Where cp, mv, ln or install may have taken the file at a path from."""
    target, source = effect.target.rstrip("/"), effect.source
    name = source.rpartition("/")[2]
    if path == target and not effect.target.endswith("/"):
        yield source
    elif _below(path, target or "/"):
        rest = path.removeprefix(target).strip("/")
        if name == ".":
            yield f"{source.removesuffix('/.')}/{rest}"
        elif rest == name:
            yield source
        elif "/" not in rest and any(c in name for c in "*?[") and fnmatchcase(rest, name):
            yield f"{source.rpartition('/')[0]}/{rest}"
        elif rest.startswith(f"{name}/"):
            yield f"{source}/{rest.removeprefix(name).strip('/')}"
        else:
            yield f"{source}/{rest}"


def _below(path: str, directory: str) -> bool:
    return bool(directory) and path.startswith(directory.rstrip("/") + "/")


def _makes(build: Builds, path: str) -> bool:
    """Whether a build's output is that file, or a directory that the file lies in (`target/release/`)."""
    if path.endswith(_SCRIPTS):
        return False
    if build.tool in _MAKERS:
        return _below(path, build.command.cwd) or _below(path, build.output or "")
    if build.tool == "cargo" and _of_workspace(build, path):
        return True
    if not build.output:
        return False
    if build.tool in _DEEP:
        return path == build.output or _below(path, build.output)
    in_place = build.output.endswith("/") and path.rpartition("/")[0] == build.output.rstrip("/")
    return path == build.output or in_place


_TARGET: Final = re.compile(r"(?P<root>.*)/target/(?:[\w.-]+/)?(?P<profile>[\w-]+)/[^/]+")


def _of_workspace(build: Builds, path: str) -> bool:
    """Whether a path is in the target directory of the crate, or of a workspace above it; settings may name the target."""
    found = _TARGET.fullmatch(path)
    if found is None or not build.output or build.command.args[:1] not in (("build",), ("b",)):
        return False
    cwd = build.command.cwd
    named = build.output.rstrip("/").split("/")
    profile = found["profile"] in (named[-1], *(named[-2:-1] if not build.output.endswith("/") else ()))
    return profile and (cwd == found["root"] or _below(cwd, found["root"] or "/"))


def _installed(facts: Facts, stage: StageFacts | None, effect: Writes, path: str) -> bool:
    said = () if effect.certain else said_prefixes(facts.footprint if stage is None else stage.footprint)
    return any(_installs(prefix, path) for prefix in said or (effect.path,) if prefix)


def _installs(prefix: str, path: str) -> bool:
    """Whether a program lies where `make install` puts those of a prefix, or of a DESTDIR.

    >>> _installs("/usr/local", "/usr/local/bin/app"), _installs("/usr/local", "/usr/local/app"), _installs("/out", "/out/usr/bin/app")
    (True, False, True)
    """
    directory = path.rpartition("/")[0]
    return directory in (f"{prefix.rstrip('/')}/{name}" for name in ("bin", "sbin")) or (
        prefix not in SYSTEM and _below(path, prefix)
    )
