"""`batch --verify` with a real engine: only what behaves the same is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.batch.conftest import environment
from tests.batch.generate import git, repository
from tests.cli.conftest import in_a_process
from tests.e2e.test_verify_behaviour import PYTHON, SERVER

pytestmark = pytest.mark.e2e
BAD = PYTHON.replace("USER 1000", "RUN false\nUSER 1000")


def test_what_is_proven_is_written(
    need: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("python:3.12-slim")
    need("gcr.io/distroless/static-debian13")
    monkeypatch.chdir(tmp_path)
    for name, text in (("good", PYTHON), ("bad", BAD)):
        files = {"app/Dockerfile": text, "app/server.py": SERVER, "app/data.csv": "1,2\n"}
        repository(
            tmp_path / "repos" / name, {path: data.encode() for path, data in files.items()}, bare=name == "good"
        )
    for name in ("GIT_CONFIG_GLOBAL", "SOURCE_DATE_EPOCH", "PYTHONPATH"):
        monkeypatch.setenv(name, environment()[name])
    done = in_a_process("batch", "repos", "--verify", "--branch", "slim", "--builds", "2", "--network", "host")
    assert done.returncode == 4, done.stderr
    said = json.loads(in_a_process("batch", "status", "--format", "json").stdout)
    assert [(row["repository"], row["state"]) for row in said["files"]] == [
        *(("repos/bad", "not proven"), ("repos/good", "changed"))
    ]
    assert "the original does not build: app/Dockerfile:6" in said["files"][0]["message"]
    assert git(tmp_path / "repos" / "bad", "branch", "--list", "slim") == ""
    assert "gcr.io/distroless" in git(tmp_path / "repos" / "good.git", "show", "slim:app/Dockerfile")
    inventory = json.loads(Path("dockminify-batch/inventory.json").read_text())
    assert inventory["measured_files"] == 1
    assert inventory["measured_mb_saved"] > 40
    text = Path("dockminify-batch/pull-requests/repos/good.md").read_text()
    assert "Each change was built, and both images were run and compared." in text
    # What is proven is not built again
    again = in_a_process("batch", "repos", "--verify", "--branch", "slim", "--network", "host")
    assert (again.returncode, b"building" in again.stderr) == (4, False)
