"""A health check by curl, wget or nc that a static program asks: built beside the application, by a compiler of its stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from minify.analysis.facts import Facts, StageFacts
from minify.ecosystems.artifacts import Artifact
from minify.ecosystems.health import asked
from minify.ecosystems.machines import foreign
from minify.image.catalog import BaseImage
from minify.image.compilers import links_statically
from minify.plan import Tree

if TYPE_CHECKING:
    from minify.health import HealthPlan

PLACE: Final = "/usr/local/bin/healthcheck"
_ROOT: Final = ("", "root", "0", "0:0", "root:root")


class Probe(NamedTuple):
    """Lines for the build stages (offset and text), the program, and what HEALTHCHECK says instead."""

    insertions: tuple[tuple[int, str], ...]
    tree: Tree
    health: tuple[str, ...]


class Maker(NamedTuple):
    """How a source becomes a static program: the ending of its file, and the command before `-o PLACE FILE`."""

    ending: str
    compiler: str
    apart: str = ""
    """What keeps root's cache away from the one of the user that builds the application."""


GO: Final = Maker("go", "CGO_ENABLED=0 GO111MODULE=off GOFLAGS='' go build", apart="GOCACHE=/tmp/healthcheck-cache ")


def plan_asked(facts: Facts) -> HealthPlan | None:
    """What the health check asks, when it is to be asked by another program."""
    plan = asked(facts)
    if plan is None:
        return None
    from minify.health import HealthPlan

    return plan if isinstance(plan, HealthPlan) else None


class Made(NamedTuple):
    """A program that is made in the build stage: where it is put, what is said above it, and why it comes along."""

    path: str
    comment: str
    reason: str


_PROBE: Final = Made(
    PLACE,
    "The program that HEALTHCHECK runs: the final image has nothing else that could ask",
    "asks what HEALTHCHECK asks",
)
_LAUNCH: Final = Made(
    "/usr/local/bin/launch",
    "What the shell did for {}: the final image has none",
    "does what the shell did, and becomes the program",
)


def place(
    facts: Facts,
    stage: StageFacts | None,
    origin: str,
    run_start: int,
    maker: Maker,
    source: str,
    made: Made = _PROBE,
) -> Probe | None:
    """The program, built before the RUN at `run_start`; None when the compiler is not for this machine.

    `stage` builds the application where the final stage does not, and is what `COPY --from=origin` names.
    """
    placed = stage.placed if stage is not None else facts.placed
    if foreign(facts, stage) or facts.dockerfile.escape != "\\" or not _carries(facts, stage, origin):
        return None
    user = next(p.scope.user for p in placed if p.instruction.span.start == run_start)
    newline = facts.dockerfile.source.newline
    # Another user may not write to the place
    other = user not in _ROOT
    name = made.path.rpartition("/")[2]
    lines = source.rstrip("\n").split("\n")
    text = (
        f"# {made.comment}\n"
        "RUN printf '%s\\n' \\\n    "
        + " \\\n    ".join(map(_quoted, lines))
        + f" \\\n    > /tmp/{name}.{maker.ending} \\\n"
        f"    && {maker.apart if other else ''}{maker.compiler} -o {made.path} /tmp/{name}.{maker.ending}\n"
    )
    if other:
        text = f"USER root\n{text}USER {user}\n"
    insertions = [(_above(facts.dockerfile.source.text, run_start), text.replace("\n", newline))]
    if stage is not None:
        after = facts.final.stage.from_.span.end
        insertions.append((after, f"COPY --from={origin} {made.path} {made.path}{newline}"))
    return Probe(tuple(insertions), Tree(path=made.path, reason=made.reason, scanned=False), (made.path,))


def _carries(facts: Facts, stage: StageFacts | None, origin: str) -> bool:
    """Whether the stage that the final one copies from has what `stage` makes: it is that one, or stands on it."""
    if stage is None:
        return True
    named = facts.graph.by_name(origin, facts.final.stage.index)
    within = facts.graph.lineage(facts.graph.nodes[named]) if named is not None else ()
    return any(node.stage.index == stage.node.stage.index for node in within)


def in_c(facts: Facts, artifact: Artifact) -> Probe | None:
    """The probe in C, where the stage that builds the application has a compiler and the C library to link with.

    A check whose program would be long is left to the tool that asked.
    """
    plan = plan_asked(facts)
    base = artifact.stage.base if artifact.stage is not None else facts.base
    if (
        plan is None
        or base is None
        or base.package_manager not in ("apt", "apk")
        or not _compiles(facts, artifact, base)
    ):
        return None
    from minify.health.renderers.clang import short

    source = short(plan)
    if source is None:
        return None
    run = artifact.run.placed.instruction.span.start
    return place(facts, artifact.stage, artifact.origin, run, Maker("c", "gcc -O2 -static"), source)


def launcher_in_c(facts: Facts, artifact: Artifact) -> Probe | None:
    """A program in C that makes the words of the command as the shell did, and becomes the application."""
    base = artifact.stage.base if artifact.stage is not None else facts.base
    if base is None or base.package_manager not in ("apt", "apk") or not _compiles(facts, artifact, base):
        return None
    if len(facts.launch.shelled) != 1:
        return None
    shelled = facts.launch.shelled[0]
    if shelled.script or shelled.words or (shelled.keyword == "CMD" and facts.launch.entrypoint.argv):
        return None
    from minify.launcher.writing.clang import c

    source = c(shelled.program, shelled.program.programs[0].raw)
    if source is None:
        return None
    run = artifact.run.placed.instruction.span.start
    made = _LAUNCH._replace(comment=_LAUNCH.comment.format(shelled.keyword))
    return place(facts, artifact.stage, artifact.origin, run, Maker("c", "gcc -O2 -static"), source, made)


def _compiles(facts: Facts, artifact: Artifact, base: BaseImage) -> bool:
    """Whether gcc is there before the application is built, and what a static program is linked with."""
    footprint = artifact.stage.footprint if artifact.stage is not None else facts.footprint
    removed = footprint.removed_packages()
    before = artifact.run.placed.instruction.span.start
    brought = [
        (package.name, install.recommends)
        for install in footprint.installs
        for package in install.packages
        if package.virtual not in removed and package.span.start < before
    ]
    there = [
        (name, recommends) for name, recommends in (*((n, False) for n in base.has), *brought) if name not in removed
    ]
    return links_statically(base.package_manager or "", there)


def _above(text: str, start: int) -> int:
    """Where the comments begin that stand right above a line: what is said of an instruction stays with it.

    >>> _above("RUN a\\n# b\\n# c\\nRUN d\\n", 14)
    6
    """
    while start:
        line = text.rfind("\n", 0, start - 1) + 1
        if not text[line:start].lstrip().startswith("#"):
            break
        start = line
    return start


def _quoted(line: str) -> str:
    """A word for the shell, and for Dockerfiles, which end a line at no quote."""
    return "'" + line.replace("'", "'\\''") + "'"
