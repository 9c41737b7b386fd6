"""The stage graph: what each FROM and each COPY --from points at, and the instructions that make one stage's image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from minify.errors import RefusedError, UsageError
from minify.image.mirror import UNMIRRORED, Mirror
from minify.image.reference import ImageReference
from minify.syntax import Add, Arg, Copy, Dockerfile, From, Instruction, Run, Stage, process_word

# https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
PLATFORM_ARGS: Mapping[str, str] = {
    "BUILDPLATFORM": "linux/amd64",
    "BUILDOS": "linux",
    "BUILDARCH": "amd64",
    "BUILDVARIANT": "",
    "TARGETPLATFORM": "linux/amd64",
    "TARGETOS": "linux",
    "TARGETARCH": "amd64",
    "TARGETVARIANT": "",
}


class StageNode(NamedTuple):
    """One stage and where it comes from: another stage (`parent`), or an image outside of the file (`image`).

    `written` is the FROM's image after ARG expansion; `unresolved` names the variables that have no value.
    """

    stage: Stage
    written: str
    parent: int | None
    image: ImageReference | None
    unresolved: tuple[str, ...]
    copies_from: tuple[int, ...]


class StageGraph(NamedTuple):
    """All stages in order; `final` is the one that an unqualified build makes."""

    nodes: tuple[StageNode, ...]

    @property
    def final(self) -> StageNode:
        """The last stage."""
        return self.nodes[-1]

    def lineage(self, node: StageNode) -> tuple[StageNode, ...]:
        """The stages that a stage is built on, the outermost first, itself last."""
        chain = [node]
        while chain[-1].parent is not None:
            chain.append(self.nodes[chain[-1].parent])
        return tuple(reversed(chain))

    def by_name(self, name: str, before: int) -> int | None:
        """The index of the stage that `name` (a stage's name or number) means for a stage numbered `before`."""
        for node in reversed(self.nodes[:before]):
            if node.stage.name == name.lower():
                return node.stage.index
        if name.isdigit() and int(name) < before:
            return int(name)
        return None

    def needed(self, last: int | None = None) -> frozenset[int]:
        """The indices of the stages that the final image, or that of another stage, depends on."""
        todo = [len(self.nodes) - 1 if last is None else last]
        seen: set[int] = set()
        while todo:
            index = todo.pop()
            if index in seen:
                continue
            seen.add(index)
            node = self.nodes[index]
            todo.extend(node.copies_from)
            if node.parent is not None:
                todo.append(node.parent)
        return frozenset(seen)


def global_scope(dockerfile: Dockerfile) -> dict[str, str]:
    """The values of the ARGs before the first FROM, with the platform's: what a FROM line may use."""
    values = dict(PLATFORM_ARGS)
    for arg in dockerfile.global_args:
        declare(arg, values, values, dockerfile.escape)
    return values


def declare(arg: Arg, scope: dict[str, str], outer: Mapping[str, str], escape: str) -> None:
    """Put an ARG's value into `scope`: its own default, or what the outer scope has under that name."""
    for name in arg.names:
        if name.default is not None:
            scope[name.name] = process_word(name.default, scope, escape).text
        elif name.name in outer:
            scope[name.name] = outer[name.name]


def stage_graph(dockerfile: Dockerfile, mirror: Mirror = UNMIRRORED) -> StageGraph:
    """Resolve every stage's base and the stages that it copies from; an image of a mirror is the one that it stands for.

    >>> from minify.syntax import Source, parse
    >>> graph = stage_graph(parse(Source("FROM golang AS b\\nFROM scratch\\nCOPY --from=b /x /x\\n")))
    >>> graph.final.copies_from
    (0,)
    """
    scope = global_scope(dockerfile)
    nodes: list[StageNode] = []
    for stage in dockerfile.stages:
        expanded = process_word(stage.from_.image, scope, dockerfile.escape)
        # Nothing but an ARG of the file sets a variable here: a default is what it has
        unresolved = tuple(n for n in expanded.unresolved if f"${{{n}:-" not in stage.from_.image)
        partial = StageGraph(tuple(nodes))
        # A FROM names a stage by its name only: a number there is an image.
        parent = next((n.stage.index for n in reversed(nodes) if n.stage.name == expanded.text.lower()), None)
        nodes.append(
            StageNode(
                stage=stage,
                written=expanded.text,
                parent=parent,
                image=None if parent is not None else _image(expanded.text, unresolved, stage.from_, mirror),
                unresolved=unresolved,
                copies_from=tuple(_copied_stages(stage, partial, dockerfile)),
            )
        )
    return StageGraph(tuple(nodes))


def _image(text: str, unresolved: tuple[str, ...], instruction: From, mirror: Mirror) -> ImageReference | None:
    if unresolved:
        return None
    try:
        return mirror.original(ImageReference.parse(text))
    except UsageError as error:
        span = instruction.image_span
        raise RefusedError(
            error.message,
            path=instruction.source.path,
            line=instruction.source.line(span.start),
            column=instruction.source.column(span.start),
            hint="write the base image as name:tag or name@digest",
        ) from error


def _copied_stages(stage: Stage, earlier: StageGraph, dockerfile: Dockerfile) -> Iterator[int]:
    for instruction in stage.instructions:
        for name in sources_elsewhere(instruction):
            index = earlier.by_name(name, stage.index)
            if index is not None:
                yield index


def sources_elsewhere(instruction: Instruction) -> Iterator[str]:
    """The stages or images that an instruction reads files from: COPY --from, RUN --mount=from."""
    if isinstance(instruction, Copy | Add):
        name = instruction.flag("from")
        if name:
            yield name
    elif isinstance(instruction, Run):
        for flag in instruction.flags:
            if flag.name == "mount" and flag.value:
                for option in flag.value.split(","):
                    key, _, value = option.partition("=")
                    if key == "from" and value:
                        yield value
