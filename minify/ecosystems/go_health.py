"""The static probe of a Go application: the same compiler builds it."""

from __future__ import annotations

from minify.analysis.facts import Facts, StageFacts
from minify.ecosystems.static_probe import GO, Probe, place, plan_asked


def probe(facts: Facts, stage: StageFacts | None, origin: str, run_start: int) -> Probe | None:
    """The probe, built before the RUN at `run_start`; None when nothing is to be asked, or the compiler is not for this machine."""
    plan = plan_asked(facts)
    if plan is None:
        return None
    from minify.health.renderers.golang import go

    return place(facts, stage, origin, run_start, GO, go(plan))
