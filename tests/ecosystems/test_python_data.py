"""Files and libraries that are looked up by name: taken where sources and packages say so, and nothing without."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api

TAIL = 'WORKDIR /app\nCOPY . .\nCMD ["python", "app.py"]\n'
TERMINFO = "/etc/terminfo /lib/terminfo /usr/share/terminfo"

FILES = [
    pytest.param("FROM python:3.12-slim\n", "import curses\n", "", TERMINFO, id="curses asks for terminals"),
    pytest.param("FROM python:3.12\n", "import mimetypes\n", "", "/etc/mime.types", id="types of files"),
    pytest.param(
        "FROM python:3.12\n", "import flask\n", "flask", "/etc/mime.types", id="a framework that asks for them"
    ),
    pytest.param(
        "FROM python:3.12\n",
        'WORDS = open("/usr/share/dict/words")\n',
        "",
        "/usr/share/dict/words",
        id="a path in a source",
    ),
    pytest.param(
        "FROM python:3.12\n",
        "import pyodbc\n",
        "pyodbc",
        "/etc/odbcinst.ini /etc/odbc.ini /opt/microsoft",
        id="a package",
    ),
    pytest.param(
        "FROM python:3.12\n",
        'from PIL import ImageFont\nImageFont.truetype("DejaVuSans.ttf")\n',
        "pillow",
        "/usr/share/fonts",
        id="a font",
    ),
]
NO_FILES = [
    pytest.param("FROM python:3.12-slim\n", "import mimetypes\n", "", id="a slim image without packages has no types"),
    pytest.param(
        "FROM python:3.12\n",
        'open("/etc/passwd"); ROUTE = "/usr/share"\n',
        "",
        id="what the final base has; no whole directory",
    ),
    pytest.param(
        "FROM python:3.12\n", 'open("/app/data/x"); open("/usr/local/share/x")\n', "", id="what is copied anyway"
    ),
    pytest.param("FROM python:3.12\n", "import json\n", "requests", id="nothing asks"),
    pytest.param("FROM python:3.12\n", "from PIL import Image\n", "pillow", id="pictures without text"),
]
LIBRARIES = [
    pytest.param("import magic\n", "python-magic", "'libmagic.so*'", id="a package"),
    pytest.param('import ctypes\nctypes.CDLL("libvips.so.42")\n', "", "'libvips.so.42*'", id="a name in a source"),
    pytest.param(
        'from ctypes.util import find_library\nfind_library("usb-1.0")\n',
        "",
        "'libusb-1.0.so*'",
        id="a name that is searched for",
    ),
    pytest.param('import ctypes\nctypes.CDLL("libc.so.6")\n', "", None, id="the C library is there"),
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


@pytest.mark.parametrize(("source", "requirement", "pattern"), LIBRARIES)
def test_libraries(tmp_path: Path, source: str, requirement: str, pattern: str | None) -> None:
    made = text(tmp_path, "FROM python:3.12\n", source, requirement)
    assert (f"\\( -name {pattern} \\) > /tmp/opened" in made) if pattern else "/tmp/opened" not in made


def test_a_library_of_a_package_that_is_taken_whole(tmp_path: Path) -> None:
    head = "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y libmagic1\n"
    assert "/tmp/opened" not in text(tmp_path, head, "import magic\n", "python-magic")
