"""Images around the program of a Python package, with no source of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api, precompiled
from minify.context import needs
from minify.plan import Rung

TABLE = Path(needs.__file__).parent / "data" / "python-tools.yaml"


def fix(tmp_path: Path, dockerfile: str) -> api.Outcome:
    (tmp_path / "rules.yaml").write_text("rules: {}\n")
    (tmp_path / "requirements.txt").write_text("flake8\nflake8-bugbear\n")
    path = tmp_path / "Dockerfile"
    path.write_text(dockerfile)
    return api.fix(path)


GOES = {
    "alone": 'FROM python:3.12-slim\nRUN pip install yamllint==1.38.0\nENTRYPOINT ["yamllint"]\n',
    "with settings": 'FROM python:3.12\nRUN pip install yamllint\nCOPY rules.yaml /etc/\nENTRYPOINT ["yamllint", "-c", "/etc/rules.yaml"]\n',
    "as a module": 'FROM python:3.12-slim\nRUN pip install flake8\nENTRYPOINT ["python", "-m", "flake8"]\n',
    "a command of another name": 'FROM python:3.12\nRUN pip install csvkit\nENTRYPOINT ["csvstat"]\n',
    "what it starts was never there": 'FROM python:3.12-slim\nRUN pip install mkdocs\nCMD ["mkdocs", "serve"]\n',
}

STOPS = {
    "never read": (
        'FROM python:3.12-slim\nRUN pip install toolbelt\nENTRYPOINT ["toolbelt"]\n',
        "none of the application's Python files is in the build context, so what it calls is not known",
    ),
    "a plug-in that was never read": (
        'FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nENTRYPOINT ["flake8"]\n',
        "requirements.txt:2 what flake8-bugbear calls is not known: it is not in the build context",
    ),
    "a server of what is mounted": (
        'FROM python:3.12-slim\nRUN pip install gunicorn\nCMD ["gunicorn", "app:app"]\n',
        "none of the application's Python files is in the build context, so what it calls is not known",
    ),
    "from a repository": (
        'FROM python:3.12\nRUN pip install "yamllint @ git+https://example.org/yamllint"\nENTRYPOINT ["yamllint"]\n',
        "Dockerfile:2 what yamllint calls is not known: it is not in the build context",
    ),
    "what it starts is in the base": (
        'FROM python:3.12\nRUN pip install mkdocs\nCMD ["mkdocs", "serve"]\n',
        "Dockerfile:2 starts git, which comes with the base image",
    ),
    "the interpreter itself": (
        'FROM python:3.12-slim\nRUN pip install yamllint\nENTRYPOINT ["python"]\n',
        "python waits for a person, who may use every tool of the image",
    ),
}  # fmt: skip


@pytest.mark.parametrize("dockerfile", GOES.values(), ids=GOES)
def test_a_package_that_was_read_comes_along(tmp_path: Path, dockerfile: str) -> None:
    outcome = fix(tmp_path, dockerfile)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert "COPY --from=build /usr/local /usr/local\n" in outcome.patch.after.text


@pytest.mark.parametrize(("dockerfile", "reason"), STOPS.values(), ids=STOPS)
def test_what_stops_it(tmp_path: Path, dockerfile: str, reason: str) -> None:
    outcome = fix(tmp_path, dockerfile)
    assert outcome.plan.rung < Rung.DISTROLESS
    said = [refusal.reason.replace(f"{tmp_path}/", "") for refusal in outcome.plan.refusals]
    assert reason in said


def test_what_a_tool_starts_comes_along_where_the_file_installs_it(tmp_path: Path) -> None:
    install = "RUN apt-get update && apt-get install -y jq && pip install yq\n"
    outcome = fix(tmp_path, f'FROM python:3.12-slim\n{install}ENTRYPOINT ["yq"]\n')
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert {d.subject: d.outcome for d in outcome.plan.decisions}["jq"] == "kept"


def test_the_table_is_whole() -> None:
    rows = precompiled.table(TABLE)["packages"]
    assert list(rows) == sorted(rows)
    assert all(needs.python_tool(name) == tuple(words.split()) for name, words in rows.items())
    assert not [name for name in rows if needs.python_needs(name).unknown or needs.python_needs(name).shell]
