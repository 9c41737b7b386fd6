"""gosu and su-exec: a container that starts as root and runs its application as somebody else, which is what USER says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from minify.launcher import Program
    from minify.launcher.actions import Run

# https://github.com/tianon/gosu and https://github.com/ncopa/su-exec: user, command; the same ids, groups and HOME as USER
CHANGERS = ("gosu", "su-exec")
_USER = re.compile(r"[\w.-]+(:[\w.-]+)?")


def behind_user_change(argv: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """Who starts what; None when nobody is changed to.

    >>> behind_user_change(("gosu", "app:app", "gunicorn", "x"))
    ('app:app', ('gunicorn', 'x'))
    """
    if len(argv) > 1 and argv[0].rpartition("/")[2] in CHANGERS and _USER.fullmatch(argv[1]):
        return argv[1], argv[2:]
    return None


class UserChange(NamedTuple):
    """The launcher without gosu or su-exec (`changer`), the user, and why USER would not be the same ("" when it would)."""

    program: Program
    changer: str
    user: str
    reason: str


def without_user_change(program: Program, script: str | None = None) -> UserChange | None:
    """The launcher that changes no user; None when it does not as it is. `script` is the path that it is started by."""
    from minify.analysis.root_branch import for_root
    from minify.launcher.starts import begun, other_work, starts, with_starts

    branch = for_root(program, script)
    if branch is not None:
        return branch
    every = starts(program)
    changing = [one for one in every if one.words and (one.words[0] or "").rpartition("/")[2] in CHANGERS]
    if not changing:
        return None
    users = dict.fromkeys(one.words[1] if len(one.words) > 1 else None for one in changing)
    user = next(iter(users))
    changer = (changing[0].words[0] or "").rpartition("/")[2]
    if len(users) > 1 or user is None or not _USER.fullmatch(user):
        return UserChange(program, changer, user or "", "it changes to a user that only running it tells")
    as_root = next((one for one in every if one not in changing), None)
    if as_root is not None:
        shown = " ".join(as_root.shown) or "what it is given"
        return UserChange(program, changer, user, f"it starts {shown} as root, and the application as {user}")
    if next(other_work(program), None) is not None:
        reason = f"it works on files as root before it starts the application as {user}"
        return UserChange(program, changer, user, reason)

    def without(run: Run, made: Run) -> Run:
        return begun(made, 2, ()) if any(run == one.run for one in changing) else made

    return UserChange(with_starts(program, without), changer, user, "")
