"""Law 4: BuildKit reads the output, and hadolint finds no error or warning that it had not found in the input."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.laws.cases import Case, broken
from tests.syntax.conftest import Oracle

HADOLINT = Path(sys.executable).with_name("hadolint")
# What one command line takes.
BATCH = 200


def test_buildkit_reads_the_output(changed: tuple[Case, ...], buildkit: Oracle) -> None:
    failures = []
    for case in changed:
        # The oracle takes text: a byte that is none stands for itself in neither file.
        said = buildkit(case.after.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
        if isinstance(said, dict):
            failures.append((case.name, f"BuildKit rejects it: {said['error']}"))
    assert not failures, broken(failures, len(changed))


def test_hadolint_finds_nothing_new(changed: tuple[Case, ...], tmp_path: Path) -> None:
    before, after = [], []
    for number, case in enumerate(changed):
        before.append(tmp_path / f"{number}.before")
        after.append(tmp_path / f"{number}.after")
        before[-1].write_bytes(case.data)
        after[-1].write_text(case.after, "utf-8", "surrogateescape", newline="")
    said = hadolint([*before, *after], tmp_path)
    failures = []
    for case, one, other in zip(changed, before, after, strict=True):
        lines = case.after.split("\n")
        had = Counter(finding["code"] for finding in said[one.name])
        has = Counter(finding["code"] for finding in said[other.name] if not excused(finding, lines))
        for code in sorted((has - had).keys()):
            new = next(finding for finding in said[other.name] if finding["code"] == code)
            failures.append(
                (case.name, f"{code}: {had[code]} → {has[code]}, line {new['line']}: {lines[new['line'] - 1]}")
            )
    assert not failures, broken(failures, len(changed))


FIND = "findutils"


def excused(finding: dict[str, Any], lines: Sequence[str]) -> bool:
    """Whether it is of what cannot be said otherwise.

    DL3006 asks for a version in the tag of a distroless image: these have none, only the release in their name.
    https://github.com/GoogleContainerTools/distroless#what-images-are-available
    DL3002 is about the user of an image: a stage with another FROM below it has become a build stage.
    DL3064 is about an ARG with a secret's name: the ENV that reads it stands in the final stage, and so it must stand there too.
    DL3041 asks for a version of the package that brings find into a build stage that lacks it: any has it.
    """
    line = lines[finding["line"] - 1]
    if finding["code"] == "DL3041":
        return any(f"install -y {FIND}" in below for below in lines[finding["line"] : finding["line"] + 3])
    if finding["code"] == "DL3002":
        return any(below.upper().startswith("FROM ") for below in lines[finding["line"] :])
    return (finding["code"] == "DL3006" and "gcr.io/distroless/" in line) or (
        finding["code"] == "DL3064" and lines.count(line) > 1
    )


def hadolint(paths: Sequence[Path], folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The errors and warnings of each file by its name; several files a call, and no settings of this machine."""
    found: dict[str, list[dict[str, Any]]] = {path.name: [] for path in paths}
    settings = folder / "hadolint.yaml"
    settings.write_text("no-fail: true\n")
    for start in range(0, len(paths), BATCH):
        names = [path.name for path in paths[start : start + BATCH]]
        command = [str(HADOLINT), "--config", settings.name, "--format", "json", "--no-color", *names]
        answer = subprocess.run(command, cwd=folder, capture_output=True, check=True)
        for finding in json.loads(answer.stdout):
            if finding["level"] in ("error", "warning"):
                found[finding["file"]].append(finding)
    return found


def test_the_linter_is_heard(tmp_path: Path) -> None:
    """A file with known faults is found faulty, so that silence means something."""
    faulty = tmp_path / "faulty"
    faulty.write_text("FROM debian\nRUN cd /x && sudo make\n")
    codes = [finding["code"] for finding in hadolint([faulty], tmp_path)["faulty"]]
    assert {"DL3006", "DL3003", "DL3004"} <= set(codes)
