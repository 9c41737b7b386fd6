"""Servers that nobody heard: they prove nothing, however alike they are.

An answer counts when it is not an error of the server's own: 404 says that it works, 500 says that it does not.
"""

from __future__ import annotations

from collections.abc import Sequence

from minify.verify.engine import Ended
from minify.verify.probes import Answer


def unheard(answers: Sequence[Answer], health: Ended | None) -> str:
    """Why nothing that was asked says that a server works; empty when something does.

    >>> unheard([Answer(problem="the connection was refused")], None)
    'the connection was refused'
    >>> unheard([Answer(status=500), Answer(status=404)], None)
    ''
    """
    if any(map(_counts, answers)) or (health is not None and health.status == 0):
        return ""
    problems = dict.fromkeys(answer.problem for answer in answers if answer.problem)
    statuses = dict.fromkeys(str(answer.status) for answer in answers if answer.status)
    said = [*problems]
    if statuses:
        said.append(f"an error of its own: status {', '.join(statuses)}")
    if any(not answer.problem and not answer.status for answer in answers):
        said.append("it takes connections, speaks no HTTP and says nothing by itself")
    return "; ".join(said) or "there is nothing that it could be asked from outside"


def _counts(answer: Answer) -> bool:
    # No status and no problem: another protocol, whose greeting was heard
    return not answer.problem and (answer.status < 500 if answer.status else bool(answer.body))
