"""Joining patterns to groups and pruning directories are shortcuts: the long way must give the same answer."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from minify.context.ignore import IgnoreRules, re_of, read_pattern
from minify.context.tree import walk

NAMES = st.sampled_from(["a", "b", "ab", "a.b"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PARTS = st.sampled_from(["a", "b", "ab", "*", "**", "a*", "?", "[ab]", "*.b", r"\a"])
PATTERNS = st.builds(
    lambda sign, parts: sign + "/".join(parts), st.sampled_from(["", "", "!"]), st.lists(PARTS, min_size=1, max_size=4)
)


def slow(patterns: list[str], path: str) -> bool:
    """One pattern after the other, directory by directory, each with what its directory matched."""
    compiled = [read_pattern(pattern) for pattern in patterns]
    rules = [(item[0], re_of(item[1])) for item in compiled if item is not None]
    above = [False] * len(rules)
    ignored = False
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        ignored, here = False, [False] * len(rules)
        for index, (exception, regex) in enumerate(rules):
            tried = exception == ignored
            here[index] = above[index] or (tried and regex.fullmatch("/".join(parts[:count])) is not None)
            if here[index]:
                ignored = not exception
        above = here
    return ignored


@given(st.lists(PATTERNS, max_size=6), PATHS)
def test_groups_answer_as_single_patterns_do(patterns: list[str], path: str) -> None:
    rules = IgnoreRules.read("\n".join(patterns).encode(), ".dockerignore")
    assert rules.ignored(path) is slow(patterns, path)


@settings(max_examples=60)
@given(st.lists(PATTERNS, max_size=5), st.sets(PATHS, min_size=1, max_size=8))
def test_pruning_loses_nothing(patterns: list[str], paths: set[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(paths):
            (Path(folder) / path).mkdir(parents=True, exist_ok=True)
            (Path(folder) / path / "file").touch()
        rules = IgnoreRules.read("\n".join(patterns).encode(), ".dockerignore")
        every = walk(Path(folder), IgnoreRules()).files
        assert walk(Path(folder), rules).files == tuple(path for path in every if not slow(patterns, path))
