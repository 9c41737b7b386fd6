"""Files that build several images: every stage that has a name is a target here, and each image stays what it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from minify import api
from minify.analysis.facts import Facts, gather
from minify.analysis.stages import stage_graph
from minify.analysis.targets import part
from minify.api import Outcome
from minify.context.tree import Context
from minify.diff import Patch
from minify.edit import Safety
from minify.plan import Target
from minify.planner import Wish
from minify.syntax import Source, parse
from tests.laws.cases import Case, broken, run
from tests.laws.test_law5_contract import differences, seen
from tests.syntax.conftest import Oracle


def converted(case: Case) -> Outcome | None:
    """The outcome with a target for each name; None where no stage but the last has one."""
    if case.outcome is None:
        return None
    source = Source.from_bytes(case.data)
    stages = parse(source).stages
    names = [stage.name for stage in stages[:-1] if stage.name]
    if not names:
        return None
    wish = Wish(targets=(Target(stage=""), *(Target(stage=name) for name in dict.fromkeys(names))))
    return api.fix_source(source, case.context, wish, Safety.INFERRED)


def of_stage(source: Source, context: Context, name: str) -> Facts | None:
    """The facts of the image that `--target` makes."""
    dockerfile = parse(source)
    index = next((stage.index for stage in reversed(dockerfile.stages) if stage.name == name), None)
    if index is None:
        return None
    found, later = part(dockerfile, stage_graph(dockerfile), index)
    return gather(parse(found), context, later=later)


def problems(case: Case, outcome: Outcome) -> Iterator[str]:
    """What is wrong with any of the images that a name makes."""
    after, before = outcome.patch.after, outcome.patch.before
    plans = {one.target.stage: one.plan for one in outcome.targets if one.plan is not None}
    for stage in parse(before).stages[:-1]:
        if not stage.name:
            continue
        old, new = of_stage(before, case.context, stage.name), of_stage(after, case.context, stage.name)
        if old is None or new is None:
            yield f"a name is gone: {stage.name}"
            continue
        plan = plans.get(stage.name)
        if plan is not None and plan.fixes:
            own = outcome._replace(facts=old, plan=plan, patch=Patch(before, new.dockerfile.source))
            yield from (f"{found} ({stage.name})" for found in differences(old, own))
        elif (old.contract.cmd or old.contract.entrypoint) and (
            seen(old) != seen(new) or old.base_written != new.base_written
        ):
            yield f"changed without a plan: {stage.name}"
    again = api.fix_source(
        after, case.context, Wish(targets=tuple(one.target for one in outcome.targets)), Safety.INFERRED
    )
    if not again.patch.empty:
        yield "is not stable"


def test_every_named_stage_stays_the_image_that_it_was(cases: tuple[Case, ...], buildkit: Oracle) -> None:
    outcomes = [(case, outcome) for case in cases if (outcome := converted(case)) is not None]
    failures = [(case.name, what) for case, outcome in outcomes for what in problems(case, outcome)]
    for case, outcome in outcomes:
        found = buildkit(outcome.patch.after.text)
        failures += [(case.name, f"BuildKit: {found}")] if isinstance(found, dict) else []
    assert not failures, broken(failures, len(outcomes))
    assert outcomes


@pytest.mark.parametrize("changed", ["ENV A=1", "ENV A=2"])
def test_what_is_changed_without_a_plan_is_told(changed: str) -> None:
    """Another base as well as another setting."""
    text = 'FROM alpine:3.24 AS first\nENV A=1\nCMD ["a"]\n\nFROM alpine:3.24\nCMD ["b"]\n'
    case = run("a file", text.encode(), None)
    assert case.outcome is not None
    base = "debian:13" if changed == "ENV A=1" else "alpine:3.24"
    after = text.replace("alpine:3.24 AS first\nENV A=1", f"{base} AS first\n{changed}")
    outcome = case.outcome._replace(targets=(), patch=Patch(Source(text), Source(after)))
    assert "changed without a plan: first" in list(problems(case, outcome))
