"""The static probe of a Go application: the same compiler builds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minify.analysis.facts import Facts, StageFacts

if TYPE_CHECKING:
    from minify.ecosystems.static_probe import Probe


def probe(facts: Facts, stage: StageFacts | None, origin: str, run_start: int) -> Probe | None:
    """The probe, built before the RUN at `run_start`; None when nothing is to be asked, or the compiler is not for this machine."""
    if facts.contract.healthcheck is None:
        return None
    # Loaded here: other files need not wait for what renders it
    from minify.ecosystems.static_probe import GO, place, plan_asked
    from minify.health.renderers.golang import go

    plan = plan_asked(facts)
    return None if plan is None else place(facts, stage, origin, run_start, GO, go(plan))
