"""Bake files: each target's context, Dockerfile and stage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from minify.batch.evidence.paths import claim
from minify.batch.records import Claim
from minify.surroundings.bake import targets

SOURCE: Final = "bake"
# Paths in a bake file start where bake is run: at the root
PATHS: Final = re.compile(r"^docker-bake(?:\.override)?\.(?:hcl|json)$")


def claims(path: str, text: str) -> Iterator[Claim]:
    """One claim a target that says its context, its Dockerfile or its stage."""
    for target in targets(path, text):
        settings = target.settings
        if (
            target.name == "_common"
            or not {"context", "dockerfile", "target"} & settings.keys()
            or "dockerfile-inline" in settings
        ):
            continue
        said = claim(
            SOURCE,
            path,
            target.line or None,
            context=settings.get("context", "."),
            dockerfile=settings.get("dockerfile"),
            folder="",
            of_context=True,
            target=settings.get("target"),
        )
        if said is not None:
            yield said
