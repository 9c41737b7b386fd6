"""Completion in a real bash: what it reads is what `dockminify completion` prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, dockminify

__all__ = ["dockminify"]
ROOT = Path(__file__).resolve().parents[2]


def completed(words: list[str], folder: Path) -> list[str]:
    """What bash offers after these words."""
    program = folder / "dockminify"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m minify "$@"\n')
    program.chmod(0o755)
    script = (
        'eval "$(dockminify completion bash)"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        '"$(complete -p dockminify | sed "s/.*-F \\\\([^ ]*\\\\) .*/\\\\1/")" dockminify; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    answer = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", *words], env=environment, capture_output=True, text=True, check=True
    )
    return answer.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["dockminify", "rev"], {"review"}),
        (["dockminify", "ba"], {"bases"}),
        (["dockminify", "check", "--format", "s"], {"sarif"}),
        (["dockminify", "fix", "--regis"], {"--registry"}),
        (["dockminify", "completion", ""], {"bash", "zsh", "fish", "powershell"}),
    ],
)
def test_bash(words: list[str], expected: set[str], tmp_path: Path) -> None:
    assert expected <= set(completed(words, tmp_path))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_a_script_for_each(shell: str, dockminify: Run) -> None:
    answer = dockminify("completion", shell)
    assert answer.code == 0
    assert "_DOCKMINIFY_COMPLETE" in answer.out
