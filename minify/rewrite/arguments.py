"""ARGs before the first FROM: where the default of one is what chooses a base image."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from minify.analysis.defaults import choosing
from minify.analysis.facts import Facts
from minify.edit import Edit
from minify.image.catalog import BaseImage
from minify.plan import Decision, Outcome
from minify.rewrite.comments import comments_above, deletion
from minify.syntax import Arg, Copy, Run, Span


def uses(text: str, name: str) -> bool:
    """Whether a text has a variable's value.

    >>> uses("python:${V}-slim", "V"), uses("python:$VER", "V"), uses("python:${V:-3}", "V")
    (True, False, True)
    """
    return re.search(rf"\$(?:{re.escape(name)}(?!\w)|\{{{re.escape(name)}(?!\w))", text) is not None


def chooses_only(facts: Facts, name: str) -> bool:
    """Whether nothing is made of the variable but what FROM lines say: no other ARG, no COPY --from."""
    stages = [i for node in facts.graph.nodes for i in node.stage.instructions]
    others = [arg.text for arg in facts.dockerfile.global_args]
    others += [i.text for i in stages if isinstance(i, Arg) or (isinstance(i, Copy) and i.flag("from"))]
    return not any(uses(text, name) for text in others)


def _used(facts: Facts, name: str, but: Span) -> bool:
    """Whether something reads the variable, the FROM at a place left out."""
    stages = [i for node in facts.graph.nodes for i in node.stage.instructions]
    froms = [node.stage.from_ for node in facts.graph.nodes if node.stage.from_.image_span != but]
    return (
        not chooses_only(facts, name)
        or any(uses(from_.text, name) for from_ in froms)
        or uses(next(n.stage.from_.platform or "" for n in facts.graph.nodes if n.stage.from_.image_span == but), name)
        # An ARG without a default takes the value into its stage
        or any(isinstance(i, Arg) and name in (n.name for n in i.names) for i in stages)
        or any(isinstance(i, Run) and "mount" in (f.name for f in i.flags) and uses(i.text, name) for i in stages)
    )


def fixed(facts: Facts, base: BaseImage, left: Collection[str] = ()) -> Iterator[Decision]:
    """The build arguments that chose the version of a runtime which the new base brings; those of `left` go, or choose that base."""
    if facts.base is None or base.language is None or base.language != facts.base.language:
        return
    for name, chooses in choosing(facts).items():
        if name not in left:
            reason = f"chooses {chooses.what}, and {base.reference} is for its default, {chooses.default}: no build may give it another value"
            yield Decision(subject=f"ARG {name}", outcome=Outcome.CHECK, reason=reason, line=chooses.line)


def base_edits(
    facts: Facts, image: Span, written: str, base: BaseImage
) -> tuple[tuple[Edit, ...], tuple[Decision, ...]]:
    """Another base in a FROM: at the default of the ARG that is the whole of it, else in the line, without ARGs that then choose nothing.

    `ARG BASE=alpine` with `FROM $BASE` gets another default; `FROM alpine:$V` another image, and `ARG V` goes.
    """
    names = re.findall(r"\$\{?(\w+)", written)
    alone = {
        name: arg for arg in facts.dockerfile.global_args for name in (n.name for n in arg.names) if len(arg.names) == 1
    }
    free = [name for name in dict.fromkeys(names) if name in alone and not _used(facts, name, image)]
    new = facts.mirror.map(base.reference)
    whole = next((name for name in free if written in (f"${name}", f"${{{name}}}")), None)
    if whole is not None and alone[whole].names[0].default is not None:
        return (Edit(alone[whole].names[0].span, f"{whole}={new}"),), ()
    comments = comments_above(facts.dockerfile)
    edits = [Edit(image, new)]
    decisions = []
    for name in free:
        edits.append(deletion(facts.dockerfile, alone[name], comments))
        subject = " ".join(alone[name].text.split())
        reason = f"it chose the version of {written}, which is another image now"
        decisions.append(Decision(subject=subject, outcome=Outcome.DROPPED, reason=reason, line=alone[name].line))
    return tuple(edits), (*decisions, *fixed(facts, base, free))
