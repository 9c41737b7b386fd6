"""The command line: options → api → report → exit code. One command a file; nothing is decided here."""

from __future__ import annotations

import sys


def main() -> None:
    """The entry point of `dockminify`; the only place that turns an error into an exit code."""
    # Typer takes longer to import than the answer takes to give.
    if sys.argv[1:] in (["--version"], ["-V"]):
        from minify import __version__

        sys.stdout.write(f"dockminify {__version__}\n")
        return
    import gc

    # To load modules makes many objects and no garbage, which is looked for all the same: every 700 objects, and at the end
    gc.set_threshold(100_000)
    from minify.cli.run import run

    code = run(sys.argv[1:])
    gc.freeze()
    sys.exit(code)
