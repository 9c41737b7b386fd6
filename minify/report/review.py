"""What `review` prints: a change with its diff and reason, what it means, and what was decided in the end."""

from __future__ import annotations

from collections.abc import Iterator

from minify.diff import Patch
from minify.edit import Safety
from minify.report.lines import Line, line
from minify.report.rules import RULES
from minify.review.changes import Change
from minify.review.compose import compose
from minify.review.session import Session
from minify.syntax import Source

_SAFETY = {
    Safety.SAFE: ("safe: the same image but for what nothing reads", "green"),
    Safety.INFERRED: ("inferred: it is expected to behave the same; dockminify verify shows it", "yellow"),
    Safety.DISPLAY: ("may break: fix shows it and never writes it", "red"),
}
_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def change(session: Session, item: Change) -> Iterator[Line]:
    """The diff of one change by itself, its reason, and what it has to do with others."""
    yield line()
    yield from diff(compose(session.source, (item._replace(conflicts=(), instead_of=None),), [item.key]).patch)
    yield Line(((item.fix.code, "bold"), (f": {item.fix.reason}", "")))
    text, style = _SAFETY[item.fix.safety]
    yield line(f"  {text}", style)
    by_key = {other.key: other.fix.code for other in session.changes}
    if item.instead_of is not None:
        yield line(f"  comes in the place of {by_key[item.instead_of]}, which you rejected", "dim")
    rivals = [by_key[key] for key in item.conflicts]
    if rivals:
        yield line(f"  touches the same text as {', '.join(rivals)}: of these only one can be taken", "dim")
    if item.decisions:
        yield line(f"  {len(item.decisions)} decisions stand or fall with it: x explains them", "dim")


def diff(patch: Patch) -> Iterator[Line]:
    """A unified diff in colour."""
    for text in patch.unified().splitlines():
        style = "bold" if text.startswith(("--- ", "+++ ")) else _STYLES.get(text[:1], "")
        yield line(text, style)


def explanation(item: Change, source: Source) -> Iterator[Line]:
    """What a change does, and each decision that it stands for."""
    yield line(RULES.get(item.fix.code, item.fix.code), "bold")
    for decision in item.decisions:
        where = f" (line {decision.line})" if decision.line else ""
        yield Line(
            (
                (f"  {decision.outcome.value:<9}", "cyan"),
                (decision.subject, "bold"),
                (f": {decision.reason}{where}", ""),
            )
        )
    if not item.decisions:
        numbers = sorted({source.line(edit.span.start) for edit in item.fix.edits})
        texts = source.text.split("\n")
        for number in numbers:
            yield line(f"  {number:>4}  {texts[number - 1]}", "dim")
        yield line(f"  {item.fix.reason}")


def outcome(session: Session) -> Iterator[Line]:
    """What was decided on each change."""
    composed = session.composed()
    for item in session.changes:
        if item.key in composed.taken:
            said, style = ("edited" if item.key in session.edited else "accepted"), "green"
        elif item.key in composed.left:
            said, style = "left: it touches the same text as another one", "yellow"
        elif item.key in session.decided:
            said, style = "rejected", "red"
        else:
            continue
        yield Line(((f"  {item.fix.code}: ", ""), (said, style)))
