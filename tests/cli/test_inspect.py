"""`--inspect`: base images that the catalog does not know, asked of a registry on this machine and of an engine that lacks them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.verify.test_registry import Registry, registry

__all__ = ["registry"]


@pytest.fixture
def dockerfile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: Registry) -> Path:
    registry.image()
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "Dockerfile"
    path.write_text(f'FROM {registry.host}/team/base:plain\nCOPY work.sh /work.sh\nENTRYPOINT ["/work.sh"]\n')
    (tmp_path / "work.sh").write_text("#!/bin/sh\nworker &\nwait\n")
    return path


def test_a_registry_is_asked(dockminify: Run, dockerfile: Path) -> None:
    assert "FROM scratch" not in dockminify("fix", "Dockerfile", "--stdout").out
    answer = dockminify("fix", "Dockerfile", "--inspect", "registry", "--stdout")
    assert answer.code == 0 and answer.out.endswith(
        'COPY --from=build / /\nENV PATH=/usr/bin \\\n    A=b=c\nUSER team\nEXPOSE 80\nLABEL a=b\nENTRYPOINT ["/work.sh"]\n'
    ), answer.out


def test_the_settings_ask_it_as_well(dockminify: Run, dockerfile: Path) -> None:
    (dockerfile.parent / ".dockminify.toml").write_text('inspect = "registry"\n')
    assert "LABEL a=b" in dockminify("fix", "Dockerfile", "--stdout").out
    assert dockminify("check", "Dockerfile").code == 1


def test_what_the_registry_lacks_is_said(dockminify: Run, dockerfile: Path, registry: Registry) -> None:
    dockerfile.write_text(dockerfile.read_text().replace(":plain", ":gone"))
    answer = dockminify("fix", "Dockerfile", "--inspect", "registry")
    assert answer.code == 0 and f"{registry.host} has no image {registry.host}/team/base:gone" in answer.out


def test_without_it_the_report_names_it(dockminify: Run, dockerfile: Path) -> None:
    assert "(--inspect asks an engine or a registry)" in dockminify("explain", "Dockerfile").out


def test_an_engine_that_is_not_there_is_said(
    dockminify: Run, dockerfile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(dockerfile.parent))
    answer = dockminify("fix", "Dockerfile", "--inspect", "engine")
    assert answer.code == 0 and "no container engine is installed" in answer.out


def test_a_run_over_repositories_asks_too(dockminify: Run, dockerfile: Path) -> None:
    for arguments, code in ((("--inspect", "registry"), 0), ((), 0)):
        folder = "asked" if arguments else "not-asked"
        answer = dockminify("batch", ".", "--output", f"../{folder}", "--workers", "1", *arguments, "--quiet")
        assert answer.code == code, answer.err
    found = [json.loads((dockerfile.parent.parent / f / "inventory.json").read_text()) for f in ("asked", "not-asked")]
    assert [[row["rung"] for row in one["rungs"]] for one in found] == [["pruned"], ["slim"]]
