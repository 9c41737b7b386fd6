"""The laws for every file that can be made a whole root, whatever better rung it reaches otherwise."""

from __future__ import annotations

from minify.api import fix_source
from minify.edit import Safety
from minify.plan import SHELL, Rung
from minify.plan import Outcome as Became
from minify.planner import Wish
from minify.syntax import Source
from tests.laws.test_law5_contract import differences
from tests.samples import samples

PRUNED = Wish(to=Rung.PRUNED)


def test_the_contract_survives() -> None:
    from minify.context.tree import Context

    wrong, gone = [], 0
    for sample in samples():
        source = Source.from_bytes(sample.dockerfile.read_bytes(), "context/Dockerfile")
        context = Context(sample.dockerfile.parent, sample.dockerfile)
        outcome = fix_source(source, context, PRUNED, Safety.INFERRED)
        if outcome.plan.rung is not Rung.PRUNED:
            continue
        wrong += [(sample.name, what) for what in differences(outcome.facts, outcome)]
        again = fix_source(outcome.patch.after, context, PRUNED, Safety.INFERRED)
        wrong += [(sample.name, "a second run changes it")] if not again.patch.empty else []
        gone += any(d.subject == SHELL and d.outcome is Became.DROPPED for d in outcome.plan.decisions)
    assert wrong == []
    assert gone > 15
