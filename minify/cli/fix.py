"""`dockminify fix`: the patched file and its diff, with the reasons."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from minify.cli.shared import (
    Asked,
    ContextOption,
    DebugOption,
    Format,
    FormatOption,
    TemplatesOption,
    ToOption,
    UserOption,
    read,
)
from minify.errors import UsageError
from minify.files import write_all


def fix(
    path: Annotated[str, typer.Argument(help="A Dockerfile, or - for standard input.")],
    to: ToOption = None,
    context: ContextOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the patched file here.", show_default=False)
    ] = None,
    stdout: Annotated[bool, typer.Option("--stdout", help="Print the patched file; write nothing.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Print the diff; write nothing.")] = False,
    in_place: Annotated[bool, typer.Option("--in-place", "-i", help="Change the file itself; needs --yes.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Agree to --in-place without a proof.")] = False,
    user: UserOption = None,
    debug_stage: DebugOption = False,
    templates: TemplatesOption = None,
    format: FormatOption = Format.text,  # noqa: A002 - the option's name
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also list what stays.")] = False,
) -> int:
    """Write <name>.min and <name>.min.diff beside a Dockerfile: the smallest file that builds the same application."""
    if in_place and (path == "-" or output is not None):
        raise UsageError("--in-place changes the file itself: it goes neither with - nor with --output")
    if in_place and not yes:
        raise UsageError(
            "--in-place needs --yes: nothing here has built the patched file",
            hint="look at the diff first: dockminify fix --diff",
        )
    outcome = read(path, context, Asked(to=to, templates=templates, user=user, debug_stage=debug_stage))
    patch = outcome.patch
    if stdout or (path == "-" and output is None and not diff and format is Format.text):
        sys.stdout.buffer.write(patch.after.encode())
        sys.stdout.buffer.flush()
        return 0
    unified = patch.unified().encode("utf-8", "surrogateescape")
    if diff:
        sys.stdout.buffer.write(unified)
        sys.stdout.buffer.flush()
        return 0
    files: dict[Path, bytes] = {}
    if not patch.empty and in_place:
        files = {Path(path): patch.after.encode()}
    elif not patch.empty and not (path == "-" and output is None):
        target = output if output is not None else Path(f"{path}.min")
        files = {target: patch.after.encode(), Path(f"{target}.diff"): unified}
    write_all(files)
    written = list(files)
    if quiet:
        return 0
    if format is Format.json:
        from minify.report import json

        sys.stdout.write(json.render([{**json.document(outcome), "written": [str(w) for w in written]}]))
        return 0
    from minify.report.lines import line, wants_colour, write
    from minify.report.text import summary

    lines = list(summary(outcome, verbose=verbose))
    if written:
        lines += [line(), line("Written", "bold"), *(line(f"  {w}") for w in written)]
    write(lines, sys.stdout, colour=wants_colour(sys.stdout))
    return 0
