"""A branch of a script for root, which starts the same again as somebody else: `if [ "$(id -u)" = 0 ]; then exec gosu app "$0" "$@"; fi`."""

from __future__ import annotations

from dataclasses import replace

from minify.analysis.user_change import UserChange, behind_user_change, without_user_change
from minify.launcher import Program
from minify.launcher.actions import Exec, Note, Statement, When
from minify.launcher.starts import other_work, starts
from minify.launcher.values import (
    ArgumentCount,
    Compared,
    Condition,
    EachArgument,
    Equal,
    Field,
    Fields,
    Integer,
    Known,
    Literal,
    NumberOf,
    One,
)


def for_root(program: Program, script: str | None) -> UserChange | None:
    """`if [ "$(id -u)" = 0 ]; then exec gosu app "$@"; fi; exec "$@"`: who is not root does the same without gosu.

    With `exec gosu app "$0" "$@"` the script itself begins again as the other user. None for anything else.
    """
    places = [n for n, one in enumerate(program.body) if isinstance(one, When) and _asks_for_root(one.condition)]
    if len(places) != 1:
        return None
    place = places[0]
    before, asked, rest = program.body[:place], program.body[place], program.body[place + 1 :]
    assert isinstance(asked, When)
    last = asked.body[-1]
    if not isinstance(last, Exec):
        return None
    run = last.run
    words = tuple(_word(field) for field in run.argv)
    changed = behind_user_change(tuple(word or "" for word in words[:2]))
    if changed is None or run.env or not run.streams.untouched:
        return None
    user, changer = changed[0], (words[0] or "").rpartition("/")[2]
    if len(asked.body) != 1:
        return UserChange(program, changer, user, f"as root it does more than start the application as {user}")
    otherwise = (*asked.otherwise, *rest)
    made = replace(program, body=(*before, *otherwise))
    again = script is not None and words[2:3] == (script,) and run.argv[3:] == (EachArgument(),)
    if again and all(isinstance(one, Note) for one in before):
        # All that is done, the other user does
        return UserChange(made, changer, user, "") if without_user_change(made, script) is None else None
    if len(otherwise) != 1 or _becomes(otherwise[0]) != run.argv[2:]:
        return None
    early = replace(program, body=before, functions=())
    if program.functions or starts(early) or next(other_work(early), None) is not None:
        return UserChange(
            program, changer, user, f"it does something as root before it starts the application as {user}"
        )
    return UserChange(made, changer, user, "")


def _asks_for_root(condition: Condition) -> bool:
    """`[ "$(id -u)" = 0 ]`, `[ $(id -u) -eq 0 ]`, `[ "$(whoami)" = root ]`."""
    match condition:
        case (
            Equal(left=Known(fact="uid"), right=Literal(text="0"))
            | Equal(left=Known(fact="user"), right=Literal(text="root"))
        ):
            return True
        case Compared(operator="==", left=NumberOf(text=Known(fact="uid")), right=Integer(value=0)):
            return True
        case _:
            return False


def _word(field: Field) -> str | None:
    return field.text.text if isinstance(field, One) and isinstance(field.text, Literal) else None


def _becomes(statement: Statement) -> Fields | None:
    """The command line that a statement becomes: `exec "$@"` does when there are words."""
    if isinstance(statement, When) and len(statement.body) == 1 and not statement.otherwise:
        counted = Compared(">=", ArgumentCount(), Integer(1))
        statement = statement.body[0] if statement.condition == counted else statement
    plain = isinstance(statement, Exec) and not statement.run.env and statement.run.streams.untouched
    return statement.run.argv if isinstance(statement, Exec) and plain else None
