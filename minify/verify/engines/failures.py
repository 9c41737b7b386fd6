"""Where in the Dockerfile a build failed: from a step as the engine calls it to the line of its instruction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from minify.analysis.stages import stage_graph
from minify.errors import DockminifyError
from minify.image.reference import ImageReference
from minify.syntax import Add, Copy, Dockerfile, From, Instruction, Run, Source, Stage, Workdir, parse

BUILDKIT_STEP = re.compile(r"\[(?:(?P<stage>[^\]]*?) +)? *(?P<index>\d+)/\d+\] (?P<text>.*)", re.DOTALL)
BUILDAH_STEP = re.compile(r"(?:\[(?P<stage>\d+)/\d+\] )?STEP (?P<index>\d+)/\d+: (?P<text>.*)", re.DOTALL)
_METADATA = re.compile(r"\[(?:[^\]]* )?internal\] load metadata for (?P<image>\S+)")

_Place = tuple[int, Instruction]


@dataclass(frozen=True, slots=True)
class Failure:
    """`reason` in one line, the failed step as the engine calls it, its last lines, and its place in the file."""

    reason: str
    step: str | None = None
    line: int | None = None
    output: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """All of it, the step and the reason first."""
        first = f"{self.step}: {self.reason}" if self.step else self.reason
        return "\n".join((f"the build failed: {first}", *(f"  {line}" for line in self.output)))


def line_of_step(step: str, dockerfile: bytes) -> int | None:
    """The line of the instruction that an engine's step stands for; None when none is found.

    >>> line_of_step("[2/2] RUN make", b"FROM debian\\nENV A=1\\nRUN make\\n")
    3
    >>> line_of_step("STEP 3/3: RUN make", b"FROM debian\\nENV A=1\\nRUN make\\n")
    3
    """
    try:
        parsed = parse(Source.from_bytes(dockerfile))
    except DockminifyError:
        return None
    if loaded := _METADATA.fullmatch(step):
        return _line_of_image(loaded["image"], parsed)
    if found := BUILDAH_STEP.fullmatch(step):
        stages = parsed.stages[int(found["stage"] or 1) - 1 :][:1]
        places = [place for stage in stages for place in enumerate((stage.from_, *stage.instructions), 1)]
        return _line_of(places, int(found["index"]), found["text"])
    if found := BUILDKIT_STEP.fullmatch(step):
        stages = _stages_named(found["stage"], parsed)
        places = [place for stage in stages for place in enumerate(_vertices(stage, parsed), 1)]
        return _line_of(places, int(found["index"]), found["text"])
    return None


def _vertices(stage: Stage, dockerfile: Dockerfile) -> Iterator[Instruction]:
    """The instructions that BuildKit numbers: FROM of an image, and whatever writes to the file system."""
    if dockerfile.base_stage(stage) is None and stage.from_.image != "scratch":
        yield stage.from_
    for instruction in stage.instructions:
        # WORKDIR / makes no step, although it is counted in the number of all
        if isinstance(instruction, Run | Copy | Add) or (isinstance(instruction, Workdir) and instruction.path != "/"):
            yield instruction


def _stages_named(written: str | None, dockerfile: Dockerfile) -> tuple[Stage, ...]:
    """`build`, `stage-1`, `linux/arm64 build`; nothing where the file has one stage only."""
    name = (written or "").rpartition(" ")[2].lower()
    named = tuple(stage for stage in dockerfile.stages if name in (stage.name, f"stage-{stage.index}"))
    return named or dockerfile.stages


def _line_of(places: Iterable[_Place], index: int, text: str) -> int | None:
    """By what is written, else by number: the number is off after a base image's ONBUILD, the text where it has variables."""
    keyword = text.split(None, 1)[0].upper() if text.strip() else ""
    alike = [place for place in places if place[1].keyword == keyword]
    same = [place for place in alike if _squeezed(place[1].value) in _squeezed(text)]
    nearest = min(same or alike, key=lambda place: abs(place[0] - index), default=None)
    if nearest is None or (not same and isinstance(nearest[1], From) and nearest[0] != index):
        return None
    return nearest[1].line


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _line_of_image(image: str, dockerfile: Dockerfile) -> int | None:
    """The FROM, or else the COPY --from, that names an image which could not be had."""
    try:
        wanted = ImageReference.parse(image).normalized
        nodes = stage_graph(dockerfile).nodes
    except DockminifyError:
        return None
    for node in nodes:
        if node.image is not None and node.image.normalized == wanted:
            return node.stage.from_.line
    for instruction in dockerfile.instructions:
        if isinstance(instruction, Copy) and _names(instruction.from_, wanted):
            return instruction.line
    return None


def _names(written: str | None, wanted: str) -> bool:
    try:
        return written is not None and ImageReference.parse(written).normalized == wanted
    except DockminifyError:
        return False
