"""What an inventory wants to know of a file: the images that it stands on, and what stops a better rung."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from minify.analysis.facts import Facts
from minify.batch.records import Base, Blocker
from minify.image.catalog import lookup
from minify.plan import Plan, RefusalKind

_OWN: Final = re.compile(
    r"""(?x)
    \s*\([^()]*\)                                              # (line 3)
  | "[^"]*" | '[^']*' | `[^`]*`
  | (?<=\bbase\ image\ )(?!hangs\b|has\b|sets\b|owns\b|is\b)\S+     # a reference
  | (?<=\bwhat\ )\S+(?:\ -[\w-]+)*(?=\ (?:needs|calls|loads|does|starts)\b)
  | ^\S+(?:\ -[\w-]+)*(?=\ is\ (?:a|run\ by\ a|not\ in\ the)\ )               # bash is a shell
  | (?<![\w$])\S*[\w./]*[./:@_=*]\w\S*(?<![,;])                   # app/main.py:12, /opt/app, BASE_IMAGE, node:20
  | \$\{?\w+\}?                                                # $PORT
    """
)


def bases(facts: Facts) -> Iterator[Base]:
    """Each image that a FROM names, in order; a stage that stands on another names none."""
    last = facts.lineage[0].stage.index
    for node in facts.graph.nodes:
        if node.parent is not None or node.image is None:
            continue
        image = node.image
        known = lookup(image)
        if image.normalized == "docker.io/library/scratch:latest":
            continue
        yield Base(
            reference=image.familiar,
            normalized=image.normalized,
            line=node.stage.from_.line,
            final=node.stage.index == last,
            known=known is not None,
            tagged=image.tag is not None or image.digest is not None,
            floating=image.digest is None and (image.tag in (None, "latest") or (known is not None and known.floating)),
            pinned=image.digest is not None,
            publisher=known.publisher if known is not None else "",
            eol=known.eol if known is not None else None,
            status=known.status if known is not None else "unknown",
        )


def blockers(plan: Plan) -> Iterator[Blocker]:
    """What stops better rungs, each with the kind of reason that it is.

    What holds for every file of a rung (distroless brings what scratch has not) is no blocker.
    """
    for refusal in plan.refusals:
        if refusal.rung <= plan.rung or refusal.kind is RefusalKind.WISH:
            continue
        yield Blocker(refusal.rung.label, kind_of(refusal.reason), refusal.reason, refusal.line)


def kind_of(reason: str) -> str:
    """A reason without what is this file's own, so that the same reason of two files is the same.

    >>> kind_of("CMD needs a shell: it expands $PORT"), kind_of("src/a.go:7 starts a shell")
    ('CMD needs a shell', '… starts a shell')
    """
    head = reason.partition(": ")[0].partition("; ")[0]
    return _OWN.sub("…", head).strip() or reason
