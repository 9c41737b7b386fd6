"""Images of public registries under the names that a private registry gives them, and back.

    Mirror.of("registry.example", {})
        python:3.12                       registry.example/library/python:3.12
        gcr.io/distroless/static-debian13 registry.example/distroless/static-debian13

A rule is a prefix of the whole name and what takes its place; the longest prefix wins: `docker.io/library = registry.example/hub`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from minify.errors import UsageError
from minify.image.catalog import lookup
from minify.image.reference import ImageReference

DOMAINS: Final = ("docker.io", "gcr.io", "mcr.microsoft.com", "ghcr.io", "quay.io", "cgr.dev", "public.ecr.aws")
"""Where a name of a mirror that says no domain may be from, the likeliest first; the catalog tells which."""
_LITERAL_NAME = re.compile(r"(?P<name>(?:[^/$@:]+(?::[0-9]+)?/)*[^/$@:]+)(?P<rest>(?:[:@].*)?)", re.DOTALL)


class Mirror(NamedTuple):
    """The rules, the longest prefix first; the empty prefix stands for every image."""

    rules: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, registry: str | None, rules: Mapping[str, str]) -> Mirror:
        """A registry for every image that no rule names, and the rules."""
        given = {prefix.strip("/"): target.strip("/") for prefix, target in rules.items()}
        if registry:
            given.setdefault("", registry.strip("/"))
        return cls(tuple(sorted(given.items(), key=lambda rule: (-len(rule[0]), rule[0]))))

    @property
    def registry(self) -> str | None:
        """Where images go that no rule names; None when there are only rules."""
        return dict(self.rules).get("")

    def map(self, written: str) -> str:
        """The image's name there; what has no literal name, is there already, or is `scratch` stays as it is.

        >>> mirror = Mirror.of("r.example", {"docker.io/library": "r.example/hub"})
        >>> mirror.map("python:${V}-slim"), mirror.map("gcr.io/distroless/cc@sha256:" + 64 * "0")[:25], mirror.map("$BASE")
        ('r.example/hub/python:${V}-slim', 'r.example/distroless/cc@s', '$BASE')
        """
        shape = _LITERAL_NAME.fullmatch(written)
        if not self.rules or shape is None or written == "scratch":
            return written
        try:
            repository = ImageReference.parse(shape["name"]).repository
        except UsageError:
            return written
        if any(_below(repository, target) is not None for _, target in self.rules):
            return written
        for prefix, target in self.rules:
            below = _below(repository, prefix)
            if below is not None:
                if not prefix:
                    # The path alone: a registry in front of a registry is no name
                    below = below.partition("/")[2]
                return "/".join(part for part in (target, below) if part) + shape["rest"]
        return written

    def original(self, reference: ImageReference) -> ImageReference:
        """The image that a name of the mirror stands for; another one is itself.

        >>> Mirror.of("r.example", {}).original(ImageReference.parse("r.example/library/python:3.12")).familiar
        'python:3.12'
        """
        for prefix, target in self.rules:
            below = _below(reference.repository, target)
            if below is None:
                continue
            suffix = reference.written.removeprefix(reference.written_name)
            names = (f"{prefix}/{below}".strip("/"),) if prefix else tuple(f"{domain}/{below}" for domain in DOMAINS)
            for name in names:
                try:
                    found = ImageReference.parse(ImageReference.parse(name + suffix).familiar)
                except UsageError:
                    continue
                if prefix or lookup(found) is not None:
                    return found
        return reference


UNMIRRORED: Final = Mirror()
"""No registry of one's own."""


def _below(repository: str, prefix: str) -> str | None:
    """What follows a prefix: `library/python` of `docker.io/library/python` below `docker.io`; None when it is elsewhere."""
    if not prefix or repository == prefix:
        return repository if not prefix else ""
    return repository.removeprefix(f"{prefix}/") if repository.startswith(f"{prefix}/") else None
