"""Compose files: `services.*.build`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from minify.batch.evidence.documents import documents, fields, line, value
from minify.batch.evidence.paths import claim, folder_of
from minify.batch.records import Claim

SOURCE: Final = "compose"
PATHS: Final = re.compile(r"(?:^|/)(?:docker-)?compose(?:[.\-_][\w.\-]+)?\.ya?ml$")
VARIABLES: Final = ".env"
_ASSIGNED: Final = re.compile(r"^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*[=:][ \t]*([^\n]*)$", re.MULTILINE)
_NAMED: Final = re.compile(r"\$\$|\$\{(\w+)(?::?[-+?][^${}]*)?\}|\$(\w+)")
_MOST_ROUNDS: Final = 5


def with_variables(text: str, variables: str) -> str:
    """The file with the values of `.env`, as Compose reads it; what is not there stays as it is.

    >>> with_variables("build: ${DIR}/a # $OTHER", "# paths\\nDIR='src'\\n")
    'build: src/a # $OTHER'
    """
    known: dict[str, str] = {
        name: value.split(" #")[0].strip().strip("\"'") for name, value in _ASSIGNED.findall(variables)
    }

    def value(match: re.Match[str]) -> str:
        return known.get(match[1] or match[2] or "", str(match[0]))

    for _ in range(_MOST_ROUNDS if known else 0):
        after = _NAMED.sub(value, text)
        if after == text or len(after) > 1_000_000:
            break
        text = after
    return text


def claims(path: str, text: str) -> Iterator[Claim]:
    """Every service that is built: `build: ./api`, or a context with the Dockerfile's path in it."""
    for document in documents(text):
        for service in fields(fields(document).get("services")).values():
            build = fields(service).get("build")
            if build is None:
                continue
            settings = fields(build)
            written = value(build) if value(build) is not None else value(settings.get("context")) or "."
            dockerfile = value(settings.get("dockerfile"))
            if written is None or "dockerfile_inline" in settings:
                continue
            where = settings.get("context") or settings.get("dockerfile") or build
            said = claim(
                SOURCE,
                path,
                line(where),
                context=written,
                dockerfile=dockerfile,
                folder=folder_of(path),
                of_context=True,
                target=value(settings.get("target")),
            )
            if said is not None:
                yield said
