"""What the application's own sources say, and where they say it: the types that all languages share."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Set
from itertools import accumulate
from typing import NamedTuple

TEST_DIRECTORIES = frozenset({
    "test", "tests", "testing", "__tests__", "spec", "e2e", "cypress", "testdata", "fixtures", "doc",
    "docs", "example", "examples", "benchmark", "benchmarks",
})  # fmt: skip
_TEST_FILE = re.compile(
    r"(?:test_.*|.*_test|conftest|noxfile|tasks|fabfile)\.py|setup\.py|.*_test\.go|.*\.(?:test|spec|stories|config)\.\w+|"
    r"(?:gulp|grunt|jake)file\.\w+",
    re.IGNORECASE,
)


class Place(NamedTuple):
    """A line of a context file; `in_tests` when the file is not one that a container runs."""

    path: str
    line: int
    in_tests: bool = False


class Called(NamedTuple):
    """A program that the application starts: `subprocess.run(["git", "log", ref])`.

    `program` is None when the source does not say which; `argv` holds what is literal (None for the rest).
    `shell` says that a shell starts it, so that /bin/sh is needed whatever the program is.
    """

    program: str | None
    shell: bool
    path: str
    line: int
    argv: tuple[str | None, ...] = ()
    in_tests: bool = False


class Library(NamedTuple):
    """A shared library loaded by name; `how`: ctypes, cffi, or find_library (it runs ldconfig or gcc)."""

    name: str | None
    how: str
    path: str
    line: int
    in_tests: bool = False


class PathLiteral(NamedTuple):
    """An absolute path in a string literal: perhaps a file that is opened, perhaps a route."""

    literal: str
    path: str
    line: int
    in_tests: bool = False


class Uncertain(NamedTuple):
    """What could not be read from a source, and why."""

    reason: str
    path: str
    line: int
    in_tests: bool = False


def is_test(path: str, named: Set[str] = frozenset()) -> bool:
    """Whether a file is called like a test, an example, documentation or a build script: not what a container runs.

    `named` are names of directories and files that count for what they are called by.

    >>> is_test("tests/data.py"), is_test("src/app_test.go"), is_test("src/contest.py"), is_test("test/run.c", {"test"})
    (True, True, False, False)
    """
    *directories, name = path.split("/")
    tests = not (TEST_DIRECTORIES - named).isdisjoint(directories)
    return tests or (name not in named and _TEST_FILE.fullmatch(name) is not None)


class Lines:
    r"""Lines of offsets in a text or in bytes, for those who ask often.

    >>> Lines("a\nb").at(2)
    2
    """

    __slots__ = ("_ends",)

    def __init__(self, text: str | bytes) -> None:
        parts = text.split("\n") if isinstance(text, str) else text.split(b"\n")
        self._ends = list(accumulate(len(part) + 1 for part in parts))

    def at(self, offset: int) -> int:
        """The line of an offset, counted from 1."""
        return bisect_right(self._ends, offset) + 1


def line_of(text: str, offset: int) -> int:
    """The line of an offset, counted from 1."""
    return text.count("\n", 0, offset) + 1
