"""A folder with a Dockerfile that `fix` changes, and the command line in this process or in one of its own."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from minify.cli.run import run

SLIM = b"FROM debian:12-slim\nRUN pip install flask\nCMD sh -c 'apt-get update; flask run'\n"
"""The package manager is called at run time, so only the clean-ups are left: one is applied, one is shown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Run = Callable[..., Answer]


@pytest.fixture
def dockerfile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Dockerfile in the current directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "Dockerfile"
    path.write_bytes(SLIM)
    return path


@pytest.fixture
def dockminify(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`dockminify("fix", "Dockerfile", stdin=b"")` in this process; never a traceback, and never a bug of ours."""

    def call(*arguments: str, stdin: bytes = b"") -> Answer:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsysbinary.readouterr()
        code = run(arguments)
        out, err = capsysbinary.readouterr()
        answer = Answer(code, out.decode("utf-8", "surrogateescape"), err.decode("utf-8", "surrogateescape"))
        assert "Traceback" not in answer.err + answer.out
        assert code != 70, answer.err
        return answer

    return call


def names(folder: Path) -> list[str]:
    """What stands in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


def in_a_process(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    """`python -m minify …`, as a shell would start it."""
    command = [sys.executable, "-m", "minify", *arguments]
    return subprocess.run(command, capture_output=True, check=False, **options)  # type: ignore[call-overload, no-any-return]
