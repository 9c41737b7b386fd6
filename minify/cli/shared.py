"""What several commands share: their options, and reading a path or standard input."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from minify import api, config
from minify.errors import UsageError
from minify.plan import Options, Rung
from minify.planner import Wish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minify.report.reported import Reported


class To(enum.StrEnum):
    """The rungs that `--to` takes."""

    scratch = "scratch"
    distroless = "distroless"
    slim = "slim"


class Format(enum.StrEnum):
    """The formats of a report."""

    text = "text"
    json = "json"
    html = "html"
    markdown = "markdown"
    sarif = "sarif"
    github = "github"
    gitlab = "gitlab"


class PlainFormat(enum.StrEnum):
    """The formats of an answer that is no report on a Dockerfile."""

    text = "text"
    json = "json"


class ProofFormat(enum.StrEnum):
    """The formats of a verification's report."""

    text = "text"
    json = "json"
    markdown = "markdown"


ToOption = Annotated[
    To | None, typer.Option("--to", help="The best rung to try: scratch, distroless or slim.", show_default=False)
]
ContextOption = Annotated[
    Path | None,
    typer.Option(
        "--context", "-c", help="The build context; the Dockerfile's own folder unless it is named.", show_default=False
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to report.")]
TemplatesOption = Annotated[
    Path | None,
    typer.Option("--templates", help="A folder of templates that win over the shipped ones.", show_default=False),
]
UserOption = Annotated[
    str | None,
    typer.Option("--user", help="Run as this user: `nonroot` (65532), a name or a number.", show_default=False),
]
DebugOption = Annotated[
    bool, typer.Option("--debug-stage", help="Add a `debug` target: the same image with a busybox shell.")
]

UpgradeOption = Annotated[
    bool,
    typer.Option("--upgrade", help="Replace a base at the end of its life by the next release that is kept up."),
]


class Asked(NamedTuple):
    """What the command line says; what it leaves out is for the settings to say."""

    to: To | None = None
    templates: Path | None = None
    user: str | None = None
    debug_stage: bool = False
    upgrade: bool = False

    def wish(self, folder: Path | None) -> Wish:
        """The command line over the settings that hold for a folder."""
        settings = config.load(folder.resolve()) if folder is not None else config.Config()
        templates = self.templates or settings.templates
        if templates is not None and not templates.is_dir():
            raise UsageError("no such folder", path=str(templates), hint="templates names a folder of .j2 files")
        user = self.user or settings.user
        return Wish(
            to=Rung[self.to.name.upper()] if self.to is not None else settings.to,
            options=Options(
                templates=templates,
                user="65532:65532" if user == "nonroot" else user,
                debug_stage=self.debug_stage or settings.debug_stage,
                keep=settings.keep,
            ),
            disable=settings.disable,
            upgrade=self.upgrade,
        )


class Read(NamedTuple):
    """What became of a Dockerfile, and what was asked for: the command line over the settings."""

    outcome: api.Outcome
    wish: Wish


def read(path: str, context: Path | None, asked: Asked) -> Read:
    """The outcome for a path, or for standard input when the path is `-`."""
    if context is not None and not context.is_dir():
        raise UsageError(
            "no such folder", path=str(context), hint="--context names the folder that docker build is given"
        )
    if path != "-":
        wish = asked.wish(Path(path).parent)
        return Read(api.fix(Path(path), context=context, wish=wish), wish)
    wish = asked.wish(context)
    return Read(api.fix_text(sys.stdin.buffer.read(), path="-", context=context, wish=wish), wish)


def print_report(format: Format, files: Sequence[Reported], templates: Path | None = None) -> None:  # noqa: A002
    """A report that is one text, in UTF-8 whatever the terminal is."""
    from minify.report.formats import render

    sys.stdout.buffer.write(render(format.value, files, templates).encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
