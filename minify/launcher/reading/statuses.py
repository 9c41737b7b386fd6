"""What statements come to: whether they end, whether they do anything, which status they give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from minify.launcher.actions import (
    Action,
    Apart,
    Break,
    Choose,
    Continue,
    Do,
    End,
    Exec,
    Exit,
    ForEach,
    Give,
    Keep,
    KeepNumber,
    Note,
    Opened,
    Return,
    Scoped,
    Statement,
    Status,
    Streams,
    When,
    While,
)
from minify.launcher.reading.value_facts import is_strict
from minify.launcher.values import (
    Answers,
    Both,
    ComparedTexts,
    Condition,
    Either,
    FieldCount,
    LastSucceeded,
    Listening,
    Literal,
    Not,
    OnlyField,
    Succeeds,
    Truth,
    negation,
)


@dataclass(frozen=True, slots=True)
class Result:
    """A command: what is done ahead, and the action or the plain number that its status is."""

    before: tuple[Statement, ...] = ()
    status: Action | int = 0
    left: bool = False
    """It does not come back: `exit`, `exec`, `break`."""


def leaves(statements: Iterable[Statement]) -> bool:
    """Whether statements do not come to their end."""
    last = next((one for one in reversed(list(statements)) if not isinstance(one, Note)), None)
    if isinstance(last, When):
        return bool(last.otherwise) and leaves(last.body) and leaves(last.otherwise)
    if isinstance(last, Choose):
        return last.arms[-1][0] == () and all(leaves(body) for _, body in last.arms)
    if isinstance(last, While):
        return last.condition == Truth(True) and not _breaks(last.body)
    return isinstance(last, Exit | End | Exec | Return | Give | Break | Continue)


def _breaks(statements: Iterable[Statement]) -> bool:
    return any(
        isinstance(one, Break)
        or (isinstance(one, When) and (_breaks(one.body) or _breaks(one.otherwise)))
        or (isinstance(one, Choose) and any(_breaks(body) for _, body in one.arms))
        for one in statements
    )


def when(condition: Condition, body: list[Statement], otherwise: list[Statement]) -> list[Statement]:
    """`if`, as plainly as can be."""
    if isinstance(condition, Truth):
        return body if condition.value else otherwise
    if not any(not isinstance(one, Note) for one in body):
        if not any(not isinstance(one, Note) for one in otherwise):
            return [*asked(condition), *body, *otherwise]
        return [When(negation(condition), tuple(otherwise))]
    return [When(condition, tuple(body), tuple(otherwise))]


def asked(condition: Condition) -> list[Statement]:
    """What a condition does, when its answer does not matter."""
    while isinstance(condition, Not):
        condition = condition.condition
    if isinstance(condition, Succeeds):
        return [Do(condition.action)]
    return [Do(Status(condition))] if acts(condition) else []


def keeping(condition: Condition) -> list[Statement]:
    """Statements that leave the status of a condition in `$?`: of `a && b` that of the one which decides."""
    if isinstance(condition, Both | Either) and not is_plain(condition):
        first, *rest = condition.conditions
        more = type(condition)(tuple(rest)) if len(rest) > 1 else rest[0]
        goes_on: Condition = LastSucceeded() if isinstance(condition, Both) else negation(LastSucceeded())
        return [*keeping(first), When(goes_on, tuple(keeping(more)))]
    if isinstance(condition, LastSucceeded):
        return []
    if isinstance(condition, Truth):
        return [KeepNumber(0 if condition.value else 1)]
    return [Keep(as_action(condition))]


def as_action(condition: Condition) -> Action:
    return condition.action if isinstance(condition, Succeeds) else Status(condition)


def is_plain(condition: Condition) -> bool:
    """Whether the status of a condition is 0 or 1 and nothing else."""
    if isinstance(condition, Not):
        return True
    if isinstance(condition, Both | Either):
        return all(is_plain(one) for one in condition.conditions)
    return not isinstance(condition, Succeeds | LastSucceeded)


def may_be_refused(condition: Condition) -> bool:
    """Whether a condition may be one that `[` ends with 2 for."""
    if isinstance(condition, Not):
        return may_be_refused(condition.condition)
    if isinstance(condition, Both | Either):
        return any(may_be_refused(one) for one in condition.conditions)
    return isinstance(condition, FieldCount | OnlyField | ComparedTexts)


def acts(condition: Condition) -> bool:
    """Whether to ask is to do something."""
    if isinstance(condition, Not):
        return acts(condition.condition)
    if isinstance(condition, Both | Either):
        return any(acts(one) for one in condition.conditions)
    if is_strict(condition):
        return True
    return isinstance(condition, Succeeds | Answers | Listening)


def is_opened(streams: Streams) -> bool:
    return any(isinstance(one, Opened) for one in (streams.input, streams.output, streams.error))


def gives_any(statements: Iterable[Statement]) -> bool:
    """Whether a function may give another status than 0."""
    for one in statements:
        if isinstance(one, Give) or (isinstance(one, Return) and one.status != Literal("0")):
            return True
        if any(gives_any(inner) for inner in _inner(one)):
            return True
    return False


def without_zeros(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """The statements of a function whose status nobody reads."""
    kept: list[Statement] = []
    for index, one in enumerate(statements):
        last = index == len(statements) - 1
        if isinstance(one, Return) and last:
            continue
        if last and isinstance(one, When):
            kept += when(one.condition, list(without_zeros(one.body)), list(without_zeros(one.otherwise)))
        elif last and isinstance(one, Scoped):
            kept.append(Scoped(one.names, without_zeros(one.body)))
        else:
            kept.append(one)
    return tuple(kept)


def _inner(statement: Statement) -> list[tuple[Statement, ...]]:
    if isinstance(statement, When):
        return [statement.body, statement.otherwise]
    if isinstance(statement, Choose):
        return [body for _, body in statement.arms]
    if isinstance(statement, While | ForEach | Scoped | Apart):
        return [statement.body]
    return []
