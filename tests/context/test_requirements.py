from __future__ import annotations

from pathlib import Path

import pytest

from minify.context.requirements import Requirement, normalise, python_requirements, read_requirement

from .folder import context

# (line of a requirements file, what differs from the empty requirement, why)
LINES: list[tuple[str, dict[str, object], str]] = [
    ("flask", {"name": "flask"}, "a name"),
    ("Flask_SQLAlchemy==3.1", {"name": "flask-sqlalchemy", "spec": "==3.1"}, "normalised"),
    ("a >= 1, < 2", {"name": "a", "spec": ">= 1, < 2"}, "a range"),
    ("a (>=1)", {"name": "a", "spec": ">=1"}, "parentheses"),
    ("a[x, Y]~=1.0", {"name": "a", "spec": "~=1.0", "extras": ("x", "y")}, "extras"),
    ("a==1 ; python_version < '3.9'", {"name": "a", "spec": "==1", "marker": "python_version < '3.9'"}, "a marker"),
    ("a==1  # why", {"name": "a", "spec": "==1"}, "a comment"),
    ("a==1 --hash=sha256:00 --hash=sha256:11", {"name": "a", "spec": "==1"}, "hashes"),
    ("a @ https://x.y/a.whl", {"name": "a", "url": "https://x.y/a.whl"}, "a direct reference"),
    ("git+https://x.y/r@v1#egg=My_Pkg", {"name": "my-pkg", "url": "git+https://x.y/r@v1#egg=My_Pkg"}, "an egg"),
    ("https://x.y/foo_bar-1.0-py3-none-any.whl", {"name": "foo-bar", "url": "https://x.y/foo_bar-1.0-py3-none-any.whl"}, "a wheel"),
    ("./lib", {"name": "", "url": "./lib"}, "a path"),
    (".", {"name": "", "url": "."}, "itself"),
    ("-e .", {"name": "", "url": ".", "editable": True}, "editable"),
    ("--editable=./lib#egg=lib", {"name": "lib", "url": "./lib#egg=lib", "editable": True}, "editable, long"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected", "why"), LINES)
def test_lines(tmp_path: Path, line: str, expected: dict[str, object], why: str) -> None:
    found = context(tmp_path, {"requirements.txt": f"\n{line}\n"})
    fields: dict[str, object] = {"name": "", "spec": "", "path": "requirements.txt", "line": 2, **expected}
    assert python_requirements(found, found.files()) == (Requirement(**fields),), why  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line", ["", "# a", "  # a", "--index-url https://x.y", "-i https://x.y", "-f ./wheels", "--pre"]
)
def test_lines_that_ask_for_nothing(tmp_path: Path, line: str) -> None:
    found = context(tmp_path, {"requirements.txt": line})
    assert python_requirements(found, found.files()) == ()


def test_includes_constraints_and_continuations(tmp_path: Path) -> None:
    found = context(
        tmp_path,
        {
            "requirements/prod.txt": "-r base.txt\n-c ../constraints.txt\ngunicorn \\\n  ==22\nflask\n",
            "requirements/base.txt": "-r prod.txt\nflask\n",
            "constraints.txt": "flask==3\n",
        },
    )
    assert [
        (item.name, item.path, item.line, item.kind) for item in python_requirements(found, ["requirements/prod.txt"])
    ] == [
        ("flask", "requirements/base.txt", 1 + 1, "requirement"),
        ("flask", "constraints.txt", 1, "constraint"),
        ("gunicorn", "requirements/prod.txt", 3, "requirement"),
        ("flask", "requirements/prod.txt", 5, "requirement"),
    ]
    # A file that another one includes is read once.
    assert len(python_requirements(found, found.files())) == 4


def test_includes_stay_in_the_context(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret\n")
    found = context(tmp_path / "root", {"requirements.txt": "-r ../secret.txt\na\n"})
    assert [item.name for item in python_requirements(found, found.files())] == ["a"]


def test_utf16(tmp_path: Path) -> None:
    found = context(tmp_path, {"requirements.txt": "flask==3\r\n".encode("utf-16")})
    assert [(item.name, item.spec) for item in python_requirements(found, found.files())] == [("flask", "==3")]


@pytest.mark.parametrize(
    ("name", "read"),
    [("requirements.txt", True), ("requirements-dev.txt", True), ("dev-requirements.txt", True), ("requirements.in", True),
     ("requirements/x.txt", True), ("notes.txt", False), ("requirements.md", False)],
)  # fmt: skip
def test_which_files(tmp_path: Path, name: str, read: bool) -> None:
    found = context(tmp_path, {name: "a\n"})
    assert bool(python_requirements(found, found.files())) is read


MANIFESTS = [
    ("pyproject.toml", "[tool.ruff]\nline-length = 100\n", [], "asks for nothing"),
    ("pyproject.toml", "[project", [("", "unreadable", 1)], "broken"),
    (
        "pyproject.toml",
        (
            '[project]\nname = "x"\ndependencies = [\n  "Flask>=3",\n]\n[project.optional-dependencies]\ndb = ["psycopg"]\n'
            '[dependency-groups]\ntest = ["pytest", {include-group = "x"}]\n[build-system]\nrequires = ["hatchling"]\n'
        ),
        [("flask", "requirement", 4), ("psycopg", "optional", 7), ("pytest", "dev", 9), ("hatchling", "build", 11)],
        "PEP 621, 735 and 518",
    ),
    (
        "pyproject.toml",
        (
            '[tool.poetry.dependencies]\npython = "^3.11"\nflask = "*"\nx = {git = "https://h/x", optional = true}\n'
            '[tool.poetry.group.dev.dependencies]\npytest = "8"\n'
        ),
        [("flask", "requirement", 3), ("x", "optional", 4), ("pytest", "dev", 6)],
        "Poetry",
    ),
    (
        "Pipfile",
        '[packages]\nflask = "*"\n[dev-packages]\npytest = "*"\n',
        [("flask", "requirement", 2), ("pytest", "dev", 4)],
        "Pipenv",
    ),
    (
        "setup.cfg",
        "[options]\ninstall_requires =\n    flask>=3\n[options.extras_require]\ndb = psycopg\n",
        [("flask", "requirement", 3), ("psycopg", "optional", 5)],
        "setuptools",
    ),
    ("setup.cfg", "x\n", [("", "unreadable", 1)], "broken"),
    ("setup.py", "from setuptools import setup\nsetup(install_requires=['flask>=3'])\n", [("flask", "requirement", 2)], "literal"),
    ("setup.py", "R = ['flask']\nsetup(install_requires=R)\n", [("flask", "requirement", 1)], "a name"),
    ("setup.py", "setup(install_requires=read('r.txt'))\n", [("", "unreadable", 1)], "computed"),
    ("setup.py", "print 'x'\n", [("", "unreadable", 1)], "Python 2"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "expected", "why"), MANIFESTS)
def test_manifests(tmp_path: Path, name: str, text: str, expected: list[tuple[str, str, int]], why: str) -> None:
    found = context(tmp_path, {name: text})
    assert [(item.name, item.kind, item.line) for item in python_requirements(found, found.files())] == expected, why


def test_poetry_tables(tmp_path: Path) -> None:
    text = '[tool.poetry.dependencies]\nx = {path = "../x", develop = true, extras = ["A"]}\n'
    found = context(tmp_path, {"pyproject.toml": text})
    (item,) = python_requirements(found, found.files())
    assert (item.url, item.editable, item.extras, item.spec) == ("../x", True, ("a",), "")


def test_names() -> None:
    assert normalise("A._b--C") == "a-b-c"
    assert read_requirement("zope.interface", path="r", line=1).name == "zope-interface"
