"""`dockminify completion`: what a shell reads to complete commands, options and their values."""

from __future__ import annotations

import enum
import sys
from typing import Annotated

import typer


class Shell(enum.StrEnum):
    """The shells that there is a script for."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"
    powershell = "powershell"


def completion(shell: Annotated[Shell, typer.Argument(help="bash, zsh, fish or powershell.")]) -> int:
    """Print the script that completes commands, options and their values: eval "$(dockminify completion bash)"."""
    from typer._completion_shared import get_completion_script

    from minify.cli.app import COMPLETE

    script = get_completion_script(prog_name="dockminify", complete_var=COMPLETE, shell=shell.value)
    sys.stdout.write(f"{script}\n")
    return 0
