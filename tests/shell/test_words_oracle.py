"""Words as a real shell expands them."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minify.shell.run import read_command_line

SHELL = shutil.which("bash")
ENV = {"A": "x  y", "B": "", "C": " z ", "HOME": "/h"}
PIECES = [
    "a",
    "b/",
    "=",
    "'",
    '"',
    "\\",
    " ",
    "$A",
    "$B",
    "${C}",
    "${B:-q}",
    "${A-q}",
    "~",
    "/",
    "é",
    "^",
    ",",
    "#",
    "1",
]


def expanded(words: str) -> list[str] | None:
    """What bash makes of the arguments; None when it rejects them. Its own `a=~` is none of sh: hence --posix."""
    done = subprocess.run(
        [SHELL or "bash", "--posix", "-fc", f"printf '%s\\n' -- {words}"],
        env=ENV,
        capture_output=True,
        timeout=10,
        check=False,
    )
    return None if done.returncode or done.stderr else done.stdout.decode().split("\n")[1:-1]


@pytest.mark.skipif(SHELL is None, reason="there is no bash to ask")
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_known_fields_are_those_of_bash(words: str) -> None:
    script = read_command_line(f"echo {words}", env=ENV)
    expected = expanded(words)
    if script.opaque or expected is None or None in script.commands[-1].args:
        return
    assert list(script.commands[-1].args) == expected
