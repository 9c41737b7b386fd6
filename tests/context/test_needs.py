from __future__ import annotations

from pathlib import Path

import pytest

from minify.context import needs
from minify.context.requirements import normalise
from minify.errors import InternalError


def test_tables_are_checked_and_normalised() -> None:
    assert len(needs.node_table()) > 50
    assert [name for name in needs.python_table() if normalise(name) != name] == []
    assert [name for name in needs.go_table() if "/" not in name or name.endswith("/")] == []


@pytest.mark.parametrize("registry", ["crates", "hackage", "opam", "shards", "nimble", "dub", "system"])
def test_rows_of_compiled_languages_say_nothing_that_is_not_read(registry: str) -> None:
    for name, row in needs.native_table(registry).items():
        assert row == needs.Needs(name=name, why=row.why, files=row.files)


@pytest.mark.parametrize(
    ("package", "programs", "always_shell"),
    [("flask", (), False), ("gitpython", ("git",), False), ("invoke", (), True), ("ipython", (), False)],
)
def test_python(package: str, programs: tuple[str, ...], always_shell: bool) -> None:
    row = needs.python_needs(package)
    assert (row.programs, row.always_shell) == (programs, always_shell)


@pytest.mark.parametrize(
    ("package", "programs", "always_shell", "why"),
    [
        ("express", (), False, "no row"),
        ("simple-git", ("git",), False, "a program"),
        ("zx", ("bash",), True, "a library that needs a shell"),
        ("nodemon", ("sh", "ps"), False, "a command: harmless as a mere dependency"),
    ],
)
def test_node(package: str, programs: tuple[str, ...], always_shell: bool, why: str) -> None:
    row = needs.node_needs(package)
    assert (row.programs, row.always_shell) == (programs, always_shell), why


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("github.com/spf13/cobra", None),
        ("github.com/google/gopacket", None),
        ("github.com/mattn/go-sqlite3x", None),
        ("github.com/google/gopacket/pcap", "github.com/google/gopacket/pcap"),
        ("github.com/mattn/go-sqlite3", "github.com/mattn/go-sqlite3"),
        ("github.com/libgit2/git2go/v34", "github.com/libgit2/git2go"),
        ("github.com/confluentinc/confluent-kafka-go/v2/kafka", "github.com/confluentinc/confluent-kafka-go"),
        ("fyne.io/fyne/v2", "fyne.io/fyne"),
    ],
)
def test_go(path: str, expected: str | None) -> None:
    row = needs.go_needs_cgo(path)
    assert (row.name if row else None) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("packages: {}\nas_of: 2026-01-01\n", "source"),
        ("packages: {}\nsource: x\nas_of: today\n", "as_of"),
        ("source: x\nas_of: 2026-01-01\n", "packages"),
        ("source: x\nas_of: 2026-01-01\npackages: {a: {programs: [git]}}\n", "why"),
        ("source: x\nas_of: 2026-01-01\npackages: {a: {why: x, program: [git]}}\n", "unknown field"),
        ("source: x\nas_of: 2026-01-01\npackages: {a: {why: x, programs: git}}\n", "no list"),
        ("source: x\nas_of: 2026-01-01\npackages: {a: {why: x, shell: maybe}}\n", "shell"),
    ],
)
def test_bad_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, problem: str) -> None:
    (tmp_path / "python-needs.yaml").write_text(text)
    monkeypatch.setattr(needs, "_DATA", tmp_path)
    needs._read.cache_clear()
    with pytest.raises(InternalError, match=problem):
        needs.python_table()
    needs._read.cache_clear()


def test_modules_of_python_that_need_more_than_their_package() -> None:
    assert "django.contrib.gis" in needs.python_modules()
    assert "gdal" in needs.python_needs("django.contrib.gis").libraries
    assert needs.python_needs("django").libraries == ()
