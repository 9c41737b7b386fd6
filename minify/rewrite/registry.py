"""Every image that the file names, under the name that the user's own registry has for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from minify.analysis.facts import Facts
from minify.edit import Edit, Fix, Safety
from minify.plan import Decision, Outcome
from minify.syntax import Add, Copy, Instruction, Run, Span

CODE = "registry"
_SYNTAX = re.compile(r"#[ \t]*syntax[ \t]*=[ \t]*(\S+)")


def fixes(facts: Facts, others: Sequence[Fix]) -> Iterator[Fix]:
    """`FROM python:3.12` becomes `FROM registry.example/library/python:3.12`; where another fix writes an image, that one does it."""
    if not facts.mirror.rules:
        return
    taken = [edit.span for fix in others if fix.safety > Safety.DISPLAY for edit in fix.edits]
    seen: set[Span] = set()
    for span, written in _references(facts):
        mapped = facts.mirror.map(written)
        if mapped == written or span in seen or any(s.start < span.end and span.start < s.end for s in taken):
            continue
        seen.add(span)
        yield Fix(
            code=CODE,
            edits=(Edit(span, mapped),),
            safety=Safety.INFERRED,
            reason=f"{written} is pulled from {mapped.partition('/')[0]}",
        )


def unknown(facts: Facts) -> Iterator[Decision]:
    """Images whose name a variable begins: where they come from is for the one to say who sets it."""
    for node in facts.graph.nodes if facts.mirror.rules else ():
        from_ = node.stage.from_
        image = from_.image
        if node.parent is not None or "$" not in image or facts.mirror.map(node.written) == node.written:
            continue
        if facts.mirror.map(image) == image and _default(facts, image) is None:
            yield Decision(
                subject=f"FROM {image}",
                outcome=Outcome.CHECK,
                reason="a variable says where it comes from: set it to your own registry",
                line=from_.line,
            )


def _references(facts: Facts) -> Iterator[tuple[Span, str]]:
    """Where images stand, as they are written: not those that are stages of the file."""
    source = facts.dockerfile.source
    if facts.dockerfile.syntax:
        directive = next((m for m in _SYNTAX.finditer(source.text) if m[1] == facts.dockerfile.syntax), None)
        if directive is not None:
            yield Span(*directive.span(1)), directive[1]
    for node in facts.graph.nodes:
        from_ = node.stage.from_
        if node.parent is None:
            place = _default(facts, from_.image)
            yield place if place is not None else (from_.image_span, from_.image)
        for instruction in node.stage.instructions:
            for span, name in _copied(instruction):
                if facts.graph.by_name(name, node.stage.index) is None and not name.isdigit():
                    yield span, name


def _default(facts: Facts, image: str) -> tuple[Span, str] | None:
    """The default of the ARG that a FROM consists of: `ARG BASE=debian:12`, `FROM $BASE`."""
    variable = re.fullmatch(r"\$(?:\{(\w+)\}|(\w+))", image)
    if variable is None:
        return None
    name = variable[1] or variable[2]
    for arg in facts.dockerfile.global_args:
        for declared in arg.names:
            if declared.name == name and declared.default:
                value = declared.default.strip("\"'")
                start = declared.span.end - len(declared.default) + declared.default.index(value)
                span = Span(start, start + len(value))
                return (span, value) if facts.dockerfile.source.slice(span) == value else None
    return None


def _copied(instruction: Instruction) -> Iterator[tuple[Span, str]]:
    """The images of COPY --from and RUN --mount=from."""
    for flag in instruction.flags:
        if flag.value is None:
            continue
        at = flag.span.end - len(flag.value)
        if isinstance(instruction, Copy | Add) and flag.name == "from":
            names = [(0, flag.value)]
        elif isinstance(instruction, Run) and flag.name == "mount":
            names = [(m.start(1), m[1]) for m in re.finditer(r"(?:^|,)from=([^,]+)", flag.value)]
        else:
            continue
        for offset, name in names:
            span = Span(at + offset, at + offset + len(name))
            if instruction.source.slice(span) == name:
                yield span, name
