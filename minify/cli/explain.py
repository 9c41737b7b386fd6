"""`dockminify explain`: what each instruction leaves in the image, and whether the final image needs it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from minify import api
from minify.cli.shared import Asked, ContextOption, TargetsOption, ToOption, names_of, read


def explain(
    path: Annotated[str, typer.Argument(help="A Dockerfile, or - for standard input.")],
    to: ToOption = None,
    context: ContextOption = None,
    target: TargetsOption = None,
) -> int:
    """Walk a Dockerfile line by line: what each instruction leaves, what was decided, and what stops a better rung."""
    from minify.report.explain import explain as lines
    from minify.report.lines import wants_colour, write

    outcome = api.look_around(read(path, context, Asked(to=to, targets=names_of(target))).outcome)
    write(lines(outcome), sys.stdout, colour=wants_colour(sys.stdout))
    return 0
