"""All comparisons of two built images, in the order of the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from minify.context.tree import Context
from minify.plan import Decision
from minify.verify import behaviour, closure, composition, contract, inventory, loading, size
from minify.verify.ask import Ask
from minify.verify.engine import BuildOptions, Engine, Image, Progress
from minify.verify.filesystem import Filesystem, read
from minify.verify.verdict import Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An image with its file system, read once."""

    image: Image
    filesystem: Filesystem


def build(
    engine: Engine,
    dockerfile: bytes,
    context: Path,
    options: BuildOptions,
    *,
    path: str,
    original: bool,
    progress: Progress,
) -> Built:
    """Build a Dockerfile and read what came of it."""
    image = engine.build(dockerfile, context, options, path=path, original=original, progress=progress)
    progress(f"reading the {'original' if original else 'new'} image")
    with engine.export(image.id) as stream:
        return Built(image=image, filesystem=read(stream, elf=True, progress=progress))


def compare(
    engine: Engine,
    before: Built,
    after: Built,
    *,
    ask: Ask,
    context: Context,
    decisions: Sequence[Decision],
    progress: Progress,
) -> Verification:
    """Every section, the cheap ones first: none is left out because another one failed."""
    sections = [
        contract.compare(
            before.image.configuration, after.image.configuration, before.filesystem, after.filesystem, decisions
        ),
        size.compare(before.image, before.filesystem, after.image, after.filesystem),
        inventory.compare(before.filesystem, after.filesystem),
        closure.compare(
            before.filesystem,
            after.filesystem,
            after.image.configuration.env,
            original=before.image.configuration.env,
            started=contract.started(after.image.configuration),
        ),
    ]
    sections.append(loading.compare(engine, before, after, loading.modules(context), ask, progress))
    sections.append(behaviour.compare(engine, before, after, ask, progress))
    parts = composition.compose(before.filesystem, after.filesystem)
    return Verification(engine=engine.name, sections=tuple(sections), parts=parts)
