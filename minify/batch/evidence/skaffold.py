"""skaffold.yaml: `build.artifacts[].context` and the Dockerfile in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from minify.batch.evidence.documents import documents, fields, items, line, value
from minify.batch.evidence.paths import claim, folder_of
from minify.batch.records import Claim

SOURCE: Final = "skaffold"
PATHS: Final = re.compile(r"(?:^|/)skaffold[\w.\-]*\.ya?ml$")
_OTHERS: Final = frozenset({"buildpacks", "bazel", "jib", "ko", "custom"})


def claims(path: str, text: str) -> Iterator[Claim]:
    """Every artifact that is built from a Dockerfile, those of profiles too."""
    for document in documents(text):
        whole = fields(document)
        for part in (whole, *(fields(profile) for profile in items(whole.get("profiles")))):
            for artifact in items(fields(part.get("build")).get("artifacts")):
                settings = fields(artifact)
                if _OTHERS & settings.keys():
                    continue
                builder = fields(settings.get("docker")) or fields(settings.get("kaniko"))
                said = claim(
                    SOURCE,
                    path,
                    line(artifact),
                    context=value(settings.get("context")) or ".",
                    dockerfile=value(builder.get("dockerfile")),
                    folder=folder_of(path),
                    of_context=True,
                    target=value(builder.get("target")),
                )
                if said is not None:
                    yield said
