"""Files that build several images: which stages are images of their own, and a plan for each.

`docker build --target api` reads the file up to the end of `api`, and nothing behind it: that part is planned as a file
of its own, and what is behind it follows the names that move.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from minify.analysis.facts import Facts, gather
from minify.analysis.stages import stage_graph
from minify.analysis.targets import part
from minify.ecosystems.purpose import of_stage
from minify.edit import Fix, Safety
from minify.errors import RefusedError, UsageError
from minify.plan import Decision, Outcome, Plan, Rung, Target
from minify.planner import CONVERSION, Wish, choose
from minify.syntax import Source, parse

TARGET: Final = "--target "
"""What a decision on a target begins with."""


class Planned(NamedTuple):
    """What became of a target: `plan` is None where it stays as it is, and `left` says why then."""

    target: Target
    facts: Facts
    plan: Plan | None
    left: str = ""

    @property
    def line(self) -> int:
        """The line of its FROM."""
        return self.facts.final.stage.from_.line


def resolved(facts: Facts, targets: Iterable[Target]) -> tuple[Target, ...]:
    """The targets that are stages of the file, the last one first: then the others from the end to the beginning."""
    nodes = facts.graph.nodes
    last = len(nodes) - 1
    found: dict[int, Target] = {}
    for target in targets:
        index = _index(facts, target.stage)
        if index is None and target.asked:
            names = ", ".join(node.stage.name for node in nodes if node.stage.name)
            raise UsageError(
                f"there is no stage {target.stage}",
                path=facts.dockerfile.source.path,
                hint=f"--target names one of: {names}" if names else "no stage of the file has a name",
            )
        if index is not None:
            found.setdefault(index, target._replace(stage="" if index == last else target.stage))
    return tuple(found[index] for index in sorted(found, reverse=True))


def _index(facts: Facts, name: str) -> int | None:
    last = len(facts.graph.nodes) - 1
    if not name:
        return last
    named = next((n.stage.index for n in reversed(facts.graph.nodes) if n.stage.name == name.lower()), None)
    return last if named is None and name == str(last) else named


def found(facts: Facts, builds: Mapping[str, str]) -> tuple[Target, ...]:
    """The stages that files of the repository build, and the last one, which a build without a name makes."""
    named = [Target(stage=name, said=said) for name, said in builds.items() if name]
    targets = resolved(facts, [*named, Target(stage="", said=builds.get("", ""))])
    return targets if len(targets) > 1 else ()


def planned(facts: Facts, wish: Wish) -> tuple[Planned, ...]:
    """A plan for each target of the wish, in their order."""
    return tuple(_planned(facts, target, wish) for target in wish.targets)


def _planned(facts: Facts, target: Target, wish: Wish) -> Planned:
    wish = wish._replace(targets=(), repairs=(*wish.repairs, *target.repairs))
    wish = wish._replace(to=target.to if target.to is not None else wish.to)
    index = _index(facts, target.stage)
    assert index is not None
    own = facts
    if target.stage:
        text, later = part(facts.dockerfile, facts.graph, index)
        own = gather(parse(text), facts.context, facts.mirror, wish.options.bases, later)
    left = target.left or _left_alone(own, target)
    if left:
        return Planned(target, own, None, left)
    if target.stage:
        # One stage of that name is enough
        wish = wish._replace(options=wish.options._replace(debug_stage=False))
    try:
        plan = choose(own, wish)
    except RefusedError as error:
        if target.asked or not target.stage:
            raise
        return Planned(target, own, None, error.message)
    if target.stage and plan.rung is Rung.SLIM:
        plan = plan._replace(fixes=_of_its_own(facts, own, plan.fixes))
    if target.safe:
        plan = plan._replace(fixes=tuple(fix for fix in plan.fixes if fix.safety >= Safety.SAFE))
    return Planned(target, own, plan)


def counted(targets: Sequence[Planned]) -> Fix | None:
    """Names the targets that a place counts, where an earlier one becomes two stages as well: each would write there."""
    uses = {use for one in targets if one.plan is not None and one.plan.fixes for use in one.facts.later.uses}
    edits = {
        edit
        for one in targets
        for fix in (one.plan.fixes if one.plan is not None else ())
        for edit in fix.edits
        if edit.span in uses and (edit.span, edit.content) in one.facts.later.shifted
    }
    if not edits:
        return None
    reason = "stages are named where they were counted: there are more of them"
    ordered = tuple(sorted(edits, key=lambda edit: edit.span.start))
    return Fix(code=CONVERSION, edits=ordered, safety=Safety.INFERRED, reason=reason)


def _left_alone(own: Facts, target: Target) -> str:
    """Why a stage that only files of the repository name is none that an application runs in."""
    stage = own.final.stage
    if own.later.hidden or (target.stage and stage.from_.alias is None):
        return "a place in the file names it in a way that cannot be written anew"
    if target.asked or not target.stage:
        return ""
    if (reason := of_stage(own)) is not None:
        return reason
    serves = own.base is not None and bool(own.base.exposed)
    if own.contract.cmd is None and own.contract.entrypoint is None and not serves:
        return "nothing is started in it: it is built for the files or checks that it is made of"
    return ""


def _of_its_own(facts: Facts, own: Facts, fixes: Sequence[Fix]) -> tuple[Fix, ...]:
    """The fixes that touch no stage which another image is made of."""
    index = own.final.stage.index
    mine = facts.graph.needed(index)
    others = {
        n for node in facts.graph.nodes if node.stage.index not in mine for n in facts.graph.needed(node.stage.index)
    }
    spans = [facts.dockerfile.stages[i].span for i in sorted(mine - others)]
    return tuple(fix for fix in fixes if all(any(edit.span in span for span in spans) for edit in fix.edits))


def combined(targets: Sequence[Planned]) -> Plan:
    """One plan of them all: the first one's, with the fixes of the others, and what became of each in one line."""
    first = next((one for one in targets if one.plan is not None), None)
    if first is None or first.plan is None:
        one = targets[0]
        return Plan(
            rung=Rung.SLIM,
            base=one.facts.base_written,
            detection=None,
            fixes=(),
            decisions=tuple(_said(one) for one in targets),
            refusals=(),
        )
    fixes: dict[Fix, None] = {}
    for one in targets:
        fixes |= dict.fromkeys(one.plan.fixes if one.plan is not None else ())
    said = tuple(_said(one) for one in targets if one is not first)
    return first.plan._replace(fixes=tuple(fixes), decisions=(*first.plan.decisions, *said))


