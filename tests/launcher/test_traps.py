"""Traps: a launcher in Python does at a signal what dash and bash do."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minify.launcher import Dialect, Program, python_source, read
from tests.launcher.harness import SHELLS

# Each waits for a signal where it writes READY; `stay` ends by itself after a while, `mild` says that it was asked to end
SCRIPTS = {
    "a program behind a trap": "trap 'kill -TERM $child' TERM\nmild &\nchild=$!\necho READY\nwait $child\necho one $?\nwait $child\necho two $?\n",
    "the wait alone": "trap 'kill -TERM $child 2>/dev/null' INT TERM\nstay &\nchild=$!\necho READY\nwait $child\n",
    "quoted": "trap 'kill -s TERM \"$child\"; wait \"$child\"; exit 7' TERM\nmild &\nchild=$!\necho READY\nwait \"$child\"\n",
    "two programs and a function": "stop() {\n  echo stopping\n  kill $a $b\n  wait $a $b\n  exit 0\n}\ntrap stop TERM INT\nmild & a=$!\nstay & b=$!\necho READY\nwait\necho never\n",
    "a foreground command ends first": "trap 'echo caught' TERM\necho READY\nbrief\necho after $?\n",
    "sleep ends first": "trap 'echo caught' TERM\necho READY\nsleep 1\necho after $?\n",
    "a failing command": "trap 'echo caught' TERM\necho READY\nbrief exit=5\necho after $?\n",
    "set -e and an interrupted wait": "set -e\ntrap 'echo caught' TERM\nstay &\nchild=$!\necho READY\nwait $child\necho never\n",
    "set -e and a command": "set -e\ntrap 'echo caught; false' TERM\necho READY\nbrief\necho never\n",
    "wait again": "trap 'echo caught' TERM\nstay & child=$!\necho READY\nwait $child || wait $child\necho last $?\n",
    "a loop": "trap 'echo caught; exit 4' TERM\nstay & child=$!\necho READY\nwhile kill -0 $child 2>/dev/null; do sleep 0.2; done\necho gone\n",
    "exec drops it": "trap 'echo caught' TERM\nexec mild READY\n",
    "the last command": "trap 'echo caught' TERM\necho READY\nbrief exit=6\n",
    "what is given": "trap 'kill -TERM $child' TERM\n\"$@\" &\nchild=$!\necho READY\nwait $child\nwait $child\n",
    "no process any more": "trap 'kill $child || echo no' TERM\nbrief 0.1 & child=$!\nwait $child\necho READY\nbrief 1\n",
    "before it has a number": "trap 'kill $child || echo no' TERM\necho READY\nbrief 1\n",
}  # fmt: skip
PROGRAMS = {
    "mild": "trap 'sleep 0.3; echo mild ends; exit 3' TERM\n[ \"$1\" ] && echo $1\nsleep 6 & wait\n",
    "stay": "exec sleep 4\n",
    "brief": "n=0.8; s=0\nfor one; do case $one in exit=*) s=${one#exit=} ;; *) n=$one ;; esac; done\nsleep $n\nexit $s\n",
}


def told(argv: list[str], folder: Path, number: int) -> tuple[int, list[str]]:
    """What a process writes that gets a signal when it is ready, and its status."""
    env = {"PATH": f"{folder}:/usr/bin:/bin"}
    out = folder / "out"
    with out.open("wb") as file:
        process = subprocess.Popen(argv, env=env, stdout=file, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 20
    while b"READY" not in out.read_bytes() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(number)
    try:
        status = process.wait(timeout=20)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return 128 - status if status < 0 else status, out.read_text().splitlines()


# Each script with every signal that it has a trap for
HEARD = [(name, number) for name, text in SCRIPTS.items() for number in ("TERM", "INT") if f" {number}" in text]


@pytest.mark.parametrize(("name", "signalled"), HEARD)
@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_launcher_does_what_the_shell_does(shell: str, name: str, signalled: str, tmp_path: Path) -> None:
    text, number = SCRIPTS[name], signal.Signals[f"SIG{signalled}"]
    if shell not in SHELLS:
        pytest.skip(f"{shell} is not here")
    for program, code in PROGRAMS.items():
        (tmp_path / program).write_text(f"#!/bin/dash\n{code}")
        (tmp_path / program).chmod(0o755)
    found = read(text, Dialect(shell), script=str(tmp_path / "start.sh"))
    assert isinstance(found, Program), found
    (tmp_path / "start.sh").write_text(text)
    (tmp_path / "start.py").write_text(python_source(found))
    given = ["mild"] if '"$@"' in text else []
    before = told([SHELLS[shell], str(tmp_path / "start.sh"), *given], tmp_path, number)
    after = told([sys.executable, "-I", str(tmp_path / "start.py"), *given], tmp_path, number)
    assert after == before, (tmp_path / "start.py").read_text()


STAYS = [
    ("trap 'rm x' EXIT; app", Dialect.DASH, "no text for signals"),
    ("trap 'x' SIGTERM; app", Dialect.DASH, "no text for signals"),
    ("trap '' TERM; app", Dialect.DASH, "no text for signals"),
    ("trap - TERM; app", Dialect.DASH, "no text for signals"),
    ('trap "kill $pid" TERM; app', Dialect.DASH, "no text for signals"),
    ("trap 'x' TERM; app", Dialect.ASH, "no text for signals"),
    ("[ $A ] && trap 'x' TERM; app", Dialect.DASH, "a trap on a condition"),
    ("trap 'exit' TERM; app", Dialect.DASH, "a trap, and an exit"),
    ("f() { x; exit; }; trap f TERM; app", Dialect.DASH, "a trap, and an exit"),
    ("trap 'exit $?' TERM; app", Dialect.DASH, "reads a status"),
    ("trap 'x' TERM; set +e; app", Dialect.DASH, "set +e"),
    ("trap 'x' TERM; set -e; app", Dialect.DASH, "a trap beside"),
    ("trap 'x' TERM; (cd /; app); b", Dialect.DASH, "a trap beside"),
    ("trap 'x' TERM; a=$(tool); app $a", Dialect.DASH, "a trap beside"),
    ("kill 1", Dialect.DASH, "a form of kill"),
    ("app & p=$!; kill -SIGTERM $p", Dialect.DASH, "a form of kill"),
    ("app & kill %1", Dialect.DASH, "a form of kill"),
    ("trap 'x' TERM; app & wait -n", Dialect.BASH, "wait -n"),
]


@pytest.mark.parametrize(("text", "dialect", "reason"), STAYS, ids=[one[0] for one in STAYS])
def test_what_stays(text: str, dialect: Dialect, reason: str) -> None:
    found = read(text, dialect, script="/start.sh")
    assert isinstance(found, tuple), found
    assert any(reason in one.reason for one in found), found


def test_node_has_nothing_for_it() -> None:
    found = read("trap 'x' TERM; app", Dialect.DASH, script="/start.sh")
    assert isinstance(found, Program)
    assert found.python_only[0].reason == "a trap"
