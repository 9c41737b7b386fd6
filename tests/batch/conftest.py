"""`dockminify batch` in a process of its own, in a folder with some repositories."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.batch.generate import ENVIRONMENT, repository, sample_files, write

ROOT = Path(__file__).resolve().parents[2]
SLIM = b"FROM debian:12-slim\nRUN pip install flask\nCMD sh -c 'apt-get update; flask run'\n"
"""The package manager is called at run time, so only the clean-ups are left."""
DAY = "1780000000"
"""For SOURCE_DATE_EPOCH: the day that ends of life are compared with."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Batch = Callable[..., Answer]


def command(*arguments: str) -> list[str]:
    """The command line."""
    return [sys.executable, "-m", "minify", "batch", *arguments]


def environment() -> dict[str, str]:
    """Nobody's settings."""
    return {
        **ENVIRONMENT,
        "PYTHONPATH": str(ROOT),
        "SOURCE_DATE_EPOCH": DAY,
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
    }


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    """`batch("repos", "--patches", "patches")` in tmp_path; never a traceback."""

    def call(*arguments: str, stdin: str = "", cwd: Path = tmp_path) -> Answer:
        done = subprocess.run(
            command(*arguments), cwd=cwd, env=environment(), input=stdin, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return Answer(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def repos(tmp_path: Path) -> Path:
    """Three repositories, one of them bare, and two Dockerfiles that are in none."""
    folder = tmp_path / "repos"
    repository(folder / "team" / "shop", {**sample_files("python-flask-postgres", "api/"), "tools/Dockerfile": SLIM})
    repository(folder / "site", sample_files("node-express-uploads"))
    repository(folder / "math", sample_files("go-web-templates"), bare=True)
    write(folder, {"loose/Dockerfile": SLIM, "loose/broken/Dockerfile": b"FROM debian:12\nFORM x\n"})
    return folder


def hashes(folder: Path, but: Iterable[str] = ()) -> dict[str, str]:
    """Every file below a folder with the hash of its content; what begins like one of `but` is left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not any(part in f"/{name}" for part in but):
            content = (
                str(path.readlink()).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b"/"
            )
            found[name] = hashlib.sha256(content).hexdigest()
    return found
