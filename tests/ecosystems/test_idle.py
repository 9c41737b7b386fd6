"""Scripts that are copied by name and started by nothing in the image are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Outcome, Rung

GO = "FROM golang:1.26\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app .\n"


def named(tmp_path: Path, tail: str, **scripts: str) -> list[str]:
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    (tmp_path / "go.mod").write_text("module example.com/app\n\ngo 1.26\n")
    for name, text in scripts.items():
        (tmp_path / f"{name}.sh").write_text(text)
    (tmp_path / "Dockerfile").write_text(GO + tail)
    outcome = api.fix(tmp_path / "Dockerfile")
    assert outcome.plan.rung is Rung.DISTROLESS
    return [
        one.subject
        for one in outcome.plan.decisions
        if one.outcome is Outcome.CHECK and "nothing in the image" in one.reason
    ]


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ('COPY reload.sh /home/\nCMD ["/app"]\n', ["/home/reload.sh"]),
        ('COPY reload.sh tool/\nCMD ["/app"]\n', ["/src/tool/reload.sh"]),
        # Used while the image is built
        ('COPY reload.sh /home/\nRUN /home/reload.sh\nCMD ["/app"]\n', []),
        # Started by one that is
        ('COPY first.sh reload.sh /home/\nRUN sh /home/first.sh\nCMD ["/app"]\n', []),
        # Not by name
        ('COPY . /home\nCMD ["/app"]\n', []),
    ],
)
def test_scripts_that_nothing_starts(tmp_path: Path, tail: str, expected: list[str]) -> None:
    scripts = {"reload": "#!/bin/sh\necho reload\n", "first": "#!/usr/bin/env bash\n. ./reload.sh\n"}
    assert named(tmp_path, tail, **scripts) == expected


def test_other_files_are_no_scripts(tmp_path: Path) -> None:
    assert named(tmp_path, 'COPY notes.sh /home/\nCMD ["/app"]\n', notes="no script\n") == []
