"""A stage that `docker build --target` names: the part of the file that builds it, and what stands behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from minify.analysis.stages import StageGraph, StageNode
from minify.syntax import Add, Copy, Dockerfile, Instruction, Run, Source, Span


class Later(NamedTuple):
    """What comes after the part of a file that builds a target; nothing where that is the whole file.

    `names` are stages' names that are taken; `uses` are the places that mean the stage: `FROM api`, `--from=api`, `--from=1`.
    """

    part: bool = False
    names: frozenset[str] = frozenset()
    uses: tuple[Span, ...] = ()
    built_upon: bool = False
    """Whether another stage is built FROM the target, and has all that it says."""
    hidden: bool = False
    """Whether a place names the stage in a way that cannot be written anew, as through a variable."""
    shifted: tuple[tuple[Span, str], ...] = ()
    """What makes the places that count stages right when there is one more: they name it."""
    joins: bool = False
    """Whether the next line is no blank one."""

    @property
    def used(self) -> bool:
        """Whether another stage reads the target's files."""
        return bool(self.uses) or self.built_upon or self.hidden


class Part(NamedTuple):
    """The text up to the end of a stage, which is all that `--target` reads, and what follows it."""

    source: Source
    later: Later


def part(dockerfile: Dockerfile, graph: StageGraph, index: int) -> Part:
    """The part of a file that builds the stage with this index.

    >>> from minify.analysis.stages import stage_graph
    >>> from minify.syntax import parse
    >>> file = parse(Source("FROM a AS x\\nCMD b\\n\\nFROM x AS y\\n"))
    >>> found = part(file, stage_graph(file), 0)
    >>> found.source.text, found.later.built_upon
    ('FROM a AS x\\nCMD b\\n', True)
    """
    text = dockerfile.source.text
    stage = dockerfile.stages[index]
    end = (stage.instructions[-1] if stage.instructions else stage.from_).span.end
    if index == len(dockerfile.stages) - 1:
        return Part(dockerfile.source, Later())
    following = graph.nodes[index + 1 :]
    uses = [use for node in following for use in _uses(graph, node, index)]
    later = Later(
        part=True,
        names=frozenset(node.stage.name for node in following if node.stage.name),
        uses=tuple(use for use in uses if use is not None),
        built_upon=any(node.parent == index for node in following),
        hidden=None in uses,
        shifted=tuple(dict.fromkeys(edit for node in following for edit in _shifted(dockerfile, graph, node, index))),
        joins=bool(text[end:].partition("\n")[0].strip()),
    )
    return Part(Source(text[:end], dockerfile.source.path), later)


def _uses(graph: StageGraph, node: StageNode, index: int) -> Iterator[Span | None]:
    name = graph.nodes[index].stage.name
    from_ = node.stage.from_
    if node.parent == index:
        yield from_.image_span if from_.image.lower() == name else None
    for instruction in node.stage.instructions:
        for written, span in _sources(instruction):
            if graph.by_name(written, node.stage.index) == index:
                yield span


def _shifted(dockerfile: Dockerfile, graph: StageGraph, node: StageNode, index: int) -> Iterator[tuple[Span, str]]:
    """`COPY --from=3` behind a stage that becomes two: the name of what it means, which may get one for that."""
    taken = {one.stage.name for one in graph.nodes if one.stage.name}
    for instruction in node.stage.instructions:
        for written, span in _sources(instruction):
            found = graph.by_name(written, node.stage.index)
            if not written.isdigit() or found is None or found <= index:
                continue
            from_ = dockerfile.stages[found].from_
            name = from_.alias
            if name is None:
                name = next(
                    n for n in (f"stage-{found}", *(f"stage-{found}-{i}" for i in range(2, 99))) if n not in taken
                )
                keyword = "as" if from_.source.slice(from_.keyword_span).islower() else "AS"
                at = from_.image_span.end
                yield Span(at, at), f" {keyword} {name}"
            yield span, name


def _sources(instruction: Instruction) -> Iterator[tuple[str, Span]]:
    """What COPY --from and RUN --mount=from name, and where it is written."""
    for flag in instruction.flags:
        if flag.value is None or not isinstance(instruction, Copy | Add | Run):
            continue
        whole = instruction.source.slice(flag.span)
        if flag.name == "from":
            written = re.search(r"=[\"']?([^\"'\s]+)", whole)
        elif flag.name == "mount":
            written = re.search(r"[=,\"']from=([^,\"'\s]+)", whole)
        else:
            continue
        if written is not None:
            yield written[1], Span(flag.span.start + written.start(1), flag.span.start + written.end(1))
