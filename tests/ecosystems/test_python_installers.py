"""Which installers stay behind: with their plugins and settings, unless the application imports them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from minify import api

DOCKERFILE = (
    'FROM python:3.12\nRUN pip install "poetry>=2" poetry-plugin-export\nWORKDIR /app\nCOPY . .\n'
    'RUN poetry config virtualenvs.create false && poetry install --only main --no-root\nCMD ["python", "app.py"]\n'
)
PROJECT = '[project]\nname = "x"\nversion = "1"\ndependencies = ["Flask>=3", "url_lib3"]\n'
FILES = {"app.py": "print(1)\n", "pyproject.toml": PROJECT, "poetry.lock": ""}


def patched(tmp_path: Path, files: Mapping[str, str], dockerfile: str = DOCKERFILE) -> str:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "Dockerfile").write_text(dockerfile)
    return api.fix(tmp_path / "Dockerfile").patch.after.text


ROWS = [
    pytest.param({}, DOCKERFILE, "poetry poetry-plugin-export", id="with a plugin"),
    pytest.param({}, DOCKERFILE.replace("poetry-plugin-export", "Poetry_Dynamic"), "poetry poetry-dynamic", id="any spelling"),
    pytest.param({}, DOCKERFILE.replace(" poetry-plugin-export", ""), "poetry", id="alone"),
    pytest.param(
        {}, 'FROM python:3.12\nRUN pip install uv\nCOPY . /\nCMD ["python", "/app.py"]\n', "uv", id="one program"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("files", "dockerfile", "gone"), ROWS)
def test_installers_go(tmp_path: Path, files: Mapping[str, str], dockerfile: str, gone: str) -> None:
    text = patched(tmp_path, {**FILES, **files}, dockerfile)
    found = re.search(r"pip uninstall --yes ([^;]*);", text)
    assert found is not None
    assert found[1] == gone


def test_an_installer_that_is_imported_stays(tmp_path: Path) -> None:
    assert (
        "pip uninstall" not in patched(tmp_path, {**FILES, "app.py": "import poetry\n"}).partition("\n# Leave out")[2]
    )


def test_settings_of_the_installer_stay_behind(tmp_path: Path) -> None:
    assert "pypoetry" not in patched(tmp_path, FILES).partition("\n# Leave out")[2]


VENV = "FROM python:3.12\nENV VIRTUAL_ENV=/v\nRUN python -m venv $VIRTUAL_ENV\nENV PATH=/v/bin:$PATH\n"


@pytest.mark.parametrize(
    ("install", "by"),
    [
        ("pip install poetry", "/v/bin/python"),
        ("/usr/local/bin/pip install poetry", "/usr/local/bin/python3"),
        # An environment that uv made has no pip
        ("uv pip install poetry", "/usr/local/bin/python3"),
    ],
)
def test_installers_go_from_where_they_are(tmp_path: Path, install: str, by: str) -> None:
    text = patched(tmp_path, FILES, f'{VENV}RUN {install}\nWORKDIR /app\nCOPY . .\nCMD ["python", "app.py"]\n')
    assert f"{by} -m pip uninstall --yes poetry;" in text
