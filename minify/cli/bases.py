"""`dockminify bases`: what an image is, and which slimmer ones there are."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from minify.cli.shared import PlainFormat


def bases(
    image: Annotated[str, typer.Argument(help="An image reference, as in FROM.")],
    format: Annotated[PlainFormat, typer.Option("--format", "-f", help="How to report.")] = PlainFormat.text,  # noqa: A002 - the option's name
) -> int:
    """Say what a base image is, and rank the slimmer alternatives with what makes each unsafe."""
    from minify.report.bases import document, lines

    if format is PlainFormat.json:
        from minify.report import json

        sys.stdout.write(json.render([document(image)]))
        return 0
    from minify.report.lines import wants_colour, write

    write(lines(image), sys.stdout, colour=wants_colour(sys.stdout))
    return 0
