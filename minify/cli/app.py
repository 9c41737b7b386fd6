"""The Typer application: its commands, each from its own file."""

from __future__ import annotations

import typer

from minify.cli import bases, check, explain, fix, verify

app = typer.Typer(
    name="dockminify",
    help="Turn a Dockerfile into the smallest one that builds the same application, as a patch a person can read.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("fix")(fix.fix)
app.command("verify")(verify.verify)
app.command("check")(check.check)
app.command("explain")(explain.explain)
app.command("bases")(bases.bases)


def _version(wanted: bool) -> None:
    if wanted:
        from minify import __version__

        typer.echo(f"dockminify {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", "-V", is_eager=True, callback=_version, help="Print the version and stop."
    ),
) -> None:
    """Everything is in the commands."""
