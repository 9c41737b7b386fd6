"""What a program needs of the image, and what its notes say."""

from __future__ import annotations

import pytest

from minify.launcher import Dialect, Program, read


def program(text: str, dialect: Dialect = Dialect.DASH, **options: object) -> Program:
    found = read(text, dialect, **options)  # type: ignore[arg-type]
    assert isinstance(found, Program), found
    return found


@pytest.mark.parametrize(
    ("text", "started"),
    [
        ("gunicorn app:app", [("gunicorn", True, False)]),
        ("exec gunicorn app:app", [("gunicorn", True, False)]),
        ("migrate; exec app", [("migrate", False, False), ("app", True, False)]),
        ('exec "$@"', [(None, True, False)]),
        ("$CMD", [(None, True, False)]),
        ("command -v curl > /dev/null && app", [("curl", False, True), ("app", True, False)]),
        ("echo hi; mkdir -p x; cat y", []),
        ("mkdir --weird x; app", [("mkdir", False, False), ("app", True, False)]),
        ("a | b", [("a", False, False), ("b", False, False)]),
        ("A=$(tool x); app", [("tool", False, False), ("app", True, False)]),
        ("env A=1 app", [("app", True, False)]),
        ("f() { tool; }; f; app", [("tool", False, False), ("app", True, False)]),
        ("nc -z h 1 && app", [("app", True, False)]),
        ("nc -l 1", [("nc", True, False)]),
    ],
)
def test_programs(text: str, started: list[tuple[str | None, bool, bool]]) -> None:
    found = program(text).programs
    assert [(one.name, one.replaces, one.asked) for one in found] == started


def test_places_of_programs() -> None:
    found = program("set -e\n  one a\nexec two b\n").programs
    assert [(one.name, one.line, one.column, one.raw) for one in found] == [
        ("one", 2, 3, "one a"),
        ("two", 3, 1, "exec two b"),
    ]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("exec app", True),
        ("app", True),
        ("a; b", True),
        ("app &", False),
        ("if x; then app; fi", False),
        ("echo x", False),
    ],
)
def test_ends_in_exec(text: str, ends: bool) -> None:
    assert program(text).ends_in_exec is ends


def test_notes() -> None:
    notes = program("set -ex\napp\n$CMD\n").notes
    assert notes == (
        "line 1: what set -x traces is not written",
        "line 3: the first word is taken for a program, not a command of the shell",
    )


def test_private_variables() -> None:
    assert program("A=1; app").private == ("A",)
    assert program("A=1; export A; app").private == ()
    assert program("A=1; one; export A; app").private == ("A",)
    assert program("export A=1; A=2; app").private == ()
    assert program("set -a; A=1; app").private == ()


def test_python_only() -> None:
    assert [one.reason for one in program("app & ulimit -n 5; wait").python_only] == [
        "a program in the background",
        "ulimit",
        "wait",
    ]
    assert program("exec app").python_only == ()


@pytest.mark.parametrize(
    ("name", "alpine", "dialect"),
    [
        ("/bin/sh", False, Dialect.DASH),
        ("/bin/sh", True, Dialect.ASH),
        ("bash", True, Dialect.BASH),
        ("/usr/bin/dash", False, Dialect.DASH),
        ("ash", False, Dialect.ASH),
        ("zsh", False, None),
        ("pwsh", False, None),
    ],
)
def test_dialect(name: str, alpine: bool, dialect: Dialect | None) -> None:
    assert Dialect.of(name, alpine=alpine) is dialect


def test_the_first_line_gives_options() -> None:
    assert program("#!/bin/sh -e\nfalse\napp\n", script="/x").programs == ()
    assert [one.name for one in program("#!/bin/sh -e\nfalse\napp\n", script="/x", by_path=False).programs] == ["app"]
    found = read("#!/bin/bash -l\napp\n", Dialect.BASH, script="/x")
    assert isinstance(found, tuple)
    assert found[0].reason == "an option of the shell in the first line"