def _said(one: Planned) -> Decision:
    """What became of a target, for the reports that show one plan."""
    subject = f"{TARGET}{one.target.stage}" if one.target.stage else "the last stage"
    where = f" ({one.target.said} builds it)" if one.target.said else ""
    if one.plan is None:
        return Decision(subject=subject, outcome=Outcome.KEPT, reason=f"{one.left}{where}", line=one.line)
    if not one.plan.fixes:
        why = one.plan.decisions[0].reason if one.plan.decisions and not one.plan.refusals else ""
        reason = why or f"nothing to do on the {one.plan.rung.label} rung"
        return Decision(subject=subject, outcome=Outcome.KEPT, reason=f"{reason}{where}", line=one.line)
    base = f" on {one.plan.base}" if one.plan.base else ""
    return Decision(
        subject=subject, outcome=Outcome.REPLACED, reason=f"{one.plan.rung.label}{base}{where}", line=one.line
    )


def made_of(source: Source, stage: str) -> tuple[str, ...]:
    """The text of every stage that an image of a file is made of.

    >>> made_of(Source("FROM a AS x\\nFROM b AS y\\nFROM x AS z\\n"), "z")
    ('FROM a AS x', 'FROM x AS z')
    """
    dockerfile = parse(source)
    last = next((s.index for s in reversed(dockerfile.stages) if s.name == stage), None) if stage else None
    needed = sorted(stage_graph(dockerfile).needed(last))
    return tuple(source.slice(dockerfile.stages[index].span).strip() for index in needed)
