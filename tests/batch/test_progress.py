"""What is seen while a run goes on: a bar on a terminal, lines elsewhere; and what an interrupt leaves."""

from __future__ import annotations

import io
import os
import pty
import signal
import subprocess
import time
from pathlib import Path

from minify.cli.batch_progress import Plain, watching
from tests.batch.conftest import Batch, command, environment
from tests.batch.generate import tree
from tests.batch.test_state import alive, below


def test_lines() -> None:
    out = io.StringIO()
    with watching(False, out) as watch:
        watch.step("fixing", 40)
        watch.advance(30, "r")
        watch.note("r: a\x1b[31m: wrong")
        watch.advance(10, "r")
        watch.step("writing", 0)
    lines = out.getvalue().splitlines()
    assert lines[0] == "r: a [31m: wrong"
    assert lines[1].startswith("fixing: 40 of 40, ")
    assert len(lines) == 2


def test_a_line_now_and_then() -> None:
    out = io.StringIO()
    watch = Plain(out)
    watch.step("fixing", 100)
    watch._begun -= 10
    watch._last -= 10
    watch.advance(50, "r")
    assert out.getvalue() == "fixing: 50 of 100, 5/s, 10 s left\n"


def test_quiet_tells_only_what_went_wrong() -> None:
    out = io.StringIO()
    with watching(True, out) as watch:
        watch.step("fixing", 1)
        watch.advance(1, "r")
        watch.note("wrong")
    assert out.getvalue() == "wrong\n"


def test_a_bar_on_a_terminal(tmp_path: Path) -> None:
    tree(tmp_path / "repos", 3, 6)
    main, other = pty.openpty()
    run = subprocess.Popen(
        command("repos"),
        cwd=tmp_path,
        env={**environment(), "TERM": "xterm", "COLUMNS": "120"},
        stdout=subprocess.DEVNULL,
        stderr=other,
    )
    os.close(other)
    seen = b""
    while True:
        try:
            part = os.read(main, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(main)
    assert run.wait() == 0
    assert b"fixing" in seen
    assert b"6/6" in seen
    assert b"/s" in seen


def test_an_interrupt(tmp_path: Path, batch: Batch) -> None:
    """Ends at once with 130, leaves no process, and the next run goes on."""
    tree(tmp_path / "repos", 6, 80, seed=8)
    run = subprocess.Popen(
        command("repos", "--workers", "2"),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    end = time.monotonic() + 30
    while "changed" not in batch("status").out and time.monotonic() < end:
        time.sleep(0.05)
    workers = below(run.pid)
    os.killpg(run.pid, signal.SIGINT)
    _, err = run.communicate(timeout=30)
    assert run.returncode == 130
    assert b"Traceback" not in err
    end = time.monotonic() + 20
    while any(map(alive, workers)) and time.monotonic() < end:
        time.sleep(0.1)
    assert [worker for worker in workers if alive(worker)] == []
    assert "has not come to its end" in batch("status").out
    answer = batch("repos")
    assert answer.code == 0
    assert "fixing" in answer.err
