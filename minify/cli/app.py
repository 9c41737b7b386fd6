"""The Typer application: its commands, each from its own file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module

import typer

COMMANDS = ("fix", "verify", "check", "review", "batch", "explain", "bases", "manifest", "completion")
"""Each is the function of that name in the module of that name."""
COMPLETE = "_DOCKMINIFY_COMPLETE"
"""Set by a shell that asks how a command line may go on."""
GROUPS = ("batch",)
"""Those that have commands of their own: the function makes a Typer of them."""


def application(arguments: Sequence[str] = ()) -> typer.Typer:
    """The commands that a command line can mean: the one that it begins with, else all of them.

    Typer reads the options of every command it has, which takes longer than to run one.
    """
    app = typer.Typer(
        name="dockminify",
        help="Turn a Dockerfile into the smallest one that builds the same application, as a patch a person can read.",
        no_args_is_help=True,
        # Its options are for the shell's own calls: `completion` prints what makes them
        add_completion=COMPLETE in os.environ,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(root)
    asked = arguments[0] if arguments else ""
    for name in (asked,) if asked in COMMANDS else COMMANDS:
        command = getattr(import_module(f"minify.cli.{name}"), name)
        if name in GROUPS:
            app.add_typer(command(), name=name)
        else:
            app.command(name)(command)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        from minify import __version__

        typer.echo(f"dockminify {__version__}")
        raise typer.Exit


def root(
    version: bool = typer.Option(
        False, "--version", "-V", is_eager=True, callback=_version, help="Print the version and stop."
    ),
) -> None:
    """Everything is in the commands."""
