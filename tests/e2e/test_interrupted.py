"""Ctrl-C while a command is at work: it ends soon, writes nothing and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.engine import Engine

pytestmark = pytest.mark.e2e

BASE = "debian:trixie-slim"
SOON = 30.0
"""Seconds: an engine is asked several times to remove things."""

OLD = f'FROM {BASE}\nCMD ["sleep", "60"]\n'
# With a word that no cache knows
NEW = f"FROM {BASE}\nRUN echo {{word}}; sleep 60\n"


@pytest.fixture
def folder(tmp_path: Path, need: Callable[[str], None]) -> Path:
    need(BASE)
    (tmp_path / "old").write_text(OLD)
    (tmp_path / "new").write_text(NEW.format(word=tmp_path))
    return tmp_path


def begin(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """In a session of its own, as a terminal would start it."""
    return subprocess.Popen(
        [sys.executable, "-m", "minify", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    ("new", "seen"),
    [
        pytest.param("new", "; sleep 60", id="build"),
        pytest.param("old", "reading the original image", id="export"),
        pytest.param("old", "starting both images", id="run"),
    ],
)
def test_nothing_is_left(engine: Engine, folder: Path, new: str, seen: str, number: int) -> None:
    process = begin(folder, "verify", "old", new, "--network", "host")
    assert process.stderr is not None
    assert any(seen in line for line in process.stderr)
    # In the middle of what was told
    time.sleep(0.5)
    os.killpg(process.pid, number)
    begun = time.monotonic()
    out, err = process.communicate(timeout=SOON)
    assert time.monotonic() - begun < SOON
    assert process.returncode == 128 + number
    assert (out, "Traceback" in err) == ("", False)
    assert left(engine, process.pid) == []
    assert sorted(path.name for path in folder.iterdir()) == ["new", "old"]


def left(engine: Engine, process: int) -> list[str]:
    """The containers, images, networks, folders and clients that a process of that number made."""
    commands = (
        ("ps", "--all", "--format", "{{.Names}}"),
        ("images", "--format", "{{.Repository}}:{{.Tag}}"),
        ("network", "ls", "--format", "{{.Name}}"),
    )
    names = [name for command in commands for name in engine.docker(*command).stdout.split()]
    names += [path.name for path in Path(tempfile.gettempdir()).glob("dockminify-verify-*")]
    names += [
        text
        for one in Path("/proc").glob("[0-9]*/cmdline")
        if "dockminify-verify" in (text := _read(one).replace("\0", " "))
    ]
    return [name for name in names if f"-{process}-" in name]


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        # It ended meanwhile
        return ""
