"""`--registry`: every image by the user's own registry, what is kept and what is new."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify.api import Outcome, fix_source
from minify.context.tree import Context
from minify.edit import Safety
from minify.image.mirror import Mirror
from minify.plan import Options, Rung
from minify.plan import Outcome as Became
from minify.planner import Wish
from minify.syntax import Source, parse
from tests.cli.conftest import Run, dockerfile, dockminify
from tests.samples import SAMPLES

__all__ = ["dockerfile", "dockminify"]

MIRROR = Mirror.of("r.example", {})


def fixed(text: str, context: Path | None = None, mirror: Mirror = MIRROR, **wish: object) -> Outcome:
    asked = Wish(options=Options(mirror=mirror), **wish)  # type: ignore[arg-type]
    return fix_source(Source(text), Context(context, None), asked, Safety.INFERRED)


def images(text: str) -> list[str]:
    return [stage.from_.image for stage in parse(Source(text)).stages]


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/context/Dockerfile")), ids=lambda path: path.parts[-3])
def test_of_every_sample(path: Path) -> None:
    """The same file but for the names; all of them lead to the registry; a second time nothing is left to do."""
    text = path.read_text("utf-8")
    plain, there = fixed(text, path.parent, Mirror()), fixed(text, path.parent)
    assert there.plan.rung is plain.plan.rung
    stages = {stage.name for stage in parse(Source(there.patch.after.text)).stages}
    for image in images(there.patch.after.text):
        assert image.startswith("r.example/") or image in stages or image == "scratch" or "$" in image
    back = there.patch.after.text
    for image in sorted({*images(plain.patch.after.text), *images(text)}, key=len, reverse=True):
        back = back.replace(MIRROR.map(image), image)
    back = back.replace("r.example/docker/dockerfile", "docker/dockerfile")
    assert back == plain.patch.after.text
    assert fixed(there.patch.after.text, path.parent).patch.empty


def test_everything_that_names_an_image() -> None:
    text = (
        "# syntax=docker/dockerfile:1\nARG V=3.12\nFROM debian:12 AS base\nFROM golang:1.24 AS build\n"
        "RUN --mount=type=bind,from=alpine:3.20,target=/x --mount=from=base,target=/y true\n"
        "FROM python:${V}-slim AS other\nFROM --platform=linux/amd64 $UNSET/thing\n"
        "COPY --from=nginx:1.27 /a /a\nCOPY --from=0 /b /b\nCOPY --from=other /c /c\nCMD a | b\n"
    )
    after = fixed(text).patch.after.text
    for name in (
        "r.example/docker/dockerfile:1",
        "r.example/library/golang:1.24 AS",
        "from=r.example/library/alpine:3.20,",
        "r.example/library/python:${V}-slim",
        "--from=r.example/library/nginx:1.27 ",
    ):
        assert name in after
    assert "from=base," in after and "--from=0 " in after and "--from=other " in after and "$UNSET/thing" in after


def test_a_variable_that_says_the_registry_is_named() -> None:
    outcome = fixed("ARG R=docker.io\nFROM $R/library/python:3.12\nCMD a | b\n", to=Rung.SLIM)
    assert outcome.patch.empty
    (check,) = [d for d in outcome.plan.decisions if d.outcome is Became.CHECK and "where it comes from" in d.reason]
    assert check.line == 2


def test_a_slimmer_and_a_newer_base_are_there_too() -> None:
    after = fixed("FROM python:3.8\nRUN pip install x\nCMD a | b\n", upgrade=True, to=Rung.SLIM).patch.after.text
    (image,) = images(after)
    assert image.startswith("r.example/library/python:3.") and not image.startswith("r.example/library/python:3.8")
    slim = fixed("FROM debian:12\nCOPY a /a\nRUN apt-get update && apt-get install -y git\nCMD a | b\n", to=Rung.SLIM)
    shown = [a.fix.edits[0].content for a in slim.applied if a.fix.code == "slim-base"]
    assert shown == ["r.example/library/debian:12-slim"]


def test_the_settings_can_leave_it_out() -> None:
    text = "FROM debian:12-slim\nCMD a | b\n"
    assert fixed(text, disable=("registry",), to=Rung.SLIM).patch.empty
    assert fixed(f"# dockminify: ignore=registry from the hub\n{text}", to=Rung.SLIM).patch.empty


def test_the_commands(dockerfile: Path, dockminify: Run) -> None:
    assert (
        "FROM r.example/library/debian:12-slim\n"
        in dockminify("fix", "Dockerfile", "--registry", "r.example", "--stdout").out
    )
    (dockerfile.parent / ".dockminify.toml").write_text(
        'registry = "own.example"\n[registries]\n"docker.io/library" = "own.example/hub"\n'
    )
    assert "FROM own.example/hub/debian:12-slim\n" in dockminify("fix", "Dockerfile", "--stdout").out
    assert dockminify("check", "Dockerfile", "--format", "github").out.count("registry") >= 1
