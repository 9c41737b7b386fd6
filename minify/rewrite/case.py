"""Instructions in the case that a file writes its own in."""

from __future__ import annotations

import re

from minify.analysis.facts import Facts

_KEYWORD = re.compile(
    r"^(FROM|COPY|ADD|ARG|ENV|RUN|USER|WORKDIR|CMD|ENTRYPOINT|HEALTHCHECK|EXPOSE|VOLUME|STOPSIGNAL|LABEL|SHELL)(?=[ \t]).*$",
    re.MULTILINE,
)
_INNER = re.compile(r"(?<=[ \t])(?:CMD|NONE)(?=[ \t]|$)")


def lower(facts: Facts) -> bool:
    """Whether the final stage's FROM is in lower case: what is added is then, too."""
    from_ = facts.final.stage.from_
    return from_.source.slice(from_.keyword_span).islower()


def _lower_at(facts: Facts, at: int) -> bool:
    """Whether the instruction before a place is in lower case."""
    before = [i for i in facts.dockerfile.instructions if i.span.start < at]
    return bool(before) and before[-1].source.slice(before[-1].keyword_span).islower()


def in_case(facts: Facts, text: str, at: int | None = None) -> str:
    """New lines in the file's case: that of the final stage, or of what stands at a place; those that the user wrote stay as they are."""
    if not (lower(facts) if at is None else _lower_at(facts, at)):
        return text
    own = frozenset(facts.dockerfile.source.text.splitlines())

    def written(found: re.Match[str]) -> str:
        line, keyword = found[0], found[1]
        if line in own:
            return line
        rest = line[len(keyword) :]
        if keyword == "FROM":
            rest = rest.replace(" AS ", " as ")
        if keyword == "HEALTHCHECK":
            rest = _INNER.sub(lambda inner: inner[0].lower(), rest, count=1)
        return keyword.lower() + rest

    return _KEYWORD.sub(written, text)
