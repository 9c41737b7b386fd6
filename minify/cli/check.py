"""`dockminify check`: exit code 1 when `fix` would change something."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from minify.cli.shared import Asked, ContextOption, Format, FormatOption, ToOption, read


def check(
    paths: Annotated[list[str], typer.Argument(help="Dockerfiles, or - for standard input.")],
    to: ToOption = None,
    context: ContextOption = None,
    format: FormatOption = Format.text,  # noqa: A002 - the option's name
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> int:
    """Say what `fix` would change, and exit with 1 when there is something: for CI."""
    outcomes = [read(path, context, Asked(to=to)) for path in paths]
    changed = any(not outcome.patch.empty for outcome in outcomes)
    if format is Format.json:
        from minify.report import json

        sys.stdout.write(json.render([json.document(outcome) for outcome in outcomes]))
    elif not quiet:
        from minify.report.lines import line, wants_colour, write
        from minify.report.text import headline

        write(
            [line(headline(o), "yellow" if not o.patch.empty else "green") for o in outcomes],
            sys.stdout,
            colour=wants_colour(sys.stdout),
        )
    return 1 if changed else 0
