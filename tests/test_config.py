"""Settings: what each does, which file counts, and what is said of one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.cli.shared import Asked, To
from minify.config import Config, load
from minify.errors import ConfigurationError
from minify.plan import Rung
from tests.samples import SAMPLES

GO = SAMPLES / "go-web-templates" / "context"
STATIC = "gcr.io/distroless/static-debian13"


def settings(folder: Path, text: str, name: str = "Dockerfile") -> Config:
    (folder / ".git").mkdir(exist_ok=True)
    (folder / ".dockminify.toml").write_text(text)
    return load(folder, name)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("disabel = []", "disabel is not a setting", "did you mean disable?"),
        ("registy = 'x'", "registy is not a setting", "did you mean registry?"),
        ("to = 'distrolles'", "to is 'distrolles'", "did you mean distroless?"),
        ("to = 3", "to is 3: not a str", None),
        ("rungs = ['slimm']", "rungs has 'slimm'", "did you mean slim?"),
        ("base-family = 'alpine'", "base-family is 'alpine'", "one of distroless, scratch"),
        ("disable = ['apt-list']", "disable has 'apt-list'", "did you mean apt-lists?"),
        ("allow = 'x'", "allow is 'x': not a list of texts", None),
        ("debug-stage = 'yes'", "debug-stage is 'yes': not a bool", None),
        ("[registries]\n'docker.io' = 1", "registries.docker.io is 1: not a text", None),
        ("paths = 3", "paths is not a list of tables", "write [[paths]]"),
        ("[[paths]]\nto = 'slim'", "[[paths]] has no match", 'match = "services/legacy/*"'),
        ("[[paths]]\nmatch = 'elsewhere/*'\nkep = []", "kep is not a setting", "did you mean keep?"),
        ("to = ", "cannot be read: ", None),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str, hint: str | None, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as error:
        settings(tmp_path, text)
    assert error.value.message.startswith(message)
    assert error.value.exit_code == 2
    assert error.value.path == str(tmp_path / ".dockminify.toml")
    if hint is not None:
        assert error.value.hint == hint


def test_paths_override(tmp_path: Path) -> None:
    text = """
    to = "distroless"
    disable = ["apt-lists"]
    [[paths]]
    match = ["services/legacy/*", "*/old.Dockerfile"]
    to = "slim"
    [[paths]]
    match = "services/*"
    user = "nonroot"
    """
    settings(tmp_path, text)
    legacy, new = tmp_path / "services" / "legacy" / "a", tmp_path / "services" / "new"
    assert load(legacy, "Dockerfile").to is Rung.SLIM
    assert load(legacy, "Dockerfile").user == "nonroot"
    assert load(legacy, "Dockerfile").disable == ("apt-lists",)
    assert load(new, "Dockerfile").to is Rung.DISTROLESS
    assert load(new, "old.Dockerfile").to is Rung.SLIM
    assert load(tmp_path, "Dockerfile").user is None


def test_in_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.dockminify.registries]\n'docker.io' = 'r.example'\n[[tool.dockminify.paths]]\nmatch = '*'\nto = 'slim'\n"
    )
    found = load(tmp_path, "Dockerfile")
    assert found.registries == {"docker.io": "r.example"}
    assert found.to is Rung.SLIM


def rung(folder: Path, text: str, asked: Asked = Asked()) -> tuple[str, list[str]]:  # noqa: B008
    """The rung that a Go application gets with these settings, and what stopped a better one."""
    settings(folder, text)
    outcome = api.fix(GO / "Dockerfile", context=GO, wish=asked.wish(folder, "Dockerfile"))
    return outcome.plan.rung.label, [refusal.reason for refusal in outcome.plan.refusals]


def test_rungs_and_base_family(tmp_path: Path) -> None:
    assert rung(tmp_path, "")[0] == "distroless"
    assert rung(tmp_path, "rungs = ['scratch', 'slim']")[0] == "scratch"
    assert rung(tmp_path, "rungs = ['distroless']")[0] == "distroless"
    assert rung(tmp_path, "rungs = ['slim']")[0] == "slim"
    assert rung(tmp_path, "base-family = 'scratch'")[0] == "scratch"
    assert rung(tmp_path, "base-family = 'scratch'\nrungs = ['distroless', 'slim']")[0] == "distroless"
    assert rung(tmp_path, "rungs = ['slim']", Asked(to=To.scratch))[0] == "scratch"


def test_without_the_slim_rung_nothing_is_cleaned_up(tmp_path: Path) -> None:
    settings(tmp_path, "rungs = ['distroless']")
    text = b"FROM debian:12\nRUN apt-get update && apt-get install -y git\nCMD sh -c 'git log | cat'\n"
    assert not api.fix_text(text).patch.empty
    assert api.fix_text(text, wish=Asked().wish(tmp_path, "Dockerfile")).patch.empty


def test_images_that_may_be_introduced(tmp_path: Path) -> None:
    assert rung(tmp_path, "allow = ['gcr.io/distroless/*']")[0] == "distroless"
    for text in ("allow = ['cgr.dev/*']", "deny = ['gcr.io/distroless/static-*']"):
        found, reasons = rung(tmp_path, text)
        assert found in ("pruned", "slim")
        assert f"the settings do not allow {STATIC}" in reasons
    settings(tmp_path, "deny = ['*-slim']")
    text = b"FROM python:3.12\nCOPY . .\nCMD apt-get update; python app.py\n"
    codes = {s.fix.code for s in api.fix_text(text).skipped}
    assert "slim-base" in codes
    denied = api.fix_text(text, wish=Asked().wish(tmp_path, "Dockerfile"))
    assert "slim-base" not in {x.fix.code for x in (*denied.skipped, *denied.applied)}
