"""All facts about one Dockerfile and its context, computed once, read-only."""

from __future__ import annotations

from typing import NamedTuple

from minify.analysis.contract import RuntimeContract, contract
from minify.analysis.footprint import Footprint, footprint
from minify.analysis.launch import Launch, launch
from minify.analysis.scopes import Placed, Scope, walk
from minify.analysis.scripts import Scripts
from minify.analysis.shelled import Ground, see_through_shell
from minify.analysis.stages import StageGraph, StageNode, stage_graph
from minify.analysis.targets import Later
from minify.analysis.words import check_origins, check_stages
from minify.context.tree import Context
from minify.image import catalog
from minify.image.catalog import BaseImage, Bases
from minify.image.mirror import UNMIRRORED, Mirror
from minify.image.reference import ImageReference
from minify.syntax import Dockerfile


class Facts(NamedTuple):
    """What is known: the text, the graph, the final stage's base, instructions, contract, launch and footprint."""

    dockerfile: Dockerfile
    context: Context
    graph: StageGraph
    lineage: tuple[StageNode, ...]
    base: BaseImage | None
    placed: tuple[Placed, ...]
    end: Scope
    contract: RuntimeContract
    launch: Launch
    footprint: Footprint
    mirror: Mirror = UNMIRRORED
    """What images of public registries are called in the user's own."""
    not_told: str = ""
    """Why nothing is known of the base image, where somebody was asked."""
    later: Later = Later()
    """What follows in the file where this is a part of one, up to a stage that is built as an image of its own."""

    @property
    def final(self) -> StageNode:
        """The stage that is rewritten: the last one."""
        return self.graph.final

    @property
    def base_written(self) -> str:
        """The base image's reference after ARG expansion, as the outermost FROM of the lineage has it."""
        return self.lineage[0].written


class StageFacts(NamedTuple):
    """One stage of the file with those it is built on: its base, instructions, scope at the end, and footprint."""

    node: StageNode
    base: BaseImage | None
    placed: tuple[Placed, ...]
    end: Scope
    footprint: Footprint


def stage_facts(facts: Facts, reference: str) -> StageFacts | None:
    """The facts of the stage that a COPY --from of the final stage names; None when it names an image."""
    index = facts.graph.by_name(reference, facts.final.stage.index)
    if index is None:
        return None
    node = facts.graph.nodes[index]
    lineage = facts.graph.lineage(node)
    base = catalog.lookup(lineage[0].image) if lineage[0].image is not None else None
    placed, end = walk(facts.dockerfile, lineage, base)
    return StageFacts(node=node, base=base, placed=placed, end=end, footprint=footprint(placed, facts.context))


def gather(
    dockerfile: Dockerfile,
    context: Context,
    mirror: Mirror = UNMIRRORED,
    bases: Bases | None = None,
    later: Later | None = None,
) -> Facts:
    """Compute all facts; `bases` is asked for a base image that the catalog does not know.

    >>> from minify.syntax import Source, parse
    >>> gather(parse(Source("FROM scratch\\nCMD [\\"/x\\"]\\n")), Context(None, None)).launch.argv
    ('/x',)
    """
    check_origins(dockerfile)
    graph = stage_graph(dockerfile, mirror)
    check_stages(graph)
    lineage = graph.lineage(graph.final)
    base, not_told = _base(lineage[0], bases)
    placed, end = walk(dockerfile, lineage, base)
    runtime = contract(placed, end, base)
    left = footprint(placed, context)
    ground = Ground(contract=runtime, base=base, scripts=Scripts(placed, context, left), footprint=left)
    seen = see_through_shell(launch(runtime), ground)
    if seen.user:
        runtime = runtime._replace(user=seen.user)
    return Facts(
        dockerfile=dockerfile,
        context=context,
        graph=graph,
        lineage=lineage,
        base=base,
        placed=placed,
        end=end,
        contract=runtime,
        launch=seen,
        footprint=left,
        mirror=mirror,
        not_told=not_told,
        later=later or Later(),
    )


def _base(node: StageNode, bases: Bases | None) -> tuple[BaseImage | None, str]:
    """What a stage stands on, and why that is not known where it was asked for."""
    known = catalog.lookup(node.image) if node.image is not None else None
    if bases is None or node.image is None or node.image.familiar == "scratch":
        return known, ""
    from minify.image.pruning import in_full

    if known is not None and (known.os != "linux" or in_full(known)):
        return known, ""
    # Under the name that the file has for it: that is where it is
    answer = bases(ImageReference.parse(node.written))
    return (known, answer) if isinstance(answer, str) else (answer, "")
