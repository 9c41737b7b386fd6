"""`verify` and `fix --verify` as a user starts them, with a real engine; and nothing that they made is left behind."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from minify.verify.engines.owner import is_gone
from minify.verify.engines.session import LABEL
from tests.e2e.engine import Engine
from tests.samples import SAMPLES

pytestmark = pytest.mark.e2e

HELLO = 'FROM debian:trixie-slim\nCMD ["/bin/echo", "hello"]\n'


@pytest.fixture
def folder(tmp_path: Path, need: Callable[[str], None]) -> Path:
    need("debian:trixie-slim")
    (tmp_path / "old").write_text(HELLO)
    return tmp_path


@pytest.fixture(autouse=True)
def nothing_left(engine: Engine) -> Iterator[None]:
    """What a command made goes with it; other commands may be at work on the same engine."""
    yield
    mark = f'{{{{.Label "{LABEL}"}}}}'
    commands = (("ps", "--all", "--format", mark), ("network", "ls", "--format", mark))
    names = [name for command in commands for name in engine.docker(*command).stdout.split()]
    names += engine.docker("images", "--format", "{{.Tag}}", "dockminify-verify").stdout.split()
    assert [name for name in names if is_gone(name)] == []


def dockminify(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "minify", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)


def test_the_same_is_the_same(folder: Path) -> None:
    (folder / "new").write_text(HELLO + "# a comment\n")
    done = dockminify(folder, "verify", "old", "new")
    assert (done.returncode, done.stdout.splitlines()[0].split(" (")[0]) == (0, "same")
    assert [line.split()[0] for line in done.stdout.splitlines()[1:7]] == [
        *("contract", "size", "inventory", "closure", "loading", "behaviour")
    ]
    assert "debian:trixie-slim" in done.stderr, "what is built is shown while it is"


def test_what_is_kept_is_named(folder: Path, engine: Engine) -> None:
    (folder / "new").write_text(HELLO + "# a comment\n")
    done = dockminify(folder, "verify", "old", "new", "--keep")
    kept = done.stderr.splitlines()[-1].removeprefix("kept: ").split(", ")
    # Containers first: an image that one was made of cannot go
    for kind in ("container", "network", "image"):
        for name in kept:
            if engine.docker(kind, "inspect", name, check=False).stdout.strip() not in ("", "[]"):
                engine.docker(kind, "rm", name)
    # The logs stay as well
    session = kept[0].partition("kept-")[2].partition("-")[0]
    folders = list(Path(tempfile.gettempdir()).glob(f"dockminify-verify-kept-{session}-*"))
    for made in folders:
        shutil.rmtree(made)
    assert (done.returncode, len(kept) >= 4, len(folders)) == (0, True, 1), kept


def test_another_answer_is_different(folder: Path) -> None:
    (folder / "new").write_text(HELLO.replace("hello", "bye"))
    done = dockminify(folder, "verify", "old", "new", "--format", "json", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (4, "", "")
    done = dockminify(folder, "verify", "old", "new", "--format", "json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["verdict"], answer["passed"]) == (4, "different", False)
    verdicts = {section["name"]: section["verdict"] for section in answer["sections"]}
    assert verdicts["behaviour"] == verdicts["contract"] == "different"
    assert verdicts["closure"] == "same"
    markdown = dockminify(folder, "verify", "old", "new", "--format", "markdown").stdout
    assert "| behaviour | different |" in markdown


def test_a_file_that_does_not_build_is_named_with_its_line(folder: Path) -> None:
    (folder / "new").write_text("FROM debian:trixie-slim\nRUN echo so && exit 3\n")
    done = dockminify(folder, "verify", "old", "new", "--network", "host")
    assert done.returncode == 4
    assert "new:2: " in done.stderr and "exit code: 3" in done.stderr
    done = dockminify(folder, "verify", "new", "old", "--network", "host")
    assert done.returncode == 4
    assert "new:2: " in done.stderr and "original" in done.stderr


def test_a_proven_file_takes_the_originals_place(tmp_path: Path, need: Callable[[str], None]) -> None:
    need("golang:1.24")
    need("gcr.io/distroless/static-debian13")
    shutil.copytree(SAMPLES / "go-cgo-math" / "context", tmp_path / "context")
    folder = tmp_path / "context"
    before = (folder / "Dockerfile").read_text()
    done = dockminify(folder, "fix", "Dockerfile", "--verify", "--in-place", "--network", "host", "--format", "json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["proof"]["passed"]
    assert [step["rung"] for step in answer["proof"]["steps"]] == ["distroless"]
    after = (folder / "Dockerfile").read_text()
    assert after != before and after == (SAMPLES / "go-cgo-math" / "expected" / "Dockerfile").read_text()


def test_nothing_is_written_when_nothing_is_proven(folder: Path) -> None:
    # It cannot start either way, so nothing can be said
    text = 'FROM debian:trixie\nRUN apt-get update\nCOPY old /data\nCMD ["/bin/false"]\n'
    (folder / "Dockerfile").write_text(text)
    done = dockminify(folder, "fix", "Dockerfile", "--verify", "--network", "host")
    assert done.returncode == 4
    assert "nothing is written" in done.stdout and "inconclusive" in done.stdout
    assert sorted(path.name for path in folder.iterdir()) == ["Dockerfile", "old"]
    done = dockminify(folder, "fix", "Dockerfile", "--verify", "--network", "host", "--expect-exit", "1")
    assert done.returncode == 0, done.stdout
    assert (folder / "Dockerfile.min.diff").read_text().startswith("Verified by dockminify: ")


TARGETS = """\
FROM debian:trixie-slim AS base
RUN echo one > /greeting

FROM base AS test
CMD ["/bin/true"]

FROM base AS hello
LABEL said=hello
CMD ["/bin/cat", "/greeting"]

FROM base AS bye
CMD ["/bin/echo", "bye"]
"""


def test_each_target_is_proven_by_itself(folder: Path) -> None:
    (folder / "Dockerfile").write_text(TARGETS)
    (folder / "Makefile").write_text("all:\n\tdocker build --target hello .\n\tdocker build --target test .\n")
    done = dockminify(folder, "fix", "--verify", "--network", "host", "--format", "json", "Dockerfile")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert [one["target"] for one in said["targets"] if one["left"] is None] == ["", "hello"]
    proven = {step.get("target", ""): step["verification"]["verdict"] for step in said["proof"]["steps"]}
    assert proven.keys() == {"", "hello"}
    assert set(proven.values()) <= {"same", "better", "changed as decided"}
    text = (folder / "Dockerfile.min").read_text()
    assert 'FROM base AS test\nCMD ["/bin/true"]\n' in text
    assert [line.split()[-1] for line in text.splitlines() if line.startswith("FROM") and "-build" not in line] == [
        *("base", "test", "hello", "bye")
    ]
    again = dockminify(folder, "verify", "Dockerfile", "Dockerfile.min", "--target", "hello", "--network", "host")
    assert again.returncode == 0, again.stdout
    assert "label said" not in again.stdout, "it is as it was"
