"""What several commands share: their options, and reading a path or standard input."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from minify import api, config
from minify.errors import UsageError
from minify.plan import Options, Rung
from minify.planner import Wish


class To(enum.StrEnum):
    """The rungs that `--to` takes."""

    scratch = "scratch"
    distroless = "distroless"
    slim = "slim"


class Format(enum.StrEnum):
    """The formats of a report."""

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


def read(path: str, context: Path | None, asked: Asked) -> api.Outcome:
    """The outcome for a path, or for standard input when the path is `-`."""
    if context is not None and not context.is_dir():
        raise UsageError(
            "no such folder", path=str(context), hint="--context names the folder that docker build is given"
        )
    if path != "-":
        return api.fix(Path(path), context=context, wish=asked.wish(Path(path).parent))
    return api.fix_text(sys.stdin.buffer.read(), path="-", context=context, wish=asked.wish(context))
