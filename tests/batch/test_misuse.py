"""Every misuse is told at once, with what to do, and ends with exit code 2 before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.batch.conftest import Batch
from tests.cli.conftest import Run, dockminify


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("repos", "--report", "--branch", "x"), "--report changes nothing: it does not go with --branch"),
        (("repos", "--in-place", "--yes", "--patches", "p"), "it does not go with --patches"),
        (("repos", "--in-place"), "--in-place needs --verify or --yes"),
        (("repos", "--scheduler", "tcp://x:1"), "--scheduler is for --engine dask"),
        (("repos", "--engine", "dask"), "--engine dask needs --scheduler"),
        (("repos", "--engine", "dask", "--workers", "3"), "a Dask cluster has its own"),
        (("repos", "--branch", "a b"), "'a b' is no name for a branch"),
        (("repos", "--branch", "-x"), "is no name for a branch"),
        (("repos", "--branch", "HEAD"), "is no name for a branch"),
        (("repos", "--patches", "file"), "file: is no folder"),
        (("repos", "--output", "file"), "file: is no folder"),
        (("repos", "--templates", "gone"), "gone: no such folder"),
        (("repos", "--workers", "0"), "--workers"),
        (("gone",), "gone: no such file or folder"),
        ((), "Missing argument 'inputs'"),
        (("repos", "--nonsense"), "--nonsense"),
        (("status", "gone"), "gone: there is no batch here"),
        (("inventory", "gone"), "gone: there is no batch here"),
        (("status", "--outcome", "odd"), "odd"),
    ],
)
def test_misuse(
    arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dockminify: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "repos").mkdir()
    (tmp_path / "file").write_text("")
    answer = dockminify("batch", *arguments)
    assert answer.code == 2
    assert message in answer.err
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "dockminify-batch") == ["file", "repos"]


def test_the_state_of_something_else(tmp_path: Path, batch: Batch) -> None:
    folder = tmp_path / "dockminify-batch"
    folder.mkdir()
    (folder / "dockminify-batch.sqlite").write_text("not a database at all, but a text that is long enough to look at")
    (tmp_path / "repos").mkdir()
    for arguments in (("repos",), ("status",)):
        answer = batch(*arguments)
        assert answer.code == 2
        assert "the state cannot be read" in answer.err


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dockminify: Run) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "repos").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = dockminify("batch", "repos", "--branch", "x")
    assert (answer.code, "git is not installed" in answer.err) == (2, True)


def test_help(dockminify: Run) -> None:
    """The first command needs no name."""
    assert "status" in dockminify("batch", "--help").out
    assert "--patches" in dockminify("batch", "run", "--help").out


__all__ = ["dockminify"]
