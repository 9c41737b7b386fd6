"""Bases at the end of their life, and bases that name no version: what is said of them, and what `--upgrade` writes.

A newer release is another image: other libraries, other defaults. So it is its own fix, shown unless it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.stages import StageNode
from minify.edit import Edit, Fix, Safety
from minify.image.catalog import BaseImage, lookup
from minify.image.succession import ended, successor
from minify.plan import Decision, Outcome
from minify.rewrite.arguments import chooses_only, uses
from minify.syntax import Span

CODE = "end-of-life"


def upgrades(facts: Facts, *, wanted: bool) -> tuple[Fix, ...]:
    """`FROM python:3.8` becomes `FROM python:3.11`, at the ARG's default where one chooses the tag."""
    found: dict[Span, Fix] = {}
    for node, image in _ended(facts):
        following = _following(node, image)
        place = None if following is None else _place(facts, node, following)
        if following is not None and place is not None:
            reason = f"{node.written} {_died(image)}; {following} is the next release that is kept up: try it before you ship it"
            safety = Safety.INFERRED if wanted else Safety.DISPLAY
            found.setdefault(place.span, Fix(code=CODE, edits=(place,), safety=safety, reason=reason))
    return tuple(found.values())


def named(facts: Facts) -> Iterator[Decision]:
    """Bases that ended and that nothing follows, and bases whose tag names no version."""
    for node, image in _ended(facts):
        following = _following(node, image)
        if following is None:
            yield _check(node, f"{_died(image)}; nothing that the catalog knows takes its place by itself")
        elif _place(facts, node, following) is None:
            yield _check(node, f"{_died(image)}; {following} is the next release that is kept up")
    for node, image in _bases(facts):
        if image.floating and image.kind != "scratch" and not ended(image):
            yield _check(node, "names no version: what it is may change with every build")


def _bases(facts: Facts) -> Iterator[tuple[StageNode, BaseImage]]:
    """The images that the needed stages stand on, each once."""
    seen: set[str] = set()
    for index in sorted(facts.graph.needed()):
        node = facts.graph.nodes[index]
        image = lookup(node.image) if node.image is not None and not node.unresolved else None
        if image is not None and node.written not in seen:
            seen.add(node.written)
            yield node, image


def _ended(facts: Facts) -> Iterator[tuple[StageNode, BaseImage]]:
    return ((node, image) for node, image in _bases(facts) if ended(image))


def _following(node: StageNode, image: BaseImage) -> str | None:
    """A newer release of what keeps data beside its program does not read the older one's."""
    return successor(node.image) if node.image is not None and not image.volumes else None


def _died(image: BaseImage) -> str:
    if image.status == "deprecated":
        return "is no longer published"
    return f"reached its end of life on {image.eol}" if image.eol else "reached its end of life"


def _check(node: StageNode, reason: str) -> Decision:
    return Decision(subject=f"FROM {node.written}", outcome=Outcome.CHECK, reason=reason, line=node.stage.from_.line)


def _place(facts: Facts, node: StageNode, following: str) -> Edit | None:
    """Where the base is written: in the FROM, or in the default of the one ARG that chooses its tag."""
    from_ = node.stage.from_
    if from_.image == node.written:
        return Edit(from_.image_span, facts.mirror.map(following))
    chosen = _default(facts, node, following)
    if chosen is None:
        return None
    # Another FROM that the ARG chooses must want the same of it
    for other in facts.graph.nodes:
        if other is not node and uses(other.stage.from_.image, chosen.name):
            image = lookup(other.image) if other.image is not None and not other.unresolved else None
            wanted = _following(other, image) if image is not None and ended(image) else None
            if wanted is None or _default(facts, other, wanted) != chosen:
                return None
    return Edit(chosen.span, f"{chosen.name}={chosen.value}") if chooses_only(facts, chosen.name) else None


class _Default(NamedTuple):
    name: str
    span: Span
    value: str


def _default(facts: Facts, node: StageNode, following: str) -> _Default | None:
    """The ARG whose default makes a FROM another one, and what it should be."""
    from_ = node.stage.from_
    for arg in facts.dockerfile.global_args:
        for name in arg.names:
            for spelling in (f"${{{name.name}}}", f"${name.name}"):
                before, variable, after = from_.image.partition(spelling)
                if not variable or "$" in before + after or name.default is None:
                    continue
                value = following.removeprefix(before).removesuffix(after)
                if node.written == before + name.default + after and following == before + value + after:
                    return _Default(name.name, name.span, value)
    return None
