"""Files and libraries that are looked up by name: taken where sources and packages say so, and nothing without."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api

TAIL = 'WORKDIR /app\nCOPY . .\nCMD ["python", "app.py"]\n'
TERMINFO = "/etc/terminfo /lib/terminfo /usr/share/terminfo"

FILES = [
    pytest.param("FROM python:3.12-slim\n", "import curses\n", "", TERMINFO, id="curses asks for terminals"),
    pytest.param(
        "FROM python:3.12\n",
        "import pyodbc\n",
        "pyodbc",
        "/etc/odbcinst.ini /etc/odbc.ini /opt/microsoft",
        id="a package",
    ),
]
NO_FILES = [
    pytest.param("FROM python:3.12\n", "import json\n", "requests", id="nothing asks"),
    pytest.param("FROM python:3.12\n", "from PIL import Image\n", "pillow", id="pictures without text"),
]
LIBRARIES = [
    pytest.param("FROM python:3.12\n", "import magic\n", "python-magic", "'libmagic.so*'", id="a package"),
    pytest.param("FROM python:3.12\n", "import PIL\n", "pillow", "'libfribidi.so*'", id="what lays out text"),
    pytest.param("FROM python:3.12-slim\n", "import PIL\n", "pillow", None, id="a slim image has none"),
    pytest.param(
        "FROM python:3.12\nRUN apt-get update && apt-get install -y libmagic1\n",
        "import magic\n",
        "python-magic",
        None,
        id="a package of its own",
    ),
]


def text(folder: Path, head: str, source: str, requirement: str) -> str:
    install = f"RUN pip install {requirement}\n" if requirement else ""
    (folder / "app.py").write_text(source)
    (folder / "Dockerfile").write_text(head + install + TAIL)
    outcome = api.fix(folder / "Dockerfile")
    assert outcome.plan.runtime is not None, outcome.plan.refusals
    return outcome.patch.after.text


@pytest.mark.parametrize(("head", "source", "requirement", "files"), FILES)
def test_files(tmp_path: Path, head: str, source: str, requirement: str, files: str) -> None:
    assert f"/ossl-modules {files}; do \\\n" in text(tmp_path, head, source, requirement)


@pytest.mark.parametrize(("head", "source", "requirement"), NO_FILES)
def test_no_files(tmp_path: Path, head: str, source: str, requirement: str) -> None:
    assert "/ossl-modules; do \\\n" in text(tmp_path, head, source, requirement)


@pytest.mark.parametrize(("head", "source", "requirement", "pattern"), LIBRARIES)
def test_libraries(tmp_path: Path, head: str, source: str, requirement: str, pattern: str | None) -> None:
    made = text(tmp_path, head, source, requirement)
    assert (f"\\( -name {pattern} \\) > /tmp/opened" in made) if pattern else "/tmp/opened" not in made
