"""What `verify` and `fix --verify` say when they cannot begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_an_engine_that_is_none(dockerfile: Path, dockminify: Run) -> None:
    answer = dockminify("verify", "Dockerfile", "Dockerfile", "--engine", "lxc")
    assert answer.code == 2
    assert "lxc" in answer.err and "docker, podman, buildah" in answer.err


def test_no_engine_at_all(dockerfile: Path, dockminify: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    for command in (("verify", "Dockerfile", "Dockerfile"), ("fix", "Dockerfile", "--verify")):
        answer = dockminify(*command)
        assert (answer.code, answer.out) == (2, "")
        assert "engine" in answer.err
    assert [path.name for path in dockerfile.parent.iterdir()] == ["Dockerfile"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("verify", "Dockerfile", "Dockerfile.none"), "Dockerfile.none: no such file"),
        (("verify", "Dockerfile", "Dockerfile", "--context", "none"), "no such folder"),
        (("fix", "-", "--verify"), "the build context is not known"),
        (("verify", "Dockerfile", "Dockerfile", "--probe", "health"), "not a probe"),
        (("verify", "Dockerfile", "Dockerfile", "--cmd", "'open"), "--cmd"),
        (("fix", "Dockerfile", "--in-place"), "--verify or --yes"),
    ],
)
def test_what_cannot_be_begun_is_said_before_anything_is_built(
    dockerfile: Path, dockminify: Run, arguments: tuple[str, ...], said: str
) -> None:
    answer = dockminify(*arguments)
    assert answer.code == 2
    assert said in answer.err
