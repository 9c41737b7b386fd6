"""A health check by curl, wget or nc that a static Go program asks: built beside the application, by the same compiler."""

from __future__ import annotations

from typing import Final, NamedTuple

from minify.analysis.facts import Facts, StageFacts
from minify.ecosystems.health import asked
from minify.plan import Tree
from minify.syntax import User

PLACE: Final = "/usr/local/bin/healthcheck"


class Probe(NamedTuple):
    """Lines for the build stages (offset and text), the program, and what HEALTHCHECK says instead."""

    insertions: tuple[tuple[int, str], ...]
    tree: Tree
    health: tuple[str, ...]


def probe(facts: Facts, stage: StageFacts | None, origin: str, run_start: int) -> Probe | None:
    """The probe, built before the RUN at `run_start`; None when nothing is to be asked, or the compiler is not for this machine.

    `stage` builds the application where the final stage does not, and is what `COPY --from=origin` names.
    """
    plan = asked(facts)
    if plan is None:
        return None
    from minify.health import HealthPlan

    node = stage.node if stage is not None else facts.final
    placed = stage.placed if stage is not None else facts.placed
    # What is cross-compiled, and for what, is the RUN's own affair; another user may not write to the place
    foreign = node.stage.from_.platform is not None or any("GOARCH" in p.scope.env for p in placed)
    if not isinstance(plan, HealthPlan) or foreign or facts.dockerfile.escape != "\\":
        return None
    if any(
        isinstance(p.instruction, User) and p.instruction.user.partition(":")[0] not in ("root", "0") for p in placed
    ):
        return None
    from minify.health.renderers.golang import go

    newline = facts.dockerfile.source.newline
    source = go(plan).rstrip("\n").split("\n")
    text = (
        "# The program that HEALTHCHECK runs: the final image has nothing else that could ask\n"
        "RUN printf '%s\\n' \\\n    " + " \\\n    ".join(map(_quoted, source)) + " \\\n    > /tmp/healthcheck.go \\\n"
        f"    && CGO_ENABLED=0 GO111MODULE=off GOFLAGS='' go build -o {PLACE} /tmp/healthcheck.go\n"
    )
    insertions = [(run_start, text.replace("\n", newline))]
    if stage is not None:
        after = facts.final.stage.from_.span.end
        insertions.append((after, f"COPY --from={origin} {PLACE} {PLACE}{newline}"))
    return Probe(tuple(insertions), Tree(path=PLACE, reason="asks what HEALTHCHECK asks"), (PLACE,))


def _quoted(line: str) -> str:
    """A word for the shell, and for Dockerfiles, which end a line at no quote."""
    return "'" + line.replace("'", "'\\''") + "'"
