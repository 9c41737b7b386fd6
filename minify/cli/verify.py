"""`dockminify verify`: both Dockerfiles built, run and compared."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from minify.cli.engine_options import (
    BuildArgOption,
    BuildContextOption,
    CmdOption,
    EngineOption,
    EnvOption,
    ExpectExitOption,
    KeepOption,
    NetworkOption,
    NoCacheOption,
    PlatformOption,
    PortOption,
    ProbeOption,
    RunArgOption,
    Running,
    SecondsOption,
    SecretOption,
    SshOption,
    TargetOption,
    context_of,
    watching,
)
from minify.cli.shared import Asked, ContextOption, ProofFormat


def verify(
    old: Annotated[Path, typer.Argument(help="The Dockerfile that works.")],
    new: Annotated[Path, typer.Argument(help="The one that is to take its place.")],
    context: ContextOption = None,
    engine: EngineOption = None,
    build_arg: BuildArgOption = None,
    target: TargetOption = None,
    platform: PlatformOption = None,
    secret: SecretOption = None,
    ssh: SshOption = None,
    build_context: BuildContextOption = None,
    network: NetworkOption = None,
    no_cache: NoCacheOption = False,
    keep: KeepOption = False,
    probe: ProbeOption = None,
    port: PortOption = None,
    env: EnvOption = None,
    run_arg: RunArgOption = None,
    cmd: CmdOption = None,
    expect_exit: ExpectExitOption = None,
    seconds: SecondsOption = 30,
    user: Annotated[
        str | None,
        typer.Option("--user", help="The --user that `fix` was given for the new file.", show_default=False),
    ] = None,
    format: Annotated[ProofFormat, typer.Option("--format", "-f", help="How to report.")] = ProofFormat.text,  # noqa: A002
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also list what is the same.")] = False,
) -> int:
    """Build both Dockerfiles with one context, run both images, and compare them; exit code 4 unless the new one may take over."""
    from minify import proof

    running = Running(
        engine=engine,
        build_arg=build_arg,
        target=target,
        platform=platform,
        secret=secret,
        ssh=ssh,
        build_context=build_context,
        network=network,
        no_cache=no_cache,
        keep=keep,
        probe=probe,
        port=port,
        env=env,
        run_arg=run_arg,
        cmd=cmd,
        expect_exit=expect_exit,
        seconds=seconds,
    )
    with watching(quiet) as progress:
        found = proof.verify(
            old,
            new,
            context_of(old, context),
            running.open,
            running.build_options(),
            running.ask(),
            progress,
            Asked(user=user).wish(old.parent, old.name),
        )
    if not quiet:
        from minify.report import verification as report
        from minify.report.json import render
        from minify.report.lines import wants_colour, write

        match format:
            case ProofFormat.json:
                sys.stdout.write(render([report.document(found)]))
            case ProofFormat.markdown:
                sys.stdout.write(report.markdown(found))
            case ProofFormat.text:
                write(report.table(found, verbose=verbose), sys.stdout, colour=wants_colour(sys.stdout))
    return 0 if found.passed else 4
