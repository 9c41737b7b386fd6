"""`dockminify check`: exit code 1 when `fix` would change something."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from minify.cli.shared import (
    Asked,
    ContextOption,
    Format,
    FormatOption,
    RegistryOption,
    TargetsOption,
    ToOption,
    names_of,
    print_report,
    read,
)
from minify.errors import RefusedError

if TYPE_CHECKING:
    from minify.report.reported import Reported


def check(
    paths: Annotated[list[str], typer.Argument(help="Dockerfiles, or - for standard input.")],
    to: ToOption = None,
    context: ContextOption = None,
    target: TargetsOption = None,
    registry: RegistryOption = None,
    format: FormatOption = Format.text,  # noqa: A002 - the option's name
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> int:
    """Say what `fix` would change, and exit with 1 when there is something: for CI. A file that is refused does not keep the others from being said."""
    from minify.report.reported import Reported

    found = []
    for path in paths:
        try:
            outcome, wish = read(path, context, Asked(to=to, registry=registry, targets=names_of(target)))
            found.append(Reported(path=path, outcome=outcome, wish=wish))
        except RefusedError as error:
            found.append(Reported(path=path, error=error))
    _say(found, format, quiet)
    refused = [reported.error for reported in found if reported.error is not None]
    if refused:
        raise refused[0]
    return 1 if any(reported.outcome and not reported.outcome.patch.empty for reported in found) else 0


def _say(found: list[Reported], format: Format, quiet: bool) -> None:  # noqa: A002
    if format is Format.json:
        from minify.report import json

        documents = []
        for reported in found:
            if reported.outcome is not None:
                documents.append(json.document(reported.outcome))
            elif reported.error is not None:
                documents.append(json.refused(reported.path, reported.error))
        sys.stdout.write(json.render(documents))
    elif format is not Format.text:
        print_report(format, found)
    elif not quiet:
        from minify.report.lines import line, wants_colour, write
        from minify.report.text import headline

        lines = [
            line(headline(reported.outcome), "green" if reported.outcome.patch.empty else "yellow")
            for reported in found
            if reported.outcome is not None
        ]
        write(lines, sys.stdout, colour=wants_colour(sys.stdout))
