"""The action: valid by GitHub's own schema, and its script run as a runner runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integrations.repository import BAD, GOOD, REFUSED, repository

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
CHECK = ACTION["runs"]["steps"][1]


def test_it_is_an_action() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.github-actions",
        str(ROOT / "action.yml"),
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout


def test_no_input_is_a_part_of_a_script() -> None:
    """An expression in a script is code that somebody else may write."""
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]


class Ran:
    """What a step left behind."""

    def __init__(self, folder: Path, answer: subprocess.CompletedProcess[str], runner: Path) -> None:
        self.folder = folder
        self.code = answer.returncode
        self.out = answer.stdout
        self.err = answer.stderr
        self.outputs = (runner / "output").read_text().splitlines()
        self.summary = (runner / "summary").read_text()


def run(folder: Path, runner: Path, **inputs: str) -> Ran:
    """The step that checks, with bash's options of a runner and the inputs of a workflow."""
    (runner / "bin").mkdir()
    program = runner / "bin" / "dockminify"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m minify "$@"\n')
    program.chmod(0o755)
    for name in ("output", "summary"):
        (runner / name).touch()
    given = {f"INPUT_{name.upper()}": value.get("default", "") for name, value in ACTION["inputs"].items()}
    given |= {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    environment = {**os.environ, **given, "PATH": f"{runner / 'bin'}:{os.environ['PATH']}", "RUNNER_TEMP": str(runner)}
    environment |= {"GITHUB_OUTPUT": str(runner / "output"), "GITHUB_STEP_SUMMARY": str(runner / "summary")}
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", CHECK["run"]]
    answer = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return Ran(folder, answer, runner)


@pytest.fixture
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runner")


def test_a_bad_dockerfile_is_annotated_and_fails(tmp_path: Path, runner: Path) -> None:
    ran = run(repository(tmp_path, {"a b/Dockerfile": BAD, "Dockerfile": GOOD, "x.md": b"x"}), runner)
    assert ran.code == 1
    assert ran.out.startswith("::warning file=a b/Dockerfile,line=2,endLine=2,title=dockminify%3A pip-no-cache::")
    assert ran.outputs == ["changes=true"]
    assert "```diff" in ran.summary and "`a b/Dockerfile`" in ran.summary


def test_it_can_pass_and_leave_reports(tmp_path: Path, runner: Path) -> None:
    folder = repository(tmp_path, {"Dockerfile": BAD})
    ran = run(folder, runner, fail="false", sarif="out.sarif", html="out.html", summary="false")
    assert ran.code == 0 and ran.outputs == ["changes=true"] and ran.summary == ""
    assert json.loads((folder / "out.sarif").read_text())["version"] == "2.1.0"
    assert (folder / "out.html").read_text().startswith("<!doctype html>")


def test_nothing_to_change(tmp_path: Path, runner: Path) -> None:
    ran = run(repository(tmp_path, {"Dockerfile": GOOD}), runner)
    assert (ran.code, ran.outputs, ran.out) == (0, ["changes=false"], "")


def test_no_dockerfiles(tmp_path: Path, runner: Path) -> None:
    ran = run(repository(tmp_path, {"readme": b""}), runner)
    assert (ran.code, ran.outputs) == (0, ["changes=false"])


def test_a_refused_file_is_annotated_and_does_not_fail(tmp_path: Path, runner: Path) -> None:
    ran = run(repository(tmp_path, {"Dockerfile": REFUSED, "b/Dockerfile": GOOD}), runner)
    assert ran.code == 0
    assert ran.out.startswith("::error file=Dockerfile,line=1,")


def test_named_paths_and_arguments_are_words_and_nothing_else(tmp_path: Path, runner: Path) -> None:
    name = "$(touch owned); `touch owned`/Dockerfile"
    folder = repository(tmp_path, {name: BAD, "other/Dockerfile": BAD})
    ran = run(folder, runner, paths=f"{name}\n\n", arguments="--registry=r.example\n--to=slim")
    assert ran.code == 1
    assert not (folder / "owned").exists()
    assert "registry" in ran.out and "other" not in ran.out


def test_a_usage_error_is_one(tmp_path: Path, runner: Path) -> None:
    ran = run(repository(tmp_path, {"Dockerfile": GOOD}), runner, arguments="--nonsense")
    assert ran.code == 2
    assert "--nonsense" in ran.err
