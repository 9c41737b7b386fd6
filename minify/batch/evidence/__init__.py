"""The build context of each Dockerfile, from the files that say how it is built, with the place where they say it.

A reader takes a file's path and text and yields claims; what cannot be read says nothing. The order of READERS is how
much a claim is worth: what builds for sure, in every environment, comes first.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from minify.batch.evidence import bake, compose, make, nearest, skaffold, tilt, workflows
from minify.batch.records import Claim
from minify.batch.trees import Tree


class Reader(NamedTuple):
    """Which files, by their path, and how they are read.

    `beside` names a file in the same folder that is read before: the first of its kind that is there.
    """

    source: str
    paths: re.Pattern[str]
    read: Callable[[str, str], Iterable[Claim]]
    beside: str = ""
    prepare: Callable[[str, str], str] = lambda text, _beside: text


READERS: Final[tuple[Reader, ...]] = (
    Reader(compose.SOURCE, compose.PATHS, compose.claims, compose.VARIABLES, compose.with_variables),
    Reader(bake.SOURCE, bake.PATHS, bake.claims),
    Reader(workflows.SOURCE, workflows.PATHS, workflows.claims),
    Reader(make.SOURCE, make.PATHS, make.claims),
    Reader(skaffold.SOURCE, skaffold.PATHS, skaffold.claims),
    Reader(tilt.SOURCE, tilt.PATHS, tilt.claims),
)


class Chosen(NamedTuple):
    """A build context, and why."""

    context: str
    evidence: tuple[str, ...]


def claims(tree: Tree, paths: Sequence[str]) -> dict[str, tuple[Claim, ...]]:
    """What a repository's files claim about its Dockerfiles, best first: claims about what is not there are left out."""
    found: dict[str, list[Claim]] = {}
    for reader in READERS:
        for path in paths:
            if not reader.paths.search(path):
                continue
            text = _text(tree, path)
            if reader.beside:
                text = reader.prepare(text, _text(tree, posixpath.join(posixpath.dirname(path), reader.beside)))
            for claim in reader.read(path, text):
                if tree.is_dir(claim.context) and tree.read(claim.dockerfile, 1) is not None:
                    found.setdefault(claim.dockerfile, []).append(claim)
    return {dockerfile: tuple(dict.fromkeys(said)) for dockerfile, said in found.items()}


def _text(tree: Tree, path: str) -> str:
    return (tree.read(path) or b"").decode("utf-8", "replace")


def choose(tree: Tree, dockerfile: str, data: bytes, said: Sequence[Claim]) -> Chosen:
    """The context that the best claim names, and what agrees or disagrees with it; without a claim the nearest folder that fits."""
    if not said:
        context, reason = nearest.fitting(tree, dockerfile, data)
        return Chosen(context, (reason,))
    first = said[0]
    return Chosen(first.context, tuple(_evidence(first, said)))


def built(said: Sequence[Claim]) -> tuple[tuple[str, str], ...]:
    """The stages that claims build by name, and where each is said first."""
    found: dict[str, str] = {}
    for claim in said:
        if claim.target is not None:
            found.setdefault(claim.target.lower(), f"{claim.path}:{claim.line or 1}")
    return tuple(found.items())


def _evidence(first: Claim, said: Sequence[Claim]) -> Iterator[str]:
    for claim in said:
        if claim.context == first.context:
            yield claim.said
        else:
            yield f"{claim.said} says {claim.context or '.'}"
