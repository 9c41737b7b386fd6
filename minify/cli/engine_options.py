"""The options of commands that build and run: what the engine is given, and what both applications are asked."""

from __future__ import annotations

import shlex
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from minify.errors import UsageError

if TYPE_CHECKING:
    from minify.verify.ask import Ask
    from minify.verify.engine import BuildOptions, Engine, Progress

_BUILD = "Building"
_RUN = "Running"

EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        help="docker, podman or buildah; the first that answers.",
        show_default=False,
        rich_help_panel=_BUILD,
    ),
]
BuildArgOption = Annotated[
    list[str] | None,
    typer.Option("--build-arg", help="NAME=VALUE for both builds.", show_default=False, rich_help_panel=_BUILD),
]
TargetOption = Annotated[
    str | None,
    typer.Option("--target", help="The stage to build, of both files.", show_default=False, rich_help_panel=_BUILD),
]
PlatformOption = Annotated[
    str | None, typer.Option("--platform", help="As for docker build.", show_default=False, rich_help_panel=_BUILD)
]
SecretOption = Annotated[
    list[str] | None,
    typer.Option("--secret", help="As for docker build.", show_default=False, rich_help_panel=_BUILD),
]
SshOption = Annotated[
    list[str] | None, typer.Option("--ssh", help="As for docker build.", show_default=False, rich_help_panel=_BUILD)
]
BuildContextOption = Annotated[
    list[str] | None,
    typer.Option("--build-context", help="As for docker build.", show_default=False, rich_help_panel=_BUILD),
]
NetworkOption = Annotated[
    str | None,
    typer.Option(
        "--network", help="The network of RUN, as for docker build.", show_default=False, rich_help_panel=_BUILD
    ),
]
NoCacheOption = Annotated[
    bool, typer.Option("--no-cache", help="Build both without the build cache.", rich_help_panel=_BUILD)
]
KeepOption = Annotated[
    bool, typer.Option("--keep", help="Leave images and containers in place, to look.", rich_help_panel=_BUILD)
]
ProbeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--probe", help="A path to ask both servers for, like /health.", show_default=False, rich_help_panel=_RUN
    ),
]
PortOption = Annotated[
    list[int] | None,
    typer.Option(
        "--port", help="A port that is asked, when EXPOSE does not say it.", show_default=False, rich_help_panel=_RUN
    ),
]
EnvOption = Annotated[
    list[str] | None,
    typer.Option("--env", "-e", help="NAME=VALUE for both containers.", show_default=False, rich_help_panel=_RUN),
]
RunArgOption = Annotated[
    list[str] | None,
    typer.Option("--run-arg", help="An argument of docker run, for both.", show_default=False, rich_help_panel=_RUN),
]
CmdOption = Annotated[
    str | None,
    typer.Option("--cmd", help="Takes the place of CMD, in both.", show_default=False, rich_help_panel=_RUN),
]
ExpectExitOption = Annotated[
    int | None,
    typer.Option(
        "--expect-exit", help="The exit code of a program that works.", show_default=False, rich_help_panel=_RUN
    ),
]
SecondsOption = Annotated[
    float, typer.Option("--seconds", help="How long a start may take.", min=1, rich_help_panel=_RUN)
]


class Running(NamedTuple):
    """What the command line says about building and running both images."""

    engine: str | None = None
    build_arg: list[str] | None = None
    target: str | None = None
    platform: str | None = None
    secret: list[str] | None = None
    ssh: list[str] | None = None
    build_context: list[str] | None = None
    network: str | None = None
    no_cache: bool = False
    keep: bool = False
    probe: list[str] | None = None
    port: list[int] | None = None
    env: list[str] | None = None
    run_arg: list[str] | None = None
    cmd: str | None = None
    expect_exit: int | None = None
    seconds: float = 30

    def open(self) -> Engine:
        """The engine that was asked for, or the first that answers."""
        from minify.verify.engines import choose

        return choose(self.engine, keep=self.keep)

    def build_options(self) -> BuildOptions:
        """For both builds."""
        from minify.verify.engine import BuildOptions

        return BuildOptions(
            build_args=tuple(self.build_arg or ()),
            target=self.target,
            platform=self.platform,
            secrets=tuple(self.secret or ()),
            build_contexts=tuple(self.build_context or ()),
            network=self.network,
            ssh=tuple(self.ssh or ()),
            no_cache=self.no_cache,
        )

    def ask(self) -> Ask:
        """For both containers."""
        from minify.verify.ask import Ask

        try:
            command = tuple(shlex.split(self.cmd)) if self.cmd is not None else None
        except ValueError as error:
            raise UsageError(f"--cmd {self.cmd!r} cannot be read: {error}", hint="quote it as for a shell") from None
        ask = Ask(
            probes=tuple(self.probe or ()),
            ports=tuple(self.port or ()),
            env=tuple(self.env or ()),
            run_args=tuple(word for text in self.run_arg or () for word in shlex.split(text)),
            command=command,
            expect_exit=self.expect_exit,
            seconds=self.seconds,
        )
        # A probe that is none is told before anything is built
        _ = ask.questions
        return ask


def watching(quiet: bool) -> AbstractContextManager[Progress]:
    """Shows what happens on standard error while a block runs: one line that changes on a terminal, else a line each."""
    from minify.cli.progress import lines, status
    from minify.verify.engine import silent

    if quiet:
        return nullcontext(silent)
    import sys

    return status(sys.stderr) if sys.stderr.isatty() else lines(sys.stderr)


def context_of(path: Path, context: Path | None) -> Path:
    """The build context of a Dockerfile; UsageError when it is no folder."""
    if context is not None and not context.is_dir():
        raise UsageError(
            "no such folder", path=str(context), hint="--context names the folder that docker build is given"
        )
    return context if context is not None else path.parent
