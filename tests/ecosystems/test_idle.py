"""Scripts that are copied by name and started by nothing in the image are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Outcome, Rung

GO = "FROM golang:1.26\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app .\n"


def fixed(tmp_path: Path, tail: str, **scripts: str) -> api.Outcome:
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    (tmp_path / "go.mod").write_text("module example.com/app\n\ngo 1.26\n")
    for name, text in scripts.items():
        (tmp_path / f"{name}.sh").write_text(text)
    (tmp_path / "Dockerfile").write_text(GO + tail)
    return api.fix(tmp_path / "Dockerfile")


def named(tmp_path: Path, tail: str, **scripts: str) -> list[str]:
    outcome = fixed(tmp_path, tail, **scripts)
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


@pytest.mark.parametrize(
    ("tail", "path"),
    [
        ("COPY reload.sh /home/\nRUN chmod +x /home/reload.sh\n", "/home/reload.sh"),
        ("COPY reload.sh first.sh tool/\nRUN chmod 755 tool/*.sh\n", "/src/tool/reload.sh"),
        ("COPY --chmod=0555 reload.sh /home/\n", "/home/reload.sh"),
        ("COPY reload.sh /usr/local/bin/reload\n", "/usr/local/bin/reload"),
    ],
)
def test_scripts_that_are_made_ready_keep_their_shell(tmp_path: Path, tail: str, path: str) -> None:
    outcome = fixed(tmp_path, tail + 'CMD ["/app"]\n', reload="#!/bin/sh\necho reload\n", first="#!/bin/sh\necho 1\n")
    assert outcome.plan.rung < Rung.DISTROLESS
    reason = f"{path} is a shell script that is made ready to be started, and nothing in the image starts it"
    assert reason in [refusal.reason for refusal in outcome.plan.refusals]


@pytest.mark.parametrize(
    "tail",
    [
        # Started when the image is built
        "COPY reload.sh /home/\nRUN chmod +x /home/reload.sh && /home/reload.sh\n",
        # Started by another name
        "COPY reload.sh /usr/local/bin/\nRUN ln -s /usr/local/bin/reload.sh /usr/local/bin/again\n",
        # No mode to be started with
        "COPY reload.sh /home/\nRUN chmod 0644 /home/reload.sh\n",
    ],
)
def test_scripts_that_are_not_there_to_be_started(tmp_path: Path, tail: str) -> None:
    outcome = fixed(tmp_path, tail + 'CMD ["/app"]\n', reload="#!/bin/sh\necho reload\n")
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
