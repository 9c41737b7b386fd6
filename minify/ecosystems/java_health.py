"""A health check by curl, wget or nc that a small Java class asks: compiled by the JDK that is there, run by the Java of the final image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from minify.analysis.facts import Facts, stage_facts
from minify.analysis.footprint import under
from minify.analysis.scopes import Placed
from minify.analysis.stages import StageNode
from minify.ecosystems.health import asked, in_lines
from minify.ecosystems.java_command import JavaCommand, class_places
from minify.ecosystems.java_machine import Machine, is_jdk, major_of
from minify.image.catalog import BaseImage
from minify.plan import Decision, Outcome, Tree
from minify.syntax import User

if TYPE_CHECKING:
    from minify.health import HealthPlan

PLACE: Final = "/usr/local/lib/healthcheck"
# What another virtual machine that starts beside the application would load or listen with as well
_SHARED: Final = re.compile(r"-javaagent:|-agent(?:lib|path):|jmxremote\.port|-XX:StartFlightRecording|-Xlog:\S*file=")
_OPTIONS: Final = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
_ROOT: Final = ("", "root", "0")
_OLDEST: Final = 8
"""Neither an older Java nor its compiler reads the class."""
_LASTING: Final = 11
"""What every Java from this one on reads, and its compiler writes: for a FROM that may be another version tomorrow."""


class Probe(NamedTuple):
    """Lines for the stages (offset and text), the directory of the class, what HEALTHCHECK says instead, and what to look at."""

    insertions: tuple[tuple[int, str], ...]
    tree: Tree
    health: tuple[str, ...]
    decision: Decision


class _Compiler(NamedTuple):
    """Where a JDK compiles: behind which offset, its major version, and the stage's name where it is not the last one."""

    offset: int
    major: int
    origin: str | None
    moves: bool
    """Whether its version or that of the final image may be another one: the tag names none, or an argument does."""


def probe(facts: Facts, java: Machine, command: JavaCommand, program: str) -> Probe | str | None:
    """The class that asks, or why there is none; None when nothing is to be asked. `program` is Java in the final image."""
    plan, placed = asked(facts), facts.contract.healthcheck
    if placed is None or plan is None or isinstance(plan, tuple):
        return None
    said = dict(facts.contract.env)
    shared = _SHARED.search(" ".join(said.get(name, "") for name in _OPTIONS))
    if shared is not None:
        return f"every Java of the container is given {shared[0].rstrip(':')}, one that asks for HEALTHCHECK too"
    compiler = _compiler(facts, java, command)
    if compiler is None:
        return "no stage has a JDK that could compile a class for HEALTHCHECK"
    if java.major is None:
        return f"{java.name} does not say which version of Java it has, so for which one a class is to be compiled is not known"
    if int(java.major) < _OLDEST:
        return f"Java {java.major} reads no class that could ask"
    text = _text(plan, compiler, int(java.major))
    if text is None:
        return "Java itself cannot ask what HEALTHCHECK asks"
    newline = facts.dockerfile.source.newline
    insertions = [(compiler.offset, text.replace("\n", newline))]
    if compiler.origin is not None:
        after = facts.final.stage.from_.span.end
        insertions.append((after, f"COPY --from={compiler.origin} {PLACE} {PLACE}{newline}"))
    return Probe(
        insertions=tuple(insertions),
        tree=Tree(path=PLACE, reason="asks what HEALTHCHECK asks", scanned=False),
        health=(program, "-cp", PLACE, "Healthcheck"),
        decision=Decision(
            subject="HEALTHCHECK",
            outcome=Outcome.CHECK,
            reason="each check starts a Java of its own: --timeout has to leave it about a second, the memory limit about 40 MB",
            line=placed.instruction.line,
        ),
    )


def _text(plan: HealthPlan, compiler: _Compiler, major: int) -> str | None:
    from minify.health.renderers.java import java

    source = java(plan)
    if not isinstance(source, str):
        return None
    # What a newer compiler writes an older Java does not read; javac 8 has no --release
    release = f"--release {major} " if major < compiler.major else ""
    if compiler.moves:
        release = f"--release {_LASTING} " if min(major, compiler.major) >= _LASTING else "-source 8 -target 8 "
    return (
        "# The class that HEALTHCHECK runs: the final image has nothing else that could ask\n"
        f"RUN {in_lines(source)}> /tmp/Healthcheck.java \\\n"
        f"    && mkdir -p {PLACE} && javac {release}-d {PLACE} /tmp/Healthcheck.java\n"
    )


def _compiler(facts: Facts, java: Machine, command: JavaCommand) -> _Compiler | None:
    if facts.dockerfile.escape != "\\":
        return None
    if not java.packages and not java.placed and (major := _compiles(facts.base)):
        if _user_at(facts.placed, facts.final.stage.index, facts.base) in _ROOT:
            return _Compiler(facts.final.stage.from_.span.end, major, None, _moves(facts.lineage[0], facts.base))
        return None
    for place in class_places(command, facts.contract.workdir, dict(facts.contract.env).get("CLASSPATH")):
        for written in reversed(facts.footprint.written):
            if not written.origin.startswith("stage:") or not (
                under(place, written.path) or under(written.path, place)
            ):
                continue
            name = written.origin.removeprefix("stage:")
            stage = stage_facts(facts, name)
            if stage is None or stage.base is None or stage.node.stage.from_.platform is not None:
                continue
            major = _compiles(stage.base)
            if major is not None and _user_at(stage.placed, stage.node.stage.index, stage.base) in _ROOT:
                first = facts.graph.lineage(stage.node)[0]
                moves = _moves(first, stage.base) or _moves(facts.lineage[0], facts.base)
                return _Compiler(stage.node.stage.from_.span.end, major, name, moves)
    return None


def _moves(first: StageNode, base: BaseImage | None) -> bool:
    return base is None or base.floating or first.stage.from_.image != first.written


def _compiles(base: BaseImage | None) -> int | None:
    """The major version of an image that is known to have a compiler which reads the class."""
    major = major_of(base) if base is not None and is_jdk(base) else None
    return int(major) if major is not None and int(major) >= _OLDEST else None


def _user_at(placed: tuple[Placed, ...], stage: int, base: BaseImage | None) -> str:
    """Who a stage's first instruction runs as."""
    users = [p.instruction.user for p in placed if isinstance(p.instruction, User) and p.stage != stage]
    user = users[-1] if users else base.user if base is not None else ""
    return user.partition(":")[0]
