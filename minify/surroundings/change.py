"""Changes of YAML files as edits of their text: one value becomes another, and nothing else moves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from minify.diff import Patch
from minify.surroundings.documents import Value
from minify.surroundings.findings import Finding
from minify.surroundings.repository import Text
from minify.syntax import Source
from minify.syntax.source import Span

_COMMENT = re.compile(r"(?:^|\s)#", re.MULTILINE)


def listed(words: Sequence[str]) -> str:
    """A list on one line, `["CMD", "node"]`: JSON, which YAML reads as it is."""
    return json.dumps(list(words), ensure_ascii=False)


def replaced(text: str, value: Value, new: str) -> tuple[Span, str] | None:
    """The edit that writes `new` in the place of a value; None where it is written elsewhere, or holds comments."""
    if value.shared or "\ufeff" in text[:1]:
        return None
    start, end = value.start, value.end
    written = text[start:end]
    if written[:1] in ("|", ">"):
        end = start + len(written.rstrip())
    elif value.text is None and written[:1] != "[":
        # A block begins on a line of its own: it becomes a list behind the key
        if value.after_key < 0:
            return None
        start = value.after_key
        new = f": {new}"
    if _COMMENT.search(text[start:end]):
        return None
    return Span(start, end), new


def patches(texts: Sequence[Text], findings: Iterable[Finding]) -> tuple[Patch, ...]:
    """The changes of each file as one patch."""
    edits: dict[str, dict[Span, str]] = {}
    for finding in findings:
        if finding.edit is not None:
            edits.setdefault(finding.file, {}).setdefault(*finding.edit)
    made: list[Patch] = []
    for text in texts:
        new = text.text
        below = len(new) + 1
        for span, content in sorted(edits.get(text.name, {}).items(), reverse=True):
            if span.end <= below:
                new = new[: span.start] + content + new[span.end :]
                below = span.start
        if new != text.text:
            made.append(Patch(_source(text.text, text), _source(new, text)))
    return tuple(made)


def _source(text: str, where: Text) -> Source:
    return Source.from_bytes(text.encode("utf-8", "surrogateescape"), str(where.path))
