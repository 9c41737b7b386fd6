"""What several commands share: their options, and reading a path or standard input."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from minify import api, config
from minify.errors import UsageError
from minify.image.catalog import Bases
from minify.image.mirror import Mirror
from minify.plan import Options, Rung, Target
from minify.planner import Wish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minify.report.reported import Reported


class To(enum.StrEnum):
    """The rungs that `--to` takes."""

    scratch = "scratch"
    distroless = "distroless"
    pruned = "pruned"
    slim = "slim"


class Format(enum.StrEnum):
    """The formats of a report."""

    text = "text"
    json = "json"
    diff = "diff"
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
    To | None,
    typer.Option("--to", help="The best rung to try: scratch, distroless, pruned or slim.", show_default=False),
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

SmallestOption = Annotated[
    bool,
    typer.Option("--smallest", help="Cut the runtime down to what the application is seen to use: Java, by jlink."),
]

ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server", help="Serve a plain static site by this small server: static-web-server.", show_default=False
    ),
]

JavaOptionsOption = Annotated[
    bool,
    typer.Option(
        "--java-options", help="Let java read JDK_JAVA_OPTIONS, where a shell gave it $JAVA_OPTS: set that one then."
    ),
]

UpgradeOption = Annotated[
    bool,
    typer.Option("--upgrade", help="Replace a base at the end of its life by the next release that is kept up."),
]


RegistryOption = Annotated[
    str | None,
    typer.Option(
        "--registry",
        help="Name every image by this registry: what is kept and what is new. Rules are settings.",
        show_default=False,
    ),
]


class Inspect(enum.StrEnum):
    """Who is asked for base images that the catalog does not know."""

    engine = "engine"
    registry = "registry"


InspectOption = Annotated[
    Inspect | None,
    typer.Option(
        "--inspect",
        help="Ask for base images that the catalog does not know: the engine, which has to have them, or their registry.",
        show_default=False,
    ),
]


TargetsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        help="A stage that is built as an image of its own; more than once, or with commas. Else: those that files of the repository build, and the last one.",
        show_default=False,
    ),
]


class Asked(NamedTuple):
    """What the command line says; what it leaves out is for the settings to say."""

    to: To | None = None
    templates: Path | None = None
    user: str | None = None
    debug_stage: bool = False
    upgrade: bool = False
    registry: str | None = None
    smallest: bool = False
    server: str | None = None
    inspect: Inspect | None = None
    engine: str | None = None
    targets: tuple[str, ...] = ()
    java_options: bool = False

    def wish(self, folder: Path | None, name: str | None = None) -> Wish:
        """The command line over the settings that hold for a Dockerfile of that name in a folder."""
        settings = config.load(folder.resolve(), name) if folder is not None else config.Config()
        templates = self.templates or settings.templates
        if templates is not None and not templates.is_dir():
            raise UsageError("no such folder", path=str(templates), hint="templates names a folder of .j2 files")
        user = self.user or settings.user
        inspect = self.inspect.value if self.inspect is not None else settings.inspect
        best, disable = ladder(Rung[self.to.name.upper()] if self.to is not None else None, settings)
        return Wish(
            to=best,
            options=Options(
                templates=templates,
                user="65532:65532" if user == "nonroot" else user,
                debug_stage=self.debug_stage or settings.debug_stage,
                smallest=self.smallest,
                server=self.server,
                java_options=self.java_options or settings.java_options,
                keep=settings.keep,
                mirror=Mirror.of(self.registry or settings.registry, settings.registries),
                bases=_asked(inspect, self.engine) if inspect is not None else None,
            ),
            disable=(*settings.disable, *disable),
            allow=settings.allow,
            deny=settings.deny,
            upgrade=self.upgrade,
            targets=tuple(Target(stage=name, asked=True) for name in self.targets),
        )


def _asked(inspect: str, engine: str | None) -> Bases:
    # Loaded here: few runs ask
    from minify.verify.bases import BasesAsked

    return BasesAsked(inspect, engine)


def names_of(values: Sequence[str] | None) -> tuple[str, ...]:
    """What an option that may be repeated names, each with commas or without.

    >>> names_of(["api,worker", "web"])
    ('api', 'worker', 'web')
    """
    return tuple(name for value in values or () for name in value.split(",") if name)


def ladder(asked: Rung | None, settings: config.Config) -> tuple[Rung | None, tuple[str, ...]]:
    """The best rung to try, and what is not asked: the command line over `to` over `rungs` and `base-family`.

    >>> ladder(None, config.Config(rungs=(Rung.SCRATCH, Rung.SLIM)))
    (<Rung.SCRATCH: 4>, ('pruned',))
    """
    allowed = settings.rungs or tuple(rung for rung in Rung if rung is not Rung.REFUSED)
    to = asked or settings.to
    if to is None and settings.base_family == "scratch" and Rung.SCRATCH in allowed:
        to = Rung.SCRATCH
    if to is None and Rung.DISTROLESS not in allowed:
        to = max(allowed)
    if to is None and Rung.SCRATCH not in allowed:
        to = Rung.DISTROLESS
    left = (rung.label for rung in (Rung.PRUNED, Rung.SLIM) if rung not in allowed and rung is not asked)
    return to, tuple(left)


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
        wish = asked.wish(Path(path).parent, Path(path).name)
        return Read(api.fix(Path(path), context=context, wish=wish), wish)
    wish = asked.wish(context)
    return Read(api.fix_text(sys.stdin.buffer.read(), path="-", context=context, wish=wish), wish)


def print_report(format: Format, files: Sequence[Reported], templates: Path | None = None) -> None:  # noqa: A002
    """A report that is one text, in UTF-8 whatever the terminal is."""
    from minify.report.formats import render

    sys.stdout.buffer.write(render(format.value, files, templates).encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
