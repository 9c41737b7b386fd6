"""Start scripts that come along with the shell that reads them: what else has to be in the final image, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from minify.image.start_scripts import StartScript
from minify.plan import Decision, Outcome


class WithShell(NamedTuple):
    """Programs for `Runtime.programs`, and what is said of them."""

    programs: tuple[str, ...]
    decisions: tuple[Decision, ...]


def with_shell(*rows: StartScript, also: Iterable[tuple[str, str]] = ()) -> WithShell:
    """The programs of the build stage that these scripts need, each once with the first reason, and others that are given with theirs.

    >>> from minify.image.start_scripts import start_script
    >>> with_shell(start_script("R"), also=[("tar", "app.R:3 starts it")]).programs
    ('sh', 'bash', 'uname', 'sed', 'which', 'rm', 'grep', 'wc', 'tar')
    """
    needed: dict[str, str] = {}
    shells = {shell for row in rows for shell in row.shells}
    for row in rows:
        for name, reason in row.needs():
            needed.setdefault(name, reason)
    for name, reason in also:
        needed.setdefault(name, reason)
    # A shell in a final image that has no others is told even to one who asks for no details
    decisions = (
        Decision(subject=name, outcome=Outcome.ADDED if name in shells else Outcome.KEPT, reason=reason)
        for name, reason in needed.items()
    )
    return WithShell(tuple(needed), tuple(decisions))
