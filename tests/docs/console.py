"""The `console` blocks of docs/use.md: a command, what it prints, and its exit code."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "use.md"
CONTEXT = ROOT / "samples" / "python-flask-postgres" / "context"
_BLOCK = re.compile(r"^```(?:console|dockerfile (?P<name>\S+))\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)

Runner = Callable[[list[str], Path], str]


def rewritten(page: str, folder: Path, run: Runner) -> str:
    """The page with its commands run in a new `folder`: the sample's context, and the Dockerfiles that the page shows."""
    shutil.copytree(CONTEXT, folder)

    def block(match: re.Match[str]) -> str:
        if match["name"]:
            (folder / match["name"]).write_text(match["body"], "utf-8")
            return match[0]
        command = match["body"].partition("\n")[0]
        arguments = command.removeprefix("$ dockminify ").split()
        return f"```console\n{command}\n{run(arguments, folder)}```"

    return _BLOCK.sub(block, page)


def in_a_process(arguments: list[str], folder: Path) -> str:
    """What the command prints, as a user sees it, and its exit code."""
    command = [sys.executable, "-m", "minify", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr}[exit code {done.returncode}]\n"
