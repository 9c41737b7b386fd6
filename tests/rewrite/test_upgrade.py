"""Bases at the end of their life: shown, or written with `--upgrade`; where an ARG chooses the tag."""

from __future__ import annotations

import pytest

from minify.api import Outcome, fix_text
from minify.plan import Outcome as Became
from minify.plan import Rung
from minify.planner import Wish


def run(text: str, *, upgrade: bool = True) -> Outcome:
    return fix_text(text.encode(), wish=Wish(to=Rung.SLIM, upgrade=upgrade))


def checks(outcome: Outcome) -> list[tuple[str, int | None]]:
    return [(d.subject, d.line) for d in outcome.plan.decisions if d.outcome is Became.CHECK]


def test_shown_and_not_written() -> None:
    outcome = run("FROM node:14\nCMD ['x']\n", upgrade=False)
    assert outcome.patch.empty
    assert [(s.fix.code, s.fix.edits[0].content) for s in outcome.skipped if s.fix.code == "end-of-life"] == [
        ("end-of-life", "node:22")
    ]


def test_every_stage_that_counts_and_no_other() -> None:
    text = 'FROM golang:1.19 AS a\nFROM node:12 AS unused\nFROM debian:9-slim\nCOPY --from=a /x /x\nCMD ["/x"]\n'
    after = run(text).patch.after.text
    assert after == text.replace("golang:1.19", "golang:1.26").replace("debian:9", "debian:13")


@pytest.mark.parametrize(
    ("text", "after"),
    [
        pytest.param("ARG V=3.8\nFROM python:$V-slim\n", "ARG V=3.11\nFROM python:$V-slim\n", id="a default"),
        pytest.param(
            "ARG A=1 V=3.8 B\nFROM python:${V}\n", "ARG A=1 V=3.11 B\nFROM python:${V}\n", id="one of several in an ARG"
        ),
        pytest.param("ARG I=node:14\nFROM $I\n", "ARG I=node:22\nFROM $I\n", id="the whole reference"),
        pytest.param(
            "ARG V=3.8\nFROM python:$V AS a\nFROM python:$V-slim\nCOPY --from=a /x /x\n",
            "ARG V=3.11\nFROM python:$V AS a\nFROM python:$V-slim\nCOPY --from=a /x /x\n",
            id="two that want the same",
        ),
    ],
)
def test_an_argument_chooses(text: str, after: str) -> None:
    assert run(text).patch.after.text == after


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ARG V=3.8\nFROM python:${V}-slim-buster\n", id="more than the default would have to change"),
        pytest.param("ARG V=3.8\nFROM python:$V AS a\nFROM alpine:$V\nCOPY --from=a /x /x\n", id="two that differ"),
        pytest.param("ARG V=3.8\nFROM python:$V\nARG V\nRUN echo $V\nARG W=x$V\n", id="another ARG is made of it"),
    ],
)
def test_an_argument_that_is_left_alone(text: str) -> None:
    outcome = run(text)
    assert outcome.patch.empty
    assert any(subject.startswith("FROM python:3.8") for subject, _ in checks(outcome))


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ('FROM node\nCMD ["node"]\n', "FROM node"),
        ('FROM alpine:latest\nCMD ["ls"]\n', "FROM alpine:latest"),
        ('FROM centos:7\nCMD ["ls"]\n', "FROM centos:7"),
    ],
)
def test_named(text: str, subject: str) -> None:
    assert (subject, 1) in checks(run(text))


def test_a_second_run_changes_nothing() -> None:
    once = run('FROM python:3.8\nRUN pip install flask\nCMD ["flask", "run"]\n').patch.after.text
    assert run(once).patch.empty
