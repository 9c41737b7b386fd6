"""Files, fonts and libraries of the original's own system that the sources name."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Rung

PYTHON = 'FROM python:3.12{variant}\n{install}WORKDIR /app\nCOPY . .\nCMD ["python", "app.py"]\n'
NODE = 'FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm install\nCMD ["node", "app.js"]\n'
GO = 'FROM golang:1.24\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\nCMD ["/app"]\n'


def fix(tmp_path: Path, dockerfile: str, **files: str) -> api.Outcome:
    for name, text in files.items():
        (tmp_path / name.replace("_", ".")).write_text(text)
    (tmp_path / "Dockerfile").write_text(dockerfile)
    return api.fix(tmp_path / "Dockerfile")


def python(tmp_path: Path, text: str, *, variant: str = "", install: str = "", requirements: str = "") -> api.Outcome:
    dockerfile = PYTHON.format(variant=variant, install=install)
    return fix(tmp_path, dockerfile, app_py=text, requirements_txt=requirements)


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("/usr/share/dict/words", "/usr/share/dict/words"),
        ("/etc/app/settings.ini", "/etc/app/settings.ini"),
        ("/usr/share/fonts/truetype/x.ttf", "/usr/share/fonts/truetype/x.ttf"),
        ("DejaVuSans-Bold.ttf", "/usr/share/fonts"),
        ("/etc/passwd", None),
        ("/etc/ssl/certs/ca-certificates.crt", None),
        ("/usr/share/zoneinfo/Europe/Zurich", None),
        ("/usr/share/", None),
        ("/api/users", None),
        ("/app/data.json", None),
    ],
)
def test_files_that_python_sources_name(tmp_path: Path, path: str, taken: str | None) -> None:
    outcome = python(tmp_path, f"print(open({path!r}))\n")
    assert outcome.plan.rung is Rung.DISTROLESS
    assert outcome.plan.runtime is not None
    named = [(tree.path, tree.certain) for tree in outcome.plan.runtime.trees if "names" in tree.reason]
    assert named == ([(taken, False)] if taken else [])
    if taken:
        # Where it is not there nothing is copied
        assert f"if [ -e {taken} ]; then cp -a --parents {taken} /runtime; fi" in outcome.patch.after.text


def test_a_font_of_the_applications_own(tmp_path: Path) -> None:
    (tmp_path / "own.ttf").write_bytes(b"")
    outcome = python(tmp_path, "print(open('own.ttf'))\n")
    assert "/usr/share/fonts" not in outcome.patch.after.text


def test_files_that_node_sources_name(tmp_path: Path) -> None:
    text = 'const fs = require("fs");\nfs.readFileSync("/usr/share/dict/words");\n'
    outcome = fix(tmp_path, NODE, app_js=text, package_json='{"name": "x", "version": "1.0.0"}')
    assert "cp -a --parents /usr/share/dict/words " in outcome.patch.after.text


def test_files_that_go_sources_name(tmp_path: Path) -> None:
    text = 'package main\n\nimport "os"\n\nfunc main() { os.ReadFile("/usr/share/dict/words") }\n'
    outcome = fix(tmp_path, GO, main_go=text, go_mod="module x\n\ngo 1.24\n")
    assert "cp -a --parents /usr/share/dict/words " in outcome.patch.after.text


@pytest.mark.parametrize(
    ("text", "settings", "reason"),
    [
        ("ctypes.CDLL('libmagic.so.1')", {}, "app.py:2 loads the library magic by name, which may be the base image's"),
        ("ctypes.CDLL('libmagic.so.1')", {"variant": "-slim"}, None),
        ("ctypes.CDLL('libmagic.so.1')", {"install": "RUN apt-get update && apt-get install -y libmagic1\n"}, None),
        ("ctypes.CDLL('libc.so.6')", {}, None),
        ("ctypes.CDLL('/app/own.so')", {}, None),
        ("ctypes.util.find_library('crypto')", {}, None),
        (
            "pass",
            {"requirements": "python-vlc\n"},
            "requirements.txt:1 python-vlc loads the library vlc by name, which may be the base image's",
        ),
        ("pass", {"requirements": "python-vlc\n", "variant": "-slim"}, None),
    ],
)
def test_libraries_that_are_loaded_by_name(
    tmp_path: Path, text: str, settings: dict[str, str], reason: str | None
) -> None:
    outcome = python(tmp_path, f"import ctypes, ctypes.util\n{text}\n", **settings)
    stopped = [one.reason for one in outcome.plan.refusals if one.rung is Rung.DISTROLESS]
    assert stopped == ([reason] if reason else [])
