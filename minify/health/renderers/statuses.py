"""The status codes that are healthy, as a condition of a program."""

from __future__ import annotations

from minify.health.plan import Statuses


def unhealthy(statuses: Statuses, name: str, *, both: str = "&&", either: str = "||") -> str | None:
    """The condition under which a status is not healthy; None when it always is.

    >>> unhealthy(Statuses(((0, 399),)), "r.status"), unhealthy(Statuses(((200, 299),)), "code")
    ('r.status >= 400', 'code < 200 || code > 299')
    >>> unhealthy(Statuses(((200, 200), (302, 302))), "r.status", both="and", either="or")
    'r.status != 200 and r.status != 302'
    """
    outside = [_outside(first, last, name, either) for first, last in statuses.ranges]
    if not outside or "" in outside:
        return None
    if len(outside) == 1:
        return outside[0]
    return f" {both} ".join(f"({part})" if f" {either} " in part else part for part in outside)


def _outside(first: int, last: int, name: str, either: str) -> str:
    if first == last:
        return f"{name} != {first}"
    # A status has three digits
    low = f"{name} < {first}" if first > 100 else ""
    high = f"{name} > {last}" if last < 999 else ""
    if last == 399:
        high = f"{name} >= 400"
    return f" {either} ".join(part for part in (low, high) if part)
