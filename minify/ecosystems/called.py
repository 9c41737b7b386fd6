"""What it means for a final image without a shell that a source starts a program."""

from __future__ import annotations

from minify.context.places import Called
from minify.plan import Refusal, RefusalKind, refuse


def starts(called: Called, what: str | None = None) -> Refusal:
    """What stops the rung: `src/a.go:7 starts git`, or `what` in other words; of a program that is not named, its kind says so.

    >>> starts(Called(None, shell=True, path="a.c", line=3))[1:3]
    ('a.c:3 starts a shell', None)
    """
    named = "a shell" if called.shell else called.program or "a program whose name is not known"
    kind = RefusalKind.OTHER if called.program else RefusalKind.UNNAMED
    return refuse(f"{called.path}:{called.line} {what or f'starts {named}'}", kind=kind)
